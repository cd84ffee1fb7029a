import Addresses
import Kubernetes
import Policy
import PolicyWorlds
import Records
import Testing

@testable import Hindsight

/// Recommended NetworkPolicies of random clusters: all that was seen is allowed, and nothing else.
@Suite struct NetworkRecommendationTests {
    /// Workloads with pods that can be told apart, and some whose labels are those of another and one more.
    private func cluster(_ dice: inout WorldDice) -> String {
        var documents: [String] = []
        for number in 0..<Int.random(in: 3...8, using: &dice) {
            let namespace = dice.pick(["a", "b"])
            let base = "app: w\(dice.chance(30) ? max(0, number - 1) : number)"
            let extra = dice.chance(40) ? ", role: r\(number)" : ""
            let labels = dice.chance(10) ? "app.kubernetes.io/name: \"yes\", n: \"\(number)\"" : base + extra
            for replica in 0..<Int.random(in: 1...2, using: &dice) {
                let address = dice.chance(20) ? "fd00::\(number)\(replica)" : "10.0.\(number).\(replica + 1)"
                documents.append(
                    """
                    apiVersion: v1
                    kind: Pod
                    metadata:
                      name: w\(number)-\(replica)
                      namespace: \(namespace)
                      labels: {\(labels), pod-template-hash: h\(replica)}
                      ownerReferences: [{apiVersion: apps/v1, kind: DaemonSet, name: w\(number), uid: u, controller: true}]
                    spec: {nodeName: n\(replica), containers: [{name: c, image: i}]}
                    status: {phase: Running, podIP: "\(address)"}
                    """)
            }
        }
        return documents.joined(separator: "\n---\n") + "\n---\n"
    }

    private struct Seen: Hashable {
        let from: WorkloadName?
        let source: Address
        let to: WorkloadName?
        let destination: Address
        let proto: IPProtocol
        let port: UInt16
    }

    private func workload(_ address: Address, _ list: GuestList) -> (Record.Workload?, WorkloadName?) {
        let party = list.party(address)
        guard party.endpoint >= 0 else { return (nil, nil) }
        let endpoint = list.inventory.endpoints[Int(party.endpoint)]
        let name = endpoint.workload
        return (
            Record.Workload(
                kind: name.kind, namespace: name.namespace, name: name.name, pod: endpoint.name.name,
                labels: PodLabels.telling(endpoint.labels)), name
        )
    }

