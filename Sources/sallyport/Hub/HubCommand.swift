import Access
import ArgumentParser
import ClusterSource
import Foundation
import Gateway
import Hub
import Kubernetes
import Logging
import Synchronization

/// `sallyport hub`
struct HubCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hub",
        abstract: "Keep the records of gateways and nodes elsewhere, and show them.",
        discussion: """
            Takes records over gRPC with mutual TLS from `sallyport up --send-to` and `sallyport agent --send-to`. Who \
            sends is who its certificate says; a batch is acknowledged when it is on the disk. Keys with a console role \
            and issuers come from a directory of objects, which policies, guarantees and conditions are shown of, too.

            EXAMPLES
              sallyport hub --listen 0.0.0.0:9481 --cert hub.pem --key hub.key --client-ca ca.pem --objects DIR \
            --console 0.0.0.0:9480 --console-cert hub.pem --console-key hub.key
            """)

    @Option(help: ArgumentHelp("Where gateways and nodes send records.", valueName: "address:port"))
    var listen = "127.0.0.1:9481"
    @Option(help: ArgumentHelp("PEM file with the hub's certificate.", valueName: "file"))
    var cert: String
    @Option(help: ArgumentHelp("PEM file with its key.", valueName: "file"))
    var key: String
    @Option(help: ArgumentHelp("PEM file of the authorities that vouch for who sends.", valueName: "file"))
    var clientCa: String
    @Option(help: ArgumentHelp("Directory of the objects.", valueName: "dir"))
    var objects: String?
    @OptionGroup(title: "A cluster, instead of a directory") var choice: ClusterChoice
    @Option(
        help: ArgumentHelp(
            "Directory for history (default: $XDG_STATE_HOME/sallyport or ~/.local/state/sallyport).", valueName: "dir")
    )
    var state: String?
    @OptionGroup(title: "Hub and console") var hub: HubOptions
    @Option(help: "Least level that is logged: debug, info, notice, warning or error.")
    var logLevel = "info"

    func run() async throws {
        guard let level = Logger.Level(rawValue: logLevel.lowercased()) else {
            throw Failure(
                .usage, "--log-level '\(logLevel)' is not a level",
                advice: "one of trace, debug, info, notice, warning, error, critical")
        }
        let logger = Logger(label: "sallyport", factory: { _ in PlainLog(logLevel: level) })
        let plan = try hub.plan()
        guard let console = plan.console else {
            throw Failure(.usage, "a hub without a console shows nothing", advice: "say where with --console")
        }
        let place = try AdminAddress(listen)
        let objects = ObjectPlace(directory: objects, cluster: choice.access())
        guard objects.directory == nil || objects.cluster == nil else {
            throw Failure(.usage, "--objects and --cluster exclude each other", advice: "leave one of them away")
        }
        try objects.directory?.check()
        let state = try StateDirectory(UpPlan.state(state, ProcessInfo.processInfo.environment))
        let signals = try Signals([SIGTERM, SIGINT])
        let desk = ClusterDesk(directory: objects.title)
        let office = try HubOffice(plan, state: state.path, desk: desk, logger: logger)
        let known = try follow(objects, office, logger)
        desk.show { known.entries }
        // A directory is there at once. A cluster may be away, and records come in meanwhile.
        if objects.cluster == nil { try await known.load() }
        try await office.open(at: console, state: state.path, access: { known.access }, isReady: { true })
        let server = IntakeServer(
            IntakeServer.Configuration(
                host: place.host, port: place.port,
                tls: TLSFiles(certificate: cert, key: key, authority: clientCa),
                longestContent: 4 << 20, version: Version.text),
            intake: office.intake, logger: logger, clock: { HubOffice.now() })
        let serving = Task { try await server.run() }
        let following = Task {
            do {
                if objects.cluster != nil { try await known.load() }
                await known.follow()
            } catch {
                logger.error("the objects are not known", metadata: ["reason": "\(error)"])
            }
        }
        greet(office, place, state.path)
        // A hub that nobody can send to is none.
        let failure = await Self.first(of: signals, serving)
        await known.stop()
        following.cancel()
        serving.cancel()
        await office.stop()
        if let failure {
            throw Failure(
                .unavailable, "records cannot be taken at \(place): \(failure)", advice: "see --listen, --cert, --key")
        }
        logger.notice("ended")
        withExtendedLifetime(state) {}
    }

    private func follow(_ place: ObjectPlace, _ office: HubOffice, _ logger: Logger) throws -> HubObjects {
        let client = try place.cluster?.client(logger: logger)
        let source: any ObjectSource
        var keys: ClusterKeys?
        var issuer: (@Sendable () async throws -> String)?
        if let client {
            source = client.source(.all, logger: logger)
            keys = { try await client.tokenKeys() }
            issuer = { try await client.tokenIssuer() }
        } else if let directory = place.directory {
            source = DirectorySource(path: directory.path, logger: logger)
        } else {
            source = NoObjects()
        }
        return HubObjects(source, clusterKeys: keys, issuer: issuer, logger: logger) { office.take($0) }
    }

    private func greet(_ office: HubOffice, _ place: AdminAddress, _ state: String) {
        let terminal = Terminal.standardOutput
        terminal.line("Hub: records are taken at \(terminal.styled("\(place)", .strong))")
        terminal.line("  history  \(HubOffice.directory(in: state))")
        if let link = office.loginLink { terminal.line("  console  \(terminal.styled(link, .strong))") }
    }

    /// Why the server ended; nil: a signal came first.
    private static func first(of signals: Signals, _ serving: Task<Void, any Error>) async -> (any Error)? {
        await withTaskGroup(of: (any Error)?.self) { group in
            group.addTask {
                for await _ in signals.stream { break }
                return nil
            }
            group.addTask {
                do {
                    try await serving.value
                    return CancellationError()
                } catch {
                    return error
                }
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            serving.cancel()
            return first
        }
    }
}
