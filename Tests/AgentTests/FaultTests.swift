#if os(Linux)

    import Addresses
    import Foundation
    import Glibc
    import KernelWorlds
    import Kubernetes
    import PacketFilter
    import Testing

    @testable import Agent
    @testable import Netfilter

    /// The connection to the kernel fails, the kernel refuses, and somebody changes what is ours.
    @Suite("Faults are told, change nothing, and end", .serialized, .enabled(if: mayMakeNamespaces, "needs root"))
    struct FaultTests {
        @Test("while nothing can be sent the former rules stay; the next mending installs what was asked for")
        func unsendable() throws {
            try inNamespace {
                var enforcer = try Enforcer(NodeSettings(node: "n1"))
                _ = try enforcer.enforce(Self.open)
                let before = enforcer.filter
                let old = try #require(before).rulesets
                let fault = try Fault(enforcer.kernel.descriptor)
                #expect(throws: FilterError.self) { try enforcer.enforce(Self.tight) }
                #expect(throws: FilterError.self) { try enforcer.mend() }
                #expect(enforcer.revision == 1)
                #expect(try Enforcer.verify(old) == [])
                fault.end()
                #expect(try !enforcer.mend().isEmpty)
                try Self.expectTight(enforcer)
            }
        }

        @Test("a change that the kernel refuses leaves the rest; the next mending installs everything")
        func refused() throws {
            try inNamespace {
                var enforcer = try Enforcer(NodeSettings(node: "n1"))
                _ = try enforcer.enforce(Self.open)
                // What the change takes away is gone already: the kernel refuses the whole of it.
                try run("nft", "delete element ip sallyport to-pods { 10.0.0.1 }")
                let before = try run("nft", "list", "ruleset")
                let error = try #require(throws: FilterError.self) { try enforcer.enforce(Self.tight) }
                #expect("\(error)".contains("to-pods"), "\(error)")
                #expect(try run("nft", "list", "ruleset") == before)
                #expect(try !enforcer.mend().isEmpty)
                try Self.expectTight(enforcer)
            }
        }

        @Test("the change after one that the kernel refused begins with what is there")
        func afterRefusal() throws {
            try inNamespace {
                var enforcer = try Enforcer(NodeSettings(node: "n1"))
                _ = try enforcer.enforce(Self.open)
                try run("nft", "delete element ip sallyport to-pods { 10.0.0.1 }")
                #expect(throws: FilterError.self) { try enforcer.enforce(Self.tight) }
                _ = try enforcer.enforce(Self.tight)
                try Self.expectTight(enforcer)
            }
        }

        @Test("what the kernel can never take is told each time, and the former rules are looked after meanwhile")
        func neverTaken() throws {
            try inNamespace {
                var enforcer = try Enforcer(NodeSettings(node: "n1"))
                _ = try enforcer.enforce(Self.open)
                let before = enforcer.filter
                let old = try #require(before).rulesets
                enforcer.kernel.limitBatches(bytes: 1_500)
                #expect(throws: FilterError.self) { try enforcer.enforce(Self.large) }
                #expect(throws: FilterError.self) { try enforcer.mend() }
                #expect(try Enforcer.verify(old) == [])
                // Enough for the former ones.
                enforcer.kernel.limitBatches(bytes: 60_000)
                try run("nft", "flush", "ruleset")
                #expect(throws: FilterError.self) { try enforcer.mend() }
                #expect(try Enforcer.verify(old) == [])
                enforcer.kernel.limitBatches(bytes: 1 << 20)
                try run("nft", "flush", "ruleset")
                #expect(try !enforcer.mend().isEmpty)
                let after = enforcer.filter
                #expect(try Enforcer.verify(#require(after).rulesets) == [])
                #expect(enforcer.revision == 3)
            }
        }

        @Test("answers that are lost leave nobody wrong about what is installed", arguments: [true, false])
        func lostAnswers(isTaken: Bool) throws {
            try inNamespace {
                var enforcer = try Enforcer(NodeSettings(node: "n1"))
                _ = try enforcer.enforce(Self.open)
                if !isTaken { try run("nft", "delete element ip sallyport to-pods { 10.0.0.1 }") }
                // Nobody reads what comes back, and there is room for next to nothing.
                let silence = try Silence(enforcer.kernel.descriptor)
                if isTaken {
                    _ = try? enforcer.enforce(Self.tight)
                } else {
                    #expect(throws: FilterError.self) { try enforcer.enforce(Self.tight) }
                }
                silence.end()
                _ = try enforcer.mend()
                try Self.expectTight(enforcer)
            }
        }

        // MARK: Worlds

        private static let pods = EnforcerTests.pod("web", "n1", "10.0.0.1") + EnforcerTests.pod("db", "n2", "10.0.0.2")
        private static let policy = """
            {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: web, namespace: default},
              spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}}

            """

        private static var open: Snapshot { snapshot(pods, 1) }
        private static var tight: Snapshot { snapshot(pods + policy, 2) }
        private static var large: Snapshot {
            snapshot(
                pods + policy + "---\n"
                    + (3..<2_500).map { EnforcerTests.pod("p\($0)", "n2", "10.0.\($0 / 250).\($0 % 250)") }.joined(),
                3)
        }

        private static func snapshot(_ text: String, _ revision: UInt64) -> Snapshot {
            ObjectDecoder.combine([ObjectDecoder.decode(text: text, file: "world.yaml")], revision: revision)
        }

        private static func expectTight(_ enforcer: borrowing Enforcer) throws {
            let filter = enforcer.filter
            let rulesets = try #require(filter).rulesets
            #expect(enforcer.revision == 2)
            #expect(rulesets == Enforcer.preview(tight, NodeSettings(node: "n1")).rulesets)
            #expect(try Enforcer.verify(rulesets) == [])
        }
    }

    /// Puts another socket in the place of one, which takes nothing that is sent to it.
    private struct Fault {
        private let descriptor: Int32
        private let saved: Int32

        init(_ descriptor: Int32) throws {
            self.descriptor = descriptor
            saved = dup(descriptor)
            let other = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
            guard saved >= 0, other >= 0, dup2(other, descriptor) == descriptor else { throw WorldError("dup2") }
            close(other)
        }

        func end() {
            dup2(saved, descriptor)
            close(saved)
        }
    }

    /// Takes a socket the room for answers, and fills what is left.
    private struct Silence {
        private let descriptor: Int32

        init(_ descriptor: Int32) throws {
            self.descriptor = descriptor
            try set(1)
        }

        func end() { try? set(1 << 20) }

        private func set(_ bytes: Int32) throws {
            var bytes = bytes
            guard setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, 4) == 0 else { throw WorldError("setsockopt") }
        }
    }

#endif
