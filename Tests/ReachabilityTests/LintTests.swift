import Addresses
import Kubernetes
import Policy
import Testing

@testable import Reachability

/// Each rule of lint, with what it finds, and what looks like it and is right.
@Suite struct LintTests {
    private static let cluster =
        World.namespace("shop") + World.namespace("front", labels: "team: red")
        + World.pod("db", labels: "app: db", address: "10.0.0.1", ports: "[{name: sql, containerPort: 5432}]")
        + World.pod("web", labels: "app: web", address: "10.0.0.2", ports: "[{name: http, containerPort: 8080}]")
        + World.pod("fe", "front", labels: "app: fe", address: "10.0.0.3")

    private static func findings(_ text: String) -> [Finding] {
        let decoded = ObjectDecoder.combine(
            [ObjectDecoder.decode(text: cluster + text, file: "f.yaml")], revision: 1)
        let list = GuestList(
            inventory: Inventory(decoded.objects), policies: WorkloadPolicy.all(in: decoded.objects))
        return Lint.findings(list, decoded.objects, notes: decoded.notes)
    }

    private static func ids(_ text: String) -> Set<String> { Set(findings(text).map(\.rule)) }

    private static func ingress(_ from: String, ports: String? = nil, subject: String = "{}") -> String {
        let ports = ports.map { ", ports: \($0)" } ?? ""
        return World.policy("p", "{podSelector: \(subject), ingress: [{from: [\(from)]\(ports)}]}")
    }

    private static func egress(_ to: String, ports: String? = nil) -> String {
        let ports = ports.map { ", ports: \($0)" } ?? ""
        return World.policy("p", "{podSelector: {}, policyTypes: [Egress], egress: [{to: [\(to)]\(ports)}]}")
    }

    private static func cluster(
        _ name: String, priority: Int = 5, action: String, more: String = "", subject: String = "{namespaces: {}}"
    ) -> String {
        """
        ---
        apiVersion: policy.networking.k8s.io/v1alpha2
        kind: ClusterNetworkPolicy
        metadata: {name: \(name)}
        spec:
          tier: Admin
          priority: \(priority)
          subject: \(subject)
          ingress:
          - {action: \(action), from: [{namespaces: {}}]}
          \(more)

        """
    }

    @Test("two pods with one address: the finding has both places")
    func twoPlaces() throws {
        let found = try #require(Self.findings(World.pod("old", labels: "app: old", address: "10.0.0.2")).first)
        let lines = Self.cluster.split(separator: "\n", omittingEmptySubsequences: false)
        let line = lines.firstIndex { $0.contains("name: web,") }.map { $0 + 1 }
        #expect(found.object.name == "web" && line != nil && found.position?.line == line)
        #expect(found.message.contains("10.0.0.2 is also the address of Pod shop/old (f.yaml:"))
    }

    private static let service = World.service(
        "db", "{selector: {app: db}, ports: [{port: 80, targetPort: 5432}]}")
    private static let web = "{podSelector: {matchLabels: {app: web}}}"
    private static let red = "{namespaceSelector: {matchLabels: {team: red}}}"
    private static let dns = "{namespaceSelector: {}, podSelector: {matchLabels: {k8s-app: kube-dns}}}"
    private static let node = """
        ---
        {apiVersion: v1, kind: Node, metadata: {name: n}, spec: {podCIDR: 10.0.0.0/16}}

        """

