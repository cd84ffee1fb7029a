import Addresses
import Kubernetes
import PolicyWorlds
import Testing

@testable import PacketFilter
@testable import Policy

/// Pods come and go by hundreds where policies allow different things with each: sets are edited and not made anew, and
/// are what they would be if they were.
@Suite("Pods come and go") struct ChurnTests {
    @Test("whoever comes, goes or becomes another's: rules are as if they were made from nothing")
    func churn() throws {
        let environment = AgreementTests.environment
        let seed = environment["SALLYPORT_FUZZ_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)
        print("PacketFilter ChurnTests seed \(seed)")
        var tally = Tally()
        // Few, where the first and the last of a kind come and go; some, where what is allowed with most changes; many.
        for (world, pods) in [3, 9, 14, 20, 50].enumerated() {
            var town = Town(seed: seed &+ UInt64(world), pods: pods)
            var state = State(town.objects)
            for step in 0..<60 {
                town.step()
                let next = State(town.objects, previous: state)
                let fresh = State(town.objects)
                guard next.rulesets == fresh.rulesets, next.groups == fresh.groups else {
                    Issue.record("seed \(seed &+ UInt64(world)), step \(step): not what is made from nothing")
                    return
                }
                try tally.note(state, next)
                state = next
            }
        }
        print("PacketFilter ChurnTests: \(tally)")
        // Otherwise they would be right only because everything is made anew.
        #expect(tally.kept > 1_000 && tally.edited > 60 && tally.local > 20 && tally.remote > 60, "\(tally)")
        #expect(tally.replicas > 5, "\(tally)")
    }

    @Test("a set with some keys otherwise is what it would be if it were made of all that is to be there")
    func edits() {
        var dice = WorldDice(seed: 7)
        for _ in 0..<500 {
            var all: [UInt128: KernelSet.Element] = [:]
            for _ in 0..<Int.random(in: 0...8, using: &dice) {
                let key = UInt128(Int.random(in: 0..<12, using: &dice))
                all[key] = KernelSet.Element(key, .goto("old"))
            }
            let old = KernelSet("s", .address, isMap: true, Array(all.values))
            let keys = Set((0..<4).map { _ in UInt128(Int.random(in: 0..<12, using: &dice)) })
            let edits = keys.map { (key: $0, element: dice.chance(60) ? KernelSet.Element($0, .goto("new")) : nil) }
            for edit in edits { all[edit.key] = edit.element }
            #expect(old.edited(edits) == KernelSet("s", .address, isMap: true, Array(all.values)))
        }
    }

    @Test("what is known of the node changes, and nothing else: rules follow")
    func node() throws {
        let state = State(Town(seed: 1, pods: 10).objects)
        let ranges = try [#require(Prefix("10.0.0.0/16"))]
        let other = FilteredNode("n1", podRanges: ranges, interfaces: ["cali"], logGroup: 6)
        let made = NodeFilter(state.list, other, previous: state.filter)
        #expect(made.rulesets == NodeFilter(state.list, other).rulesets && made.rulesets != state.rulesets)
    }

    /// What a state of the objects leads to.
    private struct State {
        let objects: Objects
        let inventory: Inventory
        let policies: TranslatedPolicies
        let list: GuestList
        let filter: NodeFilter

        var rulesets: [Ruleset] { filter.rulesets }
        /// Who is treated alike.
        var groups: Set<Set<Interface>> {
            Set(list.grouping.groups.map { Set($0.members.map { list.grouping.interfaces[Int($0)] }) })
        }

        init(_ objects: Objects, previous: State? = nil) {
            self.objects = objects
            inventory =
                previous?.inventory.updated(from: previous?.objects ?? objects, to: objects) ?? Inventory(objects)
            policies = previous?.policies.updated(objects) ?? TranslatedPolicies(objects)
            list =
                previous?.list.updated(inventory: inventory, policies: policies.policies)
                ?? GuestList(inventory: inventory, policies: policies.policies)
            let node = FilteredNode("n1", interfaces: ["lab"], logGroup: 5)
            filter = NodeFilter(list, node, previous: previous?.filter)
        }
    }

    /// How often what happened.
    private struct Tally {
        /// Sets that are copies of what they were.
        var kept = 0
        /// Sets of exact addresses with an element or two otherwise.
        var edited = 0
        /// Changes with pods of the node.
        var local = 0
        /// Those of them after which all chains were as before, so that they were not even looked for.
        var replicas = 0
        /// Changes without.
        var remote = 0

        mutating func note(_ old: State, _ new: State) throws {
            for (before, after) in zip(old.rulesets, new.rulesets) {
                for set in after.sets {
                    guard let known = before.set(set.name) else { continue }
                    if known.isCopy(of: set) { kept += 1 }
                    let isProgram = set.isMap && set.name.contains("/") && set.kind == .exact
                    let more = set.elements.filter { !known.elements.contains($0) }.count
                    if isProgram, known.elements != set.elements, more <= 2 { edited += 1 }
                }
                // What the kernel is told leads there.
                var kernel = KernelModel(before)
                kernel.apply(RulesetChange(from: before, to: after))
                try #require(kernel.mistakes.isEmpty && kernel.ruleset == after, "\(kernel.mistakes)")
            }
            let isHere = old.rulesets.map { $0.set("pods-here") } != new.rulesets.map { $0.set("pods-here") }
            if isHere { local += 1 } else { remote += 1 }
            if isHere, zip(old.rulesets, new.rulesets).allSatisfy({ Self.isSame($0.chains, $1.chains) }) {
                replicas += 1
            }
        }

        /// True when one array is a copy of the other.
        private static func isSame(_ a: [Chain], _ b: [Chain]) -> Bool {
            a.withUnsafeBufferPointer { a in b.withUnsafeBufferPointer { a.baseAddress == $0.baseAddress } }
        }
    }

    /// Two nodes, pods of six applications, and policies that allow each another thing with the others.
    private struct Town {
        private(set) var objects: Objects
        private var dice: WorldDice
        private let model: Pod?
        private var number = 0

        init(seed: UInt64, pods: Int) {
            dice = WorldDice(seed: seed ^ 0xc4a2)
            objects = AgreementTests.objects(Self.text)
            model = objects.pods.values.first
            for _ in 0..<pods { come() }
        }

        mutating func step() {
            // Sometimes several things at once, and now and then more than are followed one by one.
            let count = dice.chance(80) ? 1 : dice.chance(85) ? Int.random(in: 2...6, using: &dice) : 40
            for _ in 0..<count {
                switch Int.random(in: 0..<20, using: &dice) {
                case 0..<7: come()
                case 7..<13: if let key = pod() { objects.pods[key] = nil }
                case 13: change { $0.metadata.labels["app"] = Self.app(&$1) }
                case 14: change { $0.nodeName = Self.node(&$1) }
                case 15: change { $0.phase = $1.chance(50) ? "Succeeded" : "Running" }
                case 16:
                    // Of two with one address, one has it.
                    let addresses = pod().flatMap { objects.pods[$0]?.addresses } ?? []
                    change { pod, _ in pod.addresses = addresses }
                case 17: edit { $0.ingress[0].ports[0].port = .range(PortRange($1)) }
                default:
                    edit { policy, port in
                        // Outside, or where pods are: then it tells those apart that had been alike.
                        let text = port % 2 == 0 ? "203.0.113.\(port % 250)/32" : "10.0.\(port % 8 * 24).0/21"
                        guard let block = Prefix(text) else { return }
                        policy.ingress[0].peers =
                            [.ipBlock(cidr: block, except: [])] + policy.ingress[0].peers.suffix(1)
                    }
                }
            }
        }

        private mutating func come() {
            guard var pod = model else { return }
            number += 1
            pod.metadata.name = "pod-\(Int.random(in: 0..<1_000, using: &dice))-\(number)"
            let app = Self.app(&dice)
            pod.metadata.labels = ["app": app]
            pod.nodeName = Self.node(&dice)
            // Replicas of one workload; some workloads with different pods; and pods that nobody made.
            let owner = OwnerRef(kind: "ReplicaSet", name: dice.chance(90) ? app : "mixed")
            pod.controller = dice.chance(85) ? owner : nil
            let address = Address(ipv4: 0x0a00_0000 + UInt32.random(in: 1..<60_000, using: &dice))
            let other = Address("fd00::\(Int.random(in: 1..<9_999, using: &dice))")
            pod.addresses = [address] + (dice.chance(40) ? [other].compactMap { $0 } : [])
            objects.pods[pod.key] = pod
        }

        private static func app(_ dice: inout WorldDice) -> String { "w\(Int.random(in: 0..<6, using: &dice))" }
        private static func node(_ dice: inout WorldDice) -> String { dice.chance(40) ? "n1" : "n2" }

        private mutating func change(_ body: (inout Pod, inout WorldDice) -> Void) {
            guard let key = pod(), var pod = objects.pods[key] else { return }
            body(&pod, &dice)
            objects.pods[key] = pod
        }

        /// By name, so that a seed always means the same.
        private mutating func pod() -> NamespacedName? {
            let all = objects.pods.keys.sorted()
            return all.isEmpty ? nil : dice.pick(all)
        }

        private mutating func edit(_ change: (inout NetworkPolicy, UInt16) -> Void) {
            let port = UInt16.random(in: 1_000..<1_008, using: &dice)
            let key = NamespacedName("a", dice.pick(["w0", "w1"]))
            if var policy = objects.networkPolicies[key] {
                change(&policy, port)
                objects.networkPolicies[key] = policy
            }
        }

        /// `w0` is open to `w1` on one port and to a block; `w1` to most on one port, and to `w2` on all; `w2` to all
        /// but the world; `w3` to nobody; `w4` reaches `w0` and `w2` only; `w5` has no policy.
        private static let text =
            ["n1", "n2"].map { "{apiVersion: v1, kind: Node, metadata: {name: \($0)}}\n---\n" }.joined() + """
                {apiVersion: v1, kind: Namespace, metadata: {name: a}}
                ---
                {apiVersion: v1, kind: Pod, metadata: {name: first, namespace: a, labels: {app: w0}},
                  spec: {nodeName: n1}, status: {phase: Running, podIP: 10.0.250.1}}
                ---
                {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: w0, namespace: a},
                  spec: {podSelector: {matchLabels: {app: w0}}, ingress: [{from: [{ipBlock: {cidr: 203.0.113.1/32}},
                    {podSelector: {matchLabels: {app: w1}}}], ports: [{port: 80}]}]}}
                ---
                {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: w1, namespace: a},
                  spec: {podSelector: {matchLabels: {app: w1}}, ingress: [
                    {from: [{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [w0]}]}}],
                      ports: [{port: 8080}]}, {from: [{podSelector: {matchLabels: {app: w2}}}]}]}}
                ---
                {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: w2, namespace: a},
                  spec: {podSelector: {matchLabels: {app: w2}}, ingress: [{from: [{podSelector: {}}]}]}}
                ---
                {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: w3, namespace: a},
                  spec: {podSelector: {matchLabels: {app: w3}}, policyTypes: [Ingress, Egress]}}
                ---
                {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: w4, namespace: a},
                  spec: {podSelector: {matchLabels: {app: w4}}, policyTypes: [Egress], egress: [
                    {to: [{podSelector: {matchExpressions: [{key: app, operator: In, values: [w0, w2]}]}}],
                      ports: [{port: 80}, {port: 53, protocol: UDP}]}]}}
                """
    }
}
