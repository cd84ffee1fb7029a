import Foundation
import Kubernetes
import ModelTraffic
import Routing
import Testing

@testable import Controller

@Suite("Statuses of objects")
struct StatusTests {
    private let text = StatusText(controller: Installation.controllerName, now: "2026-02-02T00:00:00Z")
    private let place = ObjectPlace(resource: StatusKinds.all[2], namespace: "ai", name: "models")

    private func parent(_ name: String, section: String? = nil, _ status: Condition.Status = .true) -> ParentStatus {
        ParentStatus(
            parent: ParentRef(
                group: Gateway.group, kind: Gateway.kind, namespace: nil, name: name, sectionName: section),
            controllerName: Installation.controllerName,
            conditions: [Condition(type: "Accepted", status: status, reason: "Accepted")])
    }

    private let live = """
        {"parents":[
        {"controllerName":"example.com/other","parentRef":{"name":"theirs"},"conditions":[{"type":"Accepted","x":1}]},
        {"controllerName":"sallyport.dev/gateway",
         "parentRef":{"group":"gateway.networking.k8s.io","kind":"Gateway","name":"a"},
         "conditions":[{"type":"Accepted","status":"True","reason":"Accepted","message":"","observedGeneration":1,
         "lastTransitionTime":"2026-01-01T00:00:00Z"}]}]}
        """

    private func parents(_ parents: [ParentStatus], _ live: String?) throws -> [Value] {
        let status = text.status(StatusDraft(place: place, content: .parents(parents)), live: try live.map(value))
        return try #require(value(status)["parents"]?.elements)
    }

    @Test("Entries of other controllers stay as they are, and ours take the place of ours")
    func others() throws {
        let written = try parents([parent("b")], live)
        #expect(written.map { $0.at("parentRef", "name")?.text } == ["theirs", "b"])
        #expect(written[0]["conditions"]?.elements?.first?["x"]?.integer == 1)
        #expect(try parents([], live).map { $0.at("parentRef", "name")?.text } == ["theirs"])
    }

    @Test("The time of a condition stays while its status does, and is now when that changes")
    func times() throws {
        func time(_ parents: [Value]) -> String? {
            parents.last?["conditions"]?.elements?.first?["lastTransitionTime"]?.text
        }
        #expect(time(try parents([parent("a")], live)) == "2026-01-01T00:00:00Z")
        #expect(time(try parents([parent("a", .false)], live)) == "2026-02-02T00:00:00Z")
        #expect(time(try parents([parent("a", section: "x")], live)) == "2026-02-02T00:00:00Z")
        #expect(time(try parents([parent("a")], nil)) == "2026-02-02T00:00:00Z")
    }

    @Test("A list that others have filled is left to them")
    func full() throws {
        let entry = #"{"controllerName":"example.com/other","parentRef":{"name":"x"},"conditions":[]}"#
        let full = #"{"parents":[\#(Array(repeating: entry, count: 32).joined(separator: ","))]}"#
        #expect(try parents([parent("a")], full).count == 32)
    }

    // MARK: What is said

    private func drafts(_ text: String, _ standings: [NamespacedName: GatewayStanding]) -> [StatusDraft] {
        let snapshot = objects(text)
        return StatusComposer(
            judge: .routing, snapshot: snapshot, proofs: GuaranteeProofs(snapshot.objects), standings: standings,
            runsGateways: true, now: 0
        ).drafts()
    }

    private func conditions(_ kind: String, in drafts: [StatusDraft]) -> [String: Condition] {
        let content = drafts.first { $0.place.resource.kind == kind }?.content
        let conditions: [Condition] =
            switch content {
            case .conditions(let all)?, .gateway(let all, _, _, _)?, .listenerSet(let all, _)?: all
            case .parents(let parents)?, .ancestors(let parents)?: parents.first?.conditions ?? []
            case nil: []
            }
        return Dictionary(conditions.map { ($0.type, $0) }, uniquingKeysWith: { first, _ in first })
    }

