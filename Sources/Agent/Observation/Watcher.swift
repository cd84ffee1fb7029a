#if os(Linux)

    import Glibc
    import Logging
    import Netfilter
    import RecordFiles
    import Records
    import Synchronization

    /// Watches what the kernel of a node does with connections, and puts it on the record.
    ///
    /// One thread reads the kernel's log of packets and what happens to flows, joins both with the guest list that was in
    /// force, and hands records to the writer. It never waits for anything but the kernel, and the kernel never waits for
    /// it: whatever is not seen or not told is a number in `counts` and, summed up, on the record.
    public final class Watcher: Sendable {
        /// How to watch.
        public struct Options: Hashable, Sendable {
            /// The group that the node's rules log to.
            public var group: UInt16
            /// Open connections that are remembered.
            public var openConnections = 262_144
            /// What the kernel keeps of packets for a reader that is late, in bytes.
            public var packetBuffer = 8 << 20
            /// What the kernel keeps of beginnings and ends of connections, in bytes.
            public var eventBuffer = 8 << 20
            /// How often what was not shown is told.
            public var summaries = Duration.seconds(10)

            /// The usual options for a group.
            public init(group: UInt16) { self.group = group }
        }

        private let options: Options
        let history: GuestListHistory
        private let writer: RecordWriter
        private let logger: Logger
        private let state = Mutex(State())
        private let latest = Mutex(WatcherCounts())

        private struct State {
            var wakeUp: WakeUpDescriptor?
            var isStopping = false
            var isRunning = false
            var cuts: [UInt32] = []
        }

        /// A watcher that does not watch yet.
        ///
        /// - Parameters:
        ///   - history: whoever installs rules tells it.
        ///   - writer: takes the records; it stays open when the watcher stops.
        public init(options: Options, history: GuestListHistory, writer: RecordWriter, logger: Logger) {
            self.options = options
            self.history = history
            self.writer = writer
            self.logger = logger
        }

        /// What was seen, and what was not, up to some milliseconds ago.
        public var counts: WatcherCounts { latest.withLock { $0 } }

        /// Begins to watch the network namespace of the calling thread.
        ///
        /// - Throws: when the kernel does not let this process listen, or somebody else listens to the group.
        public func start() throws(NetlinkError) {
            let wakeUp = try WakeUpDescriptor()
            let sockets = try WatcherSockets.open(options)
            let isFirst = state.withLock { state in
                guard !state.isRunning else { return false }
                (state.wakeUp, state.isRunning, state.isStopping) = (wakeUp, true, false)
                return true
            }
            guard isFirst else { return }
            let handover = Handover(sockets)
            startThread { [self] in
                if let sockets = handover.take() { WatcherLoop(self, sockets, wakeUp).run() }
                state.withLock { $0.isRunning = false }
            }
        }

        /// Tells what is left to tell, and ends the thread.
        public func stop() {
            let wakeUp = state.withLock { state in
                state.isStopping = true
                return state.wakeUp
            }
            wakeUp?.signal()
            while state.withLock({ $0.isRunning }) { usleep(1_000) }
        }

        /// Says that these flows are about to be taken out of the kernel's table because the newest list denies them: their
        /// end is put on the record as that.
        ///
        /// It is to be called after `GuestListHistory.install`, and before they are taken out.
        public func willCut(_ flows: [Flow]) {
            guard !flows.isEmpty else { return }
            state.withLock { $0.cuts += flows.map(\.id) }
        }
    }

    // MARK: for the thread

    extension Watcher {
        var isStopping: Bool { state.withLock { $0.isStopping } }

        func takeCuts() -> [UInt32] {
            state.withLock { state in
                defer { state.cuts = [] }
                return state.cuts
            }
        }

        func publish(_ counts: WatcherCounts) { latest.withLock { $0 = counts } }

        func write(_ batch: inout RecordBatch) {
            guard batch.lineCount > 0 else { return }
            let count = batch.lineCount
            writer.enqueue(batch.take(), count: count)
        }

        var recordsDropped: UInt64 { writer.dropped }

        var summaryInterval: UInt64 { UInt64(clamping: Int64(options.summaries / .nanoseconds(1))) }

        var openConnections: Int { options.openConnections }

        func report(_ problem: String) {
            logger.error("the kernel does not tell what it does", metadata: ["reason": "\(problem)"])
        }
    }

    /// The two ways by which the kernel tells.
    struct WatcherSockets: ~Copyable, Sendable {
        var log: PacketLog
        var events: ConntrackEvents

        static func open(_ options: Watcher.Options) throws(NetlinkError) -> WatcherSockets {
            var packets = PacketLog.Options(group: options.group)
            packets.buffer = options.packetBuffer
            let log = try PacketLog.open(packets)
            let events = try ConntrackEvents.open(beginnings: !log.carriesFlows, buffer: options.eventBuffer)
            return WatcherSockets(log: log, events: events)
        }
    }

    /// Gives sockets to another thread.
    private final class Handover: Sendable {
        private let sockets: Mutex<WatcherSockets?>

        init(_ sockets: consuming WatcherSockets) { self.sockets = Mutex(sockets) }

        func take() -> WatcherSockets? { sockets.withLock { $0.take() } }
    }

    /// A descriptor by which a thread that waits for several is woken: a pipe.
    final class WakeUpDescriptor: Sendable {
        /// What is waited for.
        let descriptor: Int32
        private let writing: Int32

        init() throws(NetlinkError) {
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { throw .system(call: "pipe", errno: errno) }
            (descriptor, writing) = (ends[0], ends[1])
            for end in ends {
                _ = fcntl(end, F_SETFD, FD_CLOEXEC)
                _ = fcntl(end, F_SETFL, O_NONBLOCK)
            }
        }

        deinit {
            close(descriptor)
            close(writing)
        }

        /// Wakes the thread, now or when it next waits. A pipe that is full wakes it too.
        func signal() {
            var byte: UInt8 = 1
            _ = write(writing, &byte, 1)
        }

        /// Takes the signals that came.
        func clear() {
            var bytes = [UInt8](repeating: 0, count: 64)
            while read(descriptor, &bytes, bytes.count) > 0 {}
        }
    }

#endif
