import Addresses
import Kubernetes
import Policy
import Testing

@testable import Reachability

@Suite struct GuaranteeTests {
    private let onlyGateway = Cluster.guarantee(
        "models", "onlyVia: {via: [{workloads: {names: [gateway]}}], to: [{workloads: {asset: model}}]}")
    private let allowGateway = Cluster.policy(
        "ai", "ollama", app: "ollama",
        "ingress: [{from: [{podSelector: {matchLabels: {app: gateway}}}], ports: [{port: 11434}]}]")

    private func witness(_ cluster: Cluster) -> Witness? {
        if case .refuted(let witness) = cluster.proofs()[0].result { witness } else { nil }
    }

    @Test("onlyVia is refuted with somebody who gets in, and proved when nobody does")
    func onlyVia() throws {
        let open = Cluster(Cluster.assistants + onlyGateway)
        let witness = try #require(self.witness(open))
        #expect(witness.verdict.isAllowed && witness.verdict.ingress.reason == .unrestricted)
        #expect(open.list.evaluate(witness.connection).isAllowed)
        let closed = Cluster(Cluster.assistants + onlyGateway + allowGateway)
        #expect(closed.proofs()[0].holds)
    }

    @Test("a policy that lets one more workload in refutes, and names it, its port and its rule")
    func leak() throws {
        let leak = Cluster.policy(
            "ai", "debug", app: "ollama",
            "ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: lab}}}], ports: [{port: 22}]}]"
        )
        let cluster = Cluster(Cluster.assistants + onlyGateway + allowGateway + leak)
        let witness = try #require(self.witness(cluster))
        #expect(witness.connection.source == cluster.party("lab/notebook"))
        #expect(witness.connection.traffic == Traffic(.tcp, port: 22))
        #expect(cluster.list.policies[Int(witness.verdict.ingress.policy)].source.name == "debug")
    }

    @Test("never to the outside: refuted while egress is open, proved when it is closed, refuted by one block")
    func wayOut() throws {
        let rule = Cluster.guarantee("exfiltration", "never: {from: [{workloads: {asset: data}}], to: [{outside: {}}]}")
        #expect(witness(Cluster(Cluster.assistants + rule)) != nil)
        let closed = Cluster.policy("ai", "qdrant", app: "qdrant", "policyTypes: [Egress]")
        #expect(Cluster(Cluster.assistants + rule + closed).proofs()[0].holds)
        let hole = Cluster.policy("ai", "hole", app: "qdrant", "egress: [{to: [{ipBlock: {cidr: 198.51.100.7/32}}]}]")
        let found = try #require(witness(Cluster(Cluster.assistants + rule + closed + hole)))
        #expect(found.connection.destination.address == Address("198.51.100.7"))
    }

    @Test("always is about every pair and every port")
    func always() throws {
        let rule = Cluster.guarantee(
            "inference",
            "always: {from: [{workloads: {names: [gateway, notebook]}}], to: [{workloads: {names: [ollama]}}], ports: [{port: 11434}]}"
        )
        #expect(Cluster(Cluster.assistants + rule).proofs()[0].holds)
        let found = try #require(witness(Cluster(Cluster.assistants + rule + allowGateway)))
        #expect(!found.verdict.isAllowed && found.traffic == TrafficSet(.tcp, PortRange(11434)))
    }

    @Test("a side that means nobody is said, and is no proof")
    func vacuous() {
        let rule = Cluster.guarantee("typo", "never: {from: [{workloads: {names: [ghost]}}], to: [{outside: {}}]}")
        guard case .vacuous(let side) = Cluster(Cluster.assistants + rule).proofs()[0].result else {
            Issue.record("must be vacuous")
            return
        }
        #expect(side == "from")
    }

    @Test("only via somebody who is not there: refuted while anybody gets in, and said where nobody does")
    func viaNobody() {
        let ghost = Cluster.guarantee(
            "models", "onlyVia: {via: [{workloads: {names: [ghost]}}], to: [{workloads: {asset: model}}]}")
        #expect(witness(Cluster(Cluster.assistants + ghost)) != nil)
        let closed = Cluster(Cluster.assistants + ghost + Cluster.policy("ai", "none", app: "ollama", "ingress: []"))
        guard case .vacuous(let side) = closed.proofs()[0].result else {
            Issue.record("must be vacuous")
            return
        }
        #expect(side == "via")
    }