    private static let wrong: [(String, String)] = [
        ("selects-nothing", World.policy("p", "{podSelector: {matchLabels: {app: gone}}}")),
        (
            "selects-host-network-only",
            """
            ---
            {apiVersion: v1, kind: Pod, metadata: {name: agent, namespace: shop, labels: {app: agent}},
             spec: {hostNetwork: true, containers: [{name: c, image: i}]}}

            """ + World.policy("p", "{podSelector: {matchLabels: {app: agent}}}")
        ),
        ("rule-matches-nobody", ingress("{podSelector: {matchLabels: {app: gone}}}")),
        ("peer-matches-nobody", ingress("\(web), {podSelector: {matchLabels: {app: gone}}}")),
        ("named-port-unknown", ingress(web, ports: "[{port: grpc}]")),
        ("named-port-unknown", ingress(web, ports: "[{port: sql, protocol: UDP}]")),
        ("named-port-unknown", egress(web, ports: "[{port: sql}]")),
        ("service-port", service + ingress(web, ports: "[{port: 80}]", subject: "{matchLabels: {app: db}}")),
        ("service-port", service + egress("{podSelector: {matchLabels: {app: db}}}", ports: "[{port: 80}]")),
        ("or-meant-as-and", ingress("\(red), {podSelector: {matchLabels: {app: fe}}}")),
        ("or-meant-as-and", ingress("{podSelector: {matchLabels: {app: fe}}}, \(red)")),
        ("or-meant-as-and", ingress("{namespaceSelector: {}}, \(web)")),
        (
            "and-meant-as-or",
            ingress("{namespaceSelector: {matchLabels: {team: red}}, podSelector: {matchLabels: {app: web}}}")
        ),
        ("own-namespace-opened", ingress("\(red), {podSelector: {}}")),
        ("block-holds-pods", ingress("{ipBlock: {cidr: 10.0.0.3/32}}")),
        ("block-holds-pods", node + ingress("{ipBlock: {cidr: 10.0.8.0/22}}")),
        ("wide-block-holds-pods", ingress("{ipBlock: {cidr: 10.0.0.0/8}}")),
        (
            "except-covers-block",
            ingress("{ipBlock: {cidr: 192.0.2.0/24, except: [192.0.2.0/25, 192.0.2.128/25]}}")
        ),
        (
            "block-may-hold-pods",
            World.pod("new", labels: "app: new") + ingress("{ipBlock: {cidr: 172.16.0.0/16}}")
        ),
        ("address-of-two-pods", World.pod("old", labels: "app: old", address: "10.0.0.2")),
        (
            "address-of-two-pods",
            "---\n{apiVersion: v1, kind: Node, metadata: {name: n}, status: {addresses: [{type: InternalIP, address: 10.0.0.2}]}}\n"
        ),
        ("host-bits-set", ingress("{ipBlock: {cidr: 192.0.2.7/24}}")),
        (
            "direction-not-meant",
            World.policy("p", "{podSelector: {}, policyTypes: [Ingress], egress: [{to: [\(web)]}]}")
        ),
        ("egress-not-isolated", World.policy("p", "{podSelector: {}, ingress: [{from: [\(web)]}], egress: []}")),
        ("dns-forgotten", egress(web, ports: "[{port: 8080}]")),
        ("dns-forgotten", egress("{ipBlock: {cidr: 0.0.0.0/0}}", ports: "[{port: 443}]")),
        ("equal-priorities", cluster("a", action: "Accept") + cluster("b", action: "Deny")),
        (
            "deny-after-accept-all",
            cluster("a", action: "Accept", more: "- {action: Deny, from: [{namespaces: {matchLabels: {team: red}}}]}")
        ),
        (
            "shadowed-rule",
            cluster("a", action: "Deny", more: "- {action: Accept, from: [{namespaces: {matchLabels: {team: red}}}]}")
        ),
        (
            "redundant-rule",
            World.policy("p", "{podSelector: {}, ingress: [{from: [\(web)], ports: [{port: 1}]}, {from: [\(web)]}]}")
        ),
        (
            "redundant-policy",
            ingress(web) + World.policy("q", "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [\(web)]}]}")
        ),
        (
            "opened-to-everyone",
            ingress(web) + World.policy("q", "{podSelector: {matchLabels: {app: db}}, ingress: [{}]}")
                + World.policy(
                    "r", "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [\(web)], ports: [{port: 1}]}]}")
        ),
        (
            "not-as-written",
            cluster("a", action: "Accept", more: "- {action: Deny, from: [{moons: {}}]}")
        ),
        (
            "staged-left",
            """
            ---
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: p, namespace: shop, annotations: {sallyport.dev/enforcement: staged}}
            spec: {podSelector: {}}

            """
        ),
        (
            "deprecated-kind",
            """
            ---
            apiVersion: policy.networking.k8s.io/v1alpha1
            kind: AdminNetworkPolicy
            metadata: {name: a}
            spec:
              priority: 5
              subject: {namespaces: {}}
              ingress: [{action: Deny, from: [{namespaces: {}}]}]

            """
        ),
    ]

