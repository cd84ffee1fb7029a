import Foundation
import Testing

@testable import Kubernetes

/// Random texts near real manifests: reading them must neither crash nor hang, whatever they are.
///
/// Runs a bounded number of rounds; SALLYPORT_FUZZ_SECONDS=n runs for n seconds, SALLYPORT_FUZZ_SEED=n repeats a run.
@Suite struct FuzzTests {
    static let environment = ProcessInfo.processInfo.environment

    @Test func yamlBoundary() { Self.run("yamlBoundary", file: "f.yaml", corpus: Self.corpus) }

    @Test func jsonBoundary() { Self.run("jsonBoundary", file: "f.json", corpus: Self.jsonCorpus) }

    static func run(_ name: String, file: String, corpus: [[UInt8]]) {
        let seed = environment["SALLYPORT_FUZZ_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)
        let seconds = environment["SALLYPORT_FUZZ_SECONDS"].flatMap(Double.init)
        print("FuzzTests.\(name) seed \(seed)\(seconds.map { " for \($0) s" } ?? "")")
        var random = SplitMix(state: seed)
        let end = Date().addingTimeInterval(seconds ?? 0)
        var rounds = 0
        var readable = 0
        while seconds == nil ? rounds < 800 : Date() < end {
            rounds += 1
            var text = corpus.randomElement(using: &random)!
            for _ in 0..<Int.random(in: 1...3, using: &random) { mutate(&text, corpus, &random) }
            let decoded = ObjectDecoder.decode(text, file: file)
            if decoded.isReadable { readable += 1 }
            check(decoded, text, seed, rounds)
        }
        print("FuzzTests.\(name): \(rounds) rounds, \(readable) readable")
    }

    static func check(_ decoded: DecodedFile, _ text: [UInt8], _ seed: UInt64, _ round: Int) {
        let lines = text.count + 2
        let places = (decoded.mistakes + decoded.notes).allSatisfy {
            guard let position = $0.position else { return false }
            return (1...lines).contains(position.line) && position.column >= 1
        }
        let shown = (decoded.mistakes + decoded.notes).allSatisfy {
            $0.description.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
        }
        let snapshot = ObjectDecoder.combine([decoded], revision: 1)
        let invalidAreExplained = snapshot.objects.invalid.isEmpty || !snapshot.mistakes.isEmpty
        #expect(
            places && shown && invalidAreExplained && (decoded.isReadable || !decoded.mistakes.isEmpty),
            "seed \(seed) round \(round): \(places) \(shown) \(invalidAreExplained) \(decoded.mistakes) \(decoded.notes) in \(String(decoding: text.prefix(2_000), as: UTF8.self))"
        )
    }

    static let pieces = [
        "&a", "*a", " *a", "[", "]", "{", "}", "- ", "? ", ": ", ":", "|", ">", "|2-\n", "!!", "!<x>", "!x ", "<<: ",
        "---\n", "...\n",
        "\u{0}", "\"", "'", "\\", "\r", "\n", "\t", "\u{85}", "\u{2028}", "\u{feff}", "#", "%YAML 1.1\n", ", ", "~",
        "null", "true", "0x1",
        "99999999999999999999", "-1", "1e999", "{}", "[]", "\\u0000", "\\ud800", "kind: ", "List", "items:\n- ", "@",
        "`", "=", "\u{202e}",
    ].map { Array($0.utf8) }

