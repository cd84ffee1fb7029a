import Logging

/// A log that is silent in tasks that were cancelled: that a server's own tasks are cancelled with it is no news, and the
/// framework calls it an error.
enum EndingLog {
    /// A logger that goes on to another.
    static func logger(_ logger: Logger) -> Logger {
        Logger(label: logger.label) { _ in Handler(logger: logger) }
    }

    private struct Handler: LogHandler {
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
            guard !Task.isCancelled else { return }
            logger.handler.log(event: event)
        }
    }
}
