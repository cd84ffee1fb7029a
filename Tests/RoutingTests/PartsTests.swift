import Testing

@testable import Kubernetes
@testable import Routing

@Suite("The small parts")
struct PartsTests {
    private func bytes<R>(_ text: String, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        Array(text.utf8).withUnsafeBytes(body)
    }

    @Test("paths have one percent-encoded form")
    func canonical() {
        func form(_ text: String) -> String { String(decoding: canonicalPath(Array(text.utf8)), as: UTF8.self) }
        #expect(form("/%61%2d%7E") == "/a-~")
        #expect(form("/%2f%c3%bc") == "/%2F%C3%BC")
        #expect(form("/%zz%4") == "/%zz%4")
        #expect(form("/plain") == "/plain")
    }

    @Test("a rewritten path begins with one slash and names no other host")
    func rewrite() {
        func prefix(_ new: String, _ path: String, _ length: Int) -> String {
            let rewrite = PathRewrite(.replacePrefixMatch(new))
            return bytes(path) { String(decoding: rewrite.apply(to: $0, matchedPrefixLength: length), as: UTF8.self) }
        }
        #expect(prefix("/new", "/old/x", 4) == "/new/x")
        #expect(prefix("/new/", "/old/x", 4) == "/new/x")
        #expect(prefix("/new", "/old", 4) == "/new")
        #expect(prefix("/", "/old/x", 4) == "/x")
        #expect(prefix("", "/old", 4) == "/")
        #expect(prefix("/", "/old//evil.example/x", 4) == "/evil.example/x")
        #expect(prefix("/new", "/x", 0) == "/new/x")
    }

    @Test("query parameters are compared decoded, and the first counts")
    func query() {
        func value(_ name: String, _ query: String) -> String? {
            bytes(name) { name in
                bytes(query) { query in firstQueryValue(name, in: query).map { String(decoding: $0, as: UTF8.self) } }
            }
        }
        #expect(value("a", "b=1&a=2&a=3") == "2")
        #expect(value("a", "%61=x") == "x")
        #expect(value("a b", "a+b=x") == "x")
        #expect(value("a", "a") == "")
        #expect(value("a", "a=") == "")
        #expect(value("a", "aa=1&=2&&b") == nil)
        #expect(value("a", "") == nil)
        #expect(bytes("%7") { raw in bytes("%7") { decodesTo(raw, $0) } })
        #expect(!bytes("%00") { raw in bytes("") { decodesTo(raw, $0) } })
    }

    @Test("pieces are hashed as pieces, decoded as plain")
    func hash() {
        func hash(_ pieces: [String]) -> UInt32 {
            var hasher = ByteHash(seed: 0)
            for piece in pieces { bytes(piece) { hasher.combine($0) } }
            return hasher.value
        }
        #expect(hash(["ab", "c"]) != hash(["a", "bc"]))
        #expect(hash(["12345678", ""]) != hash(["", "12345678"]))
        for text in ["", "a", "12345678", "a longer text with spaces", "123456789"] {
            var decoded = ByteHash(seed: 0)
            let encoded = text.utf8.map { "%" + String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            bytes(encoded) { decoded.combineDecoded($0) }
            #expect(decoded.value == hash([text]), "\(text)")
        }
    }

    @Test("host names overlap as the specification says")
    func hostnames() {
        let cases: [(String?, String?, Bool)] = [
            ("a.b.c", "*.b.c", true), ("b.c", "*.b.c", false), ("*.b.c", "*.c", true), ("*.b.c", "*.d", false),
            (nil, "a", true), ("a.b", "a.b", true), ("a.b", "c.b", false), ("x.a.b.c", "*.c", true),
            ("ab.c", "*.b.c", false),
        ]
        for (a, b, wanted) in cases {
            #expect(hostnamesIntersect(a, b) == wanted, "\(a ?? "any") \(b ?? "any")")
            #expect(hostnamesIntersect(b, a) == wanted)
            var claims = HostClaims()
            #expect(!claims.overlaps(a))
            claims.insert(b)
            #expect(claims.overlaps(a) == wanted, "claims: \(a ?? "any") \(b ?? "any")")
        }
    }

    @Test("origins")
    func cors() {
        let policy = CORSPolicy(
            RouteFilter.CORS(
                allowOrigins: ["https://www.foo.com", "https://*.bar.com"], allowCredentials: false, allowMethods: [],
                allowHeaders: [], exposeHeaders: [], maxAge: 5))
        let cases = [
            ("https://www.foo.com", true), ("HTTPS://WWW.FOO.COM", true), ("http://www.foo.com", false),
            ("https://www.foo.com:8443", false), ("https://www.bar.com", true), ("https://x.y.bar.com", true),
            ("https://bar.com", false), ("https://.bar.com", false), ("https://evil.com/.bar.com", false),
            ("https://evil.com:1.bar.com", false), ("https://u@x.bar.com", false), ("null", false),
        ]
        for (origin, wanted) in cases { #expect(bytes(origin, policy.allows) == wanted, "\(origin)") }
        let all = CORSPolicy(
            RouteFilter.CORS(
                allowOrigins: ["*"], allowCredentials: true, allowMethods: [], allowHeaders: [], exposeHeaders: [],
                maxAge: 5))
        #expect(bytes("https://anything:1", all.allows))
    }

    @Test("grants name both ends")
    func grants() {
        let grant = ReferenceGrant(
            metadata: Make.metadata("g", "b"),
            from: [ReferenceGrant.From(group: gatewayGroup, kind: "HTTPRoute", namespace: "a")],
            to: [ReferenceGrant.To(group: "", kind: "Service", name: "s")])
        var objects = Objects()
        objects.referenceGrants[grant.key] = grant
        let grants = Grants(objects)
        let route = GroupKind(group: gatewayGroup, kind: "HTTPRoute")
        let service = GroupKind(group: "", kind: "Service")
        #expect(grants.allow(route, in: "a", toRefer: NamespacedName("b", "s"), service))
        #expect(!grants.allow(route, in: "a", toRefer: NamespacedName("b", "t"), service))
        #expect(!grants.allow(route, in: "c", toRefer: NamespacedName("b", "s"), service))
        #expect(
            !grants.allow(
                GroupKind(group: gatewayGroup, kind: "GRPCRoute"), in: "a", toRefer: NamespacedName("b", "s"), service))
        #expect(grants.allow(route, in: "c", toRefer: NamespacedName("c", "anything"), service))
    }
}