    static func mutate(_ text: inout [UInt8], _ corpus: [[UInt8]], _ random: inout SplitMix) {
        let at = Int.random(in: 0...text.count, using: &random)
        let end = min(text.count, at + Int.random(in: 0...40, using: &random))
        switch Int.random(in: 0..<9, using: &random) {
        case 0: if at < text.count { text[at] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
        case 1: text.removeSubrange(at..<end)
        case 2: text.insert(contentsOf: text[at..<end], at: at)
        case 3: text.insert(contentsOf: pieces.randomElement(using: &random)!, at: at)
        case 4:
            // The same again and again: this is what makes texts deep.
            let piece = Array(
                repeating: pieces.randomElement(using: &random)!, count: Int.random(in: 2...600, using: &random))
            text.insert(contentsOf: piece.joined(), at: at)
        case 5: text.replaceSubrange(at..<end, with: pieces.randomElement(using: &random)!)
        case 6:
            let other = corpus.randomElement(using: &random)!
            text = Array(text[..<at] + other[Int.random(in: 0...other.count, using: &random)...])
        case 7: text.insert(contentsOf: Array(repeating: 0x20, count: Int.random(in: 1...8, using: &random)), at: at)
        default: if at < text.count { text[at] = UInt8.random(in: 0 ... .max, using: &random) }
        }
    }

    static let jsonCorpus: [[UInt8]] = [
        #"{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"data":{"x":"YQ=="}}]}"#,
        #"{"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":{"name":"r"},"spec":{"rules":[{"matches":[{"path":{"value":"/a"}}],"timeouts":{"request":"1s"}}]}}"#,
        #"[1, -2.5e3, "\u00e9\ud83d\ude00", {"a": [true, false, null]}]"#,
    ].map { Array($0.utf8) }

    static let corpus: [[UInt8]] = texts.map { Array($0.utf8) }

    private static let texts = [
        gateway(
            "- {name: a, port: 80, protocol: HTTP}\n- name: b\n  port: 443\n  protocol: HTTPS\n  tls: {certificateRefs: [{name: c}]}"
        ),
        httpRoute(
            """
            parentRefs: [{name: g, sectionName: a}]
            hostnames: ["*.example.com"]
            rules:
            - matches:
              - {path: {type: Exact, value: /a}, headers: [{name: a, value: b}], method: GET}
              filters:
              - {type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: A, value: b}]}}
              - type: URLRewrite
                urlRewrite: {path: {type: ReplaceFullPath, replaceFullPath: /b}}
              backendRefs: [{name: s, port: 80, weight: 3}]
              timeouts: {request: 1m, backendRequest: 10s}
            """),
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ntype: Opaque\ndata:\n  a: YWJj\nstringData:\n  b: |\n    text\n    more\n",
        "apiVersion: v1\nkind: Service\nmetadata: &m\n  name: s\nspec:\n  ports:\n  - &p {port: 80}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: &x\n  name: c\n  labels: {}\ndata:\n  <<: &d\n    k: v\n  l: *n\n",
        "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: e}\naddressType: IPv4\nendpoints:\n- addresses: [10.0.0.1]\nports: [{port: 80}]\n",
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Namespace\n  metadata:\n    name: n\n- apiVersion: apps/v1\n  kind: Deployment\n",
        SallyportKindTests.policy(
            "{name: a, from: [{accessKeys: {names: [k]}, networks: [10.0.0.0/8]}], to: [{methods: [GET]}], limits: {requests: {count: 1, window: 1m}}}"
        ),
        BudgetKindTests.budget("per: All\nlimit: {dollars: \"1.50\"}\nwindow: {rolling: 24h}"),
        "apiVersion: sallyport.dev/v1alpha1\nkind: AccessKey\nmetadata: {name: k}\nspec:\n  sha256: \""
            + String(repeating: "0a", count: 32)
            + "\"\n  expires: 2027-01-01T00:00:00Z\n",
        TokenIssuerKindTests.text(TokenIssuerKindTests.base + ", requiredClaims: {a: [b, c]}, algorithms: [ES256]"),
        ModelServerTests.server(
            "extends: [vllm], ports: [1], endpoints: [{methods: [GET], path: \"/a[/{b}]\", classes: [Health]}]"),
        NetworkPolicyTests.policy(
            "podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{namespaceSelector: {}}, {ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}], ports: [{protocol: UDP, port: 5, endPort: 9}]}]"
        ),
        ClusterNetworkPolicyTests.policy(
            "ingress: [{name: a, action: Pass, from: [{namespaces: {}}]}], egress: [{action: Deny, to: [{networks: ['::/0']}, {domainNames: [a.b]}], protocols: [{tcp: {destinationPort: {range: {start: 1, end: 2}}}}]}]"
        ),
        "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {name: a}\nspec:\n  priority: 1\n  subject: {pods: {namespaceSelector: {}, podSelector: {}}}\n  ingress:\n  - action: Allow\n    from: [{namespaces: {}}]\n    ports: [{portNumber: {port: 1}}, {namedPort: a}]\n",
        GuaranteeTests.guarantee(
            "{onlyVia: {via: [{workloads: {asset: data}}], to: [{outside: {}}], ports: [{port: 1, endPort: 2}]}}"),
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  replicas: 2\n  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n    spec:\n      containers:\n      - name: c\n        ports: [{containerPort: 80, hostPort: 8080}]\n",
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec:\n  rules:\n  - host: h\n    http:\n      paths:\n      - {path: /, backend: {service: {name: s, port: {number: 80}}}}\n",
        "apiVersion: v1\nkind: Node\nmetadata: {name: n}\nspec: {podCIDRs: [10.0.0.0/24]}\nstatus:\n  addresses:\n  - {type: InternalIP, address: 10.0.0.1}\n",
        CalicoKindTests.object(
            "NetworkPolicy",
            "tier: t\norder: 1.5\nselector: a in {'b'} && !has(c)\ningress: [{action: Allow, protocol: TCP, destination: {ports: ['1:2']}}]"
        ),
        "# a comment\n%YAML 1.1\n---\na: 'b'\n\"c\": >-\n  folded\n  text\n? d\n: e\n...\n---\n- [1, 2, {x: y}]\n",
    ]
}
