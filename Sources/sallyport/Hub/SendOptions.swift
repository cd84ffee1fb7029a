import ArgumentParser
import Foundation
import Hub
import Logging

/// A hub elsewhere that records are sent to.
struct SendOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Send records to the hub at this address too; the three files below are needed.", valueName: "host:port"))
    var sendTo: String?
    @Option(help: ArgumentHelp("PEM file with the certificate that says who sends.", valueName: "file"))
    var sendCert: String?
    @Option(help: ArgumentHelp("PEM file with its key.", valueName: "file"))
    var sendKey: String?
    @Option(help: ArgumentHelp("PEM file of the authorities that the hub's certificate is from.", valueName: "file"))
    var sendCa: String?

    func validate() throws {
        let files = [sendCert, sendKey, sendCa]
        guard files.allSatisfy({ ($0 == nil) == (sendTo == nil) }) else {
            throw ValidationError("--send-to, --send-cert, --send-key and --send-ca go together")
        }
    }

    /// Where to send; nil: nowhere.
    func plan() throws -> SendPlan? {
        guard let sendTo, let sendCert, let sendKey, let sendCa else { return nil }
        return SendPlan(
            hub: try AdminAddress(sendTo), tls: TLSFiles(certificate: sendCert, key: sendKey, authority: sendCa))
    }
}

/// A hub elsewhere, and who we are to it.
struct SendPlan {
    var hub: AdminAddress
    var tls: TLSFiles

    /// Begins to send as one of those in a cluster that share a certificate, which may not have been made yet.
    func link(_ kind: IntakeSource.Kind, part: String, logger: Logger) -> HubLink {
        link(IntakeSource(kind: kind, name: "", incarnation: .random(in: 1 ... .max)), part, logger)
    }

    /// Begins to send.
    ///
    /// - Throws: `Failure` when a file cannot be read.
    func link(_ kind: IntakeSource.Kind, logger: Logger) throws -> HubLink {
        for path in [tls.certificate, tls.key, tls.authority] where !FileManager.default.isReadableFile(atPath: path) {
            throw Failure(.inputOutput, "\(path) cannot be read", advice: "it is needed to send records to \(hub)")
        }
        guard let name = tls.ownName else {
            throw Failure(
                .badInput, "\(tls.certificate) names nobody",
                advice: "a certificate with a DNS name or a SPIFFE id says who sends")
        }
        return link(IntakeSource(kind: kind, name: name, incarnation: .random(in: 1 ... .max)), "", logger)
    }

    private func link(_ source: IntakeSource, _ part: String, _ logger: Logger) -> HubLink {
        var configuration = HubClient.Configuration(
            host: hub.host, port: hub.port, tls: tls, source: source, version: Version.text)
        configuration.part = part
        return HubLink(HubClient(configuration, logger: logger, clock: HubOffice.now))
    }
}

/// Sends records to a hub elsewhere, until it is stopped.
final class HubLink: Sendable {
    private let client: HubClient
    private let running: Task<Void, Never>

    init(_ client: HubClient) {
        self.client = client
        running = Task { await client.run() }
    }

    /// What records are handed to.
    var sink: HubClient { client }

    /// Gives the hub a few seconds to take what is there: a hub that is away does not keep anybody from ending.
    func stop() async {
        let timer = Task { [running] in
            try? await Task.sleep(for: .seconds(5))
            running.cancel()
        }
        await client.drain()
        timer.cancel()
        running.cancel()
        await running.value
    }
}
