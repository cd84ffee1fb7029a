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
        }

        let ports: [Port]

        /// Runs on a thread that may be moved into other namespaces.
        init(_ listeners: [LabPlan.Listener]) throws(LabError) {
            var ports: [Port] = []
            var place = ""
            do throws(LabError) {
                for listener in listeners {
                    if listener.namespace != place { try NetworkNamespace.enter(listener.namespace) }
                    place = listener.namespace
                    guard let descriptor = try Self.open(listener) else { continue }
                    ports.append(Port(descriptor: descriptor, listener: listener))
                }
            } catch {
                for port in ports { close(port.descriptor) }
                throw error
            }
            self.ports = ports
        }

        /// nil: this kernel does not have the protocol.
        private static func open(_ listener: LabPlan.Listener) throws(LabError) -> Int32? {
            let isDatagram = listener.traffic.proto == .udp
            let descriptor = Socket.make(
                listener.address, type: isDatagram ? SOCK_DGRAM : SOCK_STREAM,
                proto: Int32(listener.traffic.proto.rawValue))
            if descriptor < 0, errno == EPROTONOSUPPORT { return nil }
            guard descriptor >= 0 else { throw problem(listener) }
            Socket.set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
            let address = SocketAddress(listener.address, port: listener.traffic.port)
            guard address.with({ bind(descriptor, $0, $1) }) == 0, isDatagram || listen(descriptor, 512) == 0 else {
                defer { close(descriptor) }
                throw problem(listener)
            }
            return descriptor
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
        private let ports: [Int32: LabPlan.Listener]
        private var guests: Set<Int32> = []
        private var buffer = [UInt8](repeating: 0, count: 4096)

        init(_ open: OpenPorts) {
            ports = Dictionary(uniqueKeysWithValues: open.ports.map { ($0.descriptor, $0.listener) })
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
                    } else if let listener = ports[descriptor] {
                        if listener.traffic.proto == .udp {
                            answer(descriptor, listener.name)
                        } else {
                            welcome(descriptor, listener.name, poller)
                        }
                    } else {
                        echo(descriptor)
                    }
                }
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
