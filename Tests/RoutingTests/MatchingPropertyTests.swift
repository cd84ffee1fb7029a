import Foundation
import Testing

@testable import Kubernetes
@testable import Routing

@Suite("Matching against a naive matcher")
struct MatchingPropertyTests {
    static let seed =
        ProcessInfo.processInfo.environment["SALLYPORT_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...(.max))

    @Test("random routes and requests: the table finds what the specification says")
    func randomRoutes() {
        var random = Seeded(seed: Self.seed)
        var matched = 0
        for round in 0..<150 {
            let naive = Self.configuration(&random)
            let snapshot = Make.snapshot { objects in
                objects.add(Make.gateway(naive.listeners))
                for route in naive.routes { objects.add(route) }
            }
            let table = compile(snapshot)
            for _ in 0..<60 {
                let request = Self.request(&random)
                let found = Self.answer(table, request)
                let wanted = naive.answer(request)
                #expect(found == wanted, "seed \(Self.seed), round \(round), \(request)")
                if wanted != nil { matched += 1 }
                if found != wanted { return }
            }
        }
        // The test would prove nothing if requests missed every route.
        #expect(matched > 1000, "seed \(Self.seed)")
    }

    private static func answer(_ table: RoutingTable, _ request: TestRequest) -> NaiveMatcher.Answer? {
        guard let port = table.port(80),
            case .listener(let listener) = request.withView({ port.selectListener(host: $0.host) }),
            let match = request.match(listener).match
        else { return nil }
        return NaiveMatcher.Answer(
            route: match.rule.route.name.name, rule: match.rule.ruleIndex, length: match.matchedPrefixLength)
    }

    // MARK: Few names, so that they meet

    private static let hosts = ["a.b.c", "b.c", "x.a.b.c", "c", "z.c"]
    private static let hostnames = ["a.b.c", "b.c", "*.b.c", "*.c", "*.a.b.c", "x.a.b.c"]
    private static let paths = ["/", "/a", "/a/b", "/a/b/a", "/b", "/ab", "/a/c"]
    private static let methods = ["GET", "POST", "PUT"]
    private static let names = ["k1", "k2", "k3"]
    private static let texts = ["v", "w x", "longer-than-eight"]

    static func configuration(_ random: inout Seeded) -> NaiveMatcher {
        let all: [String?] = [nil] + hostnames
        let listeners = all.shuffled(using: &random).prefix(.random(in: 1...4, using: &random)).enumerated()
            .map { Make.listener("l\($0)", $1) }
        let routes = (0..<Int.random(in: 1...8, using: &random)).map { number in
            Make.route(
                "r\(number)", created: [nil, 1, 2].randomElement(using: &random) ?? nil,
                hostnames: Array(hostnames.shuffled(using: &random).prefix(.random(in: 0...3, using: &random))),
                parents: [Make.parent([nil, "l0", "l1"].randomElement(using: &random) ?? nil)],
                (0..<Int.random(in: 1...4, using: &random)).map { _ in rule(&random) })
        }
        return NaiveMatcher(listeners: Array(listeners), routes: routes)
    }

    private static func rule(_ random: inout Seeded) -> HTTPRoute.Rule {
        Make.rule(
            (0..<Int.random(in: 1...3, using: &random)).map { _ in
                let path = paths.randomElement(using: &random) ?? "/"
                return Make.match(
                    .random(using: &random) ? .prefix(path) : .exact(path),
                    method: Int.random(in: 0..<3, using: &random) == 0 ? methods.randomElement(using: &random) : nil,
                    headers: pairs(&random), queries: pairs(&random))
            })
    }

    private static func pairs(_ random: inout Seeded) -> [String: String] {
        guard Int.random(in: 0..<3, using: &random) == 0 else { return [:] }
        let chosen = names.shuffled(using: &random).prefix(.random(in: 1...2, using: &random))
        return Dictionary(uniqueKeysWithValues: chosen.map { ($0, texts.randomElement(using: &random) ?? "v") })
    }

    private static func request(_ random: inout Seeded) -> TestRequest {
        var request = TestRequest()
        request.method = methods.randomElement(using: &random) ?? "GET"
        request.host = hosts.randomElement(using: &random) ?? "c"
        request.path =
            (paths.randomElement(using: &random) ?? "/") + (["", "", "/", "/a"].randomElement(using: &random) ?? "")
        if request.path.hasPrefix("//") { request.path.removeFirst() }
        for name in names where .random(using: &random) {
            request.headers[name] = texts.randomElement(using: &random) ?? "v"
        }
        request.query = (0..<Int.random(in: 0...3, using: &random)).map { _ in
            let name = names.randomElement(using: &random) ?? "k1"
            let value = texts.randomElement(using: &random) ?? "v"
            return encoded(name, &random) + "=" + encoded(value, &random)
        }.joined(separator: "&")
        return request
    }

    /// Some of the characters percent-encoded, a space as `+` or `%20`.
    private static func encoded(_ text: String, _ random: inout Seeded) -> String {
        text.utf8.map { byte in
            if byte == UInt8(ascii: " ") { return Bool.random(using: &random) ? "+" : "%20" }
            guard Int.random(in: 0..<4, using: &random) == 0 else { return String(UnicodeScalar(byte)) }
            return "%" + String(byte, radix: 16, uppercase: .random(using: &random))
        }.joined()
    }
}
