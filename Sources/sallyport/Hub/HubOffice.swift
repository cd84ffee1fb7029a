import Access
import Foundation
import History
import Hub
import Kubernetes
import Logging
import RecordFiles
import Records
import Synchronization
import Telemetry

/// The hub of this process: history, console, and what is sent on from there.
final class HubOffice: Sendable {
    /// What records are kept in.
    let history: History
    /// What prompts and answers are kept in, where policies have them stored.
    let contents: ContentStore
    private let plan: HubPlan
    private let exporter: OTLPExporter?
    private let alarms: AlarmPost
    private let desk: ClusterDesk
    private let logger: Logger
    private let open = Mutex<Open?>(nil)

    /// What runs once the doors are open.
    private struct Open {
        var server: HubServer
        var link: LoginLink
        var endpoint: TokenEndpoint
        var tasks: [Task<Void, Never>]
    }

    /// Microseconds since 1970.
    static let now: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1_000_000) }

    /// Where a hub keeps what it knows.
    static func directory(in state: String) -> String { "\(state)/history" }

    /// Opens the history of a state directory; nobody can look yet.
    ///
    /// - Parameter node: the node that the gateway of this process is on; nil: not known.
    init(_ plan: HubPlan, state: String, desk: ClusterDesk, node: String? = nil, logger: Logger) throws {
        let directory = Self.directory(in: state)
        try AtomicFile.makeDirectory(directory, mode: 0o700)
        var configuration = History.Configuration(directory: directory)
        configuration.retention = plan.retention
        configuration.maximumBytes = plan.maximumBytes
        configuration.detailShare = plan.detailShare
        do throws(HistoryError) {
            history = try History(configuration, logger: logger)
        } catch {
            throw Failure(
                .inputOutput, "there is no history: \(error)", advice: "choose another --state, or --console none")
        }
        do throws(HistoryError) {
            contents = try ContentStore(
                ContentStore.Configuration(
                    directory: directory, keyFile: plan.contentKey, retention: plan.contentRetention,
                    maximumBytes: plan.contentBytes, clock: Self.now), logger: logger)
        } catch {
            throw Failure(.badInput, "there is no key for prompts and answers: \(error)", advice: "see --content-key")
        }
        alarms = try AlarmPost(
            history, webhooks: plan.webhooks, signature: plan.webhookSecret.map { WebhookSignature(secret: $0) },
            node: node,
            logger: logger)
        self.plan = plan
        self.desk = desk
        self.logger = logger
        exporter = plan.otlp.map { configuration in
            OTLPExporter(
                configuration, sender: OTLPSender(version: Version.text), logger: logger, clock: Self.now)
        }
    }

    /// Where whoever makes records hands them to.
    var sinks: [any RecordSink] { [history] + (exporter.map { [$0] } ?? []) }

    /// Where other processes' records end up.
    var intake: any RecordIntake {
        HistoryIntake(history, also: exporter.map { [$0] } ?? [], contents: contents)
    }

    /// Opens the console, and begins to send on.
    ///
    /// - Parameters:
    ///   - access: keys and issuers in force.
    ///   - objects: Secrets and authorities of issuers are in them.
    ///   - isReady: whether everything that the objects ask for is served.
    func open(
        at address: AdminAddress, state: String, access: @escaping @Sendable () -> AccessTable,
        isReady: @escaping @Sendable () -> Bool
    ) async throws {
        let link = LoginLink(state: state)
        var configuration = HubConfiguration(
            host: address.host, port: address.port, certificate: plan.certificate, names: plan.names,
            version: Version.text, access: access, now: Self.now)
        configuration.isReady = { isReady() }
        configuration.onLoginLink = { link.write(link: $0) }
        let endpoint = TokenEndpoint { [desk] in desk.objects ?? Objects() }
        configuration.issuers = endpoint
        configuration.metrics = { [self] in PrometheusText.write(families()) }
        let server: HubServer
        do throws(HubServerError) {
            server = try await HubServer.start(
                configuration, data: HistoryData(history, contents: contents), cluster: desk, logger: logger)
        } catch {
            throw Failure(.unavailable, "\(error)", advice: "choose another with --console")
        }
        link.write(url: server.url)
        open.withLock { $0 = Open(server: server, link: link, endpoint: endpoint, tasks: []) }
        if let exporter {
            follow("records are not sent on") { [self] in
                try await exporter.run { [self] in families() }
            }
        }
        follow("alarms are not raised") { [self] in await alarms.run() }
        if let place = plan.hubble { try flows(at: place) }
    }

    /// Serves flows to `hubble observe`.
    private func flows(at place: AdminAddress) throws {
        let observer: ObserverServer
        do {
            observer = try ObserverServer(
                ObserverServer.Configuration(
                    place: .address(host: place.host, port: place.port), security: .plaintext, version: Version.text),
                source: HistoryFlows(history, version: Version.text, now: Self.now), logger: logger, clock: Self.now)
        } catch {
            throw Failure(.usage, "\(error)", advice: "choose another with --hubble")
        }
        follow("flows are not served") { try await observer.run() }
    }

    /// Runs something until the end. What fails is said, and the rest goes on.
    func follow(_ trouble: String, _ body: @escaping @Sendable () async throws -> Void) {
        let task = Task { [logger] in
            do {
                try await body()
            } catch is CancellationError {
            } catch {
                logger.error("\(trouble)", metadata: ["reason": "\(error)"])
            }
        }
        open.withLock { $0?.tasks.append(task) }
    }

    /// Metrics now.
    private func families() -> [MetricFamily] {
        var metrics = RecordMetrics()
        let status = history.status
        return metrics.families(history.totals().map { (series: $0.series, measures: $0.measures) })
            + HubMetrics.families(status, exporter?.status, contents.counts)
    }

    /// Where the console is; nil: it is not open.
    var url: String? { open.withLock { $0?.server.url } }

    /// The address that opens a session without a key, once.
    var loginLink: String? { open.withLock { $0?.link.text } }

    /// Follows the objects.
    func take(_ snapshot: Snapshot) {
        desk.take(snapshot)
        alarms.take(snapshot)
    }

    /// Ends all, and writes what is there.
    func stop() async {
        let last = open.withLock { open in
            defer { open = nil }
            return open
        }
        last?.tasks.forEach { $0.cancel() }
        await last?.server.stop()
        await last?.endpoint.stop()
        history.close()
        contents.close()
        last?.link.remove()
    }
}
