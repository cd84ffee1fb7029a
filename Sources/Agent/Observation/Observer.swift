#if os(Linux)

    import Addresses
    import Netfilter
    import PacketFilter
    import Records

    /// Makes records of what the kernel tells: packets of its log, beginnings and ends of flows. It does no input or
    /// output, and knows no clock: everything is told to it.
    ///
    /// A packet of the log says what was decided, and on which interfaces; a flow says what was translated, and in the end
    /// how much passed. They come by two ways and in any order, and belong together when they look the same to rules. Some
    /// kernels send the flow along with the packet; then beginnings need not be told.
    ///
    /// Of one thread.
    final class Observer {
        private let limits: Limits
        private let node: RecordPart
        private let judge = Judge()
        private var interfaceName: (UInt32) -> String
        /// Records that are not yet handed on.
        var batch = RecordBatch(capacity: 64 << 10)
        /// What was seen.
        private(set) var counts = WatcherCounts()

        /// Connections that are on the record, and have not ended.
        private var open: BoundedTable<FlowTuple, ObservedConnection>
        /// Packets that were let through, whose flow was not told yet.
        private var waiting: BoundedTable<FlowTuple, Waiting<LoggedPacket>>
        /// Flows that began, whose packet was not told yet.
        private var fresh: BoundedTable<FlowTuple, Waiting<Flow>>
        private var denials: Denials
        /// Flows that are being cut.
        private var cuts: BoundedTable<UInt32, Void>
        private var nextNumber: UInt32 = 0

        /// How much is remembered.
        struct Limits: Hashable, Sendable {
            /// Open connections.
            var open = 262_144
            /// Packets and flows that wait for each other, each.
            var waiting = 16_384
            /// How long they wait, in nanoseconds.
            var patience: UInt64 = 250_000_000
            /// Flows that are being cut.
            var cuts = 65_536
            /// Denied packets.
            var denials = Denials.Limits()
        }

        private struct Waiting<Value> {
            let value: Value
            /// By the clock that only goes on.
            let since: UInt64
        }

        /// What something is judged by.
        struct Moment {
            /// The lists of late.
            var lists: [ListInForce]
            /// Nanoseconds since 1970.
            var time: UInt64
            /// Nanoseconds of a clock that only goes on.
            var now: UInt64
        }

        /// - Parameter interfaceName: the name of an interface; empty: it is gone.
        init(node: String, limits: Limits = Limits(), interfaceName: @escaping (UInt32) -> String) {
            self.limits = limits
            self.node = .node(node)
            self.interfaceName = interfaceName
            open = BoundedTable(limit: limits.open)
            waiting = BoundedTable(limit: limits.waiting)
            fresh = BoundedTable(limit: limits.waiting)
            cuts = BoundedTable(limit: limits.cuts)
            denials = Denials(limits.denials)
        }
    }

    // MARK: packets

    extension Observer {
        /// A packet of the kernel's log.
        func take(_ packet: LoggedPacket, _ moment: Moment) {
            counts.packets += 1
            guard let said = LoggedVerdict(rawValue: packet.prefix) else {
                counts.foreign += 1
                return
            }
            switch said {
            case .allowed: counts.allowed += 1
            case .deniedEgress: counts.deniedEgress += 1
            case .deniedIngress: counts.deniedIngress += 1
            case .deniedUnknown: counts.deniedUnknown += 1
            case .deniedSpoofed: counts.deniedSpoofed += 1
            }
            if said.isAllowed { allowed(packet, moment) } else { denied(packet, said, moment) }
        }

        private func allowed(_ packet: LoggedPacket, _ moment: Moment) {
            let key = packet.tuple
            if let known = open[key], packet.flowID == nil || known.flowID == nil || packet.flowID == known.flowID {
                // Sent again before it was answered, or one of a stream that nobody answers.
                counts.allowedAgain += 1
            } else if packet.original != nil || packet.flowID != nil {
                opened(packet, flow: nil, moment)
            } else if let flow = fresh.remove(key) {
                opened(packet, flow: flow.value, moment)
            } else if waiting[key] != nil {
                counts.allowedAgain += 1
            } else if let evicted = waiting.insert(key, Waiting(value: packet, since: moment.now)) {
                opened(evicted.value.value, flow: nil, moment)
            }
        }

        private func opened(_ packet: LoggedPacket, flow: Flow?, _ moment: Moment) {
            let original = ObservedConnection.original(packet.original ?? flow?.original, packet.tuple)
            let question = Judge.Question(
                tuple: packet.tuple, said: .allowed, time: packet.time, original: original,
                isFromNode: packet.hook == .output)
            opened(
                ObservedConnection(
                    id: id(packet.time), tuple: packet.tuple, original: original, time: packet.time,
                    judgement: judge.judge(question, moment.lists), inputInterface: packet.inputInterface,
                    outputInterface: packet.outputInterface, flowID: packet.flowID ?? flow?.id))
        }

        private func denied(_ packet: LoggedPacket, _ said: LoggedVerdict, _ moment: Moment) {
            let key = Denials.Key(packet.tuple, said)
            switch denials.ask(key, interface: packet.inputInterface, now: moment.now) {
            case .again: counts.deniedAgain += 1
            case .tooMany: counts.deniedUntold += 1
            case .new:
                let original = ObservedConnection.original(packet.original, packet.tuple)
                let question = Judge.Question(tuple: packet.tuple, said: said, time: packet.time, original: original)
                let connection = ObservedConnection(
                    id: id(packet.time), tuple: packet.tuple, original: original, time: packet.time,
                    judgement: judge.judge(question, moment.lists), inputInterface: packet.inputInterface,
                    outputInterface: packet.outputInterface, flowID: nil)
                note(connection.judgement)
                denial(connection, time: packet.time, repeats: 0)
                if let evicted = denials.remember(key, connection, now: moment.now) { again(evicted, moment) }
            }
        }

        /// Tells of denials that were repeated.
        private func again(_ entry: Denials.Entry, _ moment: Moment) {
            let ago = moment.now > entry.last ? moment.now - entry.last : 0
            denial(entry.connection, time: moment.time > ago ? moment.time - ago : 0, repeats: entry.repeats)
        }

        private func denial(_ connection: ObservedConnection, time: UInt64, repeats: UInt64) {
            counts.denials += 1
            batch.add(.denied, connection, time: time, node: node, repeats: repeats, interface: interfaceName)
        }
    }

    // MARK: flows

    extension Observer {
        /// A flow began.
        func began(_ flow: Flow, _ moment: Moment) {
            guard isOurs(flow, moment) else { return }
            let key = flow.asFiltered
            if let packet = waiting.remove(key) { return opened(packet.value, flow: flow, moment) }
            if let known = open[key] {
                guard let id = known.flowID else {
                    _ = open.change(key) { $0.flowID = flow.id }
                    return
                }
                if id == flow.id { return }
                // The end of that one was not told.
                open.remove(key)
                counts.forgotten += 1
            }
            if let evicted = fresh.insert(key, Waiting(value: flow, since: moment.now)) {
                unlogged(evicted.value.value, moment)
            }
        }

        /// A flow ended.
        func ended(_ flow: Flow, _ moment: Moment) {
            let key = flow.asFiltered
            if let packet = waiting.remove(key) { opened(packet.value, flow: flow, moment) }
            if let early = fresh[key], early.value.id == flow.id {
                fresh.remove(key)
                unlogged(early.value, moment)
            }
            if let known = open[key], known.flowID == nil || known.flowID == flow.id {
                open.remove(key)
                return closed(known, flow, moment)
            }
            guard isOurs(flow, moment) else { return }
            counts.endedUnopened += 1
            closed(connection(flow, flow.start ?? moment.time, moment), flow, moment)
        }

        /// Flows will be taken out of the kernel's table, because the newest list denies them.
        func willCut(_ flows: [UInt32]) {
            for flow in flows { _ = cuts.insert(flow, ()) }
        }

        /// Ends of flows were lost: forgets connections whose flow is not among those that are there.
        ///
        /// - Parameter time: when these were listed; what was opened later may be missing among them.
        func keepOpen(_ flows: Set<UInt32>, listedAt time: UInt64) {
            counts.forgotten += UInt64(
                open.removeAll { connection in
                    guard let id = connection.flowID, connection.time < time else { return false }
                    return !flows.contains(id)
                })
        }

        /// True for flows of pods on this node.
        private func isOurs(_ flow: Flow, _ moment: Moment) -> Bool {
            guard let newest = moment.lists.last else { return false }
            return newest.isLocal(flow.original.source) || newest.isLocal(flow.reply.source)
        }

        /// What there is to say of a flow whose packet was not seen.
        private func connection(_ flow: Flow, _ time: UInt64, _ moment: Moment) -> ObservedConnection {
            let tuple = flow.asFiltered
            let original = ObservedConnection.original(flow.original, tuple)
            let question = Judge.Question(tuple: tuple, said: .allowed, time: time, original: original)
            return ObservedConnection(
                id: id(time), tuple: tuple, original: original, time: time,
                judgement: judge.judge(question, moment.lists), inputInterface: 0, outputInterface: 0, flowID: flow.id)
        }

        private func unlogged(_ flow: Flow, _ moment: Moment) {
            counts.unlogged += 1
            opened(connection(flow, flow.start ?? moment.time, moment))
        }

        private func opened(_ connection: ObservedConnection) {
            counts.opened += 1
            note(connection.judgement)
            batch.add(.opened, connection, time: connection.time, node: node, interface: interfaceName)
            if open.insert(connection.tuple, connection) != nil { counts.forgotten += 1 }
        }

        private func closed(_ connection: ObservedConnection, _ flow: Flow, _ moment: Moment) {
            let time = flow.stop ?? moment.time
            let isCut = cuts.remove(flow.id) != nil
            if isCut { counts.cut += 1 } else { counts.closed += 1 }
            let question = Judge.Question(
                tuple: connection.tuple, said: .allowed, time: time, original: connection.original)
            let judgement = isCut ? judge.judgeCut(question, moment.lists) : connection.judgement
            let start = flow.start ?? connection.time
            batch.add(
                isCut ? .cut : .closed, connection, time: time, node: node, judgement: judgement,
                end: isCut ? .removed : flow.end, interface: interfaceName
            ) { batch in
                if let sent = flow.sent, let received = flow.received {
                    batch.bytes(
                        Record.Bytes(in: Int64(clamping: sent.bytes), out: Int64(clamping: received.bytes)))
                    batch.packets(Record.Packets(in: sent.packets, out: received.packets))
                }
                var timing = Record.Timing()
                timing.duration = Int64(clamping: time > start ? (time - start) / 1000 : 0)
                batch.timing(timing)
            }
        }

        private func note(_ judgement: Judgement) {
            if judgement.isDisagreement { counts.disagreements += 1 }
            if judgement.reason == .notJudged { counts.unjudged += 1 }
        }

        private func id(_ time: UInt64) -> Record.ConnectionID {
            nextNumber &+= 1
            return Record.ConnectionID(began: time / 1000, number: nextNumber)
        }
    }

    // MARK: time

    extension Observer {
        /// Does what is due: what waited too long is told as it is, and denials are told again.
        ///
        /// - Parameter all: everything is due, because nothing will come any more.
        func tick(_ moment: Moment, all: Bool = false) {
            while let (key, flow) = fresh.oldest, all || flow.since + limits.patience <= moment.now {
                fresh.remove(key)
                unlogged(flow.value, moment)
            }
            while let (key, packet) = waiting.oldest, all || packet.since + limits.patience <= moment.now {
                waiting.remove(key)
                opened(packet.value, flow: nil, moment)
            }
            while let entry = denials.due(now: moment.now, all: all) { again(entry, moment) }
            counts.open = open.count
        }

        /// True when something waits that should not wait long.
        var isWaiting: Bool { waiting.count > 0 || fresh.count > 0 }

        /// Tells what was not shown.
        func tell(_ hidden: Record.Hidden, over nanoseconds: UInt64, _ moment: Moment) {
            batch.beginConnection(
                time: Int64(clamping: moment.time / 1000), id: id(moment.time), verdict: nil,
                reason: Reason.notShown.rawValue, revision: moment.lists.last?.revision ?? 0, node: node)
            var timing = Record.Timing()
            timing.duration = Int64(clamping: nanoseconds / 1000)
            batch.timing(timing)
            batch.hidden(hidden)
            batch.end()
        }
    }

#endif
