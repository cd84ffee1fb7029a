import Testing

@testable import Kubernetes

@Suite struct TokenIssuerKindTests {
    static func text(_ spec: String) -> String {
        "apiVersion: sallyport.dev/v1alpha1\nkind: TokenIssuer\nmetadata: {name: i}\nspec: {\(spec)}\n"
    }

    /// A spec whose `jwks` is this.
    static func withKeys(_ jwks: String) -> String {
        text("issuer: 'https://a.example', audiences: [a], jwks: {\(jwks)}")
    }

    static let base = "issuer: 'https://a.example', audiences: [a], jwks: {inline: '{}'}"

    private func read(_ text: String) throws -> TokenIssuer {
        #expect(mistakes(text).isEmpty, "\(mistakes(text))")
        return try #require(snapshot(text).objects.tokenIssuers[NamespacedName("default", "i")])
    }

    @Test func defaults() throws {
        let issuer = try read(Self.text(Self.base))
        #expect(issuer.issuer == "https://a.example" && issuer.audiences == ["a"] && issuer.subjectClaim == "sub")
        #expect(issuer.algorithms == TokenAlgorithm.allCases && issuer.clockSkew == Milliseconds(30_000))
        #expect(issuer.maximumLifetime == nil && !issuer.serviceAccounts && issuer.requiredClaims.isEmpty)
        #expect(issuer.jwks == .inline("{}"))
        let url = try read(Self.withKeys("url: 'https://a.example/keys'"))
        let source = TokenIssuer.URLSource(
            place: .url("https://a.example/keys"), refresh: Milliseconds(600_000), caCertificates: nil)
        #expect(url.jwks == .fetched(source))
        let cluster = try read(Self.withKeys("cluster: {}, refresh: 1m"))
        let own = TokenIssuer.URLSource(place: .cluster, refresh: Milliseconds(60_000), caCertificates: nil)
        #expect(cluster.jwks == .fetched(own))
    }

    @Test func everything() throws {
        let issuer = try read(
            Self.text(
                """
                issuer: i, audiences: [a, b], algorithms: [EdDSA, PS384], subjectClaim: email, clockSkew: 0s, \
                maximumLifetime: 1h, requiredClaims: {tenant: blue, groups: [x, y]}, \
                jwks: {url: "http://127.0.0.1:8080/keys?x=1", refresh: 1m, caCertificates: {configMapRef: {name: ca}}}
                """))
        #expect(issuer.algorithms == [.edDSA, .ps384] && issuer.subjectClaim == "email")
        #expect(issuer.clockSkew == Milliseconds(0) && issuer.maximumLifetime == Milliseconds(3_600_000))
        #expect(issuer.requiredClaims == ["tenant": ["blue"], "groups": ["x", "y"]])
        guard case .fetched(let source) = issuer.jwks else {
            Issue.record("\(issuer.jwks)")
            return
        }
        #expect(source.caCertificates == .configMap(TokenIssuer.KeyReference(name: "ca", key: "ca.crt")))
        let secret = try read(Self.withKeys("secretRef: {name: s, key: jwks.json}"))
        #expect(secret.jwks == .secret(TokenIssuer.KeyReference(name: "s", key: "jwks.json")))
        #expect(try read(Self.text(Self.base + ", serviceAccounts: true")).serviceAccounts)
    }

