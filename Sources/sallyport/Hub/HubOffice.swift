import Access
import Foundation
import History
import Hub
import Kubernetes
import Logging
import Records
import Synchronization

/// The hub of this process: history, console, and what is sent on from there.
final class HubOffice: Sendable {
    /// What records are handed to.
    let history: History
    /// Where the console is.
    let url: String
    private let server: HubServer
    private let desk: ClusterDesk
    private let link: LoginLink
    private let followers: Mutex<[Task<Void, Never>]>

    /// Where a hub keeps what it knows.
    static func directory(in state: String) -> String { "\(state)/history" }

    /// Opens the history of a state directory.
    static func openHistory(_ plan: HubPlan, state: String, logger: Logger) throws -> History {
        try AtomicFile.makeDirectory(directory(in: state), mode: 0o700)
        var configuration = History.Configuration(directory: directory(in: state))
        configuration.retention = plan.retention
        configuration.maximumBytes = plan.maximumBytes
        configuration.detailShare = plan.detailShare
        do throws(HistoryError) {
            return try History(configuration, logger: logger)
        } catch {
            throw Failure(
                .inputOutput, "there is no history: \(error)", advice: "choose another --state, or --console none")
        }
    }

    /// Opens the console.
    ///
    /// - Parameters:
    ///   - access: keys and issuers in force.
    ///   - isReady: whether everything that the objects ask for is served.
    static func open(
        _ plan: HubPlan, _ address: AdminAddress, _ history: History, desk: ClusterDesk, state: String,
        access: @escaping @Sendable () -> AccessTable, isReady: @escaping @Sendable () -> Bool, logger: Logger
    ) async throws -> HubOffice {
        let link = LoginLink(state: state)
        var configuration = HubConfiguration(
            host: address.host, port: address.port,
            certificate: plan.certificate, names: plan.names, version: Version.text, access: access,
            now: { Int64(Date().timeIntervalSince1970 * 1_000_000) })
        configuration.isReady = { isReady() }
        configuration.onLoginLink = { link.write(link: $0) }
        let server: HubServer
        do throws(HubServerError) {
            server = try await HubServer.start(
                configuration, data: HistoryData(history), cluster: desk, logger: logger)
        } catch {
            throw Failure(.unavailable, "\(error)", advice: "choose another with --console")
        }
        return HubOffice(history: history, server: server, desk: desk, link: link)
    }

    private init(history: History, server: HubServer, desk: ClusterDesk, link: LoginLink) {
        self.history = history
        self.server = server
        self.desk = desk
        self.link = link
        url = server.url
        followers = Mutex([])
        link.write(url: server.url)
    }

    /// The address that opens a session without a key, once.
    var loginLink: String? { link.text }

    /// Follows the objects.
    func take(_ snapshot: Snapshot) { desk.take(snapshot) }

    /// Ends all, and writes what is there.
    func stop() async {
        followers.withLock { $0 }.forEach { $0.cancel() }
        await server.stop()
        history.close()
        link.remove()
    }
}
