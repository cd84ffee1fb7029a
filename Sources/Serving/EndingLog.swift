import Logging
import Synchronization

/// A log that falls silent when a server is told to end: that its tasks are cancelled then is no news.
final class EndingLog: Sendable {
    private let isSilent = Atomic(false)

    /// From now on nothing is logged.
    func silence() { isSilent.store(true, ordering: .relaxed) }

    /// A logger that goes on to another until then.
    func logger(_ logger: Logger) -> Logger {
        Logger(label: logger.label) { _ in Handler(log: self, logger: logger) }
    }

    private struct Handler: LogHandler {
        let log: EndingLog
        var logger: Logger

        var metadata: Logger.Metadata {
            get { logger.handler.metadata }
            set { newValue.forEach { logger[metadataKey: $0.key] = $0.value } }
        }
        var logLevel: Logger.Level {
            get { logger.logLevel }
            set { logger.logLevel = newValue }
        }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { logger[metadataKey: key] }
            set { logger[metadataKey: key] = newValue }
        }

        func log(event: LogEvent) {
            guard !log.isSilent.load(ordering: .relaxed) else { return }
            logger.handler.log(event: event)
        }
    }
}
