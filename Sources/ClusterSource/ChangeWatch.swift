import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a wait ended with.
enum WatchEvent {
    /// Something below the root may have changed.
    case changed
    /// Nothing happened for as long as was asked.
    case quiet
    /// The source was stopped.
    case stopped
}

/// Wakes up when a watched directory changes. Where the system cannot tell (no inotify, or too many watches), it
/// never wakes up by itself, and whoever waits looks at the tree every so often instead.
final class ChangeWatch {
    private var inotify: Int32 = -1
    private let stop: StopSignal
    private var watches: [String: Int32] = [:]
    private var seen: Set<String> = []
    /// True when a directory could not be watched: then changes must be looked for.
    private(set) var mustPoll: Bool

    init(stop: StopSignal, usesNotifications: Bool) {
        self.stop = stop
        mustPoll = true
        #if os(Linux)
            if usesNotifications { inotify = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC)) }
            mustPoll = inotify < 0
        #endif
    }

    deinit {
        if inotify >= 0 { close(inotify) }
    }

    /// Begins a scan: directories that are not announced until `endScan` are forgotten.
    func beginScan() {
        seen = []
        mustPoll = inotify < 0
    }

    /// Watches a directory; to be called before it is listed.
    func announce(_ directory: String) {
        #if os(Linux)
            guard inotify >= 0, seen.insert(directory).inserted else { return }
            let events = IN_CREATE | IN_DELETE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB
            let mask = UInt32(events | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
            // Adding again is no change, and finds the directory that now has this name.
            let watch = inotify_add_watch(inotify, directory, mask)
            if watch >= 0 { watches[directory] = watch } else { mustPoll = true }
        #endif
    }

    /// Ends a scan.
    func endScan() {
        #if os(Linux)
            let kept = Set(watches.filter { seen.contains($0.key) }.values)
            for (directory, watch) in watches where !seen.contains(directory) {
                if !kept.contains(watch) { inotify_rm_watch(inotify, watch) }
                watches[directory] = nil
            }
        #endif
    }

    /// Waits for a change, the stop, or the end of the time.
    func wait(milliseconds: Int) -> WatchEvent {
        var descriptors = [pollfd(fd: stop.readEnd, events: Int16(POLLIN), revents: 0)]
        if inotify >= 0 { descriptors.append(pollfd(fd: inotify, events: Int16(POLLIN), revents: 0)) }
        let count = poll(&descriptors, nfds_t(descriptors.count), Int32(clamping: milliseconds))
        if descriptors[0].revents != 0 { return .stopped }
        // An interrupted wait is taken for a change: looking once more costs little.
        if count < 0 { return errno == EINTR ? .changed : .quiet }
        guard count > 0 else { return .quiet }
        drain()
        return .changed
    }

    /// Which event it was does not matter: the tree is looked at as a whole, so none can be misread or lost.
    private func drain() {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while read(inotify, &buffer, buffer.count) > 0 {}
    }
}

/// Ends waits from another thread, once and for good.
final class StopSignal: Sendable {
    let readEnd: Int32
    private let writeEnd: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        // Without descriptors there is no stopping early; waits then end by their time.
        if pipe(&ends) == 0 { for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) } }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    deinit {
        if readEnd >= 0 { close(readEnd) }
        if writeEnd >= 0 { close(writeEnd) }
    }

    func raise() {
        if writeEnd >= 0 { _ = write(writeEnd, [UInt8(1)], 1) }
    }
}
