import Testing

@testable import Kubernetes
@testable import Routing

@Suite("gRPC matching against the words of the specification")
struct GRPCPropertyTests {
    private typealias Wanted = (service: String?, method: String?, headers: [String: String])

    private struct Entry {
        var route: Int
        var created: Int64
        var rule: Int
        var match: Int
        var wanted: Wanted

        /// Most characters of the service, of the method, most headers; then age, name, place.
        var rank: [Int64] {
            [
                -Int64(wanted.service?.count ?? 0), -Int64(wanted.method?.count ?? 0), -Int64(wanted.headers.count),
                created, Int64(route), Int64(rule), Int64(match),
            ]
        }

        func fits(_ service: String, _ method: String, _ headers: [String: String]) -> Bool {
            (wanted.service ?? service) == service && (wanted.method ?? method) == method
                && wanted.headers.allSatisfy { headers[$0.key] == $0.value }
        }
    }

    private static let services = ["a.S", "a.Service", "b.S"]
    private static let methods = ["Get", "List"]

    @Test("random routes and calls")
    func randomRoutes() {
        let seed = MatchingPropertyTests.seed
        var random = Seeded(seed: seed)
        var matched = 0
        for round in 0..<80 {
            let entries = Self.entries(&random)
            let listener = Self.listener(entries)
            for _ in 0..<40 {
                let (service, method) = (Self.pick(Self.services, &random), Self.pick(Self.methods, &random))
                let headers: [String: String] = .random(using: &random) ? ["k": Self.pick(["1", "2"], &random)] : [:]
                let best = entries.filter { $0.fits(service, method, headers) }
                    .min { $0.rank.lexicographicallyPrecedes($1.rank) }
                let request = TestRequest(method: "POST", path: "/\(service)/\(method)", headers: headers)
                let found = listener.flatMap { request.match($0).match?.rule }
                let place = found.map { "\($0.route.name.name) \($0.ruleIndex)" }
                #expect(place == best.map { "r\($0.route) \($0.rule)" }, "seed \(seed), round \(round), \(request)")
                if best != nil { matched += 1 }
            }
        }
        #expect(matched > 500, "seed \(seed)")
    }

    private static func entries(_ random: inout Seeded) -> [Entry] {
        (0..<Int.random(in: 1...5, using: &random)).flatMap { route -> [Entry] in
            let created = Int64.random(in: 1...2, using: &random)
            return (0..<Int.random(in: 1...3, using: &random)).flatMap { rule -> [Entry] in
                (0..<Int.random(in: 1...2, using: &random)).map { match in
                    let service = Bool.random(using: &random) ? pick(services, &random) : nil
                    let method = Bool.random(using: &random) ? pick(methods, &random) : nil
                    let headers: [String: String] =
                        Int.random(in: 0..<3, using: &random) == 0 ? ["k": pick(["1", "2"], &random)] : [:]
                    return Entry(
                        route: route, created: created, rule: rule, match: match, wanted: (service, method, headers))
                }
            }
        }
    }

    private static func listener(_ entries: [Entry]) -> CompiledListener? {
        let snapshot = Make.snapshot { objects in
            objects.add(Make.gateway([Make.listener("l")]))
            for (route, members) in Dictionary(grouping: entries, by: \.route) {
                let rules = Dictionary(grouping: members, by: \.rule).sorted { $0.key < $1.key }
                objects.add(
                    Make.grpcRoute(
                        "r\(route)", created: members[0].created, rules.map { $0.value.map(\.wanted) }))
            }
        }
        return compile(snapshot).listeners.first
    }

    private static func pick(_ texts: [String], _ random: inout Seeded) -> String {
        texts.randomElement(using: &random) ?? texts[0]
    }
}
