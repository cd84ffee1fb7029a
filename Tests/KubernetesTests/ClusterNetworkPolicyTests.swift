import Addresses
import Testing

@testable import Kubernetes

@Suite struct ClusterNetworkPolicyTests {
    static func policy(_ spec: String, head: String = "tier: Admin, priority: 5, subject: {namespaces: {}}") -> String {
        "apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: p}\n"
            + "spec: {\(head)\(spec.isEmpty ? "" : ", " + spec)}\n"
    }

    private func read(_ text: String) -> ClusterNetworkPolicy? {
        snapshot(text).objects.clusterNetworkPolicies[NamespacedName("", "p")]
    }

    private func egress(_ rule: String) -> AdminRule? {
        read(Self.policy("egress: [{action: Accept, to: [{namespaces: {}}], \(rule)}]"))?.egress.first
    }

    private func peer(_ text: String, _ direction: String = "egress") -> AdminRule.Peer? {
        let side = direction == "egress" ? "to" : "from"
        let policy = read(Self.policy("\(direction): [{action: Accept, \(side): [\(text)]}]"))
        return (policy?.egress.first ?? policy?.ingress.first)?.peers.first
    }

    private let web = LabelSelector(matchLabels: ["app": "web"])

    @Test func whole() throws {
        let text = Self.policy(
            "ingress: [{name: a, action: Deny, from: [{namespaces: {matchLabels: {app: web}}}], protocols: [{tcp: {destinationPort: {number: 80}}}, {sctp: {destinationPort: {range: {start: 1, end: 2}}}}, {destinationNamedPort: dns}]}]",
            head: "tier: Baseline, priority: 1000, subject: {pods: {podSelector: {matchLabels: {app: web}}}}")
        let policy = try #require(read(text))
        #expect(policy.tier == .baseline && policy.priority == 1000 && !policy.isStaged)
        #expect(policy.subject == .pods(namespaceSelector: .everything, podSelector: web))
        let rule = try #require(policy.ingress.first)
        #expect(rule.name == "a" && rule.action == .deny && rule.peers == [.namespaces(web)] && rule.isUnderstood)
        let two = try #require(PortRange(UInt16(1), UInt16(2)))
        #expect(rule.traffic == [.ports(.tcp, PortRange(80)), .ports(.sctp, two), .named("dns")])
        #expect(policy.egress == [])
    }

