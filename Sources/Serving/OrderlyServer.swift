import Hummingbird
import Logging
import ServiceLifecycle

/// Runs a server of HTTP until the task is cancelled, and then ends it in order: no new connections, idle ones are
/// closed, and what is still under way after the grace is cut off.
///
/// A server that is simply cancelled while a connection is accepted forgets that connection, which the framework takes
/// for a mistake in the program: it ends the process.
public enum OrderlyServer {
    /// How long answers that are under way have to end; a live stream does not end by itself.
    private static let grace = Duration.seconds(1)

    /// Serves until the task is cancelled.
    ///
    /// - Parameters:
    ///   - logger: what the framework says goes there, until the end begins.
    ///   - application: makes the server, which is to log to the logger that is given.
    /// - Throws: what ends the server by itself, such as a port that is taken.
    public static func run(
        _ logger: Logger, _ application: (Logger) throws -> some ApplicationProtocol
    ) async throws {
        let log = EndingLog()
        let quiet = log.logger(logger)
        var configuration = ServiceGroupConfiguration(
            services: [.init(service: try application(quiet), serviceName: "http")], logger: quiet)
        configuration.maximumGracefulShutdownDuration = grace
        let group = ServiceGroup(configuration: configuration)
        let serving = Task { try await group.run() }
        do {
            try await withTaskCancellationHandler {
                try await serving.value
            } onCancel: {
                log.silence()
                Task { await group.triggerGracefulShutdown() }
            }
        } catch {
            // That it was told to end is no fault of it.
            guard Task.isCancelled else { throw error }
        }
    }
}
