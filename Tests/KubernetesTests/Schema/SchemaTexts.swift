@testable import Kubernetes

/// Texts of each rule: good ones, ones that schema and decoder both refuse, and ones that only the decoder refuses,
/// because a pattern cannot say why they are wrong.
struct TextSamples {
    var good: [String]
    var bad: [String]
    var leftToDecoder: [String] = []

    /// Every rule that our kinds use, but for those of plain text, whose bounds say all.
    static let all: [TextRule: TextSamples] = [
        .label: TextSamples(
            good: ["a", "team-a", "0", long("a", 63)], bad: ["", "A", "-a", "a-", "a.b", "a_b", "a\n", long("a", 64)]),
        .subdomain: TextSamples(
            good: ["a", "a.b-c.d", "0.1", long("a", 253)],
            bad: ["", "A", ".a", "a.", "a..b", "-a", "a_b", "a/b", "a\n", long("a", 254)]),
        .group: TextSamples(good: ["", "apps", "example.com"], bad: ["A", ".a", "a/b", long("a", 254)]),
        .kind: TextSamples(
            good: ["Deployment", "x", "My-Kind2"], bad: ["", "2a", "-a", "a-", "a.b", "a b", long("a", 64)]),
        .objectName: TextSamples(good: ["a", "Some name", long("a", 253)], bad: ["", long("a", 254)]),
        .labelKey: TextSamples(
            good: ["a", "A_b.c-d", "example.com/a", long("a", 63)],
            bad: ["", "/a", "a/", "-a", "a b", "A.b/c", "a/b/c", long("a", 64)],
            leftToDecoder: [long("a", 254) + "/b"]),
        .labelValue: TextSamples(
            good: ["", "a", "A_b.c", long("a", 63)], bad: ["-a", "a-", "a b", "a/b", long("a", 64)]),
        .dataKey: TextSamples(
            good: ["ca.crt", "_", "...", "..a", long("a", 253)], bad: ["", ".", "..", "a/b", "a b", long("a", 254)]),
        .pattern: TextSamples(
            good: ["*", "llama3*", "a b", "\u{e9}", long("a", 256)],
            bad: ["", "a\u{0}", "a\u{7f}", "a\u{9f}", long("a", 257)],
            leftToDecoder: [long("\u{e9}", 200)]),
        .host: TextSamples(
            good: ["example.com", "*.example.com", "*.a", long("a", 253)],
            bad: ["", "*", "*.", "*a.b", "a.*.b", "A.b", "a:80", long("a", 256)], leftToDecoder: [long("a", 254)]),
        .spiffeID: TextSamples(
            good: ["spiffe://a", "spiffe://example.org/ns/a", "spiffe://example.org/*", "spiffe:///*", "spiffe://*"],
            bad: ["", "spiffe://", "https://a", "spiffe://a/*/b", "spiffe://a*", "spiffe://a\u{0}"]),
        .fingerprint: TextSamples(
            good: [long("0a", 64)], bad: ["", long("a", 63), long("a", 65), long("A", 64), long("g", 64)]),
        .keyHash: TextSamples(good: [long("0aF", 64)], bad: ["", long("a", 63), long("a", 65), long("g", 64)]),
        .network: TextSamples(
            good: ["10.0.0.0/8", "0.0.0.0/0", "10.1.2.3/32", "::/0", "fd00::/8", "::1/128", "::ffff:10.0.0.0/104"],
            bad: [
                "", "10.0.0.0", "10.0.0.0/33", "10.0.0.256/32", "10.0.0/8", "fd00::/129", "fd00::/08", "a", "a/b",
                "10.0.0.0/08", "010.0.0.0/8",
            ],
            leftToDecoder: ["10.0.0.1/8", "fd00::1/8", ":::/0", "1:2/64"]),
        .method: TextSamples(
            good: ["GET", "M-SEARCH", long("A", 32)], bad: ["", "get", "GET ", "G3T", long("A", 33)]),
        .path: TextSamples(
            good: ["/", "/api/tags", "/a%20b", "/a*"],
            bad: ["", "a", "/a b", "/a?b", "/a#b", "/\u{e9}", "/" + long("a", 1024)],
            leftToDecoder: ["//", "/a/../b", "/a/..", "/%2f", "/%zz"]),
        .duration: TextSamples(
            good: ["1m", "90s", "1h30m", "60000ms"],
            bad: ["", "1", "m", "1d", "-1s", "1.5h", "1s ", "1 s", "100000s", "1s1s1s1s1s"]),
        .time: TextSamples(
            good: ["2030-01-01T00:00:00Z", "2030-01-01T00:00:00.5+02:00"],
            bad: ["", "2030-01-01", "2030-13-01T00:00:00Z", "2030-01-01 00:00:00Z", "tomorrow"]),
        .dollars: TextSamples(
            good: ["10.00", "0.000000000001", "9000000", "9000000.0", "0000010", "8999999.999999999999"],
            bad: [
                "", "-1", "+1", "1e3", "1,000", "9000000.000000000001", "9000001", "10000000", ".5", "5.", "0", "0.00",
                "0.0000000000001", "NaN",
            ]),
        .price: TextSamples(
            good: ["0", "0.15", "999999.999999", "000001"],
            bad: ["", "-1", "1e3", "1000000", "0.1234567", ".5", "5.", "1 "]),
        .claimName: TextSamples(
            good: ["sub", "https://example.com/tenant", long("a", 256)], bad: ["", "a\u{0}", long("a", 257)],
            leftToDecoder: [long("\u{e9}", 200)]),
        .modelName: TextSamples(
            good: ["llama3.2:1b", long("a", 256)], bad: ["", "a\n", long("a", 257)],
            leftToDecoder: [long("\u{e9}", 200)]),
        .webAddress: TextSamples(
            good: [
                "https://a", "https://login.example.com/keys?a=b", "https://login.example.com:8443",
                "https://[fd00::1]/k",
                "http://localhost:8080/k", "http://127.0.0.1", "http://[::1]:1/", "https://10.0.0.1/",
            ],
            bad: [
                "", "https://", "http://example.com/", "ftp://a/", "https://A.com/", "https://u@a/", "https://a/#b",
                "https://a/b c", "https://a\\b", "https://a:b/", "http://localhost.example.com/",
                "https://a/" + long("a", 2048),
            ],
            leftToDecoder: [
                "https://a:99999/", "https://.a", "https://1.2.3/", "http://127.0.0.999/", "https://[:::]/",
            ]),
        .image: TextSamples(
            good: ["llm", "team/llm", "registry.example.com:5000/team/*", "a/*"],
            bad: ["", "*", "llm:1", "a//b", "/a", "a/", "a/*/b", "a@sha256", "a b", "a/b:1", long("a", 256)]),
        .pathPattern: TextSamples(
            good: ["/", "/v1/{model}/x", "/a[/{b}]", "(/a|/b)/c", "/x/{rest...}", "[/a]/b"],
            bad: ["", "a", "/*", "/a?b", "/a b", "/\u{e9}", "/" + long("a", 512)],
            leftToDecoder: ["/{", "/a)", "/{1}", "//", "/a/../b", "/a|b", "[/a]"]),
    ]

