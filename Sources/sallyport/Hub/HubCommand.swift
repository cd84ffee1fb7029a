import Access
import ArgumentParser
import ClusterSource
import Foundation
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
        let directory = objects.map { ObjectDirectory($0) }
        try directory?.check()
        let state = try StateDirectory(UpPlan.state(state, ProcessInfo.processInfo.environment))
        let signals = try Signals([SIGTERM, SIGINT])
        let desk = ClusterDesk(directory: directory?.path ?? "")
        let office = try HubOffice(plan, state: state.path, desk: desk, logger: logger)
        let table = Mutex(AccessTable(Objects(), revision: 0))
        let source = directory.map { DirectorySource(path: $0.path, logger: logger) }
        let take: @Sendable (Snapshot) -> Void = { snapshot in
            let next = AccessTable(snapshot.objects, revision: snapshot.revision)
            table.withLock { $0 = next }
            office.take(snapshot)
            desk.show { next.statuses(nowSeconds: Int64(Date().timeIntervalSince1970)).map(StatusReport.Entry.init) }
        }
        if let source { take(source.load()) }
        try await office.open(
            at: console, state: state.path, access: { table.withLock { $0 } }, isReady: { true })
        let server = IntakeServer(
            IntakeServer.Configuration(
                host: place.host, port: place.port,
                tls: TLSFiles(certificate: cert, key: key, authority: clientCa),
                longestContent: 4 << 20, version: Version.text),
            intake: office.intake, logger: logger)
        let serving = Task { try await server.run() }
        let following = source.map { source in
            Task { for await snapshot in source.changes { take(snapshot) } }
        }
        greet(office, place, state.path)
        // A hub that nobody can send to is none.
        let failure = await Self.first(of: signals, serving)
        source?.stop()
        following?.cancel()
        serving.cancel()
        await office.stop()
        if let failure {
            throw Failure(
                .unavailable, "records cannot be taken at \(place): \(failure)", advice: "see --listen, --cert, --key")
        }
        logger.notice("ended")
        withExtendedLifetime(state) {}
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
