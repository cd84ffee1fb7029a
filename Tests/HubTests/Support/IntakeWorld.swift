import Foundation
import Hub
import Logging
import Synchronization

/// A hub of a test that can be stopped and started at the same port.
final class TestHub: Sendable {
    let intake: FakeIntake
    let configuration: IntakeServer.Configuration
    private let running = Mutex<Task<Void, any Error>?>(nil)
    private let server = Mutex<IntakeServer?>(nil)
    let port = Mutex(0)
    /// What it shows.
    static let clock: Int64 = 1_000_000_000

    init(_ intake: FakeIntake, _ configuration: IntakeServer.Configuration) {
        self.intake = intake
        self.configuration = configuration
    }

    var sources: Int { server.withLock { $0?.sources ?? 0 } }

    func start() async {
        var configuration = self.configuration
        configuration.port = port.withLock { $0 }
        let server = IntakeServer(configuration, intake: intake, logger: silent, clock: { Self.clock })
        self.server.withLock { $0 = server }
        await withCheckedContinuation { (started: CheckedContinuation<Void, Never>) in
            let task = Task {
                try await server.run { port in
                    self.port.withLock { $0 = port }
                    started.resume()
                }
            }
            running.withLock { $0 = task }
        }
    }

    func stop() async {
        let task = running.withLock { task in
            defer { task = nil }
            return task
        }
        task?.cancel()
        _ = await task?.result
    }
}

var silent: Logger {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return logger
}

/// Lines of records, numbered.
func lines(_ numbers: some Sequence<Int>) -> (bytes: [UInt8], count: Int) {
    let texts = numbers.map { "{\"id\":\"\($0)\"}\n" }
    return (Array(texts.joined().utf8), texts.count)
}

/// Runs a client as long as `body`.
func running<Result: Sendable>(
    _ client: HubClient, _ body: @Sendable @escaping () async throws -> Result
) async throws -> Result {
    let task = Task { await client.run() }
    do {
        let result = try await body()
        task.cancel()
        await task.value
        return result
    } catch {
        task.cancel()
        await task.value
        throw error
    }
}