    @Test("a workload with one pod does not reach itself in a proof, one with two does")
    func itself() {
        let rule = Cluster.guarantee(
            "alone", "never: {from: [{workloads: {names: [gateway]}}], to: [{workloads: {names: [gateway]}}]}")
        #expect(Cluster(Cluster.assistants + rule).proofs()[0].holds)
        let many = """
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: a, namespace: x, ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: gateway, controller: true, uid: u}]}
            spec: {containers: [{name: m, image: i}]}
            status: {phase: Running, podIPs: [{ip: 10.2.0.1}]}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: b, namespace: x, ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: gateway, controller: true, uid: u}]}
            spec: {containers: [{name: m, image: i}]}
            status: {phase: Running, podIPs: [{ip: 10.2.0.2}]}

            """
        #expect(!Cluster(many + rule).proofs()[0].holds)
    }

    @Test("pods on the network of their node are reached by its address")
    func hostNetwork() {
        let agent = """
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: agent, namespace: kube-system}
            spec: {hostNetwork: true, nodeName: n1, containers: [{name: m, image: i}]}
            status: {phase: Running, hostIPs: [{ip: 192.0.2.10}], podIPs: [{ip: 192.0.2.10}]}

            """
        let rule = Cluster.guarantee(
            "node", "never: {from: [{workloads: {names: [notebook]}}], to: [{workloads: {names: [agent]}}]}")
        #expect(!Cluster(Cluster.assistants + agent + rule).proofs()[0].holds)
        let closed = Cluster.policy("lab", "out", app: "notebook", "egress: [{to: [{podSelector: {}}]}]")
        #expect(Cluster(Cluster.assistants + agent + rule + closed).proofs()[0].holds)
    }

    @Test("of two pods with one address neither disappears: what is promised is about both")
    func sharedAddress() throws {
        let twin = Cluster.pod("lab", "twin", "10.1.0.2")
        let rule = Cluster.guarantee(
            "apart",
            "never: {from: [{workloads: {names: [ollama]}}, {workloads: {names: [twin]}}], to: [{workloads: {names: [qdrant]}}]}"
        )
        let shut = Cluster.policy("lab", "out", app: "twin", "policyTypes: [Egress]")
        let other = Cluster.policy("ai", "out", app: "ollama", "policyTypes: [Egress]")
        #expect(!Cluster(Cluster.assistants + twin + rule + shut).proofs()[0].holds)
        #expect(!Cluster(Cluster.assistants + twin + rule + other).proofs()[0].holds)
        let cluster = Cluster(Cluster.assistants + twin + rule + shut + other)
        #expect(cluster.proofs()[0].holds)
        #expect(cluster.party("lab/twin").endpoint != cluster.party("ai/ollama").endpoint)
    }

    // MARK: Nodes

    /// A pod of the node, on its network or not.
    private func pod(_ name: String, _ node: String, _ address: String?, onHost: Bool = false) -> String {
        """
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: \(name), namespace: shop, labels: {app: \(name)}}
        spec: {hostNetwork: \(onHost), nodeName: \(node), containers: [{name: m, image: i}]}
        status: {phase: Running\(address.map { ", podIPs: [{ip: \($0)}]" } ?? "")}

        """
    }

    private func node(_ name: String, _ address: String) -> String {
        """
        ---
        {apiVersion: v1, kind: Node, metadata: {name: \(name)}, status: {addresses: [{type: InternalIP, address: \(address)}]}}

        """
    }

    private var nodes: String {
        node("n1", "192.0.2.1") + node("n2", "192.0.2.2") + pod("agent", "n1", nil, onHost: true)
            + pod("web", "n1", "10.1.0.1") + Cluster.policy("shop", "shut", app: nil, "policyTypes: [Ingress]")
    }

    private func rule(_ promise: String, _ from: String, _ more: String = "") -> String {
        Cluster.guarantee("r", "\(promise): {from: [\(from)], to: [{workloads: {names: [web]}}]\(more)}")
    }

    @Test(
        "who is on the node of a pod reaches it: never is refuted for them, and not for another node or for everyone",
        arguments: [
            ("{addresses: [192.0.2.1/32]}", false), ("{workloads: {names: [agent]}}", false),
            ("{workloads: {}}", false), ("{anything: {}}, {addresses: [192.0.2.0/24]}", false),
            ("{addresses: [192.0.2.2/32]}", true), ("{anything: {}}", true), ("{outside: {}}", true),
        ])
    func ownNode(_ from: String, _ holds: Bool) throws {
        for promise in ["never", "onlyVia"] {
            let via = promise == "never" ? "" : ", via: [{workloads: {names: [nobody, web]}}]"
            let cluster = Cluster(nodes + rule(promise, from, via))
            guard !holds else {
                #expect(cluster.proofs()[0].holds)
                continue
            }
            let found = try #require(witness(cluster))
            #expect(found.verdict.ingress.reason == .ownNode)
            #expect(cluster.list.evaluate(found.connection).isAllowed)
        }
    }

    @Test("via somebody on the network of the node: that node is meant to reach its pods")
    func viaNode() {
        let via = ", via: [{workloads: {names: [agent]}}]"
        #expect(Cluster(nodes + rule("onlyVia", "{workloads: {}}", via)).proofs()[0].holds)
    }

