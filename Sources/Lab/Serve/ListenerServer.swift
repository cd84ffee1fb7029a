#if os(Linux)
    import Addresses
    import Foundation
    import Synchronization

    /// Listens for all pods of a lab, in one thread: whoever connects is told whose port it is, and then hears what he
    /// says himself.
    public final class ListenerServer: Sendable {
        private let wake: Int32
        private let ended = DispatchSemaphore(value: 0)

        /// Opens every port of the plan, and serves them until `stop`.
        ///
        /// - Throws: `LabError` when one cannot be opened.
        public convenience init(_ plan: LabPlan) throws(LabError) {
            try self.init(plan.listeners)
        }

        init(_ listeners: [LabPlan.Listener]) throws(LabError) {
            Self.raiseLimit()
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { throw LabError(.system, "cannot open a pipe: \(SystemText.describe(errno))") }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            wake = ends[1]
            let sleeper = ends[0]
            let opening = try NetworkNamespace.onOwnThread { () throws(LabError) in try OpenPorts(listeners) }
            Thread.detachNewThread { [ended] in
                var loop = ListenerLoop(opening)
                loop.run(until: sleeper)
                close(sleeper)
                ended.signal()
            }
        }

        /// Ends it; ports are closed when this returns.
        public func stop() {
            close(wake)
            ended.wait()
        }

        /// Hundreds of pods with several ports each are more descriptors than a process commonly may have.
        static func raiseLimit() {
            var limit = rlimit()
            guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
            limit.rlim_cur = limit.rlim_max
            _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
    }

    /// Sockets of all ports, each opened in its namespace.
    struct OpenPorts: Sendable {
        struct Port: Sendable {
            let descriptor: Int32
            let listener: LabPlan.Listener
            /// Who listens where, when it is a socket for all SCTP of an address.
            var raw: [UInt16: String]?
        }

        private(set) var ports: [Port]

        /// Runs on a thread that may be moved into other namespaces.
        init(_ listeners: [LabPlan.Listener]) throws(LabError) {
            var ports: [Port] = []
            var place = ""
            let hasSCTP = Self.kernelHasSCTP
            do throws(LabError) {
                for listener in listeners {
                    if listener.namespace != place { try NetworkNamespace.enter(listener.namespace) }
                    place = listener.namespace
                    if hasSCTP || listener.traffic.proto != .sctp {
                        ports.append(Port(descriptor: try Self.open(listener), listener: listener))
                    }
                    if !hasSCTP { try Self.addRaw(listener, to: &ports) }
                }
            } catch {
                for port in ports { close(port.descriptor) }
                throw error
            }
            self.ports = ports
        }

        private static func open(_ listener: LabPlan.Listener) throws(LabError) -> Int32 {
            let isDatagram = listener.traffic.proto == .udp
            let descriptor = Socket.make(
                listener.address, type: isDatagram ? SOCK_DGRAM : SOCK_STREAM,
                proto: Int32(listener.traffic.proto.rawValue))
            guard descriptor >= 0 else { throw problem(listener) }
            Socket.set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
            let address = SocketAddress(listener.address, port: listener.traffic.port)
            guard address.with({ bind(descriptor, $0, $1) }) == 0, isDatagram || listen(descriptor, 512) == 0 else {
                defer { close(descriptor) }
                throw problem(listener)
            }
            return descriptor
        }

        private static var kernelHasSCTP: Bool {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), RawSCTP.number)
            if descriptor >= 0 { close(descriptor) }
            return descriptor >= 0
        }

        /// Lets a raw socket answer for all SCTP ports of an address, and listen on this one if it is one.
        private static func addRaw(_ listener: LabPlan.Listener, to ports: inout [Port]) throws(LabError) {
            let own = listener.traffic.proto == .sctp ? [listener.traffic.port: listener.name] : [:]
            let known = ports.firstIndex {
                $0.raw != nil && $0.listener.address == listener.address && $0.listener.namespace == listener.namespace
            }
            if let known {
                ports[known].raw?.merge(own) { first, _ in first }
                return
            }
            let descriptor = RawSCTP.open(listener.address)
            guard descriptor >= 0 else { throw problem(listener) }
            guard SocketAddress(listener.address, port: 0).with({ bind(descriptor, $0, $1) }) == 0 else {
                defer { close(descriptor) }
                throw problem(listener)
            }
            ports.append(Port(descriptor: descriptor, listener: listener, raw: own))
        }

        private static func problem(_ listener: LabPlan.Listener) -> LabError {
            let port = "\(listener.traffic.proto) port \(listener.traffic.port)"
            return LabError(
                .system,
                "cannot listen on \(listener.address) \(port) of \(listener.name): \(SystemText.describe(errno))")
        }
    }

    /// The loop of a server.
    private struct ListenerLoop {
        private let ports: [Int32: OpenPorts.Port]
        private var guests: Set<Int32> = []
        private var buffer = [UInt8](repeating: 0, count: 4096)

        init(_ open: OpenPorts) {
            ports = Dictionary(uniqueKeysWithValues: open.ports.map { ($0.descriptor, $0) })
        }

        mutating func run(until sleeper: Int32) {
            defer { for descriptor in Array(ports.keys) + guests { close(descriptor) } }
            guard let poller = try? Poller(), (try? poller.add(sleeper, Poller.Event.readable)) != nil else { return }
            for port in ports.keys { try? poller.add(port, Poller.Event.readable) }
            var isRunning = true
            while isRunning {
                poller.wait(milliseconds: -1) { descriptor, _ in
                    if descriptor == sleeper {
                        isRunning = false
                    } else if let port = ports[descriptor] {
                        serve(port, poller)
                    } else {
                        echo(descriptor)
                    }
                }
            }
        }

        private mutating func serve(_ port: OpenPorts.Port, _ poller: Poller) {
            if let names = port.raw {
                RawSCTP.answer(port.descriptor, isIPv4: port.listener.address.isIPv4, names: names)
            } else if port.listener.traffic.proto == .udp {
                answer(port.descriptor, port.listener.name)
            } else {
                welcome(port.descriptor, port.listener.name, poller)
            }
        }

        /// Answers every datagram that waits.
        private mutating func answer(_ descriptor: Int32, _ name: String) {
            let text = Array("\(name)\n".utf8)
            while true {
                var from = SocketAddress()
                let count = from.fill { recvfrom(descriptor, &buffer, buffer.count, 0, $0, $1) }
                // An ICMP error that an earlier answer met is reported here once.
                if count < 0, errno == ECONNREFUSED || errno == EHOSTUNREACH || errno == EINTR { continue }
                guard count >= 0 else { return }
                _ = from.with { sendto(descriptor, text, text.count, 0, $0, $1) }
            }
        }

        /// Takes every connection that waits.
        private mutating func welcome(_ descriptor: Int32, _ name: String, _ poller: Poller) {
            let text = Array("\(name)\n".utf8)
            while true {
                let guest = accept(descriptor, nil, nil)
                if guest < 0, errno == ECONNABORTED || errno == EINTR { continue }
                guard guest >= 0 else { return }
                _ = fcntl(guest, F_SETFL, O_NONBLOCK)
                _ = fcntl(guest, F_SETFD, FD_CLOEXEC)
                _ = send(guest, text, text.count, Int32(MSG_NOSIGNAL))
                guard (try? poller.add(guest, Poller.Event.readable)) != nil else {
                    close(guest)
                    continue
                }
                guests.insert(guest)
            }
        }

        /// Says back what was said. A guest that does not listen loses what does not fit.
        private mutating func echo(_ descriptor: Int32) {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 {
                _ = send(descriptor, buffer, count, Int32(MSG_NOSIGNAL))
            } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
                guests.remove(descriptor)
                close(descriptor)
            }
        }
    }
#endif