    @Test func peers() throws {
        let pods = "{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}}"
        #expect(peer(pods) == .pods(namespaceSelector: .everything, podSelector: web))
        #expect(peer("{pods: {podSelector: null}}") == .pods(namespaceSelector: .everything, podSelector: .everything))
        #expect(peer("{nodes: {matchLabels: {app: web}}}") == .nodes(web))
        #expect(peer("{domainNames: ['*.example.com', a.b.]}") == .domainNames(["*.example.com", "a.b."]))
        let blocks = try ["10.0.0.0/8", "::/0"].map { try #require(Prefix($0)) }
        #expect(peer("{networks: [10.0.0.0/8, '::/0']}") == .networks(blocks))
        #expect(peer("{networks: [10.1.0.0/8, '::/0']}") == .networks(blocks))
    }

    @Test("a side in which nothing is known is kept, and is no mistake")
    func unknownPeers() {
        #expect(peer("{}") == .unknown([]))
        #expect(peer("{serviceAccounts: {}}") == .unknown(["serviceAccounts"]))
        #expect(peer("{namespaces: {}, except: {}}") == .unknown(["except"]))
        // What only egress has is not known to ingress.
        for text in ["{networks: [10.0.0.0/8]}", "{nodes: {}}", "{domainNames: [a.b]}"] {
            guard case .unknown? = peer(text, "ingress") else {
                Issue.record("\(text)")
                continue
            }
        }
    }

    @Test("fields of a rule that are not known are kept with it, and noted with their places")
    func unknownFields() {
        let text = Self.policy(
            "egress: [{action: Deny, log: true, to: [{namespaces: {matchLabels: {}, matchFields: []}}]}, {action: Deny, to: [{namespaces: {}}]}]"
        )
        let result = snapshot(text)
        let rules = result.objects.clusterNetworkPolicies.values.first?.egress
        let paths = ["spec.egress[0].log", "spec.egress[0].to[0].namespaces.matchFields"]
        #expect(rules?.map(\.unknownFields) == [paths, []] && rules?.map(\.isUnderstood) == [false, true])
        #expect(result.notes.map(\.path) == paths && result.mistakes.isEmpty)
        #expect(result.notes.first?.message == "no such field; the rule that it is in fails closed")
        // In the rest of the object they are mistakes: nobody knows what they narrow.
        #expect(mistakes(Self.policy("log: true")) == ["4 spec.log: no such field"])
        let subject = Self.policy("", head: "tier: Admin, priority: 5, subject: {namespaces: {}, nodes: {}}")
        #expect(mistakes(subject) == ["4 spec.subject.nodes: no such field"])
    }

    @Test("traffic in which no port is said is not all traffic")
    func unknownTraffic() {
        #expect(egress("name: a")?.traffic == nil)
        for text in ["{tcp: {}}", "{udp: {destinationPort: {}}}", "{tcp: {destinationPort: null}}", "{}", "{icmp: {}}"]
        {
            let rule = egress("protocols: [\(text)]")
            guard case .unknown? = rule?.traffic?.first else {
                Issue.record("\(text)")
                continue
            }
            #expect(rule?.isUnderstood == false)
        }
        #expect(egress("protocols: [{tcp: {sourcePort: 1, destinationPort: {number: 1}}}]")?.isUnderstood == false)
    }

    @Test(
        "what an API server refuses",
        arguments: [
            ("ingress: [{action: Accept}]", "ingress[0].from: must be there"),
            ("ingress: [{action: Accept, from: []}]", "ingress[0].from: must have at least 1"),
            ("ingress: [{action: Allow, from: [{namespaces: {}}]}]", "ingress[0].action: must be one of Accept"),
            ("ingress: [{from: [{namespaces: {}}]}]", "ingress[0].action: must be there"),
            (
                "ingress: [{action: Deny, from: [{namespaces: {}, pods: {podSelector: {}}}]}]",
                "ingress[0].from[0]: must have only one of namespaces and pods"
            ),
            (
                "ingress: [{action: Deny, from: [{pods: {namespaceSelector: {}}}]}]",
                "ingress[0].from[0].pods.podSelector: must be there"
            ),
            ("egress: [{action: Deny, to: [{networks: []}]}]", "egress[0].to[0].networks: must have at least 1"),
            (
                "egress: [{action: Deny, to: [{networks: [10.0.0.0/8, 10.0.0.0/8]}]}]",
                "egress[0].to[0].networks: has \"10.0.0.0/8\" twice"
            ),
            (
                "egress: [{action: Deny, to: [{networks: ['::ffff:10.0.0.0/104']}]}]",
                "egress[0].to[0].networks[0]: must not be an IPv4 block in IPv6 notation"
            ),
            (
                "egress: [{action: Deny, to: [{networks: [10.0.0.1]}]}]",
                "egress[0].to[0].networks[0]: must be an address"
            ),
            (
                "egress: [{action: Accept, to: [{domainNames: [com]}]}]",
                "egress[0].to[0].domainNames[0]: must be a domain name"
            ),
            (
                "egress: [{action: Deny, to: [{nodes: {}}], protocols: [{destinationNamedPort: a}]}]",
                "egress[0]: must not have names of ports beside nodes"
            ),
            (
                "egress: [{action: Deny, to: [{nodes: {}}], protocols: []}]",
                "egress[0].protocols: must have at least 1"
            ),
            (
                "egress: [{action: Deny, to: [{nodes: {}}], protocols: [{tcp: {destinationPort: {number: 1}}, destinationNamedPort: a}]}]",
                "egress[0].protocols[0]: must have only one of"
            ),
            (
                "egress: [{action: Deny, to: [{nodes: {}}], protocols: [{tcp: {destinationPort: {range: {start: 5, end: 5}}}}]}]",
                "egress[0].protocols[0].tcp.destinationPort.range.end: must be more than start"
            ),
            (
                "egress: [{action: Deny, to: [{nodes: {}}], protocols: [{tcp: {destinationPort: {number: 1, range: {start: 1, end: 5}}}}]}]",
                "egress[0].protocols[0].tcp.destinationPort: must have either number or range"
            ),
            (
                "egress: [{action: Deny, name: \"\(String(repeating: "a", count: 101))\", to: [{nodes: {}}]}]",
                "egress[0].name: must have 0 to 100"
            ),
        ])
    func refused(spec: String, expected: String) {
        let found = mistakes(Self.policy(spec))
        #expect(found.count == 1 && found.first?.hasPrefix("4 spec.\(expected)") == true, "\(found)")
    }

    @Test(
        "where it stands and what it is about",
        arguments: [
            ("tier: Admin, subject: {namespaces: {}}", "priority: must be there"),
            ("tier: Admin, priority: 1001, subject: {namespaces: {}}", "priority: must be a whole number"),
            ("tier: Admin, priority: -1, subject: {namespaces: {}}", "priority: must be a whole number"),
            ("tier: admin, priority: 1, subject: {namespaces: {}}", "tier: must be one of Admin, Baseline"),
            ("priority: 1, subject: {namespaces: {}}", "tier: must be there"),
            ("tier: Admin, priority: 1", "subject: must be there"),
            ("tier: Admin, priority: 1, subject: {}", "subject: must have either namespaces or pods"),
            (
                "tier: Admin, priority: 1, subject: {namespaces: {}, pods: {podSelector: {}}}",
                "subject: must have either namespaces or pods"
            ),
        ])
    func heads(head: String, expected: String) {
        let found = mistakes(Self.policy("", head: head))
        #expect(found.count == 1 && found.first?.hasPrefix("4 spec.\(expected)") == true, "\(found)")
    }

    @Test("25 of everything, and no more")
    func limits() {
        func many(_ count: Int, _ text: String) -> String {
            Array(repeating: text, count: count).joined(separator: ", ")
        }
        let rule = "{action: Deny, from: [{namespaces: {}}]}"
        #expect(read(Self.policy("ingress: [\(many(25, rule))]"))?.ingress.count == 25)
        #expect(mistakes(Self.policy("ingress: [\(many(26, rule))]")).first?.contains("at most 25") == true)
        for text in [
            "ingress: [{action: Deny, from: [\(many(26, "{namespaces: {}}"))]}]",
            "ingress: [{action: Deny, from: [{namespaces: {}}], protocols: [\(many(26, "{destinationNamedPort: a}"))]}]",
            "egress: [{action: Deny, to: [{networks: [\((0..<26).map { "10.\($0).0.0/16" }.joined(separator: ", "))]}]}]",
            "egress: [{action: Deny, to: [{domainNames: [\((0..<26).map { "a\($0).b" }.joined(separator: ", "))]}]}]",
        ] {
            #expect(mistakes(Self.policy(text)).first?.contains("at most 25") == true, "\(text)")
        }
    }

    @Test(
        "domain names by the pattern of the schema",
        arguments: [
            ("example.com", true), ("*.example.com", true), ("a.b.", true), ("A-1_2.example.com", true), ("_.a", true),
            ("_d.a", true), ("com", false), ("*.com", false), ("*", false), ("a..b", false), ("-a.b", false),
            ("a-.b", false), ("a.*.b", false), ("", false), (".", false), ("a b.c", false),
        ])
    func domains(name: String, isRight: Bool) {
        #expect((Check.domainPattern.problem(name) == nil) == isRight)
    }

    @Test("what is left of a policy with mistakes")
    func invalid() throws {
        func claim(_ text: String) throws -> PolicyClaim {
            try #require(snapshot(text).objects.invalid.first?.policy)
        }
        let head = "tier: Baseline, priority: 7, subject: {pods: {podSelector: {matchLabels: {app: web}}}}"
        let whole = try claim(Self.policy("ingress: 7", head: head))
        #expect(whole.tier == .baseline && whole.priority == 7)
        #expect(whole.subject == .pods(namespaceSelector: .everything, podSelector: web))
        let partly = try claim(Self.policy("", head: "tier: Basline, priority: 2000, subject: {namespaces: 7}"))
        #expect(partly == PolicyClaim())
        let unknown = try claim(Self.policy("", head: "tier: Admin, priority: 2, subject: {namespaces: {}, nodes: {}}"))
        #expect(unknown.tier == .admin && unknown.priority == 2 && unknown.subject == nil)
        let twice = snapshot(Self.policy("") + "---\n" + Self.policy("", head: head)).objects.invalid
        #expect(twice.map { $0.policy?.priority } == [5, 7])
    }
}

@Suite struct AdminNetworkPolicyTests {
    private static func policy(_ spec: String, kind: String = "AdminNetworkPolicy", name: String = "default") -> String
    {
        "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: \(kind)\nmetadata: {name: \(name)}\n"
            + "spec: {\(kind == "AdminNetworkPolicy" ? "priority: 5, " : "")subject: {namespaces: {}}, \(spec)}\n"
    }

