import Foundation
import Logging

/// Log lines on standard error: time, level, message, metadata. Nothing from outside can move the cursor.
struct PlainLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let details = metadata.merging(event.metadata ?? [:]) { $1 }
        let time = Self.timestamp(time(nil))
        Terminal.standardError.line(Self.line(time: time, event.level, "\(event.message)", details))
    }

    /// RFC 3339, UTC. By the C library: Foundation's formatters bring megabytes of tables into memory.
    static func timestamp(_ seconds: time_t) -> String {
        var seconds = seconds
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 32)
        let count = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: text[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    static func line(time: String, _ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) -> String {
        let details = metadata.sorted { $0.key < $1.key }.map { key, value in
            let text = "\(value)"
            return text.contains(" ") || text.isEmpty ? " \(key)=\"\(text)\"" : " \(key)=\(text)"
        }
        return Printable.oneLine("\(time) \(level.rawValue): \(message)" + details.joined())
    }
}
