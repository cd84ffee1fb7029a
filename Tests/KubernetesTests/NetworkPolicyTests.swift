import Addresses
import Testing

@testable import Kubernetes

@Suite struct NetworkPolicyTests {
    static func policy(_ spec: String, _ metadata: String = "name: p, namespace: a") -> String {
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {\(metadata)}\nspec: {\(spec)}\n"
    }

    private func read(_ spec: String) -> NetworkPolicy? {
        snapshot(Self.policy(spec)).objects.networkPolicies[NamespacedName("a", "p")]
    }

    private func peers(_ text: String) -> [NetworkPolicy.Peer]? {
        read("ingress: [{from: [\(text)]}]")?.ingress.first?.peers
    }

    private func ports(_ text: String) -> [NetworkPolicy.Port]? {
        read("egress: [{ports: [\(text)]}]")?.egress.first?.ports
    }

    private let web = LabelSelector(matchLabels: ["app": "web"])

    @Test(
        "a podSelector that is absent, null or empty is every pod",
        arguments: ["", "podSelector: null", "podSelector: {}"])
    func everyPod(spec: String) {
        #expect(read(spec)?.podSelector == .everything)
    }

    @Test("a policy without a spec isolates its namespace")
    func noSpec() {
        let text = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: a}\n"
        let policy = snapshot(text).objects.networkPolicies[NamespacedName("a", "p")]
        #expect(policy?.effectiveTypes == [.ingress] && policy?.podSelector == .everything)
    }

    @Test(
        "which directions it is about",
        arguments: [
            ("", [.ingress]), ("policyTypes: []", [.ingress]), ("policyTypes: null", [.ingress]),
            ("ingress: []", [.ingress]), ("egress: []", [.ingress]), ("egress: [{}]", [.ingress, .egress]),
            ("policyTypes: [Egress]", [.egress]), ("policyTypes: [Egress], ingress: [{}]", [.egress]),
            ("policyTypes: [Ingress], egress: [{}]", [.ingress]), ("policyTypes: [Ingress, Ingress]", [.ingress]),
            ("policyTypes: [Egress, Ingress]", [.ingress, .egress]),
        ] as [(String, Set<NetworkPolicy.PolicyType>)])
    func types(spec: String, expected: Set<NetworkPolicy.PolicyType>) {
        #expect(read(spec)?.effectiveTypes == expected)
    }

    @Test("no rule is not a rule without anything")
    func rules() {
        #expect(read("ingress: []")?.ingress == [])
        for rule in ["{}", "{from: [], ports: []}", "{from: null, ports: null}"] {
            let rules = read("ingress: [\(rule)]")?.ingress
            #expect(rules?.map(\.peers) == [[]] && rules?.map(\.ports) == [[]], "\(rule)")
        }
    }

    @Test("absent is not empty in the selectors of a peer")
    func selectors() {
        #expect(peers("{podSelector: {}}") == [.selectors(namespaceSelector: nil, podSelector: .everything)])
        #expect(peers("{namespaceSelector: {}}") == [.selectors(namespaceSelector: .everything, podSelector: nil)])
        #expect(
            peers("{namespaceSelector: {}, podSelector: null}")
                == [.selectors(namespaceSelector: .everything, podSelector: nil)])
        let and = "{namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}"
        #expect(peers(and) == [.selectors(namespaceSelector: .everything, podSelector: web)])
        let or = "{namespaceSelector: {}}, {podSelector: {matchLabels: {app: web}}}"
        #expect(
            peers(or) == [
                .selectors(namespaceSelector: .everything, podSelector: nil),
                .selectors(namespaceSelector: nil, podSelector: web),
            ])
    }

    @Test("labels and expressions of a selector are all asked; empty values are values")
    func expressions() {
        let selector =
            "podSelector: {matchLabels: {a: ''}, matchExpressions: [{key: b, operator: NotIn, values: [x]}, {key: c, operator: DoesNotExist}]}"
        #expect(
            read(selector)?.podSelector
                == LabelSelector([.isIn("a", [""]), .notIn("b", ["x"]), .doesNotExist("c")]))
    }

    @Test func blocks() throws {
        let block = try #require(Prefix("10.0.0.0/8"))
        let part = try #require(Prefix("10.1.0.0/16"))
        #expect(
            peers("{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}") == [.ipBlock(cidr: block, except: [part])])
        #expect(peers("{ipBlock: {cidr: 10.0.0.0/8}}") == [.ipBlock(cidr: block, except: [])])
        // What older API servers let in: host bits, and IPv4 in IPv6 notation.
        let sloppy = Self.policy("ingress: [{from: [{ipBlock: {cidr: 10.9.9.9/8, except: ['::ffff:10.1.2.3/112']}}]}]")
        let result = snapshot(sloppy)
        #expect(result.mistakes.isEmpty)
        #expect(
            result.objects.networkPolicies.values.first?.ingress.first?.peers == [.ipBlock(cidr: block, except: [part])]
        )
        #expect(result.notes.map(\.message).contains("has host bits set, is read as 10.0.0.0/8"))
        #expect(result.notes.map(\.path).contains("spec.ingress[0].from[0].ipBlock.cidr"))
    }

    @Test func portsOfRules() throws {
        let high = try #require(PortRange(UInt16(8000), UInt16(8080)))
        #expect(ports("{}") == [.init(proto: .tcp, port: nil)])
        #expect(ports("{protocol: SCTP}") == [.init(proto: .sctp, port: nil)])
        #expect(ports("{protocol: UDP, port: dns}") == [.init(proto: .udp, port: .named("dns"))])
        #expect(ports("{port: 80}") == [.init(proto: .tcp, port: .range(PortRange(80)))])
        #expect(ports("{port: 8000, endPort: 8080}") == [.init(proto: .tcp, port: .range(high))])
        #expect(ports("{port: 80, endPort: 80}") == [.init(proto: .tcp, port: .range(PortRange(80)))])
    }

    @Test(
        "what an API server refuses",
        arguments: [
            ("ingress: [{from: [{}]}]", "ingress[0].from[0]: must have podSelector, namespaceSelector or both"),
            ("ingress: [{from: [{podSelector: null}]}]", "ingress[0].from[0]: must have podSelector"),
            (
                "egress: [{to: [{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]}]",
                "egress[0].to[0].ipBlock: must not be there beside a selector"
            ),
            ("ingress: [{from: [{ipBlock: {}}]}]", "ingress[0].from[0].ipBlock.cidr: must be there"),
            ("ingress: [{from: [{ipBlock: {cidr: 10.0.0.1}}]}]", "ingress[0].from[0].ipBlock.cidr: must be an address"),
            ("ingress: [{from: [{ipBlock: {cidr: 010.0.0.0/8}}]}]", "ingress[0].from[0].ipBlock.cidr: must begin with"),
            ("ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/33}}]}]", "ingress[0].from[0].ipBlock.cidr: must end in"),
            (
                "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}}]}]",
                "ingress[0].from[0].ipBlock.except[0]: must be a part of 10.0.0.0/8 and smaller"
            ),
            (
                "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: ['::/64']}}]}]",
                "ingress[0].from[0].ipBlock.except[0]: must be a part of"
            ),
            ("ingress: [{ports: [{port: 0}]}]", "ingress[0].ports[0].port: must be a port number"),
            ("ingress: [{ports: [{port: '80'}]}]", "ingress[0].ports[0].port: must be a port number"),
            ("ingress: [{ports: [{port: a--b}]}]", "ingress[0].ports[0].port: must be a port number"),
            ("ingress: [{ports: [{port: sixteen-letters-}]}]", "ingress[0].ports[0].port: must be a port number"),
            ("ingress: [{ports: [{port: 80, endPort: 79}]}]", "ingress[0].ports[0].endPort: must not be less"),
            ("ingress: [{ports: [{endPort: 80}]}]", "ingress[0].ports[0].endPort: must not be there when there is no"),
            (
                "ingress: [{ports: [{port: a, endPort: 80}]}]",
                "ingress[0].ports[0].endPort: must not be there when port"
            ),
            ("ingress: [{ports: [{protocol: tcp}]}]", "ingress[0].ports[0].protocol: must be one of TCP, UDP, SCTP"),
            ("policyTypes: [ingress]", "policyTypes[0]: must be one of Ingress, Egress"),
            ("policyTypes: [Ingress, Egress, Egress]", "policyTypes: must have at most 2"),
            ("podSelector: {matchLabels: {a: b c}}", "podSelector.matchLabels.a: must be empty or at most 63"),
            ("podselector: {}", "podselector: no such field; did you mean podSelector"),
            ("ingress: [{from: [{podSelector: {}, namespaces: {}}]}]", "ingress[0].from[0].namespaces: no such field"),
            ("ingress: [{to: []}]", "ingress[0].to: no such field"),
        ])
    func refused(spec: String, expected: String) {
        let found = mistakes(Self.policy(spec))
        #expect(found.count == 1 && found.first?.hasPrefix("4 spec.\(expected)") == true, "\(found)")
    }

    @Test("staged, enforced, and nothing else")
    func enforcement() {
        func policy(_ annotation: String) -> String {
            Self.policy("", "name: p, namespace: a, annotations: {\(annotation)}")
        }
        func isStaged(_ annotation: String) -> Bool? {
            snapshot(policy(annotation)).objects.networkPolicies.values.first?.isStaged
        }
        #expect(isStaged("a: b") == false && isStaged("sallyport.dev/enforcement: enforced") == false)
        #expect(isStaged("sallyport.dev/enforcement: staged") == true)
        #expect(
            mistakes(policy("sallyport.dev/enforcement: Staged")) == [
                "3 metadata.annotations[\"sallyport.dev/enforcement\"]: must be staged or enforced, is \"Staged\""
            ])
        #expect(mistakes(policy("sallyport.dev/enforcment: staged")).first?.contains("is not known") == true)
    }

    @Test("what is left of a policy with mistakes")
    func invalid() {
        func claim(_ spec: String, _ metadata: String = "name: p, namespace: a") -> InvalidObject? {
            snapshot(Self.policy(spec, metadata)).objects.invalid.first
        }
        let readable = claim("podSelector: {matchLabels: {app: web}}, ingress: 7")
        #expect(readable?.policy?.podSelector == web && readable?.reference.namespace == "a")
        #expect(readable?.isLost == false)
        #expect(claim("podSelector: {matchLabels: {app: 7}}")?.policy == PolicyClaim())
        #expect(claim("podSelector: {matchLabels: {app: web}, matchExpression: []}")?.policy == PolicyClaim())
        #expect(claim("ingress: 7", "name: p, namespace: 7")?.isLost == true)
        let staged = "name: p, annotations: {sallyport.dev/enforcement: staged}"
        #expect(claim("ingress: 7", staged)?.policy?.isStaged == true)
        #expect(claim("ingress: 7", staged + ", labels: 7")?.policy?.isStaged == false)
        // Without a kind it is what it looks like.
        let text =
            "apiVersion: networking.k8s.io/v1\nmetadata: {name: p, namespace: a}\nspec: {podSelector: {matchLabels: {app: web}}}\n"
        let found = snapshot(text).objects.invalid
        #expect(found.map(\.reference.kind) == ["NetworkPolicy"] && found.first?.policy?.podSelector == web)
    }
}
