#if os(Linux)

    import Addresses
    import Netfilter
    import PacketFilter

    /// Which denied packets get a record, so that a flood of them is told in few.
    ///
    /// What is the same in source, destination, protocol and port gets one record at once, and then one in a while with
    /// the number of repeats. Each source, and all together, get only so many a second.
    struct Denials {
        private var entries: BoundedTable<Key, Entry>
        private var sources: BoundedTable<Source, Allowance>
        private var together: Allowance
        private let limits: Limits

        /// How many records denials may make.
        struct Limits: Hashable, Sendable {
            /// Different ones that are told apart.
            var differing = 65_536
            /// How long they are counted until they are told again, in nanoseconds.
            var window: UInt64 = 60_000_000_000
            /// Of one source, at once and in each second.
            var ofSource = Rate(burst: 64, perSecond: 4)
            /// Of all sources.
            var ofAll = Rate(burst: 2_000, perSecond: 500)
            /// Sources that are told apart.
            var sources = 16_384
        }

        struct Rate: Hashable, Sendable {
            var burst: UInt64
            var perSecond: UInt64
        }

        /// What is the same of packets that are told together.
        struct Key: Hashable {
            let source: Address
            let destination: Address
            /// Protocol and port, or type and code of ICMP; protocol alone where the packet does not say.
            let traffic: UInt32
            let said: LoggedVerdict

            init(_ tuple: FlowTuple, _ said: LoggedVerdict) {
                source = tuple.source
                destination = tuple.destination
                traffic = tuple.traffic?.key ?? UInt32(tuple.proto.rawValue) << 16
                self.said = said
            }
        }

        struct Entry {
            var connection: ObservedConnection
            var repeats: UInt64
            /// When it was last told.
            var told: UInt64
            /// When the last repeat came.
            var last: UInt64
        }

        /// Who is held to have sent it: the address, or the interface where addresses are not to be believed.
        private enum Source: Hashable {
            case address(Address)
            case interface(UInt32)
        }

        enum Answer {
            /// It gets a record; `tell` is to be called.
            case new
            /// It is counted with one like it.
            case again
            /// There are too many of its source, or of all.
            case tooMany
        }

        init(_ limits: Limits) {
            self.limits = limits
            entries = BoundedTable(limit: limits.differing)
            sources = BoundedTable(limit: limits.sources)
            together = Allowance(limits.ofAll, at: 0)
        }

        /// Asks whether a packet gets a record.
        ///
        /// - Parameter now: nanoseconds of a clock that only goes on.
        mutating func ask(_ key: Key, interface: UInt32, now: UInt64) -> Answer {
            let isKnown = entries.change(key) { entry in
                entry.repeats += 1
                entry.last = now
            }
            if isKnown { return .again }
            let source =
                key.said == .deniedSpoofed || key.said == .deniedUnknown
                ? Source.interface(interface) : .address(key.source)
            var allowance = sources[source] ?? Allowance(limits.ofSource, at: now)
            defer { if !sources.change(source, { $0 = allowance }) { _ = sources.insert(source, allowance) } }
            guard allowance.isEnough(limits.ofSource, now), together.take(limits.ofAll, now) else { return .tooMany }
            _ = allowance.take(limits.ofSource, now)
            return .new
        }

        /// Remembers what got a record.
        ///
        /// - Returns: the one that is forgotten for it, if it has repeats that nobody was told of.
        mutating func remember(_ key: Key, _ connection: ObservedConnection, now: UInt64) -> Entry? {
            let entry = Entry(connection: connection, repeats: 0, told: now, last: now)
            guard let evicted = entries.insert(key, entry)?.value, evicted.repeats > 0 else { return nil }
            return evicted
        }

        /// The next one that has repeats to tell of, because its time has come; nil: none has.
        ///
        /// - Parameter all: the time of all has come.
        mutating func due(now: UInt64, all: Bool = false) -> Entry? {
            while let (key, entry) = entries.oldest, all || entry.told + limits.window <= now {
                entries.remove(key)
                guard entry.repeats > 0 else { continue }
                if !all {
                    let rest = Entry(connection: entry.connection, repeats: 0, told: now, last: now)
                    _ = entries.insert(key, rest)
                }
                return entry
            }
            return nil
        }
    }

    /// How much of a rate is left.
    struct Allowance {
        private var left: UInt64
        private var updated: UInt64

        init(_ rate: Denials.Rate, at time: UInt64) {
            left = rate.burst
            updated = time
        }

        /// True when there is one left.
        mutating func isEnough(_ rate: Denials.Rate, _ now: UInt64) -> Bool {
            let second: UInt64 = 1_000_000_000
            let elapsed = now > updated ? now - updated : 0
            let (whole, rest) = elapsed.quotientAndRemainder(dividingBy: second)
            let gained = (whole.multipliedReportingOverflow(by: rate.perSecond))
            let more = gained.overflow ? rate.burst : gained.partialValue + rest * rate.perSecond / second
            if more > 0 {
                left = min(rate.burst, left + min(more, rate.burst))
                updated = now
            }
            return left > 0
        }

        /// Takes one; false when there is none.
        mutating func take(_ rate: Denials.Rate, _ now: UInt64) -> Bool {
            guard isEnough(rate, now) else { return false }
            left -= 1
            return true
        }
    }

#endif
