#if os(Linux)

    import Glibc
    import KernelWorlds
    import PacketFilter
    import RecordFiles
    import Synchronization
    import Testing

    @testable import Agent

    /// Hundreds of thousands of denied packets in a few seconds, through real rules.
    @Suite(.enabled(if: mayMakeNamespaces, "needs root, for network namespaces"), .serialized)
    struct FloodTests {
        private static let packets = 400_000

        @Test(
            "every packet of a flood is a number, memory stays small, and others are told",
            arguments: [true, false])
        func flood(isLimitedByKernel: Bool) throws {
            var limits = FilteredNode.Limits()
            if !isLimitedByKernel {
                // The kernel shows all of it: more than can be read in time.
                limits.denied = .init(10_000_000, burst: 10_000_000)
                limits.same = .init(10_000_000, burst: 10_000_000)
            }
            try PodWorld.run(limits: limits, options: { $0.summaries = .seconds(1) }) { world in
                try countArrivals()
                let memory = residentBytes()
                let started = (wall: monotonicNow(), cpu: processCPU())
                let flood = try inNamespace(of: world.web.process) { try Flood(packets: Self.packets) }
                // A connection of somebody else, in the middle of it.
                while flood.sent < Self.packets / 4 { usleep(1_000) }
                let pair = try world.connect(port: 5432, sending: 10, answering: 10)
                try world.wait("the other connection on the record") { $0.opened == 1 }
                let most = max(memory, residentBytes())
                while !flood.isDone { usleep(1_000) }
                let elapsed = monotonicNow() - started.wall
                let cpu = processCPU() - started.cpu - flood.cpu
                let arrived = try settled(world)
                let counts = world.watcher.counts
                #expect(counts.denials + counts.deniedAgain + counts.deniedUntold == counts.deniedEgress)
                #expect(counts.opened == 1 && counts.disagreements == 0 && counts.recordsDropped == 0)
                #expect(arrived > Self.packets / 2)
                #expect(max(most, residentBytes()) - memory < 150 << 20)
                _ = pair
                let records = try world.records()
                #expect(records.contains { text($0, "connection.event") == "opened" })
                let hidden = records.compactMap { number($0, "hidden.unseen") }.reduce(0, +)
                #expect(hidden == Int(counts.unseen))
                let lost = records.compactMap { number($0, "hidden.lost") }.reduce(0, +)
                #expect(lost == Int(counts.lost))
                #expect(records.count < 2_000)
                print(
                    "flood: \(arrived) packets in \(elapsed / 1_000_000) ms; shown \(counts.packets), repeats "
                        + "\(counts.repeats), unseen \(counts.unseen), lost \(counts.lost); watching took "
                        + "\(cpu / 1_000_000) ms, memory \((Int(residentBytes()) - Int(memory)) >> 20) MiB more")
            }
        }

        /// Waits until all is counted that arrived; returns how much that is. Gaps in the kernel's numbers are seen when
        /// something follows them, so that a packet is sent now and then.
        private func settled(_ world: PodWorld) throws -> UInt64 {
            for _ in 0..<400 {
                try send(from: world, port: 9)
                usleep(50_000)
                let (arrived, counts) = (UInt64(try arrivals()), world.watcher.counts)
                // The first packet of the other connection may be among those that were lost, or late; its flow was
                // told by the table of connections then.
                let counted = counts.deniedEgress + counts.repeats + counts.unseen + counts.lost
                if (arrived...arrived + counts.unlogged).contains(counted) { return arrived }
            }
            throw WorldError("never: all of \(try arrivals()) counted: \(world.watcher.counts)")
        }

        /// Counts what comes to the rules, by rules of a table of our own.
        private func countArrivals() throws {
            try run(
                "nft", "-f", "-",
                input: """
                    table ip arrivals {
                        counter flood {}
                        chain forward { type filter hook forward priority -10; meta l4proto udp counter name flood; }
                    }
                    """)
        }

        private func arrivals() throws -> Int {
            let words = try run("nft", "list", "counter", "ip", "arrivals", "flood").split { $0.isWhitespace }
            let place = try #require(words.firstIndex(of: "packets"))
            return try #require(Int(words[place + 1]))
        }

        private func send(from world: PodWorld, port: UInt16) throws {
            try inNamespace(of: world.web.process) {
                try TestSocket(.udp, "10.0.1.2").send([1], to: "10.0.2.2", port: port)
            }
        }

        private func residentBytes() -> UInt64 {
            let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
            defer { close(file) }
            var bytes = [UInt8](repeating: 0, count: 128)
            let count = read(file, &bytes, bytes.count)
            guard count > 0 else { return 0 }
            let words = String(decoding: bytes[..<count], as: UTF8.self).split(separator: " ")
            return (words.count > 1 ? UInt64(words[1]) ?? 0 : 0) * UInt64(sysconf(Int32(_SC_PAGESIZE)))
        }

        private func processCPU() -> UInt64 { time(CLOCK_PROCESS_CPUTIME_ID) }
    }

    /// A thread that sends as fast as it can, to many ports.
    private final class Flood: Sendable {
        private let count = Atomic<Int>(0)
        private let used = Atomic<UInt64>(0)
        private let done = Atomic<Bool>(false)

        var sent: Int { count.load(ordering: .relaxed) }
        var isDone: Bool { done.load(ordering: .acquiring) }
        /// Nanoseconds that sending took, with what the kernel did for it.
        var cpu: UInt64 { used.load(ordering: .acquiring) }

        /// Begins, from the namespace of the calling thread.
        init(packets: Int) throws {
            let socket = try TestSocket(.udp, "10.0.1.2")
            let handle = dup(socket.descriptor)
            startThread { [self] in
                send(packets, by: handle)
                close(handle)
                used.store(time(CLOCK_THREAD_CPUTIME_ID), ordering: .releasing)
                done.store(true, ordering: .releasing)
            }
        }

        private func send(_ packets: Int, by socket: Int32) {
            var place = sockaddr_in()
            place.sin_family = sa_family_t(AF_INET)
            place.sin_addr.s_addr = UInt32(0x0a00_0202).bigEndian
            var byte: UInt8 = 0
            for number in 0..<packets {
                place.sin_port = UInt16(6_000 + number % 50_000).bigEndian
                withUnsafePointer(to: &place) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        _ = sendto(socket, &byte, 1, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                    }
                }
                count.store(number, ordering: .relaxed)
            }
        }
    }

    private func time(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

#endif