    @Test("What is to be said says which object of all that had the name it is meant for, also where it has mistakes")
    func meant() {
        let text = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: GatewayClass
            metadata: {name: sallyport, uid: one}
            spec: {controllerName: \(Installation.controllerName)}
            ---
            apiVersion: sallyport.dev/v1alpha1
            kind: AccessPolicy
            metadata: {name: wrong, namespace: ai, uid: two}
            spec: {slip: 1}
            ---
            apiVersion: policy.networking.k8s.io/v1alpha2
            kind: ClusterNetworkPolicy
            metadata: {name: wrong, uid: three}
            spec: {slip: 1}
            """
        let uids = drafts(text, [:]).map { "\($0.place.resource.kind) \($0.uid ?? "-")" }
        #expect(uids == ["AccessPolicy two", "ClusterNetworkPolicy three", "GatewayClass one"])
    }

    @Test("A Gateway is programmed as its pods and its Service are, and says where it is")
    func programmed() throws {
        let name = NamespacedName("ai", "front-door")
        var drafts = drafts(frontDoor, [:])
        #expect(conditions("GatewayClass", in: drafts)["Accepted"]?.status == .true)
        #expect(conditions("Gateway", in: drafts)["Accepted"]?.status == .true)
        #expect(conditions("Gateway", in: drafts)["Programmed"]?.reason == "NoResources")
        #expect(conditions("Gateway", in: drafts)["Programmed"]?.observedGeneration == 3)
        var standing = GatewayStanding()
        standing.ready = 1
        standing.addresses = [.hostname("lb.example.com")]
        drafts = self.drafts(frontDoor, [name: standing])
        #expect(conditions("Gateway", in: drafts)["Programmed"]?.status == .true)
        guard
            case .gateway(_, let listeners, let addresses, _)? = drafts.first(where: { $0.place.name == "front-door" })?
                .content
        else {
            Issue.record("no Gateway")
            return
        }
        #expect(addresses == [.hostname("lb.example.com")])
        #expect(listeners.map(\.attachedRoutes) == [1, 1])
        #expect(conditions("HTTPRoute", in: drafts)["ResolvedRefs"]?.reason == "BackendNotFound")
    }

    @Test("Gateways and routes of other controllers are told nothing")
    func foreign() {
        let others = frontDoor.replacingOccurrences(of: "sallyport.dev/gateway", with: "example.com/gateway")
        let drafts = drafts(others + more, [:])
        let kinds: Set = ["Gateway", "GatewayClass", "ListenerSet"]
        #expect(objects(others + more).objects.listenerSets.count == 1)
        #expect(!drafts.contains { kinds.contains($0.place.resource.kind) })
        for draft in drafts {
            guard case .parents(let parents) = draft.content else { continue }
            #expect(parents.isEmpty)
        }
    }

    private let more = """

        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: ListenerSet
        metadata: {name: more, namespace: ai, generation: 5}
        spec:
          parentRef: {name: front-door}
          listeners: [{name: extra, port: 8081, protocol: HTTP}]

        """

    private var open: String {
        frontDoor.replacingOccurrences(
            of: "gatewayClassName: sallyport",
            with: "gatewayClassName: sallyport\n  allowedListeners: {namespaces: {from: Same}}")
    }

    @Test("A ListenerSet stands as its Gateway does, and the Gateway counts it")
    func listenerSets() throws {
        let name = NamespacedName("ai", "front-door")
        func set(_ drafts: [StatusDraft]) -> (conditions: [Condition], listeners: [ListenerStatus])? {
            for draft in drafts {
                if case .listenerSet(let conditions, let listeners) = draft.content { return (conditions, listeners) }
            }
            return nil
        }
        func reason(_ conditions: [Condition]?, _ type: String) -> String? {
            conditions?.first { $0.type == type }?.reason
        }
        let waiting = set(drafts(open + more, [:]))
        #expect(reason(waiting?.conditions, "Accepted") == "Accepted")
        #expect(reason(waiting?.conditions, "Programmed") == "ParentNotProgrammed")
        #expect(reason(waiting?.listeners.first?.conditions, "Programmed") == "Pending")
        #expect(waiting?.conditions.allSatisfy { $0.observedGeneration == 5 } == true)
        var standing = GatewayStanding()
        standing.ready = 1
        standing.addresses = [.hostname("lb.example.com")]
        let served = drafts(open + more, [name: standing])
        #expect(reason(set(served)?.conditions, "Programmed") == "Programmed")
        #expect(set(served)?.listeners.map(\.name) == ["extra"])
        guard case .gateway(_, let listeners, _, let count)? = served.first(where: { $0.place.key == name })?.content
        else {
            Issue.record("no Gateway")
            return
        }
        #expect(count == 1 && !listeners.map(\.name).contains("extra"))
        #expect(reason(set(drafts(frontDoor + more, [name: standing]))?.conditions, "Accepted") == "NotAllowed")
    }

    @Test("The number of ListenerSets is written where the definition has it")
    func attachedListenerSets() throws {
        func written(_ count: Int, _ live: String?) throws -> Int? {
            let draft = StatusDraft(place: place, content: .gateway([], [], [], attachedSets: count))
            return try value(text.status(draft, live: try live.map(value)))["attachedListenerSets"]?.integer
        }
        #expect(try written(2, nil) == 2)
        #expect(try written(0, nil) == nil)
        #expect(try written(0, #"{"attachedListenerSets": 3}"#) == 0)
    }

    @Test("A Guarantee says whether it holds, and what shows that it does not")
    func guarantee() {
        let holds = conditions("Guarantee", in: drafts(protected + isolation, [:]))["Proved"]
        #expect(holds?.status == .true && holds?.reason == "Proved")
        let broken = conditions("Guarantee", in: drafts(protected, [:]))["Proved"]
        #expect(broken?.status == .false && broken?.reason == "Refuted")
        #expect(broken?.message.contains("ai/notebook -> ai/ollama") == true)
    }

    @Test("An object with mistakes is told so")
    func invalid() {
        let text = """
            apiVersion: policy.networking.k8s.io/v1alpha2
            kind: ClusterNetworkPolicy
            metadata: {name: wrong}
            spec: {tier: Admin, priority: 5, subject: {}}
            """
        let accepted = conditions("ClusterNetworkPolicy", in: drafts(text, [:]))["Accepted"]
        #expect(accepted?.status == .false && accepted?.reason == "Invalid")
    }

    @Test(
        "The forerunners of ClusterNetworkPolicy are told the same",
        arguments: [
            ("AdminNetworkPolicy", "strict", "priority: 5, "), ("BaselineAdminNetworkPolicy", "default", ""),
        ])
    func forerunners(kind: String, name: String, priority: String) {
        func accepted(_ rules: String, _ annotations: String = "") -> Condition? {
            let text = """
                apiVersion: policy.networking.k8s.io/v1alpha1
                kind: \(kind)
                metadata: {name: \(name), generation: 4, annotations: {\(annotations)}}
                spec: {\(priority)subject: {namespaces: {}}, ingress: [\(rules)]}
                """
            let drafts = drafts(text, [:])
            #expect(drafts.allSatisfy { !$0.place.resource.isNamespaced })
            return conditions(kind, in: drafts)["Accepted"]
        }
        let good = accepted("{name: a, action: Deny, from: [{namespaces: {}}]}")
        #expect(good?.status == .true && good?.message == "" && good?.observedGeneration == 4)
        let staged = accepted("{name: a, action: Deny, from: [{namespaces: {}}]}", "sallyport.dev/enforcement: staged")
        #expect(staged?.message.hasPrefix("staged") == true)
        let partly = accepted("{name: a, action: Deny, from: [{somebody: {}}]}")
        #expect(partly?.status == .false && partly?.reason == "PartiallyInvalid")
        #expect(accepted("{name: a, action: Perhaps, from: [{namespaces: {}}]}")?.reason == "Invalid")
    }
}

/// A model, somebody who could reach it, and a promise that nobody does.
let protected = """
    apiVersion: v1
    kind: Namespace
    metadata: {name: ai}
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: ollama, namespace: ai, labels: {app: ollama}}
    spec: {nodeName: n1, containers: [{name: c, image: x}]}
    status: {phase: Running, podIPs: [{ip: 10.0.0.1}]}
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: notebook, namespace: ai, labels: {app: notebook}}
    spec: {nodeName: n1, containers: [{name: c, image: x}]}
    status: {phase: Running, podIPs: [{ip: 10.0.0.2}]}
    ---
    apiVersion: sallyport.dev/v1alpha1
    kind: Guarantee
    metadata: {name: models}
    spec:
      rules:
      - name: closed
        never:
          from: [{workloads: {podSelector: {matchLabels: {app: notebook}}}}]
          to: [{workloads: {podSelector: {matchLabels: {app: ollama}}}}]

    """

let isolation = """
    ---
    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata: {name: closed, namespace: ai}
    spec: {podSelector: {matchLabels: {app: ollama}}, policyTypes: [Ingress]}

    """