    @Test func whole() throws {
        let rule =
            "{action: Allow, from: [{pods: {namespaceSelector: {}}}], ports: [{portNumber: {port: 80}}, {portNumber: {protocol: UDP, port: 53}}, {portRange: {protocol: SCTP, start: 1, end: 2}}, {namedPort: web}]}"
        let objects = snapshot(
            Self.policy("ingress: [\(rule)], egress: [{action: Pass, to: [{nodes: {}}], ports: []}]")
        ).objects
        let policy = try #require(objects.adminNetworkPolicies.values.first)
        let ingress = try #require(policy.ingress.first)
        #expect(policy.priority == 5 && ingress.action == .accept)
        #expect(ingress.peers == [.pods(namespaceSelector: .everything, podSelector: .everything)])
        let two = try #require(PortRange(UInt16(1), UInt16(2)))
        #expect(
            ingress.traffic == [
                .ports(.tcp, PortRange(80)), .ports(.udp, PortRange(53)), .ports(.sctp, two), .named("web"),
            ])
        // An empty list says nothing of which ports: nobody can tell whether it is all or none.
        #expect(policy.egress.first?.traffic == [] && policy.egress.first?.isUnderstood == false)
    }

    @Test func baseline() throws {
        let kind = "BaselineAdminNetworkPolicy"
        let rule = "ingress: [{action: Deny, from: [{namespaces: {}}]}]"
        #expect(snapshot(Self.policy(rule, kind: kind)).objects.baselineAdminNetworkPolicies.count == 1)
        #expect(mistakes(Self.policy(rule, kind: kind, name: "other")).first?.contains("must be default") == true)
        let passing = "ingress: [{action: Pass, from: [{namespaces: {}}]}]"
        #expect(mistakes(Self.policy(passing, kind: kind)).first?.contains("must be one of Allow, Deny") == true)
        #expect(mistakes(Self.policy("priority: 1", kind: kind)) == ["4 spec.priority: no such field"])
    }

