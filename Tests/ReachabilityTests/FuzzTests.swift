import Addresses
import Foundation
import Kubernetes
import Policy
import PolicyWorlds
import Testing

@testable import Reachability

/// Random objects near real ones, all the way: whatever is read is compiled, looked at as a whole and explained, and
/// nothing crashes; what all pairs say is what single decisions say.
///
/// Runs a bounded number of rounds; SALLYPORT_FUZZ_SECONDS=n runs for n seconds, SALLYPORT_FUZZ_SEED=n repeats a run.
@Suite struct PolicyFuzzTests {
    private static let environment = ProcessInfo.processInfo.environment

    @Test func objects() {
        let seed = Self.environment["SALLYPORT_FUZZ_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)
        let seconds = Self.environment["SALLYPORT_FUZZ_SECONDS"].flatMap(Double.init)
        print("PolicyFuzzTests.objects seed \(seed)\(seconds.map { " for \($0) s" } ?? "")")
        var dice = WorldDice(seed: seed)
        let end = Date().addingTimeInterval(seconds ?? 0)
        var rounds = 0
        var policies = 0
        while seconds == nil ? rounds < 150 : Date() < end {
            rounds += 1
            // A file each: a text that cannot be read takes nothing else with it.
            let texts = Self.documents(&dice)
            let files = texts.enumerated().map { (path: "\($0.offset).yaml", bytes: Array($0.element.utf8)) }
            let objects = ObjectDecoder.snapshot(files: files, revision: 1).objects
            let what = "seed \(seed) round \(rounds):\n\(texts.joined(separator: "\n---\n"))"
            policies += Self.look(objects, &dice, what)
        }
        print("PolicyFuzzTests.objects: \(rounds) rounds, \(policies) policies")
        #expect(policies > rounds / 4, "most rounds read no policy: the mutations are too wild to test anything")
    }

    /// Everything that is asked of objects; how many policies there were.
    private static func look(_ objects: Objects, _ dice: inout WorldDice, _ what: String) -> Int {
        let list = GuestList(objects)
        let guarantees = objects.guarantees.values.sorted { $0.key < $1.key }
        let reachability = Reachability.proving(list, guarantees)
        let assets = AssetTable(objects, list.inventory)
        for proof in reachability.check(guarantees, assets) {
            if case .refuted(let witness) = proof.result {
                #expect(witness.verdict.isAllowed == (proof.promise != .always), "\(what)")
            }
        }
        let entries = reachability.connections()
        let finder = WitnessFinder(reachability)
        for entry in entries.shuffled(using: &dice).prefix(8) {
            let witness = finder.witness(entry.from, entry.to, entry.traffic, isAllowed: true)
            guard let witness else { continue }
            #expect(witness.verdict.isAllowed, "\(entry) \(what)")
            let explanation = Explanation(reachability.list, witness.connection)
            #expect(explanation.decision.isAllowed && !explanation.answer.isEmpty, "\(what)")
        }
        if let start = entries.first, case .workload(let name) = start.from {
            _ = reachability.blastRadius(from: [name], steps: 3, assets)
        }
        return list.policies.count
    }

    /// A few documents, each with a few changes.
    private static func documents(_ dice: inout WorldDice) -> [String] {
        let chosen = (0..<Int.random(in: 3...9, using: &dice)).map { _ in dice.pick(corpus) }
        return (corpus.prefix(3) + chosen).map { document in
            var lines = document.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            for _ in 0..<(dice.chance(60) ? Int.random(in: 1...2, using: &dice) : 0) { mutate(&lines, &dice) }
            return lines.joined(separator: "\n").replacingOccurrences(of: "NAME", with: "n\(dice.next() % 50)")
        }
    }

    private static func mutate(_ lines: inout [String], _ dice: inout WorldDice) {
        let index = Int.random(in: 0..<lines.count, using: &dice)
        switch Int.random(in: 0..<4, using: &dice) {
        case 0: lines.remove(at: index)
        case 1: lines.insert(lines[index], at: index)
        default:
            let words = lines[index].split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            guard let place = words.indices.filter({ !words[$0].isEmpty }).randomElement(using: &dice) else { return }
            var changed = words
            changed[place] = dice.pick(pieces)
            lines[index] = changed.joined(separator: " ")
        }
        if lines.isEmpty { lines = [""] }
    }

    private static let pieces = [
        "{}", "[]", "null", "0", "65535", "65536", "-1", "web", "TCP", "SCTP", "ICMP", "::/0", "0.0.0.0/0",
        "10.1.2.3/8",
        "10.0.0.1/32", "true", "\"\"", "staged", "Deny", "Accept", "Pass", "Admin", "Baseline", "Exists", "NotIn", "a",
        "b",
    ]

    private static let corpus = [
        Cluster.pod("a", "web", "10.0.0.1"), Cluster.pod("a", "db", "10.0.0.2"), Cluster.pod("b", "web", "10.0.1.1"),
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: NAME, namespace: b}
        spec:
          replicas: 2
          template:
            metadata: {labels: {app: web, tier: x}}
            spec:
              hostNetwork: false
              containers: [{name: m, image: i, ports: [{name: web, containerPort: 8080, protocol: TCP}]}]
        """,
        """
        apiVersion: v1
        kind: Node
        metadata: {name: n1, labels: {zone: a}}
        spec: {podCIDRs: [10.0.0.0/16]}
        status: {addresses: [{type: InternalIP, address: 192.0.2.1}]}
        """,
        """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: NAME, namespace: a, annotations: {sallyport.dev/enforcement: enforced}}
        spec:
          podSelector: {matchLabels: {app: db}}
          policyTypes: [Ingress, Egress]
          ingress:
          - from:
            - podSelector: {matchExpressions: [{key: app, operator: In, values: [web]}]}
              namespaceSelector: {}
            - ipBlock: {cidr: 10.0.0.0/8, except: [10.0.1.0/24]}
            ports:
            - {protocol: TCP, port: web}
            - {protocol: UDP, port: 53, endPort: 60}
          egress:
          - to: []
            ports: []
        """,
        """
        apiVersion: policy.networking.k8s.io/v1alpha2
        kind: ClusterNetworkPolicy
        metadata: {name: NAME}
        spec:
          tier: Admin
          priority: 5
          subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: a}}}
          ingress:
          - action: Pass
            from: [{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}}]
            protocols: [{tcp: {destinationPort: {number: 80}}}, {destinationNamedPort: web}]
          egress:
          - action: Deny
            to: [{networks: [169.254.0.0/16, 10.0.1.0/24]}]
          - action: Accept
            to: [{nodes: {matchLabels: {zone: a}}}]
          - action: Accept
            to: [{domainNames: [api.example.com, "*.example.org"]}]
        """,
        """
        apiVersion: policy.networking.k8s.io/v1alpha1
        kind: AdminNetworkPolicy
        metadata: {name: NAME}
        spec:
          priority: 5
          subject: {pods: {namespaceSelector: {}, podSelector: {}}}
          ingress: [{action: Deny, from: [{namespaces: {}}], ports: [{portNumber: {protocol: TCP, port: 22}}]}]
        """,
        """
        apiVersion: sallyport.dev/v1alpha1
        kind: Guarantee
        metadata: {name: NAME}
        spec:
          rules:
          - never: {from: [{workloads: {namespaces: [b]}}], to: [{workloads: {podSelector: {matchLabels: {app: db}}}}]}
          - onlyVia: {via: [{addresses: [10.0.0.0/24]}], to: [{outside: {cidrs: [0.0.0.0/0], except: [10.0.0.0/8]}}]}
          - always: {from: [{anything: {}}], to: [{domainNames: [api.example.com]}], ports: [{port: 443}]}
        """,
    ]
}
