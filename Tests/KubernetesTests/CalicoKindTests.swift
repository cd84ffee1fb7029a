import Addresses
import Testing

@testable import Kubernetes

@Suite struct CalicoKindTests {
    static func object(_ kind: String, _ spec: String, version: String = "projectcalico.org/v3") -> String {
        let place = kind.contains("Global") || kind == "Tier" ? "" : ", namespace: shop"
        return "apiVersion: \(version)\nkind: \(kind)\nmetadata: {name: p\(place)}\nspec:\n" + indented(spec)
    }

    private static let key = NamespacedName("shop", "p")

    private func policy(_ spec: String, version: String = "projectcalico.org/v3") -> CalicoPolicySpec? {
        snapshot(Self.object("NetworkPolicy", spec, version: version)).objects.calicoNetworkPolicies[Self.key]?.spec
    }

    private func ingressRule(_ fields: String) -> CalicoRule? {
        policy("ingress:\n- {action: Allow, \(fields)}")?.ingress?.first
    }

    @Test func whole() throws {
        let spec = try #require(
            policy(
                """
                tier: security
                order: 12.5
                selector: app == 'db'
                serviceAccountSelector: has(trusted)
                performanceHints: [AssumeNeededOnEveryNode]
                types: [Ingress, Egress]
                ingress:
                - action: Log
                  metadata: {annotations: {why: because}}
                - action: Allow
                  ipVersion: 4
                  protocol: TCP
                  notProtocol: 17
                  source:
                    nets: [10.0.0.9/8, 192.0.2.7, "2001:db8::1/32"]
                    notNets: [10.1.0.0/16]
                    selector: app == 'web'
                    notSelector: has(untrusted)
                    namespaceSelector: global() || env == 'prod'
                    serviceAccounts: {names: [web, api], selector: has(team)}
                  destination:
                    ports: [80, "443", "8000:8080", metrics, 0]
                    notPorts: ["8001"]
                """))
        #expect(spec.tier == "security" && spec.order == 12.5)
        #expect(spec.subject.selector == .label("app", .isIn(["db"])))
        #expect(spec.subject.serviceAccountSelector == .label("trusted", .exists))
        #expect(spec.egress == [] && spec.ingress?.map(\.action) == [.log, .allow])
        let rule = try #require(spec.ingress?.last)
        #expect(rule.path == "spec.ingress[1]" && rule.ipVersion == .four && rule.unknown == [])
        #expect(rule.proto == .tcp && rule.notProto == .udp && !rule.asksForHTTP)
        #expect(rule.source.nets.map(\.description) == ["10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32"])
        #expect(rule.source.notNets.map(\.description) == ["10.1.0.0/16"])
        #expect(rule.source.namespaceSelector == .or([.global, .label("env", .isIn(["prod"]))]))
        #expect(rule.source.serviceAccountNames == ["web", "api"])
        #expect(rule.source.serviceAccountSelector == .label("team", .exists))
        #expect(rule.source.notSelector == .label("untrusted", .exists))
        let range = try #require(PortRange(8000, 8080))
        #expect(
            rule.destination.ports
                == [
                    .range(PortRange(80)), .range(PortRange(443)), .range(range), .named("metrics"),
                    .range(PortRange(0)),
                ])
        #expect(rule.destination.notPorts == [.range(PortRange(8001))])
    }

    @Test func defaults() throws {
        let spec = try #require(policy("selector: ''"))
        #expect(spec.tier == "default" && spec.order == nil && spec.subject == CalicoSubject())
        #expect(policy("tier: ''\norder: 1e3")?.order == 1_000)
        #expect(policy("order: -5")?.order == -5)
        let rule = try #require(ingressRule("source: {}"))
        #expect(rule.source == .everything && rule.destination == .everything && rule.proto == nil)
    }

    /// Types by the rules that are there, except in objects as they are stored.
    @Test func types() {
        let both = "ingress: [{action: Allow}]\negress: [{action: Allow}]"
        #expect(policy("order: 1")?.ingress == [] && policy("order: 1")?.egress == nil)
        #expect(policy("ingress: []\negress: []")?.egress == nil)
        #expect(policy("egress: [{action: Allow}]")?.ingress == nil)
        #expect(policy(both)?.ingress?.count == 1 && policy(both)?.egress?.count == 1)
        #expect(policy("types: [Egress]\n" + both)?.ingress == nil)
        #expect(policy("types: [Ingress, Egress]")?.egress == [])
        let stored = policy("egress: [{action: Allow}]", version: "crd.projectcalico.org/v1")
        #expect(stored?.ingress == [] && stored?.egress?.count == 1)
    }

    @Test func protocolsAndMessages() {
        #expect(
            ingressRule("protocol: icmpv6, icmp: {type: 128, code: 0}")?.icmp == CalicoRule.ICMP(type: 128, code: 0))
        #expect(ingressRule("protocol: ICMP, icmp: {}")?.icmp == CalicoRule.ICMP(type: nil, code: nil))
        #expect(ingressRule("protocol: '132'")?.proto == .sctp)
        #expect(ingressRule("protocol: UDPLite")?.proto == .udplite)
        #expect(ingressRule("http: {methods: [GET]}")?.asksForHTTP == true)
        #expect(ingressRule("destination: {services: {name: s}}")?.destination.service == NamespacedName("", "s"))
        #expect(ingressRule("destination: {domains: ['*.example.com']}")?.destination.domains == ["*.example.com"])
    }

    @Test func globalAndStaged() throws {
        let text = Self.object(
            "GlobalNetworkPolicy", "namespaceSelector: has(env)\ndoNotTrack: true\napplyOnForward: true")
        let global = try #require(snapshot(text).objects.calicoGlobalNetworkPolicies[NamespacedName("", "p")])
        #expect(global.spec.subject.namespaceSelector == .label("env", .exists) && global.spec.isUntracked)
        #expect(!global.isStaged && !global.spec.isBeforeDNAT)
        let staged = snapshot(Self.object("StagedNetworkPolicy", "stagedAction: Delete")).objects
        #expect(staged.calicoStagedNetworkPolicies[Self.key]?.stagedAction == .delete)
        let stagedGlobal = snapshot(Self.object("StagedGlobalNetworkPolicy", "order: 1")).objects
        #expect(stagedGlobal.calicoStagedGlobalNetworkPolicies[NamespacedName("", "p")]?.stagedAction == .set)
        let kubernetes = snapshot(
            Self.object("StagedKubernetesNetworkPolicy", "stagedAction: Set\npodSelector: {}\ningress: [{}]"))
        let policy = kubernetes.objects.calicoStagedKubernetesNetworkPolicies[Self.key]
        #expect(policy?.policy.ingress.count == 1 && policy?.policy.isStaged == true, "\(kubernetes.mistakes)")
    }

    @Test func tiersAndSets() {
        func tier(_ spec: String) -> CalicoTier? {
            snapshot(Self.object("Tier", spec)).objects.calicoTiers[NamespacedName("", "p")]
        }
        #expect(tier("order: 100")?.order == 100 && tier("order: 100")?.passesByDefault == false)
        #expect(tier("defaultAction: Pass")?.passesByDefault == true && tier("defaultAction: Pass")?.order == nil)
        let set = snapshot(Self.object("NetworkSet", "nets: [192.0.2.0/24]\nallowedEgressDomains: [example.com]"))
            .objects
        #expect(set.calicoNetworkSets[Self.key]?.nets.map(\.description) == ["192.0.2.0/24"])
        #expect(set.calicoNetworkSets[Self.key]?.domains == ["example.com"])
        let global = snapshot(Self.object("GlobalNetworkSet", "nets: ['::1']")).objects
        #expect(global.calicoGlobalNetworkSets[NamespacedName("", "p")]?.nets.map(\.description) == ["::1/128"])
    }

    @Test(arguments: [
        ("selector: app = 'x'", "5 spec.selector: must be a selector of Calico: at character 5 expected ==, !=, in"),
        ("selector: global()", "5 spec.selector: must not have global() in it"),
        ("selector: 5", "5 spec.selector: must be a string"),
        ("serviceAccountSelector: has(", "5 spec.serviceAccountSelector: must be a selector of Calico: at character 5"),
        ("namespaceSelector: all()", "5 spec.namespaceSelector: no such field"),
        ("doNotTrack: true", "5 spec.doNotTrack: no such field"),
        ("selectr: all()", "5 spec.selectr: no such field; did you mean selector"),
        ("stagedAction: Set", "5 spec.stagedAction: no such field"),
        ("order: high", "5 spec.order: must be a number, is \"high\""),
        ("order: .inf", "5 spec.order: must be a number"),
        ("types: [Ingres]", "5 spec.types[0]: must be one of Ingress, Egress"),
        ("types: [Ingress, Ingress]", "5 spec.types: has \"Ingress\" twice"),
        ("ingress: [{}]", "5 spec.ingress[0].action: must be there"),
        ("ingress: [{action: allow}]", "5 spec.ingress[0].action: must be one of Allow, Deny, Pass, Log"),
        ("ingress: [{action: Allow, ipVersion: 5}]", "5 spec.ingress[0].ipVersion: must be 4 or 6"),
        ("ingress: [{action: Allow, protocol: 0}]", "5 spec.ingress[0].protocol: must be TCP, UDP"),
        ("ingress: [{action: Allow, protocol: TPC}]", "5 spec.ingress[0].protocol: must be TCP, UDP"),
        (
            "ingress: [{action: Allow, destination: {ports: [80]}}]",
            "5 spec.ingress[0].protocol: must be TCP, UDP or SCTP"
        ),
        (
            "ingress: [{action: Allow, protocol: UDPLite, destination: {ports: [80]}}]",
            "5 spec.ingress[0].protocol: must be TCP, UDP or SCTP"
        ),
        (
            "ingress: [{action: Allow, protocol: TCP, destination: {ports: ['9:8']}}]",
            "5 spec.ingress[0].destination.ports[0]: must be a port between 0 and 65535, a range"
        ),
        (
            "ingress: [{action: Allow, protocol: TCP, destination: {ports: [65536]}}]",
            "destination.ports[0]: must be a port"
        ),
        (
            "ingress: [{action: Allow, protocol: TCP, destination: {ports: ['1:2:3']}}]",
            "destination.ports[0]: must be a port"
        ),
        (
            "ingress: [{action: Allow, protocol: TCP, destination: {ports: [':5']}}]",
            "destination.ports[0]: must be a port"
        ),
        (
            "ingress: [{action: Allow, protocol: TCP, destination: {ports: ['']}}]",
            "destination.ports[0]: must be a port"
        ),
        (
            "ingress: [{action: Allow, protocol: TCP, destination: {ports: ['a b']}}]",
            "destination.ports[0]: must be a port"
        ),
        (
            "ingress: [{action: Allow, icmp: {type: 8}}]",
            "spec.ingress[0].icmp: must not be there unless protocol is ICMP"
        ),
        ("ingress: [{action: Allow, protocol: ICMP, icmp: {code: 8}}]", "icmp.code: must not be there without type"),
        (
            "ingress: [{action: Allow, protocol: ICMP, icmp: {type: 255}}]",
            "icmp.type: must be a whole number between 0 and 254"
        ),
        ("ingress: [{action: Allow, source: {nets: [10.0.0.0/33]}}]", "source.nets[0]: must end in a prefix length"),
        ("ingress: [{action: Allow, source: {nets: [example.com]}}]", "source.nets[0]: must be an address or a block"),
        ("ingress: [{action: Allow, source: {nets: [8]}}]", "source.nets[0]: must be an address or a block"),
        ("ingress: [{action: Allow, source: {selector: global()}}]", "source.selector: must not have global() in it"),
        (
            "ingress: [{action: Allow, source: {services: {name: s}, nets: ['::/0']}}]",
            "source: must not have services beside"
        ),
        ("ingress: [{action: Allow, source: {services: {}}}]", "source.services.name: must be there"),
    ])
    func mistakes(spec: String, expected: String) {
        let found = KubernetesTests.mistakes(Self.object("NetworkPolicy", spec))
        #expect(found.contains { $0.contains(expected) }, "\(found)")
        let invalid = snapshot(Self.object("NetworkPolicy", spec)).objects.invalid
        #expect(invalid.map(\.reference.description) == ["NetworkPolicy shop/p"])
    }

    @Test(arguments: [
        ("doNotTrack: true\npreDNAT: true\napplyOnForward: true", "spec.preDNAT: must not be true beside doNotTrack"),
        (
            "preDNAT: true\napplyOnForward: true\ntypes: [Egress]",
            "spec.preDNAT: must not be true for a policy of type Egress"
        ),
        ("preDNAT: true", "must be true with doNotTrack or preDNAT"),
        ("namespaceSelector: global()", "spec.namespaceSelector: must not have global() in it"),
    ])
    func globalMistakes(spec: String, expected: String) {
        let found = KubernetesTests.mistakes(Self.object("GlobalNetworkPolicy", spec))
        #expect(found.count == 1 && found[0].contains(expected), "\(found)")
    }

    /// A field in a rule that is not known is no mistake: the rule remembers it.
    @Test func unknownFieldsOfRules() throws {
        let text = Self.object(
            "NetworkPolicy",
            "ingress:\n- {action: Deny, foo: 1, source: {bar: 2, serviceAccounts: {baz: 3}}}\n- {action: Allow}")
        let state = snapshot(text)
        let rules = try #require(state.objects.calicoNetworkPolicies[Self.key]?.spec.ingress)
        let place = "spec.ingress[0]"
        #expect(
            Set(rules[0].unknown) == ["\(place).foo", "\(place).source.bar", "\(place).source.serviceAccounts.baz"])
        #expect(rules[1].unknown == [] && state.mistakes.isEmpty && state.notes.count == 3)
    }

    @Test func annotation() {
        func text(_ value: String) -> String {
            "apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata:\n  name: p\n  namespace: shop\n"
                + "  labels: {a: b}\n  annotations: {sallyport.dev/enforcement: \(value)}\nspec: {}\n"
        }
        #expect(snapshot(text("staged")).objects.calicoNetworkPolicies[Self.key]?.isStaged == true)
        #expect(snapshot(text("enforced")).objects.calicoNetworkPolicies[Self.key]?.isStaged == false)
        let staged = text("of").replacing("kind: NetworkPolicy", with: "kind: StagedNetworkPolicy")
        #expect(KubernetesTests.mistakes(staged).count == 1)
        let found = KubernetesTests.mistakes(text("off"))
        #expect(found.count == 1 && found[0].contains("must be staged or enforced, is \"off\""), "\(found)")
    }
}