    @Test(arguments: [
        ("ingress: [{action: Accept, from: [{namespaces: {}}]}]", "ingress[0].action: must be one of Allow"),
        (
            "egress: [{action: Deny, to: [{nodes: {}}], ports: [{portRange: {start: 2, end: 2}}]}]",
            "egress[0].ports[0].portRange.end: must be more than start"
        ),
        (
            "egress: [{action: Deny, to: [{nodes: {}}], ports: [{portNumber: {}}]}]",
            "egress[0].ports[0].portNumber.port: must be there"
        ),
        (
            "egress: [{action: Deny, to: [{nodes: {}}], ports: [{portNumber: {port: 1}, namedPort: a}]}]",
            "egress[0].ports[0]: must have only one of portNumber and namedPort"
        ),
    ])
    func refused(spec: String, expected: String) {
        let found = mistakes(Self.policy(spec))
        #expect(found.first?.hasPrefix("4 spec.\(expected)") == true, "\(found)")
    }

    @Test("what its programs have always taken for all is noted")
    func leftOut() {
        let text = Self.policy("ingress: [{action: Deny, from: [{pods: {}}]}]")
        let result = snapshot(text)
        let path = "spec.ingress[0].from[0].pods"
        #expect(result.notes.map(\.path) == ["\(path).namespaceSelector", "\(path).podSelector"])
        #expect(
            result.objects.adminNetworkPolicies.values.first?.ingress.first?.peers == [
                .pods(namespaceSelector: .everything, podSelector: .everything)
            ])
    }

    @Test func limits() {
        func rules(_ count: Int) -> String {
            Array(repeating: "{action: Deny, from: [{namespaces: {}}]}", count: count).joined(separator: ", ")
        }
        #expect(
            snapshot(Self.policy("ingress: [\(rules(100))]")).objects.adminNetworkPolicies.values.first?.ingress.count
                == 100)
        #expect(mistakes(Self.policy("ingress: [\(rules(101))]")).first?.contains("at most 100") == true)
    }

    @Test("the tier of a kind is known even where nothing can be read")
    func invalid() {
        let claim = snapshot(Self.policy("ingress: 7")).objects.invalid.first?.policy
        #expect(claim?.tier == .admin && claim?.priority == 5 && claim?.subject == .namespaces(.everything))
        let baseline = snapshot(Self.policy("ingress: 7", kind: "BaselineAdminNetworkPolicy", name: "7")).objects
            .invalid.first
        #expect(baseline?.policy?.tier == .baseline)
    }
}
