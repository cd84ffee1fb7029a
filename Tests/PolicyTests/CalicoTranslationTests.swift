import Addresses
import Kubernetes
import Testing

@testable import Policy

/// Objects of Calico as texts, and what they are translated into.
enum CalicoText {
    static func object(_ kind: String, _ name: String, _ spec: String, metadata: String = "") -> String {
        let isGlobal = kind.contains("Global") || kind == "Tier"
        let place = isGlobal ? "" : ", namespace: shop"
        let lines = spec.split(separator: "\n").map { "  \($0)\n" }.joined()
        return
            "---\napiVersion: projectcalico.org/v3\nkind: \(kind)\nmetadata: {name: \(name)\(place)\(metadata)}\nspec:\n"
            + (lines.isEmpty ? "  {}\n" : lines)
    }

    static func policies(_ texts: String...) -> [WorkloadPolicy] { WorkloadPolicy.calico(in: objects(texts.joined())) }

    /// The only policy, of a namespace.
    static func own(_ spec: String, _ others: String...) throws -> WorkloadPolicy {
        let found = WorkloadPolicy.calico(in: objects(object("NetworkPolicy", "p", spec) + others.joined()))
        try #require(found.count == 1)
        return found[0]
    }

    /// The only policy, a global one.
    static func global(_ spec: String, _ others: String...) throws -> WorkloadPolicy {
        let found = WorkloadPolicy.calico(in: objects(object("GlobalNetworkPolicy", "p", spec) + others.joined()))
        try #require(found.count == 1)
        return found[0]
    }
}

@Suite struct CalicoTranslationTests {
    private func app(_ name: String) -> LabelExpression { .label(.workload, "app", .isIn([name])) }

    @Test func subjects() throws {
        let own = try CalicoText.own("selector: app == 'db'\nserviceAccountSelector: team == 'blue'")
        #expect(own.source.description == "NetworkPolicy shop/p" && own.source.group == "projectcalico.org")
        #expect(own.subject.namespaces == .named("shop"))
        #expect(own.subject.labels == .and([app("db"), .label(.serviceAccount, "team", .isIn(["blue"]))]))
        let bare = try CalicoText.own("order: 1")
        #expect(bare.subject == WorkloadSelector(namespaces: .named("shop")))
        let global = try CalicoText.global("selector: app == 'db'\nnamespaceSelector: env == 'prod'")
        #expect(global.subject.namespaces == .matching(.label(.namespace, "env", .isIn(["prod"]))))
        #expect(global.subject.labels == app("db"))
        #expect(try CalicoText.global("namespaceSelector: all()").subject == .everything)
        #expect(try CalicoText.global("order: 1").subject == .everything)
    }

    @Test func orderAndDirections() throws {
        let none = try CalicoText.own("selector: all()")
        #expect(none.priority == .infinity && none.tier == .networkPolicy && !none.isStaged && none.replaces == nil)
        #expect(none.ingress == [] && none.egress == nil && none.remarks.isEmpty)
        let egress = try CalicoText.own("order: -1.5\ntypes: [Egress]\ningress: [{action: Allow}]")
        #expect(egress.priority == -1.5 && egress.ingress == nil && egress.egress == [])
    }

    @Test(arguments: [
        ("default", Tier.networkPolicy), ("kube-admin", .admin), ("adminnetworkpolicy", .admin),
        ("kube-baseline", .baseline), ("baselineadminnetworkpolicy", .baseline),
        ("first", Tier(name: "first", order: 10, isolates: true, breaksTiesByName: true)),
        ("last", Tier(name: "last", order: .infinity, isolates: false, breaksTiesByName: true)),
    ])
    func tiers(name: String, tier: Tier) throws {
        let tiers =
            CalicoText.object("Tier", "first", "order: 10") + CalicoText.object("Tier", "last", "defaultAction: Pass")
        let policy = try CalicoText.own("tier: \(name)\ningress: [{action: Allow}]", tiers)
        #expect(policy.tier == tier && policy.remarks.isEmpty && policy.ingress?.map(\.action) == [.accept])
    }

