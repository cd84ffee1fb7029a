import Logging
import Synchronization
import Testing

@testable import Controller

@Suite("How a controller ends")
struct EndingTests {
    /// Keeps every line.
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }

        func logger() -> Logger {
            var logger = Logger(label: "test") { _ in Handler(lines: self) }
            logger.logLevel = .trace
            return logger
        }

        private struct Handler: LogHandler {
            let lines: Lines
            var metadata: Logger.Metadata = [:]
            var logLevel = Logger.Level.trace

            subscript(metadataKey key: String) -> Logger.Metadata.Value? {
                get { metadata[key] }
                set { metadata[key] = newValue }
            }

            func log(event: LogEvent) { lines.lines.withLock { $0.append("\(event.level): \(event.message)") } }
        }
    }

    @Test("A webhook that is told to end says nothing of its tasks that were cancelled")
    func webhook() async throws {
        let lines = Lines()
        let (now, spec) = (ControllerClock.system.today(), LeafSpec.all(clusterDomain: "cluster.local")[1])
        let authority = try CertificateMaker.authority(now: now, .init())
        let pair = try CertificateMaker.leaf(spec, by: authority, now: now, .init())
        let shown = WebhookCertificate()
        #expect(shown.take(chain: pair.certificate, key: pair.key))
        let tls = try #require(try shown.configuration(clients: nil))
        let desk = AdmissionDesk(.routing, clock: .system, logger: lines.logger())
        let server = WebhookServer(host: "127.0.0.1", port: 0, desk: desk, logger: lines.logger(), limit: 1000)
        let port = Mutex(0)
        let task = Task { try await server.run(tls) { opened in port.withLock { $0 = opened } } }
        let problem = Mutex("")
        Task { if case .failure(let error) = await task.result { problem.withLock { $0 = "\(error)" } } }
        #expect(await eventually { port.withLock { $0 } != 0 || !problem.withLock { $0.isEmpty } })
        #expect(problem.withLock { $0 } == "")
        task.cancel()
        _ = await task.result
        #expect(lines.all == [])
    }
}
