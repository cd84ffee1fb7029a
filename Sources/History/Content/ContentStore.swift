import Dispatch
import Foundation
import Logging
import RecordFiles
import Records
import Synchronization

/// Prompts and answers that policies have stored: sealed, for a time of their own, beside the history and not in it.
///
/// Nothing is made before the first comes: where no policy says so, there is neither key nor file. Whoever hands contents over never
/// waits; what finds no room, or a disk that refuses, is dropped and counted.
public final class ContentStore: Sendable, ContentSink {
    /// Where, how long and how much.
    public struct Configuration: Sendable {
        /// Directory that the contents are in; it exists.
        public var directory: String
        /// File with the key; nil: one of our own in the directory.
        public var keyFile: String?
        /// Seconds that contents are kept.
        public var retention: Int64
        /// Bytes on disk; what is oldest goes first.
        public var maximumBytes: Int64
        /// Bytes that may wait to be stored.
        public var queueBytes = 32 << 20
        /// Microseconds since 1970.
        public var clock: @Sendable () -> Int64

        /// The usual.
        public init(
            directory: String, keyFile: String? = nil, retention: Int64 = 7 * 86_400, maximumBytes: Int64 = 1 << 30,
            clock: @escaping @Sendable () -> Int64
        ) {
            self.directory = directory
            self.keyFile = keyFile
            self.retention = retention
            self.maximumBytes = maximumBytes
            self.clock = clock
        }
    }

    /// What a look finds.
    public enum Found: Sendable, Hashable {
        /// That.
        case content(RecordContent)
        /// Nothing is stored of the request, or not any more.
        case nothing
        /// It was sealed with another key, of that id.
        case otherKey(String)
        /// It was changed on the disk.
        case changed
    }

    private struct Queue {
        var contents: [RecordContent] = []
        var bytes = 0
        var dropped: UInt64 = 0
        var stored: UInt64 = 0
        var isClosed = false
    }

    private struct Opened {
        var table: ContentTable
        var key: ContentKey
        var packer: Packer
    }

    private let configuration: Configuration
    private let logger: Logger
    private let queue = Mutex(Queue())
    private let opened: Mutex<Opened?> = Mutex(nil)
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)

    /// A store; its thread waits for contents.
    ///
    /// - Throws: `cannotOpen` when a key file was named that holds no key.
    public init(_ configuration: Configuration, logger: Logger) throws(HistoryError) {
        self.configuration = configuration
        self.logger = logger
        if let file = configuration.keyFile { _ = try ContentKey.read(file) }
        startThread { [self] in run() }
    }

    /// Contents that were dropped, and that were stored, since the start.
    public var counts: (dropped: UInt64, stored: UInt64) { queue.withLock { ($0.dropped, $0.stored) } }

    /// Takes a content, or drops and counts it. One that is said to be of the future is of now: it would be kept for longer.
    public func take(_ content: RecordContent) {
        var content = content
        content.time = min(content.time, configuration.clock())
        let isFirst = queue.withLock { queue in
            guard !queue.isClosed, queue.bytes + content.byteCount <= configuration.queueBytes else {
                queue.dropped += 1
                return false
            }
            queue.bytes += content.byteCount
            queue.contents.append(content)
            return queue.contents.count == 1
        }
        if isFirst { wake.signal() }
    }

    /// What is stored of the request with that id. Waits for the disk.
    public func find(_ id: String) throws(HistoryError) -> Found {
        guard let (sealed, key) = try sealed(id) else { return .nothing }
        if let content = sealed.open(key) { return .content(content) }
        return sealed.key == key.id ? .changed : .otherKey(sealed.key)
    }

    private func sealed(_ id: String) throws(HistoryError) -> (SealedContent, ContentKey)? {
        let oldest = oldest
        return try opened.withLock { opened throws(HistoryError) in
            // Looking makes nothing.
            guard opened != nil || FileManager.default.fileExists(atPath: ContentTable.path(configuration.directory))
            else { return nil }
            let store = try open(&opened)
            guard let sealed = try store.table.find(id), sealed.time >= oldest else { return nil }
            return (sealed, store.key)
        }
    }

    /// Stores what came until now, and takes out what is too old. Waits for the disk.
    public func flush() {
        let contents = queue.withLock { queue in
            defer {
                queue.contents = []
                queue.bytes = 0
            }
            return queue.contents
        }
        store(contents)
    }

    /// Stores what is left and ends the thread. Only the first call counts.
    public func close() {
        let isFirst = queue.withLock { queue in
            defer { queue.isClosed = true }
            return !queue.isClosed
        }
        guard isFirst else { return }
        wake.signal()
        ended.wait()
    }

    private var oldest: Int64 { configuration.clock() - configuration.retention * 1_000_000 }

    /// Seconds after which what is too old goes, though nothing comes.
    private static let housekeeping = 60

    private func run() {
        while true {
            _ = wake.wait(timeout: .now() + .seconds(Self.housekeeping))
            let isLast = queue.withLock { $0.isClosed }
            flush()
            if isLast { break }
        }
        ended.signal()
    }

    private func store(_ contents: [RecordContent]) {
        do throws(HistoryError) {
            try opened.withLock { opened throws(HistoryError) in
                let isThere = FileManager.default.fileExists(atPath: ContentTable.path(configuration.directory))
                guard !contents.isEmpty || isThere else { return }
                let store = try open(&opened)
                let sealed = contents.compactMap { SealedContent($0, store.key, store.packer) }
                try store.table.add(sealed, oldest: oldest, most: configuration.maximumBytes)
                queue.withLock {
                    $0.stored += UInt64(sealed.count)
                    $0.dropped += UInt64(contents.count - sealed.count)
                }
            }
        } catch {
            queue.withLock { $0.dropped += UInt64(contents.count) }
            logger.error("prompts and answers are not stored", metadata: ["reason": "\(error)"])
        }
    }

    private func open(_ opened: inout Opened?) throws(HistoryError) -> Opened {
        if let opened { return opened }
        let key =
            if let file = configuration.keyFile {
                try ContentKey.read(file)
            } else {
                try ContentKey.load(orCreate: "\(configuration.directory)/content.key")
            }
        guard let packer = Packer() else {
            throw .failed(path: configuration.directory, reason: "there is no memory")
        }
        let new = Opened(table: try ContentTable(configuration.directory), key: key, packer: packer)
        opened = new
        return new
    }
}
