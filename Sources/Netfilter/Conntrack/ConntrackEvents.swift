#if os(Linux)

    import CNetfilter
    import Glibc

    /// What happens to the flows of this network namespace, as it happens.
    ///
    /// The kernel never waits for the reader; what finds no room is lost, and `overruns` counts how often. A reader
    /// that was overrun can read the whole table (`ConntrackTable`) to know what is there.
    public struct ConntrackEvents: ~Copyable, Sendable {
        private var socket: NetlinkSocket
        /// Messages that were not understood.
        public private(set) var unreadable: UInt64 = 0

        /// What happened.
        public enum Event: Hashable, Sendable {
            /// A flow began: its first packet has passed.
            case began(Flow)
            /// A flow ended, or was deleted; with counters and times when `ConntrackSettings` turned them on.
            case ended(Flow)
        }

        /// Begins to listen.
        ///
        /// The kernel notes events for a flow only if somebody listened when the flow began, unless it is told to
        /// (`ConntrackSettings.turnOn`): the end of an older flow is not told.
        ///
        /// - Parameters:
        ///   - beginnings: hear of new flows too.
        ///   - buffer: what the kernel keeps for a reader that is late, in bytes.
        public static func open(beginnings: Bool, buffer: Int = 8 << 20) throws(NetlinkError) -> ConntrackEvents {
            let ends = Int(NFNLGRP_CONNTRACK_DESTROY.rawValue)
            let groups = beginnings ? [Int(NFNLGRP_CONNTRACK_NEW.rawValue), ends] : [ends]
            let socket = try NetlinkSocket.open(groups: groups)
            try socket.setReceiveBuffer(bytes: buffer)
            return ConntrackEvents(socket)
        }

        private init(_ socket: consuming NetlinkSocket) { self.socket = socket }

        /// The descriptor, for those who wait for several things at once.
        public var descriptor: Int32 { socket.descriptor }

        /// How often the kernel had no room. Each time, events were lost.
        public var overruns: UInt64 { socket.overruns }

        /// Reads what there is, and waits for something when there is nothing.
        ///
        /// - Parameters:
        ///   - timeout: how long to wait.
        ///   - limit: how many events to read before giving the caller back control.
        /// - Returns: how many events `body` was called with.
        @discardableResult
        public mutating func read(
            timeout: Duration, limit: Int = 4096, _ body: (Event) -> Void
        ) throws(NetlinkError) -> Int {
            var count = 0
            for round in 0..<limit {
                var arrival = try socket.receive()
                if case .nothing = arrival {
                    guard round == 0, try socket.wait(timeout) else { break }
                    arrival = try socket.receive()
                }
                guard case .datagram(let bytes) = arrival else { continue }
                for message in NetlinkMessages(bytes) {
                    guard let event = Self.event(message) else {
                        unreadable += 1
                        continue
                    }
                    count += 1
                    body(event)
                }
            }
            return count
        }

        private static func event(_ message: NetlinkMessage) -> Event? {
            switch message.type {
            case ConntrackTable.message(IPCTNL_MSG_CT_NEW): Flow(message).map(Event.began)
            case ConntrackTable.message(IPCTNL_MSG_CT_DELETE): Flow(message).map(Event.ended)
            default: nil
            }
        }
    }

#endif