    @Test("what is wrong is found", arguments: wrong)
    func found(_ id: String, _ text: String) {
        let ids = Self.ids(text)
        #expect(ids.contains(id), "found \(ids.sorted())")
    }

    @Test("every rule has something that it finds")
    func complete() { #expect(Set(Self.wrong.map(\.0)) == Set(LintRule.all.map(\.id))) }

    private static let right: [String] = [
        World.policy("deny-all", "{podSelector: {}, policyTypes: [Ingress, Egress]}"),
        World.policy("deny-all", "{podSelector: {}, policyTypes: [Ingress, Egress]}") + ingress(web),
        ingress("\(red), \(web)"),
        ingress("{podSelector: {}}, \(red)"),
        ingress("{namespaceSelector: {}}", ports: "[{port: 8080}]"),
        ingress("{podSelector: {}}"),
        ingress("{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}"),
        ingress("{namespaceSelector: {matchLabels: {team: red}}, podSelector: {matchLabels: {app: fe}}}"),
        ingress("{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}"),
        ingress("{ipBlock: {cidr: 192.0.2.0/24}}"),
        ingress(web, ports: "[{port: sql}]", subject: "{matchLabels: {app: db}}"),
        service + ingress(web, ports: "[{port: 5432}]", subject: "{matchLabels: {app: db}}"),
        egress(web)
            + World.policy("dns", "{podSelector: {}, egress: [{to: [\(dns)], ports: [{port: 53, protocol: UDP}]}]}"),
        // The DNS servers of a cluster are hardly ever among the objects of a team.
        World.namespace("kube-system") + egress(dns, ports: "[{port: 53, protocol: UDP}]"),
        egress(dns, ports: "[{port: 53, protocol: UDP}, {port: 53}]"),
        egress("{ipBlock: {cidr: 192.0.2.7/32}}", ports: "[{port: 443}]"),
        World.policy("open", "{podSelector: {matchLabels: {app: web}}, ingress: [{}]}"),
        cluster("a", action: "Accept")
            + cluster("b", priority: 6, action: "Accept", subject: "{namespaces: {matchLabels: {x: y}}}"),
        cluster("a", action: "Pass") + ingress(web),
        // What somebody is now, others may be later: app and team are not the same, though one pod has both.
        World.policy(
            "p",
            "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [\(red)]}, {from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: fe}}}]}]}"
        ),
    ]

    @Test("what is right is not reported", arguments: right)
    func quiet(_ text: String) {
        let findings = Self.findings(text)
        #expect(findings.isEmpty, "\(findings.map { "\($0.rule) \($0.path) \($0.message)" })")
    }

    @Test("a finding has the place of its rule")
    func place() throws {
        let findings = Self.findings(
            """
            ---
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: p, namespace: shop}
            spec:
              podSelector: {}
              ingress:
              - from: [{podSelector: {matchLabels: {app: web}}}]
              - from:
                - podSelector: {matchLabels: {app: gone}}

            """)
        #expect(findings.count == 1)
        let lines = Self.cluster.split(separator: "\n", omittingEmptySubsequences: false).count - 1
        let finding = try #require(findings.first)
        #expect(finding.path == "spec.ingress[1]" && finding.position?.line == lines + 9)
        #expect(finding.severity == .warning && !finding.advice.hasSuffix("."))
    }

    @Test("of two rules the narrower adds nothing, also where what the wider has more is not there")
    func narrower() {
        let found = Self.findings(
            World.policy(
                "p",
                """
                {podSelector: {matchLabels: {app: db}}, ingress: [{from: [\(Self.web)]},
                 {from: [{podSelector: {matchExpressions: [{key: app, operator: In, values: [web, worker]}]}}]}]}
                """))
        #expect(found.map(\.rule) == ["redundant-rule"] && found.map(\.path) == ["spec.ingress[0]"])
    }

    @Test("a witness of equal priorities names who, from whom and on what")
    func witness() {
        let text = Self.cluster("a", action: "Accept") + Self.cluster("b", action: "Deny")
        let found = Self.findings(text).filter { $0.rule == "equal-priorities" }
        #expect(found.count == 1)
        #expect(found.first?.message.contains("ClusterNetworkPolicy a") == true)
        #expect(found.first?.message.contains("TCP 1 to Pod front/fe from") == true)
    }

    private static func staged(_ text: String) -> String {
        text.replacingFirst("name: q", with: "annotations: {sallyport.dev/enforcement: staged}, name: q")
    }

    @Test("staged policies are looked at as they would be in force, and findings about them are marked")
    func stagedPolicies() {
        let twice = World.policy("q", "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [\(Self.web)]}]}")
        let found = Self.findings(Self.ingress(Self.web) + Self.staged(twice))
        #expect(found.map(\.rule) == ["staged-left", "redundant-policy"].reversed())
        #expect(found.map(\.isStaged) == [true, false])
        let gone = Self.findings(Self.staged(World.policy("q", "{podSelector: {matchLabels: {app: gone}}}")))
        #expect(gone.filter(\.isStaged).map(\.rule) == ["selects-nothing"])
        // What is so without it is not said twice, and is not marked.
        let both = World.policy("r", "{podSelector: {matchLabels: {app: gone}}}") + Self.staged(twice)
        let selects = Self.findings(both).filter { $0.rule == "selects-nothing" }
        #expect(selects.map(\.isStaged) == [false])
        // It asks for no names, and nobody else does for those that it selects.
        let silent = World.policy(
            "q", "{podSelector: {}, policyTypes: [Egress], egress: [{to: [\(Self.web)], ports: [{port: 80}]}]}")
        #expect(Self.findings(Self.staged(silent)).filter(\.isStaged).map(\.rule) == ["dns-forgotten"])
    }

    @Test("a staged policy that takes the place of another is not held against it")
    func replaced() {
        let staged = """
            ---
            apiVersion: projectcalico.org/v3
            kind: StagedKubernetesNetworkPolicy
            metadata: {name: p, namespace: shop}
            spec:
              podSelector: {matchLabels: {app: db}}
              ingress: [{from: [\(Self.web), \(Self.red), {podSelector: {matchLabels: {app: fe}}}]}]

            """
        let found = Self.findings(Self.ingress(Self.web, subject: "{matchLabels: {app: db}}") + staged)
        #expect(Set(found.filter(\.isStaged).map(\.rule)) == ["or-meant-as-and", "peer-matches-nobody"])
        #expect(found.filter(\.isStaged).allSatisfy { $0.path.hasPrefix("spec.ingress[0].from[") })
    }

    private static func calico(_ selector: String) -> String {
        """
        ---
        apiVersion: projectcalico.org/v3
        kind: NetworkSet
        metadata: {name: partners, namespace: shop, labels: {role: partner}}
        spec: {nets: [192.0.2.0/24]}
        ---
        apiVersion: projectcalico.org/v3
        kind: NetworkPolicy
        metadata: {name: p, namespace: shop}
        spec:
          selector: app == 'db'
          ingress: [{action: Allow, source: {selector: "\(selector)"}}]

        """
    }

    @Test("a selector of Calico that finds a network set is somebody")
    func networkSets() {
        #expect(Self.ids(Self.calico("role == 'partner'")) == [])
        #expect(Self.ids(Self.calico("role == 'gone'")) == ["rule-matches-nobody"])
    }

    @Test("policies with mistakes deny, and make nothing useless")
    func mistakes() {
        let text =
            Self.ingress(Self.web) + World.policy("bad", "{podSelector: {}, ingress: [{from: [{}]}]}")
        #expect(Self.ids(text) == [])
    }
}

extension String {
    fileprivate func replacingFirst(_ part: String, with other: String) -> String {
        guard let range = firstRange(of: part) else { return self }
        return String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
    }
}
