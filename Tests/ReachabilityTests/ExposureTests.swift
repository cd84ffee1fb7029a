import Addresses
import Kubernetes
import Policy
import Testing

@testable import Reachability

@Suite struct ExposureTests {
    private let pods =
        World.namespace("shop") + World.namespace("front", labels: "team: red") + World.namespace("empty")
        + World.pod("db", labels: "app: db", address: "10.0.0.1")
        + World.pod("web", "front", labels: "app: web", address: "10.0.0.2")

    private func exposure(_ text: String, of name: String = "db") -> (Exposure, WorkloadExposure) {
        let world = World(pods + text)
        let exposure = Exposure(world.list, world.objects)
        return (exposure, exposure.workloads.first { $0.workload.name == name }!)
    }

    private let rule = { (path: String) in
        ExposureReason.rule(
            policy: ObjectReference(group: "networking.k8s.io", kind: "NetworkPolicy", namespace: "shop", name: "p"),
            path: path)
    }

    @Test("without policies everything is open to everyone, because no policy is about it")
    func open() {
        let (_, db) = exposure("")
        for direction in [db.ingress, db.egress] {
            #expect(!direction.isSelected)
            #expect(direction.outside.map(\.isAnywhere) == [true])
            #expect(direction.outside.map(\.traffic) == [.all])
            #expect(direction.outside.map(\.reason) == [.unselected])
            #expect(direction.namespaces.map(\.scope) == [.every(except: [])])
        }
    }

    @Test("what no rule allows is not there")
    func closed() {
        let (_, db) = exposure(World.policy("p", "{podSelector: {}, policyTypes: [Ingress, Egress]}"))
        #expect(db.ingress.isEmpty && db.egress.isEmpty && db.ingress.isSelected)
    }

    @Test("blocks are shown as ranges, with the rule that lets them in")
    func blocks() {
        let (_, db) = exposure(
            World.policy(
                "p",
                """
                {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 192.0.2.0/24, except: [192.0.2.128/25]}}],
                 ports: [{port: 5432}]}]}
                """))
        #expect(db.ingress.outside.count == 1)
        let open = db.ingress.outside[0]
        #expect(open.addresses == IntervalSet(prefixes: [Prefix("192.0.2.0/25")!]) && !open.isAnywhere)
        #expect(open.traffic == TrafficSet(.tcp, PortRange(5432)) && open.reason == rule("spec.ingress[0]"))
        #expect(db.ingress.namespaces.isEmpty)
        #expect(!db.egress.isSelected)
    }

    @Test("a namespace that is let in counts with pods that it does not have yet")
    func namespaces() {
        let (_, db) = exposure(
            World.policy(
                "p",
                """
                {podSelector: {}, ingress: [
                 {from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: empty}}}], ports: [{port: 1}]},
                 {from: [{namespaceSelector: {matchLabels: {team: red}}, podSelector: {matchLabels: {app: web}}}]}]}
                """))
        #expect(db.ingress.outside.isEmpty)
        #expect(db.ingress.namespaces.map(\.scope) == [.named(["empty"]), .named(["front"])])
        #expect(db.ingress.namespaces.map(\.isWhole) == [true, false])
        #expect(db.ingress.namespaces.map(\.reason) == [rule("spec.ingress[0]"), rule("spec.ingress[1]")])
    }

    @Test("every namespace is said once, and those that are let in to more besides")
    func everyNamespace() {
        let (_, db) = exposure(
            World.policy(
                "p",
                """
                {podSelector: {}, ingress: [{from: [{namespaceSelector: {}}], ports: [{port: 1}]},
                 {from: [{namespaceSelector: {matchLabels: {team: red}}}], ports: [{port: 2}]}]}
                """))
        #expect(db.ingress.namespaces.map(\.scope) == [.every(except: []), .named(["front"])])
        #expect(db.ingress.namespaces.map(\.traffic.description) == ["TCP 1", "TCP 1-2"])
    }

    @Test("a pod that a rule asks for and that is not there is told")
    func hypothetical() {
        let (_, db) = exposure(
            World.policy(
                "p",
                """
                {podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: blue}},
                 podSelector: {matchExpressions: [{key: app, operator: In, values: [x, y]}]}}]}]}
                """))
        #expect(db.ingress.namespaces.isEmpty && db.ingress.outside.isEmpty)
        #expect(db.ingress.hypothetical.map(\.pod.labels) == [["app": "x"]])
        #expect(db.ingress.hypothetical.map(\.pod.namespaceLabels) == [["team": "blue"]])
        #expect(db.ingress.hypothetical.map(\.reason) == [rule("spec.ingress[0]")])
    }

    @Test("what the other side does not let out is not open")
    func bothSides() {
        let (_, db) = exposure(World.policy("q", "front", "{podSelector: {}, policyTypes: [Egress]}"))
        #expect(db.ingress.namespaces.map(\.scope) == [.every(except: ["front"])])
    }
}
