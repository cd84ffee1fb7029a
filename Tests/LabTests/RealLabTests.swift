#if os(Linux)
    import Addresses
    import Foundation
    import Kubernetes
    import Policy
    import Testing

    @testable import Lab

    /// Real namespaces and real packets, in one lab after the other.
    @Suite("A lab on this machine", .serialized, .enabled(if: Root.isThere, Root.isMissing))
    struct RealLabTests {
        /// A lab with a name that nothing else on this machine has.
        static func withLab(
            _ yaml: String = threeNodes, _ wiring: LabWiring = .routed, _ body: (Lab) throws -> Void
        ) throws {
            let lab = try Lab(objects(yaml), name: Root.freshName(), LabOptions(wiring: wiring))
            try lab.up()
            defer { _ = try? lab.down() }
            try body(lab)
        }

        /// Long enough for any machine: what is there answers at once.
        static let patient = ProbeOptions(timeout: 10_000)

        private static func client(_ name: String = "client") -> LabPlace { .pod(NamespacedName("shop", name)) }

        private static func addresses(_ lab: Lab, _ name: String) throws -> [Address] {
            try #require(lab.plan.pod(NamespacedName("shop", name))).addresses
        }

        private static func run(_ lab: Lab, node: String, _ nft: String) throws {
            let namespace = try #require(lab.plan.node(node)).namespace
            try Programs.require("ip", ["netns", "exec", namespace, "nft", nft], to: "filter")
        }

        @Test("everybody reaches everybody, on both families and every port", arguments: LabWiring.allCases)
        func everybody(wiring: LabWiring) throws {
            try Self.withLab(threeNodes, wiring) { lab in
                let matrix = ProbeMatrix(lab.plan)
                let places = matrix.pods + lab.plan.nodes.map { .node($0.name) } + [.outside]
                let all = try matrix.probes(from: places, to: matrix.targets(places)).map(\.0)
                let echoes = try matrix.probes(
                    from: places, to: matrix.targets(places, ports: [Probe.echo(true), Probe.echo(false)])
                ).map(\.0)
                #expect(Set(all.map(\.traffic.proto)) == [.tcp, .udp, .sctp])
                for outcome in try lab.probe(all + echoes, Self.patient) {
                    let destination = outcome.probe.destination
                    let owners = lab.plan.listeners.filter { $0.address == destination }.map(\.name)
                    switch outcome.answer {
                    case .answered(let name): #expect(owners.contains(name), "\(outcome)")
                    case .connected: #expect(!outcome.probe.traffic.proto.hasPorts, "\(outcome)")
                    default: Issue.record("\(outcome)")
                    }
                }
            }
        }

        @Test("a source address may be chosen, and is seen by the other side")
        func sourceAddress() throws {
            try Self.withLab { lab in
                let inside = try #require(Address("203.0.113.1"))
                #expect(lab.plan.outside.addresses.contains(inside))
                let web = try #require(try Self.addresses(lab, "web-0").first)
                let node = lab.plan.nodes[try #require(lab.plan.pod(NamespacedName("shop", "web-0"))).node].name
                try Self.run(lab, node: node, "add table inet t")
                try Self.run(lab, node: node, "add chain inet t f { type filter hook forward priority 0; }")
                try Self.run(lab, node: node, "add rule inet t f ip saddr \(inside) drop")
                let probes = [inside, lab.plan.outside.gateways[0]].map {
                    Probe(from: .outside, $0, to: web, Traffic(.tcp, port: 8080))
                }
                let outcomes = try lab.probe([probes[0]]) + lab.probe([probes[1]], Self.patient)
                #expect(outcomes.map(\.answer) == [.silent, .answered("shop/web-0")])
            }
        }

        @Test("nobody listens, dropped, and rejected are told apart")
        func kinds() throws {
            try Self.withLab { lab in
                let fixed = try Self.addresses(lab, "fixed")
                try Self.run(lab, node: "two", "add table inet t")
                try Self.run(lab, node: "two", "add chain inet t f { type filter hook forward priority 0; }")
                for proto in ["tcp", "udp", "sctp"] {
                    try Self.run(lab, node: "two", "add rule inet t f \(proto) dport 1111 drop")
                    try Self.run(
                        lab, node: "two", "add rule inet t f \(proto) dport 2222 reject with icmpx admin-prohibited")
                }
                for address in fixed {
                    for proto in [IPProtocol.tcp, .udp, .sctp] {
                        let ports: [UInt16] = [53, 54, 1111, 2222]
                        let probes = ports.map { Probe(from: Self.client(), to: address, Traffic(proto, port: $0)) }
                        let tried = [probes[0], probes[1]] + (proto == .sctp ? [] : [probes[3]])
                        let answers = try lab.probe(tried, Self.patient).map(\.answer)
                        #expect(
                            answers[0] == (proto == .sctp ? .refused : .answered("shop/fixed")), "\(address) \(proto)")
                        #expect(answers[1] == .refused, "\(address) \(proto)")
                        // Nothing that is said of a raw socket's packet is heard.
                        guard proto != .sctp else { continue }
                        guard case .unreachable = answers[2] else {
                            Issue.record("\(address) \(proto): \(answers[2])")
                            continue
                        }
                        #expect(try lab.probe([probes[2]]).map(\.answer) == [.silent], "\(address) \(proto)")
                    }
                }
            }
        }

        @Test("SCTP ports of one address are told apart, and refusals too")
        func sctp() throws {
            try Self.withLab { lab in
                for address in try Self.addresses(lab, "web-1") {
                    let probes = [UInt16(9), 10].map {
                        Probe(from: Self.client(), to: address, Traffic(.sctp, port: $0))
                    }
                    let answers = try lab.probe(probes, Self.patient).map(\.answer)
                    #expect(answers == [.answered("shop/web-1"), .refused])
                }
            }
        }

        @Test("a Service leads to all of its pods, from everywhere, themselves included", arguments: LabWiring.allCases)
        func service(wiring: LabWiring) throws {
            try Self.withLab(threeNodes, wiring) { lab in
                let service = try #require(lab.cluster.objects.services[NamespacedName("shop", "web")])
                let addresses = service.clusterIPs.compactMap { Address($0) }
                #expect(addresses.map(\.isIPv4) == [true, false])
                let both: Set<ProbeOutcome.Answer> = [.answered("shop/web-0"), .answered("shop/web-1")]
                let places = [Self.client(), Self.client("web-0"), Self.client("web-1"), .node("one"), .node("three")]
                for address in addresses {
                    for place in places {
                        // So many that not to meet one of two would be a fault and no chance: 1 in 2^60.
                        let probes = Array(
                            repeating: Probe(from: place, to: address, Traffic(.tcp, port: 80)), count: 60)
                        let answers = Set(try lab.probe(probes, Self.patient).map(\.answer))
                        #expect(answers == both, "\(place) \(address) \(answers)")
                    }
                }
            }
        }

        @Test("a port of every node leads to the Service too, and a Service without pods refuses")
        func nodePort() throws {
            try Self.withLab { lab in
                for node in lab.plan.nodes {
                    for address in node.addresses {
                        let probe = Probe(from: .outside, to: address, Traffic(.tcp, port: 30080))
                        let answer = try lab.probe([probe], Self.patient)[0].answer
                        #expect([.answered("shop/web-0"), .answered("shop/web-1")].contains(answer), "\(node.name)")
                    }
                }
                let nobody = try #require(lab.cluster.objects.services[NamespacedName("shop", "nobody")])
                for address in nobody.clusterIPs.compactMap({ Address($0) }) {
                    let probe = Probe(from: Self.client(), to: address, Traffic(.tcp, port: 80))
                    #expect(try lab.probe([probe], Self.patient)[0].answer == .refused)
                }
            }
        }

        @Test("what came through and should not have differs; what did not and should have is tried again first")
        func compared() throws {
            try Self.withLab { lab in
                let list = lab.cluster.guestList()
                let expectations = LabExpectations(lab.plan, lab.cluster, list)
                let inside = try #require(Address("203.0.113.1"))
                let web = try #require(try Self.addresses(lab, "web-0").first)
                let probes = [inside, web].map { Probe(from: Self.client(), to: $0, Traffic(.tcp, port: 80)) }
                #expect(probes.map(expectations.expected) == [.allowed, .denied])
                let prober = Prober(lab.plan)
                #expect(try prober.compare(probes, expectations).map(\.agrees) == [true, false])
                try Self.run(lab, node: "one", "add table inet t")
                try Self.run(
                    lab, node: "one", "add chain inet t f { type filter hook forward priority 0; policy drop; }")
                let after = try prober.compare(probes, expectations, ProbeOptions(timeout: 20))
                #expect(after.map(\.agrees) == [false, true])
            }
        }

        @Test("a flow lives on until it is cut, and then it is seen to be", arguments: [IPProtocol.tcp, .udp])
        func flow(proto: IPProtocol) throws {
            try Self.withLab { lab in
                let fixed = try Self.addresses(lab, "fixed")
                for address in fixed {
                    let probe = Probe(from: Self.client(), to: address, Traffic(proto, port: 53))
                    let flow = try LabFlow(probe, in: lab.plan, timeout: 10_000)
                    for _ in 0..<5 { #expect(flow.exchange(timeout: 10_000)) }
                    try Self.run(lab, node: "two", "add table inet t")
                    try Self.run(
                        lab, node: "two", "add chain inet t f { type filter hook forward priority 0; policy drop; }")
                    #expect(!flow.exchange(timeout: 50))
                    #expect(throws: LabError.self) { try LabFlow(probe, in: lab.plan, timeout: 50) }
                    try Self.run(lab, node: "two", "delete table inet t")
                    // What was not answered comes late, and is not taken for this.
                    #expect(flow.exchange(timeout: 20_000))
                }
                let nobody = Probe(from: Self.client(), to: fixed[0], Traffic(proto, port: 54))
                #expect(throws: LabError.self) { try LabFlow(nobody, in: lab.plan, timeout: 10_000) }
            }
        }

        @Test("commands run in the network of their pod, and end with the lab")
        func commands() throws {
            let file = FileManager.default.temporaryDirectory.appending(path: "lab-\(UUID().uuidString)").path
            defer { _ = try? FileManager.default.removeItem(atPath: file) }
            let script = "ip -o address show dev eth0 > \(file).new; mv \(file).new \(file); exec sleep 1000"
            let yaml = """
                apiVersion: v1
                kind: Pod
                metadata: {name: a}
                spec: {containers: [{name: c, image: x, command: [sh, -c, "\(script)"]}]}
                """
            let lab = try Lab(objects(yaml), name: Root.freshName(), LabOptions(runsCommands: true))
            try lab.up()
            defer { _ = try? lab.down() }
            // It is there at once on an idle machine; nothing is decided by how long it takes.
            for _ in 0..<1200 where !FileManager.default.fileExists(atPath: file) { usleep(50_000) }
            let text = try String(contentsOfFile: file, encoding: .utf8)
            for address in lab.plan.pods[0].addresses { #expect(text.contains("\(address)/")) }
            let prefix = try LabName(lab.plan.name).prefix
            try lab.down()
            #expect(NetworkNamespace.names(beginning: prefix).isEmpty)
        }

        @Test("a second lab of the same name is refused, and the first lives on")
        func twice() throws {
            try Self.withLab { lab in
                #expect(throws: LabError.self) { try Lab(lab.plan, lab.cluster).up() }
                let web = try #require(try Self.addresses(lab, "web-0").first)
                let probe = Probe(from: Self.client(), to: web, Traffic(.tcp, port: 8080))
                #expect(try lab.probe([probe], Self.patient)[0].isReached == true)
            }
        }
    }
#endif