    @Test("everything that was seen and allowed is allowed, and what was not seen is denied")
    func leastPrivilege() {
        var (allowed, denied) = (0, 0)
        withSeeds(60) { seed, dice in
            let text = cluster(&dice)
            let all = objects(text)
            let list = GuestList(all)
            let pods = list.inventory.endpoints.flatMap(\.addresses)
            let outside = ["203.0.113.7", "160.79.104.10", "8.8.8.8", "172.16.3.4", "2001:db8::7"].compactMap {
                Address($0)
            }
            var observations = ConnectionsSeen()
            var seen: Set<Seen> = []
            func ends() -> (Address, Address)? {
                let (a, b) = (dice.pick(pods), dice.chance(75) ? dice.pick(pods) : dice.pick(outside))
                let pair = dice.chance(50) ? (a, b) : (b, a)
                return a.isIPv4 == b.isIPv4 && a != b ? pair : nil
            }
            for number in 0..<Int.random(in: 1...25, using: &dice) {
                guard let (from, to) = ends() else { continue }
                let (proto, port) = (dice.pick([IPProtocol.tcp, .udp]), dice.pick([UInt16(53), 80, 443]))
                let (source, destination) = (workload(from, list), workload(to, list))
                observations.take(
                    connection(
                        "c\(number)", from: from.description, source.0, to: to.description, destination.0, port: port,
                        transport: proto.description.lowercased(), at: moment(Int64(number))))
                seen.insert(
                    Seen(
                        from: source.1, source: from, to: destination.1, destination: to, proto: proto, port: port))
            }
            var settings = RecommendationSettings()
            settings.isStaged = false
            let found = observations.recommendations(all, settings: settings)
            // What two workloads have in common cannot be told apart, and is said.
            let isVague = found.contains { $0.remarks.contains { $0.contains("have the labels of") } }
            let policies = objects(text + found.map(\.text).joined(separator: "---\n"))
            #expect(policies.networkPolicies.count == found.count, "seed \(seed)")
            let judged = GuestList(policies)
            for one in seen {
                let verdict = judged.evaluate(
                    Policy.Connection(
                        source: judged.party(one.source), destination: judged.party(one.destination),
                        traffic: Traffic(one.proto, port: one.port)))
                allowed += 1
                #expect(verdict.isAllowed, "seed \(seed): \(one)\n\(found.map(\.text).joined())")
            }
            guard !isVague else { return }
            // Of workloads; pods of one are alike.
            func name(_ address: Address) -> String { workload(address, list).1?.description ?? address.description }
            let known = Set(
                seen.flatMap { one -> [String] in
                    let ends = "\(name(one.source)) \(name(one.destination)) "
                    let isDNS = one.proto == .udp && one.port == 53
                    return [ends + "\(one.proto) \(one.port)"] + (isDNS ? [ends + "TCP 53"] : [])
                })
            let subjects = Set(found.map(\.subject))
            for _ in 0..<60 {
                guard let (from, to) = ends() else { continue }
                let (proto, port) = (dice.pick([IPProtocol.tcp, .udp]), dice.pick([UInt16(53), 80, 443]))
                guard subjects.contains(name(from)) || subjects.contains(name(to)), name(from) != name(to),
                    !known.contains("\(name(from)) \(name(to)) \(proto) \(port)")
                else { continue }
                let verdict = judged.evaluate(
                    Policy.Connection(
                        source: judged.party(from), destination: judged.party(to), traffic: Traffic(proto, port: port)))
                denied += 1
                #expect(
                    !verdict.isAllowed,
                    "seed \(seed): \(name(from)) to \(name(to)) \(proto) \(port)\n\(found.map(\.text).joined())")
            }
        }
        #expect(allowed > 40 && denied > 40)
    }

    private let agent = Record.Workload("Deployment agents/agent", pod: "agent-1", labels: ["app=agent"])

    @Test("the text says what it is about, names what is known, and is staged")
    func text() {
        var seen = ConnectionsSeen()
        let dns = Record.Workload("Deployment kube-system/coredns", pod: "d", labels: ["k8s-app=kube-dns"])
        for day in 0..<8 {
            for hour in 0..<24 {
                let time = moment(Int64(day) * 86_400 + Int64(hour) * 3_600)
                var record = connection(
                    from: "10.0.0.7", agent, to: "10.0.2.2", dns, port: 53, transport: "udp", at: time)
                record.destination?.service = "kube-system/kube-dns"
                seen.take(record)
                seen.take(connection(from: "10.0.0.7", agent, to: "160.79.104.10", port: 443, at: time))
            }
        }
        seen.take(connection(from: "10.0.0.7", agent, to: "192.0.2.1", port: 0, transport: "icmp", at: moment()))
        let found = seen.recommendations(Objects())
        #expect(found.map(\.subject) == ["Deployment agents/agent", "Deployment kube-system/coredns"])
        #expect(
            found[0].text == """
                # Deployment agents/agent: 8 days, 385 records, 24 of 24 hours of the day, 168 of 168 hours of the week, all kept; confidence high
                apiVersion: networking.k8s.io/v1
                kind: NetworkPolicy
                metadata:
                  name: agent-seen
                  namespace: agents
                  annotations:
                    sallyport.dev/enforcement: staged
                spec:
                  podSelector: {matchLabels: {app: agent}}
                  policyTypes: [Ingress, Egress]
                  ingress: []
                  egress:
                  - to:
                    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}  # Deployment kube-system/coredns, Service kube-system/kube-dns
                      podSelector: {matchLabels: {k8s-app: kube-dns}}
                    ports: [{protocol: TCP, port: 53}, {protocol: UDP, port: 53}]
                  - to:
                    - ipBlock: {cidr: "160.79.104.10/32"}  # anthropic
                    ports: [{protocol: TCP, port: 443}]

                """)
        #expect(found[0].remarks.count == 1 && found[0].remarks[0].contains("icmp"))
        #expect(
            objects(found.map(\.text).joined(separator: "---\n")).networkPolicies.values.filter(\.isStaged).count == 2)
        #expect(found[0].confidence.level == .high)
        seen.note(share: 0.3)
        #expect(seen.recommendations(Objects())[0].confidence.level == .low)
    }

    @Test("names that are taken are not taken again")
    func names() {
        var seen = ConnectionsSeen()
        seen.take(connection(from: "10.0.0.7", agent, to: "192.0.2.1"))
        var other = agent
        other.kind = "StatefulSet"
        seen.take(connection(from: "10.0.0.8", other, to: "192.0.2.1"))
        let taken =
            "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: agent-seen, namespace: agents}, spec: {podSelector: {}}}"
        let found = seen.recommendations(objects(taken))
        #expect(found.map(\.name.name) == ["agent-seen-2", "agent-seen-3"])
        // The labels are the same, and that is said.
        #expect(found.allSatisfy { !$0.remarks.isEmpty })
    }

    @Test("many addresses become the blocks in which they are")
    func blocks() {
        let github = (0..<40).compactMap { Address("140.82.112.\($0)") }
        let found = AddressBlocks(github, .everywhere)
        #expect(found.blocks.map(\.prefix.description) == ["140.82.112.0/20"] && found.widened.count == 1)
        let private24 = (0..<40).compactMap { Address("10.1.2.\($0)") }
        #expect(AddressBlocks(private24, .everywhere).blocks.map(\.prefix.description) == ["10.1.2.0/24"])
        let world = (1..<100).compactMap { Address("\($0 % 90 + 20).7.\($0).1") }.filter {
            NamedRange(of: $0) == .public
        }
        let all = AddressBlocks(world, .everywhere).blocks
        #expect(all.map(\.prefix.description) == ["0.0.0.0/0"])
        #expect(all[0].except.contains { $0.description == "10.0.0.0/8" })
        #expect(all[0].except.contains { $0.contains(Address("169.254.169.254") ?? Address(bits: 0)) })
        withSeeds(50) { seed, dice in
            let addresses = (0..<Int.random(in: 1...200, using: &dice)).map { _ in
                dice.chance(80)
                    ? Address(ipv4: UInt32(truncatingIfNeeded: dice.next()))
                    : Address(bits: UInt128(dice.next()) << 64 | 7)
            }
            let blocks = AddressBlocks(addresses, .everywhere).blocks
            for address in addresses {
                let isHeld = blocks.contains { block in
                    block.prefix.contains(address) && !block.except.contains { $0.contains(address) }
                }
                #expect(isHeld, "seed \(seed): \(address)")
            }
        }
    }

    @Test("what is kept is bounded, and what is not is said")
    func bounded() {
        var seen = ConnectionsSeen(mostWorkloads: 2, mostNeeds: 3)
        for number in 0..<10 {
            seen.take(connection(from: "10.0.0.7", agent, to: "192.0.2.\(number)"))
            var other = agent
            other.name = "agent-\(number)"
            seen.take(connection(from: "10.0.0.7", other, to: "192.0.2.1"))
        }
        #expect(seen.workloads.count == 2 && seen.overflow == 9)
        #expect(seen.recommendations(Objects())[0].remarks.contains { $0.contains("more connections than are kept") })
    }

    @Test("what was denied, cut, or always passes needs no rule")
    func notNeeded() {
        var seen = ConnectionsSeen()
        seen.take(connection(from: "10.0.0.7", agent, to: "192.0.2.1", verdict: .denied))
        seen.take(connection(from: "10.0.0.7", agent, to: "192.0.2.1", event: .cut))
        var own = connection(from: "10.0.0.1", to: "10.0.0.7", agent)
        own.reason = "own_node"
        seen.take(own)
        #expect(seen.workloads.isEmpty)
    }
}
