import Logging
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes finished lines to files of the state directory, on a thread of its own.
///
/// Whoever makes records hands batches over and never waits: when the disk is slower than the traffic, lines are dropped and
/// counted. A file holds whole lines only, whatever killed the process: the torn end of an earlier run is cut off
/// on start.
public final class RecordWriter: Sendable {
    /// Where and how much.
    public struct Configuration: Sendable {
        /// Directory that the files are in; it exists.
        public var directory: String
        /// A file is closed and renamed when it has grown past this.
        public var fileBytes: Int
        /// Closed files that are kept: `records.1.jsonl` is the youngest.
        public var files: Int
        /// Bytes that may wait for the disk.
        public var queueBytes: Int
        /// Lines go to standard output too.
        public var alsoToStandardOutput: Bool
        /// Lines go to these too, whatever becomes of them in the file.
        public var sinks: [any RecordSink]

        /// Files in that directory.
        public init(
            directory: String, fileBytes: Int = 64 << 20, files: Int = 8, queueBytes: Int = 8 << 20,
            alsoToStandardOutput: Bool = false, sinks: [any RecordSink] = []
        ) {
            self.directory = directory
            self.fileBytes = fileBytes
            self.files = files
            self.queueBytes = queueBytes
            self.alsoToStandardOutput = alsoToStandardOutput
            self.sinks = sinks
        }
    }

    private struct Queue {
        var batches: [(lines: [UInt8], count: UInt64)] = []
        var bytes = 0
        var dropped: UInt64 = 0
        var written: UInt64 = 0
        var failed: UInt64 = 0
        var isClosed = false
        var isDone = false
    }

    private let configuration: Configuration
    private let logger: Logger
    private let queue: Mutex<Queue>
    /// Only the thread uses it.
    private let file: Mutex<RecordFile>
    private let condition = WakeUp()

    /// Opens the file, mends its end, and starts the thread.
    ///
    /// - Throws: `RecordWriterError` when the file cannot be opened.
    public init(_ configuration: Configuration, logger: Logger) throws(RecordWriterError) {
        self.configuration = configuration
        self.logger = logger
        queue = Mutex(Queue())
        file = Mutex(try RecordFile(configuration))
        startThread { [self] in run() }
    }

    /// Lines that were dropped because the disk was too slow, or could not be written, since the start.
    public var dropped: UInt64 { queue.withLock { $0.dropped + $0.failed } }

    /// Lines that are in the file.
    public var written: UInt64 { queue.withLock { $0.written } }

    /// Hands over whole lines; drops and counts them when too much waits already. Sinks get them in any case.
    public func enqueue(_ lines: [UInt8], count: Int) {
        guard !lines.isEmpty else { return }
        for sink in configuration.sinks { sink.take(lines, count: count) }
        let isFirst = queue.withLock { queue in
            guard !queue.isClosed, queue.bytes + lines.count <= configuration.queueBytes else {
                queue.dropped += UInt64(count)
                return false
            }
            queue.bytes += lines.count
            queue.batches.append((lines, UInt64(count)))
            return queue.batches.count == 1
        }
        if isFirst { condition.signal() }
    }

    /// Writes what waits, and ends the thread.
    public func close() {
        queue.withLock { $0.isClosed = true }
        condition.signal()
        while !queue.withLock({ $0.isDone }) { usleep(1_000) }
    }

    private func run() {
        while true {
            condition.wait()
            let (batches, isClosed) = queue.withLock { queue in
                let batches = queue.batches
                queue.batches = []
                queue.bytes = 0
                return (batches, queue.isClosed)
            }
            file.withLock { file in
                for batch in batches { write(batch.lines, count: batch.count, to: &file) }
            }
            if isClosed, queue.withLock({ $0.batches.isEmpty }) { break }
        }
        queue.withLock { $0.isDone = true }
    }

    private func write(_ batch: [UInt8], count lines: UInt64, to file: inout RecordFile) {
        do throws(RecordWriterError) {
            try file.append(batch)
            queue.withLock { $0.written += lines }
        } catch {
            let isFirst = queue.withLock { queue in
                defer { queue.failed += lines }
                return queue.failed == 0
            }
            if isFirst { logger.error("records are not written", metadata: ["reason": "\(error)"]) }
        }
        if configuration.alsoToStandardOutput { _ = writeAll(STDOUT_FILENO, batch) }
    }
}

/// Why records cannot be written.
public struct RecordWriterError: Error, CustomStringConvertible {
    /// What was tried, on which file.
    public var action: String
    /// The system's number for what went wrong.
    public var code: Int32
    /// Action and the system's words.
    public var description: String { "\(action): \(String(cString: strerror(code)))" }
}

/// The file that records go to, and its older siblings.
struct RecordFile: ~Copyable {
    private let configuration: RecordWriter.Configuration
    private var descriptor: Int32
    private var size: Int
    private var rotatesAt: Int

    private var path: String { "\(configuration.directory)/records.jsonl" }

    init(_ configuration: RecordWriter.Configuration) throws(RecordWriterError) {
        self.configuration = configuration
        rotatesAt = configuration.fileBytes
        (descriptor, size) = try Self.openAtEnd("\(configuration.directory)/records.jsonl")
    }

    deinit { close(descriptor) }

    /// Appends whole lines, after changing to a new file when this one is full.
    mutating func append(_ lines: [UInt8]) throws(RecordWriterError) {
        if size > 0, size + lines.count > rotatesAt { try rotate() }
        guard writeAll(descriptor, lines) else {
            let code = errno
            // Whole lines only: what a full disk cut off goes again.
            _ = ftruncate(descriptor, off_t(size))
            throw RecordWriterError(action: "write \(path)", code: code)
        }
        size += lines.count
    }

    private mutating func rotate() throws(RecordWriterError) {
        let base = "\(configuration.directory)/records"
        unlink("\(base).\(configuration.files).jsonl")
        for number in stride(from: configuration.files - 1, through: 1, by: -1) {
            rename("\(base).\(number).jsonl", "\(base).\(number + 1).jsonl")
        }
        guard rename(path, "\(base).1.jsonl") == 0 else {
            // It goes on growing, which is better than losing lines; tried again when it has grown as much again.
            rotatesAt = size + configuration.fileBytes
            return
        }
        let next = try Self.openAtEnd(path)
        close(descriptor)
        (descriptor, size) = next
        rotatesAt = configuration.fileBytes
    }

    private static func openAtEnd(_ path: String) throws(RecordWriterError) -> (Int32, Int) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw RecordWriterError(action: "open \(path)", code: errno) }
        let end = lseek(descriptor, 0, SEEK_END)
        let whole = lengthOfWholeLines(descriptor, end: Int(end))
        if whole < Int(end) { _ = ftruncate(descriptor, off_t(whole)) }
        return (descriptor, whole)
    }

    /// Where the last line feed is, plus one; only the end of the file is read.
    private static func lengthOfWholeLines(_ descriptor: Int32, end: Int) -> Int {
        var end = end
        var block = [UInt8](repeating: 0, count: 65_536)
        while end > 0 {
            let start = max(0, end - block.count)
            let count = pread(descriptor, &block, end - start, off_t(start))
            guard count > 0 else { return end }
            if let last = block[..<count].lastIndex(of: UInt8(ascii: "\n")) { return start + last + 1 }
            end = start
        }
        return 0
    }
}

private func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { bytes in
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
