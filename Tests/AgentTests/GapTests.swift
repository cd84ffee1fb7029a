#if os(Linux)

    import Foundation
    import KernelWorlds
    import Kubernetes
    import PacketFilter
    import Synchronization
    import Testing

    @testable import Agent
    @testable import Lab

    /// A thousand packets a second of each kind, while rules are installed anew, edited, and follow pods that come and go.
    @Suite(
        "Not one packet slips through, or is lost, while rules change", .serialized,
        .enabled(if: mayMakeNamespaces, "needs root"))
    struct GapTests {
        @Test func throughManyChanges() throws {
            let world = try TrialLab()
            try world.onNode {
                var enforcer = try Enforcer(TrialLab.settings)
                var cutter = try FlowCutter()
                _ = try enforcer.enforce(Self.snapshot(0))
                let stream = try PacketStream(world)
                stream.start()
                var changes = 0
                for round in 1...Self.rounds {
                    // An agent that starts knows nothing, and installs everything.
                    if round % 3 == 0 { enforcer = try Enforcer(TrialLab.settings) }
                    let outcome = try enforcer.enforce(Self.snapshot(round))
                    if outcome.isChange { changes += 1 }
                    let filter = enforcer.filter
                    let cuts = try cutter.cut(try #require(filter))
                    #expect(cuts == [], "round \(round): a connection was ended that is allowed")
                    stream.letSomePass()
                }
                let tally = stream.end()
                print("GapTests: \(changes) changes, \(tally)")
                #expect(changes >= 200)
                #expect(tally.slipped == 0, "packets came through that are denied")
                #expect(tally.lost == 0, "packets were lost that are allowed")
                #expect(tally.lostAnswers == 0, "answers were lost of a known flow")
                #expect(tally.connection == nil, "the connection broke")
                #expect(tally.sent > 2 * Self.rounds)
            }
        }

        private static let rounds = 240

        /// Always the same for whom the packets are about; the rest differs from round to round.
        private static func snapshot(_ round: Int) throws -> Snapshot {
            var manifests = TrialLab.pods.map(\.manifest)
            let ports =
                round % 2 == 0 ? "" : ", ports: [{port: \(TrialLab.port), protocol: UDP}, {port: \(TrialLab.port)}]"
            manifests.append(TrialLab.onlyFrom("friend", ports: ports))
            // Policies that say more about the same pods, or forbid what is forbidden anyhow.
            for number in 0..<(round % 5) {
                manifests.append(TrialLab.onlyFrom("app\(round % 7 + number)", name: "more-\(number)"))
            }
            // Pods here and elsewhere.
            for number in 0..<(round % 4) {
                manifests.append(TrialLab.pod("app\(number)", "one", "10.1.1.\(100 + round % 11 * 4 + number)"))
                manifests.append(TrialLab.pod("app\(number + 4)", "two", "10.1.2.\(100 + round % 13 * 4 + number)"))
            }
            return try TrialLab.snapshot(manifests, revision: UInt64(round + 1))
        }
    }

    /// Datagrams that are allowed, that are denied, and of a flow that is known; and a connection that speaks both ways.
    /// What arrived is counted where it arrives.
    private final class PacketStream: Sendable {
        struct Tally: CustomStringConvertible {
            var sent = 0
            var slipped = 0
            var lost = 0
            var lostAnswers = 0
            /// What is wrong with the connection; nil: nothing.
            var connection: String?

            var description: String {
                "\(sent) packets of each kind, \(lost) lost, \(lostAnswers) answers lost, \(slipped) slipped through"
            }
        }

        /// What a datagram is.
        private enum Kind: UInt8 {
            /// Never answered: to the rules each of them opens a flow.
            case allowed
            /// Answered: it belongs to a flow that is known.
            case known
            case denied
        }

        private let callee: TestSocket
        private let friend: TestSocket
        private let knownFriend: TestSocket
        private let denied: [TestSocket]
        private let caller: TestSocket
        private let answerer: TestSocket
        private let sent = Atomic(0)
        private let isEnding = Atomic(false)
        private let arrived = Mutex<[UInt8: Int]>([:])
        private let answers = Atomic(0)
        private let echoed = Atomic(0)
        private let problem = Mutex<String?>(nil)
        private let threads = DispatchGroup()

        init(_ world: TrialLab) throws {
            func datagrams(_ guest: TrialLab.Guest, _ port: UInt16 = 0) throws -> TestSocket {
                let socket = try world.inside(guest) { try TestSocket(.udp, guest.address, port: port) }
                try socket.patient(milliseconds: 100).setOption(Int(SOL_SOCKET), SO_RCVBUFFORCE, [0, 0, 0, 4])
                return socket
            }
            callee = try datagrams(TrialLab.server, TrialLab.port)
            (friend, knownFriend) = (try datagrams(TrialLab.friend), try datagrams(TrialLab.friend))
            denied = [try datagrams(TrialLab.stranger), try datagrams(TrialLab.neighbour)]
            let listener = try world.inside(TrialLab.server) {
                try TestSocket(.tcp, TrialLab.server.address, port: TrialLab.port).patient()
            }
            try listener.listen()
            caller = try world.inside(TrialLab.friend) { try TestSocket(.tcp, TrialLab.friend.address).patient() }
            try caller.connect(to: TrialLab.server.address, port: TrialLab.port)
            answerer = try listener.accept().patient()
            try meetNeighbours()
        }

        /// Who lives where is found out before anything is counted: packets that wait for that may be lost.
        private func meetNeighbours() throws {
            for _ in 0..<200 {
                send(friend, .allowed)
                send(knownFriend, .known)
                for socket in denied { send(socket, .denied) }
                guard callee.hasNews(milliseconds: 50) else { continue }
                while callee.hasNews(milliseconds: 100) { _ = callee.hear() }
                return
            }
            throw WorldError("the pods of a trial do not reach each other")
        }

        private func send(_ socket: TestSocket, _ kind: Kind) {
            socket.trySend([kind.rawValue], to: TrialLab.server.address, port: TrialLab.port)
        }

        // MARK: Life

        func start() {
            run { self.sendAll() }
            run { self.receiveAll() }
            run {
                while !self.hasEnded { if self.knownFriend.hear() != nil { self.answers.add(1, ordering: .relaxed) } }
            }
            run {
                while let bytes = self.answerer.hear() { guard self.answerer.say(bytes) == bytes.count else { return } }
            }
            run { self.listen() }
        }

        private func run(_ body: @escaping @Sendable () -> Void) {
            threads.enter()
            Thread.detachNewThread { [threads] in
                body()
                threads.leave()
            }
        }

        /// Returns when some more packets of each kind were sent.
        func letSomePass() {
            let now = sent.load(ordering: .relaxed)
            while sent.load(ordering: .relaxed) < now + 5, problem.withLock({ $0 == nil }) { usleep(500) }
        }

        /// Ends it, once everything that is on its way had the time to arrive.
        func end() -> Tally {
            isEnding.store(true, ordering: .relaxed)
            let deadline = Date().addingTimeInterval(20)
            while !isComplete, Date() < deadline { usleep(20_000) }
            ended.store(true, ordering: .relaxed)
            threads.wait()
            let (sent, arrived) = (sent.load(ordering: .relaxed), arrived.withLock { $0 })
            func lost(_ kind: Kind) -> Int { sent - arrived[kind.rawValue, default: 0] }
            return Tally(
                sent: sent, slipped: arrived[Kind.denied.rawValue, default: 0], lost: lost(.allowed) + lost(.known),
                lostAnswers: sent - answers.load(ordering: .relaxed), connection: problem.withLock { $0 })
        }

        private let ended = Atomic(false)
        private var hasEnded: Bool { ended.load(ordering: .relaxed) }

        private var isComplete: Bool {
            let (sent, arrived) = (sent.load(ordering: .relaxed), arrived.withLock { $0 })
            return arrived[Kind.allowed.rawValue] == sent && arrived[Kind.known.rawValue] == sent
                && answers.load(ordering: .relaxed) == sent && echoed.load(ordering: .relaxed) == sent
        }

        // MARK: Threads

        private func sendAll() {
            while !isEnding.load(ordering: .relaxed) {
                send(friend, .allowed)
                send(knownFriend, .known)
                for socket in denied { send(socket, .denied) }
                let number = sent.add(1, ordering: .relaxed).oldValue
                guard caller.say([UInt8(truncatingIfNeeded: number)]) == 1 else { return fail("it cannot send") }
                usleep(900)
            }
            shutdown(caller.descriptor, Int32(SHUT_WR))
        }

        private func receiveAll() {
            while !hasEnded {
                var from = sockaddr_storage()
                var (byte, length) = (UInt8(0), socklen_t(MemoryLayout<sockaddr_storage>.size))
                let count = withUnsafeMutablePointer(to: &from) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        recvfrom(callee.descriptor, &byte, 1, 0, $0, &length)
                    }
                }
                guard count == 1 else { continue }
                arrived.withLock { $0[byte, default: 0] += 1 }
                guard byte == Kind.known.rawValue else { continue }
                withUnsafePointer(to: &from) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        _ = sendto(callee.descriptor, &byte, 1, 0, $0, length)
                    }
                }
            }
        }

        /// What the connection says back is what was said, to the last byte.
        private func listen() {
            while let bytes = caller.hear() {
                for byte in bytes {
                    let number = echoed.add(1, ordering: .relaxed).oldValue
                    if byte != UInt8(truncatingIfNeeded: number) { return fail("byte \(number) is another") }
                }
            }
            if echoed.load(ordering: .relaxed) != sent.load(ordering: .relaxed) { fail("it ended early") }
        }

        private func fail(_ reason: String) { problem.withLock { $0 = $0 ?? reason } }
    }

#endif