    @Test("always from a node: its own pods are reached whatever policies say, those of others are not")
    func alwaysFromNode() throws {
        let always = rule("always", "{addresses: [192.0.2.1/32]}", ", ports: [{port: 80}]")
        #expect(Cluster(nodes + always).proofs()[0].holds)
        let other = always.replacing("{names: [web]}", with: "{namespaces: [shop]}")
        let found = try #require(witness(Cluster(nodes + pod("api", "n2", "10.1.0.2") + other)))
        #expect(!found.verdict.isAllowed && found.connection.destination.address == Address("10.1.0.2"))
    }

    @Test("somebody on the network of a node whose address is not known is left out, and that is said")
    func unknownNode() throws {
        let lost = pod("lost", "n9", nil, onHost: true)
        let cluster = Cluster(nodes + lost + rule("never", "{workloads: {names: [lost]}}, {outside: {}}"))
        #expect(try #require(cluster.proofs().first).remarks.first?.contains("Pod shop/lost") == true)
        let other = Cluster(nodes + lost + rule("never", "{outside: {}}"))
        #expect(try #require(other.proofs().first).remarks.isEmpty)
    }

    // MARK: Pods whose addresses are not known

    private let templates = ["web", "db"].map { name in
        """
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: \(name), namespace: shop}
        spec:
          selector: {matchLabels: {app: \(name)}}
          template: {metadata: {labels: {app: \(name)}}, spec: {containers: [{name: m, image: i}]}}

        """
    }.joined()

    private func from(_ block: String) -> String {
        Cluster.policy("shop", "in", app: "db", "ingress: [{from: [\(block)]}]")
    }

    @Test("a block that may hold a pod whose address is not known refutes never, and one that may not hold it always")
    func unknownAddress() throws {
        let never = Cluster.guarantee(
            "never", "never: {from: [{workloads: {names: [web]}}], to: [{workloads: {names: [db]}}]}")
        let always = Cluster.guarantee(
            "always",
            "always: {from: [{workloads: {names: [web]}}], to: [{workloads: {names: [db]}}], ports: [{port: 1}]}")
        let some = from("{ipBlock: {cidr: 10.5.0.0/16}}")
        let all = from(Inventory.privateRanges.map { "{ipBlock: {cidr: \($0)}}" }.joined(separator: ", "))
        for (rule, isAllowed) in [(never, true), (always, false)] {
            let found = try #require(witness(Cluster(templates + rule + some)))
            let address = try #require(found.connection.source.address)
            #expect(found.verdict.isAllowed == isAllowed)
            #expect(try #require(Prefix("10.5.0.0/16")).contains(address) == isAllowed)
        }
        #expect(Cluster(templates + never + from("{ipBlock: {cidr: 192.0.2.0/24}}")).proofs()[0].holds)
        #expect(Cluster(templates + never + from("{ipBlock: {cidr: 0.0.0.0/0}}")).proofs()[0].holds == false)
        #expect(witness(Cluster(templates + always + all)) == nil)
    }

    @Test("all blocks together hold all that a pod may be: always is proved")
    func unknownAddressInOne() {
        let always = Cluster.guarantee(
            "always",
            "always: {from: [{workloads: {names: [web]}}], to: [{workloads: {names: [db]}}], ports: [{port: 1}]}")
        let all = from(Inventory.privateRanges.map { "{ipBlock: {cidr: \($0)}}" }.joined(separator: ", "))
        #expect(Cluster(templates + always + all).proofs()[0].holds)
    }

    @Test("an address that a side names may be a pod's whose address is not known")
    func unknownAddressInSide() {
        let rule = Cluster.guarantee(
            "never", "never: {from: [{addresses: [10.7.0.0/16]}], to: [{workloads: {names: [db]}}]}")
        let web = from("{podSelector: {matchLabels: {app: web}}}")
        #expect(!Cluster(templates + rule + web).proofs()[0].holds)
        #expect(Cluster(templates + rule + from("{ipBlock: {cidr: 192.0.2.0/24}}")).proofs()[0].holds)
    }

    @Test("a controller stands for several pods, which reach each other")
    func template() throws {
        let rule = Cluster.guarantee(
            "alone", "never: {from: [{workloads: {names: [db]}}], to: [{workloads: {names: [db]}}]}")
        let found = try #require(witness(Cluster(templates + rule)))
        #expect(found.verdict.isAllowed && found.verdict.ingress.reason == .unrestricted)
        let web = from("{podSelector: {matchLabels: {app: web}}}")
        #expect(Cluster(templates + rule + web).proofs()[0].holds)
    }