    /// Names are compared with a slash behind them, as Calico does; after them namespaces, then kinds.
    @Test func tiesAreBrokenByName() {
        let names = ["a0", "a", "a.b", "a-b"].map { CalicoText.object("GlobalNetworkPolicy", $0, "order: 1") }
        let own = CalicoText.object("NetworkPolicy", "a", "order: 1")
        let list = GuestList(
            inventory: Inventory(endpoints: [], namespaces: [:]),
            policies: WorkloadPolicy.all(in: objects(names.joined() + own)))
        #expect(
            list.policies.map(\.source.description).map { $0.split(separator: " ").last } == [
                "a-b", "a.b", "a", "shop/a", "a0",
            ])
    }

    /// A tier that is not there, or has mistakes, may be the first of all.
    @Test func unknownTiersDeny() throws {
        for others in ["", CalicoText.object("Tier", "gone", "order: soon")] {
            let policy = try CalicoText.own("tier: gone\ntypes: [Ingress]\ningress: [{action: Allow}]", others)
            #expect(policy.tier.order == -.infinity && policy.tier < .admin && policy.egress == nil)
            #expect(policy.ingress == [WorkloadRule(path: "spec.tier", action: .deny, peers: nil, traffic: nil)])
            #expect(policy.remarks.map(\.path) == ["spec.tier"])
        }
    }

    @Test func actions() throws {
        let policy = try CalicoText.own(
            "ingress: [{action: Allow}, {action: Deny}, {action: Pass}, {action: Log}]")
        #expect(policy.ingress?.map(\.action) == [.accept, .deny, .pass, .log])
        #expect(policy.ingress?.map(\.path) == (0..<4).map { "spec.ingress[\($0)]" })
        #expect(policy.ingress?.allSatisfy { $0.peers == nil && $0.own == nil && $0.traffic == nil } == true)
    }

    @Test func sides() throws {
        let rule = "{action: Allow, source: {nets: [10.0.0.0/8]}, destination: {selector: app == 'db'}}"
        let policy = try CalicoText.own("ingress: [\(rule)]\negress: [\(rule)]")
        let nets = [Peer(blocks: [try #require(Prefix("10.0.0.0/8"))])]
        let databases = [Peer(workloads: WorkloadSelector(namespaces: .named("shop"), labels: app("db")))]
        #expect(policy.ingress?.first?.peers == nets && policy.ingress?.first?.own == databases)
        #expect(policy.egress?.first?.peers == databases && policy.egress?.first?.own == nets)
    }

    private func traffic(_ fields: String) throws -> WorkloadRule {
        try #require(try CalicoText.own("ingress: [{action: Allow, \(fields)}]").ingress?.first)
    }

    @Test func traffic() throws {
        let ports = try traffic("protocol: TCP, destination: {ports: [80, '90:99', web], notPorts: [95]}")
        let range = try #require(PortRange(90, 99))
        #expect(
            ports.traffic == [
                TrafficTerm(proto: .tcp, port: .range(PortRange(80))), TrafficTerm(proto: .tcp, port: .range(range)),
                TrafficTerm(proto: .tcp, port: .named("web")),
            ])
        #expect(ports.exceptTraffic == [TrafficTerm(proto: .tcp, port: .range(PortRange(95)))])
        #expect(ports.own == nil && ports.peers == nil)
        #expect(try traffic("protocol: UDP").traffic == [TrafficTerm(proto: .udp)])
        let not = try traffic("notProtocol: TCP")
        #expect(not.traffic == nil && not.exceptTraffic == [TrafficTerm(proto: .tcp)])
        let ping = try traffic("protocol: ICMP, icmp: {type: 8}")
        #expect(ping.traffic == [TrafficTerm(proto: .icmp, port: .icmp(type: 8, code: nil))])
        let noPing = try traffic("protocol: ICMP, notICMP: {type: 8, code: 0}")
        #expect(noPing.traffic == [TrafficTerm(proto: .icmp)])
        #expect(noPing.exceptTraffic == [TrafficTerm(proto: .icmp, port: .icmp(type: 8, code: 0))])
    }

    @Test func families() throws {
        let four = [Peer(blocks: [try #require(Prefix("0.0.0.0/0"))])]
        let rule = try traffic("ipVersion: 4")
        #expect(rule.peers == four && rule.own == four)
        let six = try traffic("ipVersion: 6, source: {nets: [10.0.0.0/8, '2001:db8::/32']}")
        #expect(six.peers == [Peer(blocks: [try #require(Prefix("2001:db8::/32"))])])
        // Nothing is of both families.
        #expect(try traffic("ipVersion: 6, source: {nets: [10.0.0.0/8]}").peers == [])
    }

    @Test func namespacesOfPeers() throws {
        func peers(_ entity: String, global: Bool = false) throws -> [Peer]? {
            let spec = "ingress: [{action: Allow, source: {\(entity)}}]"
            return try (global ? CalicoText.global(spec) : CalicoText.own(spec)).ingress?.first?.peers
        }
        func workloads(_ scope: WorkloadSelector.NamespaceScope, _ labels: LabelExpression = .everything) -> [Peer] {
            [Peer(workloads: WorkloadSelector(namespaces: scope, labels: labels))]
        }
        let prod = WorkloadSelector.NamespaceScope.matching(.label(.namespace, "env", .isIn(["prod"])))
        #expect(try peers("selector: app == 'web'") == workloads(.named("shop"), app("web")))
        #expect(try peers("selector: all()") == workloads(.named("shop")))
        #expect(try peers("selector: app == 'web'", global: true) == workloads(.every, app("web")))
        #expect(try peers("namespaceSelector: env == 'prod'") == workloads(prod))
        #expect(try peers("namespaceSelector: all()") == workloads(.every))
        #expect(try peers("namespaceSelector: env == 'prod', selector: app == 'web'") == workloads(prod, app("web")))
        #expect(try peers("namespaceSelector: global(), selector: app == 'web'") == [])
        #expect(try peers("serviceAccounts: {}") == nil)
        let accounts = try peers("serviceAccounts: {names: [a, b], selector: team == 'blue'}")
        let selector = WorkloadSelector(
            namespaces: .named("shop"), labels: .label(.serviceAccount, "team", .isIn(["blue"])),
            serviceAccounts: ["a", "b"])
        #expect(accounts == [Peer(workloads: selector)])
    }

    /// `notSelector` excludes workloads of all namespaces, and in a policy of a namespace binds the rest to that.
    @Test func exclusions() throws {
        let spec = "ingress: [{action: Allow, source: {notSelector: app == 'bad', notNets: [10.0.0.0/8]}}]"
        let net = try #require(Prefix("10.0.0.0/8"))
        let bad = WorkloadSelector(namespaces: .every, labels: app("bad"))
        let global = try CalicoText.global(spec).ingress?.first?.peers
        #expect(global == [Peer(notWorkloads: bad, exceptBlocks: [net])])
        let own = try CalicoText.own(spec).ingress?.first?.peers
        #expect(
            own == [
                Peer(workloads: WorkloadSelector(namespaces: .named("shop")), notWorkloads: bad, exceptBlocks: [net])
            ])
        #expect(try traffic("source: {notNets: [10.0.0.0/8]}").peers == [Peer(exceptBlocks: [net])])
    }

    @Test func selectorAndNets() throws {
        let rule = try traffic("source: {selector: app == 'web', nets: [10.0.0.0/8]}")
        let web = WorkloadSelector(namespaces: .named("shop"), labels: app("web"))
        #expect(rule.peers == [Peer(workloads: web, blocks: [try #require(Prefix("10.0.0.0/8"))])])
    }
}

/// NetworkSets stand beside the workloads that a selector finds.
@Suite struct CalicoSetTests {
    static let sets =
        CalicoText.object("NetworkSet", "own", "nets: [192.0.2.0/24]", metadata: ", labels: {role: partner}")
        + CalicoText.object(
            "GlobalNetworkSet", "all", "nets: [10.0.0.0/8, '2001:db8::/32']", metadata: ", labels: {role: partner}")
        + CalicoText.object("NetworkSet", "other", "nets: [203.0.113.0/24]", metadata: ", labels: {role: other}")
        .replacing("namespace: shop", with: "namespace: far")
        + "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {env: prod}}\n"

    private func blocks(_ entity: String, global: Bool = false) throws -> [[String]] {
        let spec = "ingress: [{action: Allow, source: {\(entity)}}]"
        let policy = try global ? CalicoText.global(spec, Self.sets) : CalicoText.own(spec, Self.sets)
        #expect(policy.remarks.isEmpty)
        let peers = try #require(policy.ingress?.first?.peers)
        return peers.filter { $0.workloads == nil }.map { ($0.blocks ?? []).map(\.description) }
    }

    @Test func whichAreFound() throws {
        let (own, all, far) = (["192.0.2.0/24"], ["10.0.0.0/8", "2001:db8::/32"], ["203.0.113.0/24"])
        #expect(try blocks("selector: role == 'partner'") == [own])
        #expect(try blocks("selector: role == 'partner'", global: true) == [own + all])
        #expect(try blocks("selector: role == 'partner', namespaceSelector: global()") == [all])
        #expect(try blocks("selector: role == 'partner', namespaceSelector: all()") == [own])
        #expect(try blocks("namespaceSelector: env == 'prod'") == [own])
        #expect(try blocks("namespaceSelector: env != 'prod'", global: true) == [far + all])
        #expect(try blocks("namespaceSelector: projectcalico.org/name == 'far'") == [far])
        #expect(try blocks("namespaceSelector: projectcalico.org/name == 'far' || global()") == [far + all])
        #expect(try blocks("selector: projectcalico.org/namespace == 'far'", global: true) == [far])
        #expect(try blocks("selector: pcns.env == 'prod'", global: true) == [own])
        #expect(try blocks("selector: role != 'partner'") == [])
        #expect(try blocks("selector: role == 'partner', serviceAccounts: {names: [a]}") == [])
        #expect(try blocks("selector: role == 'partner', serviceAccounts: {selector: has(a)}") == [])
    }

    /// Both must hold: the parts of the set that are in the blocks.
    @Test func withNets() throws {
        #expect(
            try blocks("selector: role == 'partner', nets: [192.0.2.128/25, 10.0.0.0/7, 0.0.0.0/0]", global: true)
                == [["192.0.2.128/25", "192.0.2.0/24", "10.0.0.0/8", "10.0.0.0/8"]])
        #expect(try blocks("selector: role == 'partner', nets: [198.51.100.0/24]") == [])
        let family = try CalicoText.global(
            "ingress: [{action: Allow, ipVersion: 6, source: {selector: role == 'partner'}}]", Self.sets)
        let peers = try #require(family.ingress?.first?.peers)
        #expect(peers.map { $0.blocks?.map(\.description) } == [["::/0"], ["2001:db8::/32"]])
    }

    @Test func excluded() throws {
        let policy = try CalicoText.own(
            "ingress: [{action: Allow, source: {notSelector: role == 'partner'}}]", Self.sets)
        let peers = try #require(policy.ingress?.first?.peers)
        // The policy's namespace has workloads and a set.
        let excluded = ["192.0.2.0/24", "10.0.0.0/8", "2001:db8::/32"]
        #expect(peers.map { $0.exceptBlocks.map(\.description) } == [excluded, excluded])
    }

    /// A set with mistakes may be one that a Deny rule means, or that an Allow rule excludes.
    @Test(arguments: [
        ("action: Allow, source: {selector: all()}", false), ("action: Deny, source: {selector: all()}", true),
        ("action: Pass, source: {selector: all()}", true), ("action: Allow, source: {notSelector: all()}", true),
        ("action: Deny, source: {nets: [10.0.0.0/8]}", false), ("action: Deny", false),
    ])
    func brokenSets(rule: String, isClosed: Bool) throws {
        let broken = CalicoText.object("NetworkSet", "broken", "nets: [nowhere]")
        let closed = try CalicoText.own("ingress: [{\(rule)}]", broken)
        let open = try CalicoText.own("ingress: [{\(rule)}]")
        #expect(closed.remarks.isEmpty != isClosed)
        #expect(closed.ingress == (isClosed ? open.ingress?.map { $0.failingClosed() } : open.ingress))
        let far = try CalicoText.own(
            "ingress: [{\(rule)}]", broken.replacing("namespace: shop", with: "namespace: far"))
        #expect(far.remarks.isEmpty == !(isClosed && rule.contains("notSelector")))
    }

    @Test func domains() throws {
        let set = CalicoText.object(
            "GlobalNetworkSet", "web", "allowedEgressDomains: ['*.example.com']", metadata: ", labels: {a: b}")
        let policy = try CalicoText.global("egress: [{action: Allow, destination: {selector: a == 'b'}}]", set)
        #expect(policy.egress?.first?.peers?.last == Peer(names: [DomainPattern("*.example.com")]))
        let denied = try CalicoText.global("egress: [{action: Deny, destination: {selector: a == 'b'}}]", set)
        #expect(denied.remarks.map(\.path) == ["spec.egress[0].destination"] && denied.egress?.first?.peers == nil)
        let direct = try CalicoText.own("egress: [{action: Allow, destination: {domains: [Example.com.]}}]")
        #expect(direct.egress?.first?.peers == [Peer(names: [DomainPattern("example.com")])] && direct.remarks.isEmpty)
    }
}
