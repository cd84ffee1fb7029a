import Addresses
import Kubernetes
import Policy
import Testing

@testable import Reachability

@Suite struct ChangeTests {
    private let closed = Cluster.policy("ai", "ollama", app: "ollama", "ingress: []")

    @Test("what is gained and lost is said by pair, with addresses as ranges that both states have in common")
    func difference() throws {
        let old = Cluster(Cluster.assistants + closed)
        let new = Cluster(
            Cluster.assistants
                + Cluster.policy(
                    "ai", "ollama", app: "ollama",
                    "ingress: [{from: [{ipBlock: {cidr: 192.0.2.0/24}}, {podSelector: {matchLabels: {app: gateway}}}], ports: [{port: 80}]}]"
                ))
        let changes = Difference(old.list, new.list).changes
        #expect(
            changes.map { "\($0.from) > \($0.to): +\($0.gained) -\($0.lost)" } == [
                "Pod ai/gateway > Pod ai/ollama: +TCP 80 -nothing", "192.0.2.0/24 > Pod ai/ollama: +TCP 80 -nothing",
            ])
        let witness = try #require(changes[0].gainedWitness)
        #expect(witness.verdict.isAllowed && witness.connection.traffic == Traffic(.tcp, port: 80))
        let back = Difference(new.list, old.list).changes
        #expect(back.map { "\($0.lost)" } == ["TCP 80", "TCP 80"])
        #expect(back.allSatisfy { $0.lostWitness?.verdict.isAllowed == false })
    }

    @Test("a pair that gains something and loses something has a reason for each")
    func bothWays() throws {
        let rule = { (port: Int) in
            Cluster.policy("ai", "ollama", app: "ollama", "ingress: [{ports: [{port: \(port)}]}]")
        }
        let changes = Difference(
            Cluster(Cluster.assistants + rule(80)).list, Cluster(Cluster.assistants + rule(81)).list
        ).changes
        let change = try #require(changes.first { $0.from.description == "Pod lab/notebook" })
        #expect("+\(change.gained) -\(change.lost)" == "+TCP 81 -TCP 80")
        let gained = try #require(change.gainedWitness)
        let lost = try #require(change.lostWitness)
        #expect(gained.connection.traffic.port == 81 && gained.verdict.ingress.reason == .rule)
        #expect(lost.connection.traffic.port == 80 && lost.verdict.ingress.reason == .isolated)
        let only = Difference(Cluster(Cluster.assistants).list, Cluster(Cluster.assistants + rule(80)).list).changes
        #expect(only.allSatisfy { $0.gainedWitness == nil && $0.lostWitness != nil } && !only.isEmpty)
    }

    @Test("a door that opens for more pods of a workload is a change, too")
    func partial() {
        let pods =
            Cluster.pod("lab", "client", "10.1.1.9") + Self.replica("w-0", "10.1.2.1", "leader")
            + Self.replica("w-1", "10.1.2.2", "follower")
        let rule = { (selector: String) in
            """
            ---
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: out, namespace: lab}
            spec:
              podSelector: {}
              policyTypes: [Egress]
              egress: [{to: [{podSelector: {\(selector)}}]}]

            """
        }
        let some = Cluster(pods + rule("matchLabels: {role: leader}"))
        let all = Cluster(pods + rule("matchExpressions: [{key: role, operator: Exists}]"))
        let client = { (change: ConnectionChange) in "\(change.from)" == "Pod lab/client" }
        let opened = Difference(some.list, all.list).changes.filter(client)
        #expect(opened.map(\.gained) == [.all] && opened.allSatisfy(\.lost.isEmpty))
        let closed = Difference(all.list, some.list).changes.filter(client)
        #expect(closed.map(\.lost) == [.all] && closed.allSatisfy(\.gained.isEmpty))
    }

    @Test("what pods of one workload may do among themselves is compared too, and shown by two of them")
    func within() throws {
        let two = Self.replica("w-0", "10.1.2.1", "leader") + Self.replica("w-1", "10.1.2.2", "leader")
        let shut = Cluster.policy("lab", "shut", app: nil, "ingress: []")
        let closed = Difference(Cluster(two).list, Cluster(two + shut).list).changes.filter(\.isWithin)
        #expect(closed.map(\.lost) == [.all])
        #expect(closed.map(\.title) == ["pods of StatefulSet lab/w among themselves"])
        #expect(closed.first?.lostWitness?.verdict.ingress.reason == .isolated)
        let opened = Difference(Cluster(two + shut).list, Cluster(two).list).changes.filter(\.isWithin)
        #expect(opened.map(\.gained) == [.all])
        let witness = try #require(opened.first?.gainedWitness)
        #expect(
            witness.verdict.isAllowed && witness.connection.source.endpoint != witness.connection.destination.endpoint)
        // One pod has nobody to talk to; a controller stands for several.
        let one = Self.replica("w-0", "10.1.2.1", "leader")
        #expect(Difference(Cluster(one).list, Cluster(one + shut).list).changes.filter(\.isWithin).isEmpty)
        let template = """
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: w, namespace: lab}
            spec: {selector: {matchLabels: {app: w}}, template: {metadata: {labels: {app: w}}, spec: {containers: [{name: c, image: i}]}}}

            """
        let many = Difference(Cluster(template).list, Cluster(template + shut).list).changes.filter(\.isWithin)
        #expect(many.map(\.lost) == [.all])
        #expect(many.first?.lostWitness?.verdict.ingress.reason == .isolated)
    }

    @Test("pods of one workload in several groups: what some may do, and what all may, is told apart")
    func withinPartly() {
        let pods =
            Self.replica("w-0", "10.1.2.1", "leader") + Self.replica("w-1", "10.1.2.2", "follower")
            + Self.replica("w-2", "10.1.2.3", "follower")
        let rule = """
            ---
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: in, namespace: lab}
            spec: {podSelector: {matchLabels: {role: leader}}, ingress: []}

            """
        let within = { (text: String) in Reachability(Cluster(text).list).connectionsWithin() }
        #expect(within(pods).map(\.isPartial) == [false])
        #expect(within(pods + rule).map(\.everywhere) == [.none])
        #expect(within(pods + rule).map(\.traffic) == [.all])
    }

    private static func replica(_ name: String, _ address: String, _ role: String) -> String {
        """
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          name: \(name)
          namespace: lab
          labels: {role: \(role)}
          ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: w, controller: true, uid: u}]
        spec: {containers: [{name: m, image: i}]}
        status: {phase: Running, podIPs: [{ip: \(address)}]}

        """
    }

    @Test("a state in which a promise is about nobody, on the way only, is not safe")
    func vacuousOnTheWay() throws {
        let rule = Cluster.guarantee(
            "work",
            "always: {from: [{workloads: {names: [notebook]}}], to: [{workloads: {podSelector: {matchLabels: {app: api}}}}], ports: [{port: 80}]}"
        )
        let api = { (name: String) in Cluster.pod("ai", name, "10.1.3.1").replacing("app: \(name)", with: "app: api") }
        let transition = Transition(
            from: Cluster(Cluster.assistants + rule + api("one")).objects,
            to: Cluster(Cluster.assistants + rule + api("two")).objects)
        // What comes is applied before what goes.
        #expect(transition.isSafe && transition.steps.map(\.change.action) == [.create, .delete])
        let gone = Transition(
            from: Cluster(Cluster.assistants + rule + api("one")).objects,
            to: Cluster(Cluster.assistants + rule).objects)
        #expect(gone.isSafe && gone.steps.last?.refuted.count == 1)
    }

    @Test("equal states do not differ, and a new workload is marked as one")
    func newWorkload() {
        let old = Cluster(Cluster.assistants)
        #expect(Difference(old.list, old.list).changes.isEmpty)
        let new = Cluster(Cluster.assistants + Cluster.pod("lab", "agent", "10.1.1.2"))
        let changes = Difference(old.list, new.list).changes
        #expect(!changes.isEmpty && changes.allSatisfy { $0.appeared.map(\.name) == ["agent"] })
    }

    @Test("an order that opens a door on the way is found, and another is proposed")
    func transition() throws {
        // The old policy closes by name; the new ones close the whole namespace and let the gateway in. In the order of
        // names the old policy would be widened before the new one is there.
        let rule = Cluster.guarantee(
            "models", "never: {from: [{workloads: {namespaces: [lab]}}], to: [{workloads: {names: [ollama]}}]}")
        let old = Cluster(
            Cluster.assistants + rule + Cluster.policy("ai", "a-rules", app: "ollama", "ingress: []"))
        let new = Cluster(
            Cluster.assistants + rule + Cluster.policy("ai", "a-rules", app: "qdrant", "ingress: []")
                + Cluster.policy("ai", "b-rules", app: "ollama", "ingress: []"))
        let transition = Transition(from: old.objects, to: new.objects)
        #expect(transition.before.isEmpty && !transition.isSafe)
        let names = try #require(transition.proposal).map(\.reference.name)
        #expect(names.firstIndex(of: "b-rules")! < names.firstIndex(of: "a-rules")!)
    }

    /// A denial of what comes from `lab` to one workload, by a policy of the cluster.
    private static func denial(_ name: String, of app: String) -> String {
        """
        ---
        apiVersion: policy.networking.k8s.io/v1alpha2
        kind: ClusterNetworkPolicy
        metadata: {name: \(name)}
        spec:
          tier: Admin
          priority: 1
          subject: {pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: \(app)}}}}
          ingress: [{action: Deny, from: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: lab}}}]}]

        """
    }

    /// Two denials that change places. In between one of the two workloads has both, and the other none: that must be one
    /// that a third policy denies as well.
    private func swap(denied: String, then: String) -> (old: Objects, new: Objects) {
        let promise = Cluster.guarantee(
            "models",
            "never: {from: [{workloads: {namespaces: [lab]}}], to: [{workloads: {names: [ollama, qdrant]}}]}")
        let old = Cluster(
            Cluster.assistants + promise + Self.denial("a", of: denied)
                + Self.denial("b", of: "ollama") + Self.denial("c", of: "qdrant"))
        let new = Cluster(
            Cluster.assistants + promise + Self.denial("a", of: then)
                + Self.denial("b", of: "qdrant") + Self.denial("c", of: "ollama"))
        return (old.objects, new.objects)
    }

    @Test("an order is found where the first change that breaks nothing leads nowhere")
    func dead() throws {
        // `a` may go first, and then neither `b` nor `c` may follow.
        let ends = swap(denied: "ollama", then: "gateway")
        let transition = Transition(from: ends.old, to: ends.new)
        #expect(transition.steps.map(\.change.reference.name) == ["a", "b", "c"] && !transition.isSafe)
        #expect(transition.steps[0].refuted.isEmpty)
        #expect(try #require(transition.proposal).map(\.reference.name) == ["b", "c", "a"])
    }

    @Test("it is said whether there is no order, or the search was given up")
    func noOrder() {
        let ends = swap(denied: "gateway", then: "notebook")
        #expect(Transition(from: ends.old, to: ends.new).search == .none)
        let possible = swap(denied: "ollama", then: "gateway")
        let short = Transition(from: possible.old, to: possible.new, mostStates: 3)
        #expect(short.search == .gaveUp(states: 3) && short.proposal == nil)
        #expect(Transition(from: possible.old, to: possible.old).search == .notNeeded)
    }

    @Test("sets of changes that lead nowhere are looked at once")
    func memo() {
        // Nine changes that matter to nothing, before a swap that no order can do: without memory every order of the nine
        // would be tried, with it every set.
        let ends = swap(denied: "gateway", then: "gateway")
        var (old, new) = (ends.old, ends.new)
        let extra = { (app: String) in
            Cluster((1...9).map { Cluster.policy("lab", "x\($0)", app: app, "ingress: []") }.joined()).objects
        }
        old.networkPolicies.merge(extra("one").networkPolicies) { $1 }
        new.networkPolicies.merge(extra("two").networkPolicies) { $1 }
        #expect(Transition(from: old, to: new, mostStates: 4_000).search == .none)
    }

    @Test("a door that is open at the end is no fault of the way")
    func refutedAtTheEnd() {
        let rule = Cluster.guarantee(
            "models", "never: {from: [{workloads: {namespaces: [lab]}}], to: [{workloads: {names: [ollama]}}]}")
        let old = Cluster(Cluster.assistants + rule + closed)
        let new = Cluster(Cluster.assistants + rule)
        let transition = Transition(from: old.objects, to: new.objects)
        #expect(transition.isSafe && transition.steps.last?.refuted.count == 1)
    }

    @Test("hop by hop: nearest first, with the way and what is worth protecting")
    func blastRadius() throws {
        let cluster = Cluster(
            Cluster.assistants + closed
                + Cluster.policy(
                    "lab", "out", app: "notebook",
                    "egress: [{to: [{namespaceSelector: {}, podSelector: {matchLabels: {app: gateway}}}]}]")
                + Cluster.policy(
                    "ai", "ollama-in", app: "ollama",
                    "ingress: [{from: [{podSelector: {matchLabels: {app: gateway}}}]}]"))
        let start = WorkloadName(kind: "Pod", namespace: "lab", name: "notebook")
        let radius = Reachability(cluster.list).blastRadius(
            from: [start], steps: 3, AssetTable(cluster.objects, cluster.list.inventory))
        #expect(
            radius.reached.map { "\($0.workload.name) \($0.steps) via \($0.via.name) \($0.assets.map(\.rawValue))" }
                == [
                    "gateway 1 via notebook []", "ollama 2 via gateway [\"model\"]", "qdrant 2 via gateway [\"data\"]",
                ])
        #expect(radius.waysOut.allSatisfy { $0.from.name != "notebook" } && !radius.waysOut.isEmpty)
        let near = Reachability(cluster.list).blastRadius(
            from: [start], steps: 1, AssetTable(cluster.objects, cluster.list.inventory))
        #expect(near.reached.map(\.workload.name) == ["gateway"])
        #expect(near.unknown.isEmpty)
    }

    @Test(
        "who is on the network of a node is reached at its address, and reaches the pods of that node, and where it may"
    )
    func blastRadiusOverNodes() throws {
        func pod(_ name: String, _ node: String, _ address: String, onHost: Bool = false) -> String {
            """
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: \(name), namespace: shop, labels: {app: \(name)}}
            spec: {hostNetwork: \(onHost), nodeName: \(node), containers: [{name: m, image: i}]}
            status: {phase: Running, podIPs: [{ip: \(address)}]}

            """
        }
        let pods =
            pod("web", "n1", "10.1.0.1") + pod("db", "n2", "10.1.0.2") + pod("api", "n3", "10.1.0.3")
            + pod("cache", "n3", "10.1.0.4") + pod("agent", "n2", "192.0.2.2", onHost: true)
            + Cluster.policy("shop", "shut", app: nil, "ingress: []")
            + Cluster.policy(
                "shop", "api", app: "api", "ingress: [{from: [{ipBlock: {cidr: 192.0.2.0/24}}], ports: [{port: 80}]}]")
        func reached(_ text: String, from: String) -> [String] {
            let cluster = Cluster(text)
            let start = WorkloadName(kind: "Pod", namespace: "shop", name: from)
            return Reachability(cluster.list).blastRadius(
                from: [start], steps: 9, AssetTable(cluster.objects, cluster.list.inventory)
            ).reached.map { "\($0.workload.name) \($0.steps) via \($0.via.name) \($0.traffic)" }
        }
        #expect(
            reached(pods, from: "web")
                == ["agent 1 via web all", "api 2 via agent TCP 80", "db 2 via agent all"])
        #expect(reached(pods, from: "agent") == ["api 1 via agent TCP 80", "db 1 via agent all"])
        let out = Cluster.policy("shop", "out", app: "web", "policyTypes: [Egress]")
        #expect(reached(pods + out, from: "web").isEmpty)
        let lost = """
            ---
            apiVersion: apps/v1
            kind: DaemonSet
            metadata: {name: lost, namespace: shop}
            spec: {selector: {matchLabels: {app: l}}, template: {metadata: {labels: {app: l}}, spec: {hostNetwork: true, containers: [{name: c, image: i}]}}}

            """
        let cluster = Cluster(pods + lost)
        let radius = Reachability(cluster.list).blastRadius(
            from: [WorkloadName(kind: "Pod", namespace: "shop", name: "cache")], steps: 1,
            AssetTable(cluster.objects, cluster.list.inventory))
        #expect(radius.unknown.map(\.name) == ["lost"])
        #expect(radius.reached.map(\.workload.name) == ["agent"])
    }
}

extension String {
    fileprivate func replacing(_ part: String, with other: String) -> String {
        split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
    }
}
