import Addresses
import Foundation
import Testing

@testable import Kubernetes

@Suite struct CoreKindTests {
    static func service(_ spec: String) -> String {
        "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {\(spec)}\n"
    }

    @Test func services() throws {
        let key = NamespacedName("default", "s")
        let service = try #require(
            snapshot(Self.service("ports: [{port: 80}, {name: b, port: 81, targetPort: http}]")).objects.invalid.first)
        #expect(service.reason.contains("must all have a name"))
        let good = snapshot(
            Self.service(
                "clusterIP: None, ports: [{name: a, port: 80}, {name: b, port: 81, targetPort: http}, {name: c, port: 1, targetPort: 2}]"
            ))
        #expect(good.objects.services[key]?.ports.map(\.targetPort) == [.int(80), .string("http"), .int(2)])
        #expect(good.objects.services[key]?.clusterIPs == ["None"])
        let external = snapshot(Self.service("type: ExternalName, externalName: a.example.com"))
        #expect(external.objects.services[key]?.externalName == "a.example.com")
        for (spec, expected) in [
            ("type: ExternalName", "externalName: must be there"), ("ports: [{port: 0}]", "ports[0].port"),
            ("ports: [{port: 1, targetPort: 70000}]", "ports[0].targetPort: must be a port number"),
            ("ports: [{port: 1, targetPort: a-very-long-port-name}]", "ports[0].targetPort"),
            ("ports: [{port: 1, protocol: tcp}]", "ports[0].protocol: must be one of TCP, UDP, SCTP"),
            ("type: Other", "type: must be one of"), ("clusterIP: 1.2.3", "clusterIP: must be an IP address"),
            ("selector: {a: 1}", "selector.a: must be a string (put it in quotes), is 1"),
        ] {
            #expect(
                mistakes(Self.service(spec)).first?.hasPrefix("4 spec.\(expected)") == true,
                "\(mistakes(Self.service(spec)))")
        }
    }

    @Test func endpointSlices() throws {
        let text = """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: e, labels: {kubernetes.io/service-name: s}}
            addressType: IPv4
            endpoints:
            - addresses: [127.0.0.1]
            - {addresses: [10.0.0.1], conditions: {ready: false, terminating: true}, zone: z}
            - {addresses: [10.0.0.2], conditions: {ready: null}}
            ports: [{port: 80}, {name: b}]
            """
        let slice = try #require(snapshot(text).objects.endpointSlices[NamespacedName("default", "e")])
        #expect(slice.serviceName == "s")
        #expect(slice.endpoints.map(\.ready) == [true, false, true])
        #expect(slice.endpoints.map(\.serving) == [true, false, true])
        #expect(slice.ports.map(\.port) == [80, nil])
        #expect(
            mistakes(text.replacingOccurrences(of: "10.0.0.2", with: "\"::1\"")).first?.contains(
                "must be an IPv4 address") == true)
        #expect(mistakes(text.replacingOccurrences(of: "10.0.0.2", with: "010.0.0.2")).count == 1)
        #expect(mistakes(text.replacingOccurrences(of: "IPv4", with: "IPv5")).count >= 1)
    }

    @Test("a ConfigMap that names ranges has blocks of addresses, each checked; another has what it likes")
    func namedRanges() {
        let text = { (label: String, value: String) in
            """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: r, labels: {\(label): ""}}
            data: {vendor: "\(value)"}
            """
        }
        let label = "sallyport.dev/named-ranges"
        let read = snapshot(text(label, "192.88.0.0/16,\\n 2a00::/16"))
        #expect(read.mistakes.isEmpty)
        let places = ["192.88.7.1", "2a00::1", "9.0.0.1"].compactMap { Address($0) }
        #expect(places.map { read.objects.namedRanges.name(of: $0) } == ["vendor", "vendor", "public"])
        #expect(
            mistakes(text(label, "192.88.0.0/33")) == [
                "4 data.vendor: must be blocks of addresses such as 192.0.2.0/24, is \"192.88.0.0/33\""
            ])
        #expect(mistakes(text("other", "192.88.0.0/33")).isEmpty)
    }

    @Test func namespacesCarryTheirName() {
        let text =
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: n, labels: {kubernetes.io/metadata.name: forged}}\n"
        let namespace = snapshot(text).objects.namespaces[NamespacedName("", "n")]
        #expect(namespace?.metadata.labels == ["kubernetes.io/metadata.name": "n"])
    }

    @Test func secretsMergeStringData() throws {
        let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: YQ==, b: Yg==}\nstringData: {b: c}\n"
        let secret = try #require(snapshot(text).objects.secrets[NamespacedName("default", "s")])
        #expect(secret.type == "Opaque")
        #expect(secret.data["a"]?.reveal { $0 } == [97] && secret.data["b"]?.reveal { $0 } == [99])
        #expect(mistakes(text + "type: kubernetes.io/tls\n").count == 2)
    }

    @Test func nothingOfASecretIsEverShown() {
        // A marker in every place and shape that a secret's value can take, right and wrong.
        let marker = "h1dd3n"
        let bodies = [
            "data: {a: \(marker)!}", "data: {a: 12\(marker)}", "data: [\(marker)]", "data: {a: [\(marker)]}",
            "data: \(marker)",
            "data: {a: {\(marker): \(marker)}}", "stringData: {a: [\(marker)]}", "stringData: \(marker)",
            "stringData: {a: !x \(marker)}",
            "type: [\(marker)]", "data: {a: !!int \(marker)}", "data: {a: \(marker)", "data:\n  a: |\n  \(marker)\n b",
            "data: {a: \"\(marker)\n",
            "data: {a: *\(marker)}", "data: {a: &\(marker) [*\(marker)]}", "data: {a: \"\\q\(marker)\"}",
            "immutable: \(marker)",
        ]
        for body in bodies {
            for head in [
                "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n",
                "apiVersion: v1\nkind: Secret\nmetadata: \(marker)\n",
                "apiVersion: v2\nkind: Secret\nmetadata: {name: s, labels: {a: [\(marker)]}, annotations: {a: {b: \(marker)}}}\n",
            ] {
                let result = snapshot(head + body + "\n")
                let shown =
                    "\(result.mistakes) \(result.notes) \(result.objects.invalid.map(\.reason)) \(result.objects.secrets)"
                #expect(!shown.contains(marker), "\(head)\(body): \(shown)")
            }
        }
        let key =
            "apiVersion: sallyport.dev/v1alpha1\nkind: AccessKey\nmetadata: {name: k}\nspec: {sha256: sp_\(marker)}\n"
        #expect(
            mistakes(key) == ["4 spec.sha256: must be 64 hexadecimal digits: the SHA-256 of the key, never the key"])
        let json =
            #"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"data":{"a":"h1dd3n"},"data":{"a":"h1dd3n" x}}"#
        #expect(!"\(snapshot(json, file: "s.json").mistakes)".contains(marker))
    }
}