    @Test func bindings() throws {
        #expect(try read(Self.text(Self.base)).bindings == nil)
        let issuer = try read(
            Self.text(
                Self.base + """
                    , bindings: {networks: [10.0.0.0/8], certificates: {spiffeIDs: ["spiffe://a.example/x"]}, \
                    workloads: {namespaces: [web], names: [{kind: Deployment, name: agent}]}}
                    """))
        let bindings = try #require(issuer.bindings)
        #expect(bindings.networks.map(\.description) == ["10.0.0.0/8"])
        #expect(bindings.certificates?.spiffeIDs == ["spiffe://a.example/x"])
        #expect(bindings.workloads?.namespaces == ["web"])
        // As in a key: a workload without a namespace is one of the object's own.
        #expect(
            bindings.workloads?.names == [WorkloadName(kind: "Deployment", namespace: "default", name: "agent")])
    }

    @Test(
        "one mistake each",
        arguments: [
            ("audiences: [a], jwks: {inline: x}", "spec.issuer"), ("issuer: i, jwks: {inline: x}", "spec.audiences"),
            ("issuer: '', audiences: [a], jwks: {inline: x}", "spec.issuer"),
            ("issuer: i, audiences: [], jwks: {inline: x}", "spec.audiences"),
            ("issuer: i, audiences: [a, a], jwks: {inline: x}", "spec.audiences"),
            ("issuer: i, audiences: [''], jwks: {inline: x}", "spec.audiences[0]"),
            ("issuer: i, audiences: a, jwks: {inline: x}", "spec.audiences"),
            ("issuer: i, audiences: [a]", "spec.jwks"), (base + ", algorithms: []", "spec.algorithms"),
            (base + ", algorithms: [none]", "spec.algorithms[0]"),
            (base + ", algorithms: [HS256]", "spec.algorithms[0]"),
            (base + ", algorithms: [es256]", "spec.algorithms[0]"),
            (base + ", algorithms: [ES256, ES256]", "spec.algorithms"), (base + ", clockSkew: 6m", "spec.clockSkew"),
            (base + ", clockSkew: 30", "spec.clockSkew"), (base + ", maximumLifetime: 0s", "spec.maximumLifetime"),
            (base + ", subjectClaim: ''", "spec.subjectClaim"), (base + ", audience: x", "spec.audience"),
            (base + ", serviceAccounts: true, subjectClaim: email", "spec.subjectClaim"),
            (base + ", bindings: {}", "spec.bindings"), (base + ", bindings: {networks: []}", "spec.bindings.networks"),
            (base + ", bindings: {networks: [10.0.0.1/8]}", "spec.bindings.networks[0]"),
            (base + ", bindings: {workloads: {}}", "spec.bindings.workloads"),
            (base + ", bindings: {certificates: {}}", "spec.bindings.certificates"),
            (base + ", requiredClaims: {a: 1}", "spec.requiredClaims.a"),
            (base + ", requiredClaims: {a: true}", "spec.requiredClaims.a"),
            (base + ", requiredClaims: {a: {b: c}}", "spec.requiredClaims.a"),
            (base + ", requiredClaims: {a: []}", "spec.requiredClaims.a"),
            (base + ", requiredClaims: {a: null}", "spec.requiredClaims.a"),
            (base + ", requiredClaims: {a: [1]}", "spec.requiredClaims.a[0]"),
        ])
    func wrong(spec: String, path: String) {
        let found = snapshot(Self.text(spec))
        #expect(found.mistakes.map(\.path) == [path], "\(spec): \(found.mistakes)")
        #expect(found.objects.tokenIssuers.isEmpty && found.objects.invalid.count == 1)
    }

    @Test(
        "wrong sources of keys",
        arguments: [
            ("", "spec.jwks"), ("inline: x, url: 'https://a.example'", "spec.jwks"),
            ("inline: x, refresh: 5m", "spec.jwks.refresh"), ("secretRef: {name: s}", "spec.jwks.secretRef.key"),
            ("secretRef: {name: S, key: k}", "spec.jwks.secretRef.name"),
            ("secretRef: {name: s, key: '../k'}", "spec.jwks.secretRef.key"),
            ("url: 'https://a.example', refresh: 30s", "spec.jwks.refresh"),
            ("url: 'https://a.example', refresh: 25h", "spec.jwks.refresh"),
            ("url: 'https://a.example', caCertificates: {}", "spec.jwks.caCertificates"),
            (
                "url: 'https://a.example', caCertificates: {configMapRef: {name: a}, secretRef: {name: b}}",
                "spec.jwks.caCertificates"
            ),
            ("inline: {keys: []}", "spec.jwks.inline"),
        ])
    func wrongKeys(jwks: String, path: String) {
        #expect(
            snapshot(Self.withKeys(jwks)).mistakes.map(\.path) == [path], "\(jwks): \(mistakes(Self.withKeys(jwks)))")
    }

    @Test(
        "addresses that keys may not be fetched from",
        arguments: [
            "http://a.example/keys", "http://10.0.0.1/keys", "http://169.254.169.254/latest", "ftp://a.example",
            "file:///etc/keys", "HTTPS://a.example", "https:/a.example", "https://", "https:///keys", "a.example/keys",
            "https://user@a.example/keys", "https://user:password@a.example", "https://a.example#x",
            "https://a.example\\\\@evil.example", "https://A.example", "https://a.example:0", "https://a.example:99999",
            "https://a.example:", "https://a.example:80x", "https://[::1", "https://[a.example]", "https://::1/keys",
            "http://127.1/keys", "http://0x7f000001", "http://2130706433", "http://127.0.0.1.evil.example",
            "http://localhost.evil.example", "http://127.0.0.1@evil.example", "https://a..example",
            "https://a b.example",
            "https://a.example/\\u0000", "http://[::ffff:10.0.0.1]/", "https://a.example/\u{e9}", "http://0.0.0.0/",
        ])
    func addresses(url: String) {
        #expect(snapshot(Self.withKeys("url: \"\(url)\"")).mistakes.map(\.path) == ["spec.jwks.url"], "\(url)")
    }

    @Test(
        "addresses that keys may be fetched from",
        arguments: [
            "https://a.example", "https://a.example/keys?x=y", "https://a.example:8443/keys", "https://10.0.0.1/keys",
            "https://[fd00::1]:8443/keys", "http://localhost/keys", "http://127.0.0.1:8080/keys", "http://127.9.9.9/",
            "http://[::1]:80/keys", "https://kubernetes.default.svc/openid/v1/jwks", "http://[::ffff:127.0.0.1]/",
        ])
    func goodAddresses(url: String) throws {
        guard case .fetched(let source) = try read(Self.withKeys("url: '\(url)'")).jwks else {
            Issue.record("\(url)")
            return
        }
        #expect(source.place == .url(url))
    }

    @Test func partsOfAnAddress() throws {
        let address = try #require(WebAddress("https://a.example:8443/keys?x=1"))
        #expect(address.isSecure && address.host == "a.example" && address.port == 8443 && !address.isLoopback)
        #expect(WebAddress("http://[::1]/")?.port == 80 && WebAddress("https://a.example")?.port == 443)
        #expect(WebAddress("https://a.example/" + String(repeating: "a", count: 2048)) == nil)
    }
}
