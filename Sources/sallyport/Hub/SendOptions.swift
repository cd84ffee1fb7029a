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

    /// What records are handed to; it sends for as long as its `run` runs.
    ///
    /// - Throws: `Failure` when a file cannot be read.
    func client(_ kind: IntakeSource.Kind, logger: Logger) throws -> HubClient {
        for path in [tls.certificate, tls.key, tls.authority] where !FileManager.default.isReadableFile(atPath: path) {
            throw Failure(.inputOutput, "\(path) cannot be read", advice: "it is needed to send records to \(hub)")
        }
        guard let name = tls.ownName else {
            throw Failure(
                .badInput, "\(tls.certificate) names nobody",
                advice: "a certificate with a DNS name or a SPIFFE id says who sends")
        }
        let source = IntakeSource(kind: kind, name: name, incarnation: UInt64.random(in: 1 ... .max))
        return HubClient(
            HubClient.Configuration(
                host: hub.host, port: hub.port, tls: tls, source: source, version: Version.text), logger: logger
        ) { Int64(Date().timeIntervalSince1970 * 1_000_000) }
    }
}