@Suite struct SallyportKindTests {
    static func policy(_ rules: String, target: String = "{group: gateway.networking.k8s.io, kind: HTTPRoute, name: r}")
        -> String
    {
        "apiVersion: sallyport.dev/v1alpha1\nkind: AccessPolicy\nmetadata: {name: p, namespace: ai}\nspec:\n"
            + "  targetRefs: [\(target)]\n  rules:\n  - \(rules)\n"
    }

    @Test func accessPolicy() throws {
        let text = Self.policy(
            """
            name: chat
                from: [{accessKeys: {names: [alice], selector: {matchLabels: {team: a}}}, networks: [10.0.0.0/8]}]
                to: [{methods: [POST], paths: [{type: Exact, value: /api/chat}, {type: PathPrefix, value: /v1}]}]
                limits: {requests: {count: 60, window: 1m}, concurrency: 4}
              - {from: [{networks: ["::1/128"]}]}
            """)
        #expect(mistakes(text).isEmpty)
        let policy = try #require(snapshot(text).objects.accessPolicies[NamespacedName("ai", "p")])
        #expect(policy.rules.map(\.name) == ["chat", "rule-1"])
        #expect(
            policy.rules[0].limits
                == .init(requests: .init(count: 60, window: Milliseconds(60_000), burst: 60), concurrency: 4))
        let to = try #require(policy.rules[0].to.first)
        #expect(to.methods == ["POST"] && to.paths == [.exact("/api/chat"), .prefix("/v1")])
        #expect(to.classes.isEmpty && to.models.isEmpty && to.mcp == nil && to.mediaHosts.isEmpty && !to.isStrict)
        #expect(policy.rules[0].from[0].networks == [Prefix("10.0.0.0/8")!])
        #expect(policy.rules[1].from[0].accessKeys == nil && policy.rules[1].to.isEmpty)
    }

    @Test(arguments: [
        (
            "{from: [{networks: [10.1.0.0/8]}]}",
            "from[0].networks[0]: has host bits set; did you mean 10.0.0.0/8, is \"10.1.0.0/8\""
        ),
        ("{from: [{networks: [10.0.0.0]}]}", "from[0].networks[0]: must be an address block"),
        ("{from: [{networks: []}]}", "from[0].networks: must not be empty"),
        ("{from: [{}]}", "from[0]: must have one of accessKeys, tokens, serviceAccounts, certificates"),
        ("{from: [{accessKeys: {}}]}", "from[0].accessKeys: must have names or a selector"),
        ("{from: [{accessKeys: {names: [], selector: {}}}]}", "from[0].accessKeys.names: must have at least 1 entries"),
        ("{from: [{accessKeys: {names: [A]}}]}", "from[0].accessKeys.names[0]: must be a DNS name"),
        (
            "{from: [{acessKeys: {names: [a]}, networks: [10.0.0.0/8]}]}",
            "from[0].acessKeys: no such field; did you mean accessKeys"
        ),
        (
            "{from: [{accessKeys: {selector: {matchLables: {a: b}}}}]}",
            "from[0].accessKeys.selector.matchLables: no such field; did you mean matchLabels"
        ),
        ("{to: []}", "to: must not be empty"), ("{to: [{}]}", "to[0]: must have a condition"),
        ("{to: [{methods: []}]}", "to[0].methods: must not be empty"),
        ("{to: [{methods: [post]}]}", "to[0].methods[0]: must be an HTTP method in capital letters"),
        ("{to: [{paths: [{value: /a}]}]}", "to[0].paths[0].type: must be there"),
        (
            "{to: [{paths: [{type: RegularExpression, value: /a}]}]}",
            "to[0].paths[0].type: must be one of Exact, PathPrefix, is"
        ),
        ("{to: [{paths: [{type: Exact, value: /a/../b}]}]}", "to[0].paths[0].value: must not contain '/../'"),
        ("{limits: {requests: {count: 0, window: 1m}}}", "limits.requests.count: must be a whole number between 1"),
        ("{limits: {requests: {count: 1, window: 0s}}}", "limits.requests.window: must be longer than nothing"),
        ("{limits: {requests: {count: 1}}}", "limits.requests.window: must be there"),
        ("{limits: {concurrency: 0}}", "limits.concurrency: must be"),
        ("{form: []}", "form: no such field"),
    ])
    func wrongRules(rule: String, expected: String) {
        let found = mistakes(Self.policy(rule))
        #expect(found.count == 1 && found[0].hasPrefix("7 spec.rules[0].\(expected)"), "\(found)")
        let result = snapshot(Self.policy(rule))
        #expect(result.objects.accessPolicies.isEmpty)
        #expect(result.objects.invalid.first?.targetRefs?.map(\.name) == ["r"])
    }

    @Test func targets() {
        let found = mistakes(Self.policy("{}", target: "{group: '', kind: Service, name: s}"))
        #expect(
            found.map { $0.split(separator: ":")[0] } == ["5 spec.targetRefs[0].group", "5 spec.targetRefs[0].kind"])
        // What a target says must be known whole, or the policy could be meant for anything.
        #expect(
            snapshot(Self.policy("{}", target: "{kind: HTTPRoute, name: s}")).objects.invalid.first?.targetRefs == nil)
    }

    @Test func accessKey() throws {
        let text = { (spec: String) in
            "apiVersion: sallyport.dev/v1alpha1\nkind: AccessKey\nmetadata: {name: k}\nspec: {\(spec)}\n"
        }
        let hash = String(repeating: "0aF", count: 21) + "1"
        let good = text(
            "sha256: \"\(hash)\", owner: alice@example.com, expires: 2027-01-01T00:00:00Z, networks: [10.0.0.0/8]")
        let key = try #require(snapshot(good).objects.accessKeys[NamespacedName("default", "k")])
        #expect(key.sha256.count == 32 && key.sha256[0] == 0x0a && key.expires == 1_798_761_600 && !key.revoked)
        for spec in [
            "", "sha256: ''", "sha256: 12", "sha256: \"\(hash)\", expires: tomorrow",
            "sha256: \"\(hash)\", revoked: yes", "sha256: \"\(hash)\", key: x",
        ] {
            #expect(mistakes(text(spec)).count == 1, "\(spec): \(mistakes(text(spec)))")
        }
    }

    @Test func unknownKindsOfOurGroup() {
        let result = snapshot(
            "apiVersion: sallyport.dev/v1alpha1\nkind: AccessPolcy\nmetadata: {name: p}\nspec: {targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: c}]}\n"
        )
        let own = Kind.all.filter { $0.group == Kind.ownGroup }.map(\.name).joined(separator: ", ")
        #expect(own.hasPrefix("AccessPolicy, AccessKey, "))
        #expect(result.mistakes.map(\.message) == ["must be one of \(own), is \"AccessPolcy\""])
        #expect(result.objects.invalid.first?.targetRefs?.map(\.name) == ["c"])
        // What is attached counts as a policy, so that it denies.
        #expect(result.objects.invalid.first?.reference.kind == "AccessPolicy")
        let slip = snapshot(
            "apiVersion: sallyport.de/v1alpha1\nkind: AccessPolicy\nmetadata: {name: p}\nspec: {targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: c}]}\n"
        )
        #expect(slip.mistakes.map(\.path) == ["apiVersion"])
        #expect(slip.objects.invalid.first?.reference.group == "sallyport.dev")
        #expect(slip.objects.invalid.first?.targetRefs?.map(\.name) == ["c"])
        let other = snapshot("apiVersion: example.com/v1\nkind: AccessKey\nmetadata: {name: p}\n")
        #expect(
            other.notes.map(\.message) == [
                "\"AccessKey\" of \"example.com/v1\" is not read; did you mean sallyport.dev/v1alpha1"
            ])
        #expect(
            mistakes("apiVersion: sallyport.dev/v2\nkind: AccessKey\nmetadata: {name: p}\n") == [
                "1 apiVersion: must be one of sallyport.dev/v1alpha1, is \"sallyport.dev/v2\""
            ])
    }
}