    @Test("where blocks cut the addresses of pods into too many parts, a proof says that not each was looked at")
    func tooManyPlaces() throws {
        let blocks = (0..<12_000).map { Prefix(containing: Address(ipv4: 0x0a00_0000 + UInt32($0) * 512), length: 24) }
        let rule = Cluster.guarantee(
            "never", "never: {from: [{workloads: {names: [web]}}], to: [{workloads: {names: [db]}}]}")
        let cluster = Cluster(templates + rule + from("{podSelector: {matchLabels: {app: db}}}"))
        #expect(cluster.proofs()[0].holds && cluster.proofs()[0].remarks.isEmpty)
        var policies = cluster.list.policies
        policies[0].ingress?[0].peers?.append(Peer(blocks: blocks.compactMap(\.self)))
        let list = GuestList(inventory: cluster.list.inventory, policies: policies)
        let proofs = Reachability.proving(list, cluster.guarantees)
            .check(cluster.guarantees, AssetTable(cluster.objects, list.inventory))
        #expect(try #require(proofs.first).remarks.count == 1)
    }

    // MARK: Names

    /// What the notebook may reach, as a policy of the Admin tier.
    private func admin(_ name: String, _ priority: Int, _ action: String, _ peer: String) -> String {
        """
        ---
        apiVersion: policy.networking.k8s.io/v1alpha2
        kind: ClusterNetworkPolicy
        metadata: {name: \(name)}
        spec:
          tier: Admin
          priority: \(priority)
          subject: {pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: notebook}}}}
          egress: [{action: \(action), to: [\(peer)]}]

        """
    }

    private let toName = Cluster.guarantee(
        "name", "never: {from: [{workloads: {names: [notebook]}}], to: [{domainNames: [api.example.com]}]}")
    private let shut = Cluster.policy("lab", "out", app: "notebook", "policyTypes: [Egress]")

    @Test(
        "a block that is allowed may be where a name leads: never to the name is refuted, with an address of the block")
    func nameInBlock() throws {
        let block = Cluster.policy(
            "lab", "block", app: "notebook", "egress: [{to: [{ipBlock: {cidr: 203.0.113.128/25}}]}]")
        #expect(Cluster(Cluster.assistants + toName + shut).proofs()[0].holds)
        let cluster = Cluster(Cluster.assistants + toName + shut + block)
        let found = try #require(witness(cluster))
        #expect(found.connection.name == "api.example.com")
        #expect(found.connection.destination.address == Address("203.0.113.128"))
        #expect(found.verdict.isAllowed && cluster.list.evaluate(found.connection).isAllowed)
    }

    @Test("a block that is denied may not be where a name leads: always is refuted by it, never is not saved by it")
    func nameBesideBlock() throws {
        let deny = admin("deny", 1, "Deny", "{networks: [0.0.0.0/1]}")
        let accept = admin("accept", 2, "Accept", "{domainNames: [api.example.com]}")
        let always = Cluster.guarantee(
            "work",
            "always: {from: [{workloads: {names: [notebook]}}], to: [{domainNames: [api.example.com]}], ports: [{port: 443}]}"
        )
        #expect(Cluster(Cluster.assistants + always + shut + accept).proofs()[0].holds)
        let denied = try #require(witness(Cluster(Cluster.assistants + always + shut + accept + deny)))
        #expect(!denied.verdict.isAllowed && denied.verdict.egress.reason == .rule)
        let cluster = Cluster(Cluster.assistants + toName + shut + accept + deny)
        let allowed = try #require(witness(cluster))
        #expect(cluster.list.evaluate(allowed.connection).isAllowed)
        let rest = admin("rest", 1, "Deny", "{networks: [128.0.0.0/1]}")
        #expect(Cluster(Cluster.assistants + toName + shut + accept + deny + rest).proofs()[0].holds)
    }

    @Test(
        "what is allowed by name may lead to every address that a side names",
        arguments: [
            "outside: {cidrs: [198.51.100.0/24]}", "addresses: [198.51.100.0/24]", "outside: {}", "anything: {}",
        ])
    func sidesHoldNames(_ side: String) throws {
        let rule = Cluster.guarantee(
            "way-out", "never: {from: [{workloads: {names: [notebook]}}], to: [{\(side)}]}")
        let accept = admin("accept", 2, "Accept", "{domainNames: [\"*.example.com\"]}")
        #expect(Cluster(Cluster.assistants + rule + shut).proofs()[0].holds)
        let cluster = Cluster(Cluster.assistants + rule + shut + accept)
        let found = try #require(witness(cluster))
        #expect(found.connection.name == "any.example.com" && cluster.list.evaluate(found.connection).isAllowed)
        if !side.contains("{}") {
            #expect(
                try #require(Prefix("198.51.100.0/24")).contains(try #require(found.connection.destination.address)))
        }
    }
}
