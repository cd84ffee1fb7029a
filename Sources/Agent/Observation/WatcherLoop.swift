#if os(Linux)

    import Glibc
    import Netfilter
    import PacketFilter
    import Records

    /// What the watcher's thread does, over and over: wait, read, do what is due, hand on.
    ///
    /// Of one thread.
    final class WatcherLoop {
        private let watcher: Watcher
        private let wakeUp: WakeUpDescriptor
        private var sockets: WatcherSockets
        private let observer: Observer
        private var counters: UnloggedCounters
        private var lists: [ListInForce] = []
        private var generation: UInt64 = .max
        /// Failures of the kernel to tell, and when one was last reported.
        private var failures: UInt64 = 0
        private var reported: UInt64?

        /// Times of the clock that only goes on, in nanoseconds.
        private var ticked: UInt64
        private var counted: UInt64
        private var told: UInt64
        private var listed: UInt64 = 0
        /// Losses of events after which flows were listed.
        private var listedOverruns: UInt64 = 0
        /// What had been hidden when it was last told.
        private var toldCounts = WatcherCounts()

        private static let second: UInt64 = 1_000_000_000
        private static let tick: UInt64 = second / 10

        init(_ watcher: Watcher, _ sockets: consuming WatcherSockets, _ wakeUp: WakeUpDescriptor) {
            self.watcher = watcher
            self.wakeUp = wakeUp
            counters = UnloggedCounters(from: sockets.counters)
            self.sockets = sockets
            var limits = Observer.Limits()
            limits.open = watcher.openConnections
            let names = InterfaceNames()
            observer = Observer(node: watcher.history.node, limits: limits) { names.name(of: $0) }
            (ticked, counted, told) = (monotonicNow(), monotonicNow(), monotonicNow())
        }

        func run() {
            while !watcher.isStopping {
                wait()
                turn()
            }
            turn()
            counters.read(onFailure: failed)
            var moment = moment()
            moment.now = monotonicNow()
            observer.tick(moment, all: true)
            tellHidden(moment)
            handOn()
        }

        private func turn() {
            // Before the ends of these flows are read.
            observer.willCut(watcher.takeCuts())
            var moment = moment()
            // Flows first: most packets then find theirs.
            do throws(NetlinkError) {
                try sockets.events.read(timeout: .zero) { event in
                    update(&moment)
                    switch event {
                    case .began(let flow): observer.began(flow, moment)
                    case .ended(let flow): observer.ended(flow, moment)
                    }
                }
                try sockets.log.read(timeout: .zero) { packet in
                    update(&moment)
                    observer.take(packet, moment)
                }
            } catch {
                failed(error)
                // What failed at once would fail again at once.
                usleep(10_000)
            }
            moment = self.moment()
            due(moment)
            handOn()
        }

        /// Waits until there is something to read or to do.
        private func wait() {
            var descriptors = [wakeUp.descriptor, sockets.events.descriptor, sockets.log.descriptor].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            _ = poll(&descriptors, nfds_t(descriptors.count), observer.isWaiting ? 100 : 500)
            if descriptors[0].revents != 0 { wakeUp.clear() }
        }

        private func due(_ moment: Observer.Moment) {
            if moment.now >= ticked + Self.tick {
                observer.tick(moment)
                ticked = moment.now
            }
            if moment.now >= counted + Self.second {
                counters.read(onFailure: failed)
                counted = moment.now
            }
            if sockets.events.overruns != listedOverruns, moment.now >= listed + 10 * Self.second {
                (listed, listedOverruns) = (moment.now, sockets.events.overruns)
                listFlows()
            }
            if moment.now >= told + watcher.summaryInterval { tellHidden(moment) }
        }

        /// Ends were lost: looks which connections are still there.
        private func listFlows() {
            do throws(NetlinkError) {
                let time = wallClockNow()
                var table = try ConntrackTable.open()
                var flows: Set<UInt32> = []
                try table.forEach(begin: { flows.removeAll() }) { flows.insert($0.id) }
                observer.keepOpen(flows, listedAt: time)
            } catch {
                failed(error)
            }
        }

        private func handOn() {
            watcher.write(&observer.batch)
            watcher.publish(counts)
        }

        /// Everything that is counted, here and there.
        private var counts: WatcherCounts {
            var counts = observer.counts
            counts.repeats = counters.repeats
            counts.unseen = counters.unseen
            counts.strays = counters.strays
            counts.lost = sockets.log.lost
            counts.packetOverruns = sockets.log.overruns
            counts.eventOverruns = sockets.events.overruns
            counts.unreadable = sockets.log.unreadable + sockets.events.unreadable
            counts.recordsDropped = watcher.recordsDropped
            counts.failures = failures
            return counts
        }

        /// Tells what was hidden since it was told last, if something was.
        private func tellHidden(_ moment: Observer.Moment) {
            let (counts, elapsed) = (counts, moment.now - told)
            told = moment.now
            let hidden = counts.hidden(since: toldCounts)
            toldCounts = counts
            if hidden != Record.Hidden() { observer.tell(hidden, over: elapsed, moment) }
        }

        // MARK: when it is

        private func moment() -> Observer.Moment {
            var moment = Observer.Moment(lists: lists, time: wallClockNow(), now: monotonicNow())
            update(&moment)
            return moment
        }

        /// What was just read may have been decided by a list that was announced after the moment began.
        private func update(_ moment: inout Observer.Moment) {
            let current = watcher.history.generation
            guard current != generation else { return }
            generation = current
            lists = watcher.history.current
            moment.lists = lists
        }

        private func failed(_ error: NetlinkError) {
            failures += 1
            let now = monotonicNow()
            if let reported, now < reported + 10 * Self.second { return }
            reported = now
            watcher.report("\(error)")
        }
    }

    extension WatcherCounts {
        /// What nobody was shown since then.
        func hidden(since then: WatcherCounts) -> Record.Hidden {
            var hidden = Record.Hidden()
            hidden.repeats = repeats &- then.repeats
            hidden.unseen = unseen &- then.unseen
            hidden.lost = lost &- then.lost
            hidden.overruns = (packetOverruns &+ eventOverruns) &- (then.packetOverruns &+ then.eventOverruns)
            hidden.forgotten = forgotten &- then.forgotten
            hidden.denied = deniedUntold &- then.deniedUntold
            hidden.records = recordsDropped &- then.recordsDropped
            return hidden
        }
    }

    /// How much the kernel's counters of what it did not log have grown. They begin anew with their table.
    struct UnloggedCounters: ~Copyable {
        private(set) var repeats: UInt64 = 0
        private(set) var unseen: UInt64 = 0
        private(set) var strays: UInt64 = 0
        private var tables: KernelTables?
        private var last: Standing

        /// What counters stand at.
        typealias Standing = [Family: [String: UInt64]]

        /// What they stood at then is no growth.
        init(from standing: Standing) { last = standing }

        /// Asks the kernel; nothing where there is no connection to it.
        static func standing(_ tables: inout KernelTables?) throws(NetlinkError) -> Standing {
            var standing: Standing = [:]
            for family in Family.allCases { standing[family] = try tables?.counters(family) }
            return standing
        }

        /// Reads them again.
        mutating func read(onFailure failed: (NetlinkError) -> Void) {
            do throws(NetlinkError) {
                if tables == nil { tables = try KernelTables() }
                note(try Self.standing(&tables))
            } catch {
                // Another socket, next time.
                tables = nil
                failed(error)
            }
        }

        mutating func note(_ now: Standing) {
            for (family, counters) in now {
                let before = last[family] ?? [:]
                repeats += Self.growth(before[UnloggedCounter.repeats], counters[UnloggedCounter.repeats])
                unseen += Self.growth(before[UnloggedCounter.unseen], counters[UnloggedCounter.unseen])
                strays += Self.growth(before[UnloggedCounter.strays], counters[UnloggedCounter.strays])
            }
            last = now
        }

        private static func growth(_ before: UInt64?, _ now: UInt64?) -> UInt64 {
            let (before, now) = (before ?? 0, now ?? 0)
            return now >= before ? now - before : now
        }
    }

    /// Names of interfaces, asked of the kernel now and then.
    ///
    /// Of one thread.
    final class InterfaceNames {
        private var names: [UInt32: String] = [:]
        private var asked: UInt64 = 0

        /// The name of an interface; empty: it is gone. Numbers are given again, so that nothing is believed for long.
        func name(of index: UInt32) -> String {
            let now = monotonicNow()
            if now >= asked + 10_000_000_000 {
                names.removeAll(keepingCapacity: true)
                asked = now
            }
            if let known = names[index] { return known }
            var bytes = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
            let name = if_indextoname(index, &bytes).map { String(cString: $0) } ?? ""
            names[index] = name
            return name
        }
    }

    /// Nanoseconds since 1970.
    func wallClockNow() -> UInt64 { now(CLOCK_REALTIME) }

    /// Nanoseconds of a clock that only goes on.
    func monotonicNow() -> UInt64 { now(CLOCK_MONOTONIC) }

    private func now(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

#endif
