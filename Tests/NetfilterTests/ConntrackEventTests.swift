#if os(Linux)

    import Addresses
    import Foundation
    import Glibc
    import KernelWorlds
    import Testing

    @testable import Netfilter

    /// Events of conntrack against the kernel of this machine.
    @Suite(.enabled(if: mayMakeNamespaces, "needs root, for network namespaces"), .serialized)
    struct ConntrackEventTests {
        @Test func aFlowBeginsAndEndsWithItsAccount() throws {
            try inNamespace {
                try follow()
                var events = try ConntrackEvents.open(beginnings: true)
                try exchange("127.0.0.1", from: 5000, to: 4000, bytes: 100)
                try run("conntrack", "-D", "-p", "udp")
                let heard = try events.next(2)
                guard case .began(let first) = heard.first, case .ended(let last) = heard.last else {
                    Issue.record("heard \(heard)")
                    return
                }
                #expect(first.original.description == "UDP 127.0.0.1:5000 -> 127.0.0.1:4000")
                #expect(first.id == last.id)
                #expect(first.original == last.original)
                #expect(last.sent == .init(packets: 1, bytes: 128))
                #expect(last.received == .init(packets: 1, bytes: 128))
                let start = try #require(last.start)
                let stop = try #require(last.stop)
                #expect(start > 1_600_000_000_000_000_000)
                #expect(stop >= start)
                #expect(last.status.contains(.seenReply))
            }
        }

        @Test func beginningsNeedNotBeHeard() throws {
            try inNamespace {
                try follow()
                var events = try ConntrackEvents.open(beginnings: false)
                try exchange("::1", from: 5000, to: 4000)
                try run("conntrack", "-D", "-f", "ipv6", "-p", "udp")
                let heard = try events.next(1)
                guard case .ended(let flow) = heard.first else {
                    Issue.record("heard \(heard)")
                    return
                }
                #expect(flow.original.version == .ipv6)
                #expect(try events.read(timeout: .zero, { _ in }) == 0)
            }
        }

        @Test func theEndOfAnOlderFlowIsHeard() throws {
            try inNamespace {
                try follow()
                try exchange("127.0.0.1", from: 5000, to: 4000)
                var events = try ConntrackEvents.open(beginnings: false)
                var table = try ConntrackTable.open()
                let flow = try #require(try table.flows().first)
                #expect(try table.delete(flow))
                guard case .ended(let ended) = try events.next(1).first else {
                    Issue.record("nothing was heard")
                    return
                }
                #expect(ended.id == flow.id)
                #expect(ended.sent?.packets == 1)
            }
        }

        @Test func whatFindsNoRoomIsCounted() throws {
            try inNamespace {
                try follow()
                var events = try ConntrackEvents.open(beginnings: true, buffer: 1)
                let server = try TestSocket(.udp, "127.0.0.1", port: 4000)
                for _ in 0..<200 { try TestSocket(.udp, "127.0.0.1").send([0], to: "127.0.0.1", port: 4000) }
                #expect(server.descriptor >= 0)
                while try events.read(timeout: .zero, { _ in }) > 0 {}
                #expect(events.overruns > 0)
                // It goes on with what comes later.
                try exchange("127.0.0.1", from: 5000, to: 4001)
                #expect(try events.next(1).count == 1)
                #expect(events.unreadable == 0)
            }
        }

        @Test func aSettingThatIsNotThereSaysWhy() {
            let result = ConntrackSettings.times.turnOn(in: "/proc/sys/net/no-such-folder")
            #expect(result == .init(setting: .times, before: nil, problem: "No such file or directory"))
            #expect(!result.isOn)
            #expect(
                result.description
                    == "net.netfilter.nf_conntrack_timestamp cannot be turned on: No such file or directory")
        }

        @Test func aContainerHasTheSettingsSomewhereElse() throws {
            let folder = NSTemporaryDirectory() + "sallyport-settings-\(UInt64.random(in: 0 ... .max))"
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try FileManager.default.createDirectory(atPath: folder + "/netfilter", withIntermediateDirectories: true)
            let files = ConntrackSettings.allCases.map { "\(folder)/netfilter/\($0.rawValue)" }
            for file in files { try Data("0\n".utf8).write(to: URL(fileURLWithPath: file)) }
            #expect(ConntrackSettings.turnOn(below: folder).allSatisfy { $0.isOn && $0.before == 0 })
            #expect(try files.map { try String(contentsOfFile: $0, encoding: .utf8) } == ["1\n", "1\n", "1\n"])
        }

        @Test func settingsAreTurnedOnForThisNamespaceOnly() throws {
            let path = "/proc/sys/net/netfilter/nf_conntrack_acct"
            let outside = try run("cat", path)
            try inNamespace {
                try run("sysctl", "-q", "-w", "net.netfilter.nf_conntrack_acct=0")
                let result = ConntrackSettings.counters.turnOn()
                #expect(result == .init(setting: .counters, before: 0, problem: nil))
                #expect(try run("cat", path) == "1\n")
                #expect(ConntrackSettings.counters.turnOn().before == 1)
            }
            #expect(try run("cat", path) == outside)
        }
    }

    extension ConntrackEvents {
        /// The next events; fewer when no more come.
        mutating func next(_ count: Int) throws -> [Event] {
            var found: [Event] = []
            while found.count < count, try read(timeout: .seconds(20), limit: 1, { found.append($0) }) > 0 {}
            return found
        }
    }

#endif