    /// So many characters of a text that is repeated.
    static func long(_ text: String, _ count: Int) -> String {
        String(String(repeating: text, count: count).prefix(count))
    }

    /// Samples of any rule.
    static func of(_ rule: TextRule) -> TextSamples {
        if let samples = all[rule] { return samples }
        var bad = [long("a", rule.length.upperBound + 1)]
        if rule.length.lowerBound > 0 { bad.append(long("a", rule.length.lowerBound - 1)) }
        if rule.pattern != nil { bad += ["a\u{0}", "a\u{85}"] }
        return TextSamples(
            good: [long("a", rule.length.lowerBound), long("some text ", min(rule.length.upperBound, 2000))], bad: bad)
    }
}

extension TextRule {
    /// A random text that is right.
    func random(_ random: inout SplitMix) -> String {
        let good = TextSamples.of(self).good
        let letters = "abcdefghijklmnopqrstuvwxyz"
        let word = String((0..<6).map { _ in letters.randomElement(using: &random)! })
        switch name {
        case "DNS label", "DNS name", "name", "pattern", "name of a claim", "name of a model", "label key",
            "label value",
            "key of a Secret or ConfigMap", "name of an image", "host name or *. and one":
            return Int.random(in: 0..<4, using: &random) == 0 ? good.randomElement(using: &random)! : word
        case "text" where length.upperBound >= 6 && pattern != nil:
            return Int.random(in: 0..<4, using: &random) == 0 ? good.randomElement(using: &random)! : word
        case "address block":
            return
                "\((0..<4).map { _ in String(UInt8.random(in: 0 ... .max, using: &random)) }.joined(separator: "."))/32"
        case "SPIFFE ID": return "spiffe://example.org/\(word)"
        case "HTTP method": return word.uppercased()
        case "SHA-256 in hexadecimal":
            return String((0..<64).map { _ in "0123456789abcdef".randomElement(using: &random)! })
        default: return good.randomElement(using: &random)!
        }
    }
}
