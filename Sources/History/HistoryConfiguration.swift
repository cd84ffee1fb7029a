#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension History {
    /// Where, how long and how much.
    public struct Configuration: Sendable {
        /// Directory of its own, which is made when it is not there.
        public var directory: String
        /// Seconds that records and sums of minutes are kept.
        public var retention: Int64 = 7 * 86_400
        /// Bytes on disk; what is oldest goes first.
        public var maximumBytes: Int64 = 16 << 30
        /// The share of records, 0...1, of which the line is kept. Sums are of all of them, and denials and whatever else
        /// somebody will ask about are always kept. All records of an id share a fate.
        public var detailShare: Double = 1
        /// Bytes of records that may wait to be taken in: of the process itself, and as many again of sources.
        public var queueBytes = 32 << 20
        /// Days that sums of hours are kept; sums of days are kept for ten times as long.
        public var hourDays: Int64 = 92
        /// Bytes of packed records that are held in memory while the disk refuses.
        public var memoryBytes = 64 << 20
        /// Bytes of unpacked records that are held for who follows; who falls further behind misses some.
        public var liveBytes = 64 << 20
        /// Bytes of sums of the last hour that are held in memory; where they would take more, it is fewer minutes.
        public var recentBytes = 64 << 20
        /// Series that there can be; see `SeriesTable`.
        public var mostSeries = 100_000
        /// Milliseconds between two commits.
        public var interval = 1_000
        /// Where the key is that signs checkpoints (32 bytes, made when it is not there); nil: none are made. It protects
        /// against whoever may write the directory's files and may not read this one.
        public var signingKey: String?
        /// Microseconds since 1970.
        public var clock: @Sendable () -> Int64 = { wallClock() }

        /// Bytes of a segment, after which the next one begins.
        var segmentBytes: UInt64 = 64 << 20
        /// Blocks that are put together in the index of ids.
        var idWidth = 32
        /// Microseconds that go on whatever is done to the clock.
        var uptime: @Sendable () -> Int64 = { steadyClock() }
        /// The most pages that the tables may have, and what writing a segment fails with: tests make full disks of them.
        var mostPages: Int?
        var fault: (@Sendable () -> Int32?)?

        /// The usual.
        public init(directory: String) {
            self.directory = directory
        }
    }
}

private func microseconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
}

private func wallClock() -> Int64 { microseconds(CLOCK_REALTIME) }

private func steadyClock() -> Int64 { microseconds(CLOCK_MONOTONIC) }
