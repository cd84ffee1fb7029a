import Testing

@testable import Kubernetes
@testable import Routing

@Suite("What routes may not do")
struct RouteCompilerTests {
    private func table(_ fill: (inout Objects) -> Void) -> RoutingTable {
        compile(
            Make.snapshot { objects in
                objects.add(Make.gateway([Make.listener("l")]))
                objects.add(Make.service())
                objects.add(Make.slice("s", [("10.0.0.1", true)]))
                fill(&objects)
            })
    }

    private func outcome(_ table: RoutingTable, _ request: TestRequest = TestRequest()) -> String {
        table.port(80).map { table.outcome(request, on: $0) } ?? "no port"
    }

    private func parent(_ table: RoutingTable, _ name: String) -> ParentStatus? {
        table.statuses.first { $0.object.reference.name == name }?.parents.first
    }

    private let unknownFilter = RouteFilter.extensionRef(
        ObjectRef(group: "example.com", kind: "Guard", name: "g", namespace: nil, position: nil))

    @Test("a regular expression takes the whole route out")
    func regularExpression() {
        let found = table {
            $0.add(Make.route("r", [Make.rule([Make.match(.regularExpression("/admin.*"))]), Make.rule()]))
        }
        #expect(parent(found, "r")?.condition("Accepted")?.reason == "UnsupportedValue")
        #expect(outcome(found) == "404", "the wide rule beside it must not serve what the other was to take away")
        #expect(found.statuses.first { $0.object.reference.kind == "Gateway" }?.listeners[0].attachedRoutes == 0)
    }

    @Test("a filter that is not known answers 500 and does not fall to a wider rule")
    func unknownFilterOfARule() {
        let found = table {
            $0.add(Make.route("r", [Make.rule([Make.match(.prefix("/a"))], filters: [unknownFilter]), Make.rule()]))
        }
        #expect(parent(found, "r")?.condition("Accepted")?.status == .true)
        #expect(parent(found, "r")?.condition("PartiallyInvalid")?.reason == "UnsupportedValue")
        #expect(outcome(found, TestRequest(path: "/a/x")) == "500 refused")
        #expect(outcome(found, TestRequest(path: "/b")) == "default/s:80")
    }

    @Test("a route of which no rule can be followed is not accepted, and still answers 500")
    func unknownFilterOfAll() {
        let found = table {
            $0.add(Make.route("r", [Make.rule([Make.match(.prefix("/a"))], filters: [unknownFilter])]))
            $0.add(Make.route("wide", [Make.rule()]))
        }
        #expect(parent(found, "r")?.condition("Accepted")?.reason == "UnsupportedValue")
        #expect(outcome(found, TestRequest(path: "/a")) == "500 refused")
    }

    @Test("filters that exclude each other")
    func incompatible() {
        let redirect = RouteFilter.redirect(
            RouteFilter.Redirect(scheme: "https", hostname: nil, path: nil, port: nil, statusCode: 301))
        let rewrite = RouteFilter.rewrite(RouteFilter.Rewrite(hostname: "x", path: nil))
        let prefix = RouteFilter.rewrite(RouteFilter.Rewrite(hostname: nil, path: .replacePrefixMatch("/x")))
        let cases: [(HTTPRoute.Rule, String)] = [
            (Make.rule(filters: [redirect, rewrite], to: []), "IncompatibleFilters"),
            (Make.rule(filters: [redirect]), "IncompatibleFilters"),
            (Make.rule(filters: [rewrite, rewrite]), "IncompatibleFilters"),
            (Make.rule([Make.match(.exact("/a"))], filters: [prefix]), "UnsupportedValue"),
        ]
        for (rule, reason) in cases {
            let found = table { $0.add(Make.route("r", [rule])) }
            #expect(parent(found, "r")?.condition("Accepted")?.reason == reason)
        }
    }

    @Test("of an HTTPRoute and a GRPCRoute with a host name in common the older one stays")
    func kinds() {
        let found = table {
            $0.add(Make.route("web", created: 2, hostnames: ["*.example.com"], [Make.rule()]))
            $0.add(Make.grpcRoute("rpc", created: 1, hostnames: ["a.example.com"], [[]]))
            $0.add(Make.route("apart", created: 3, hostnames: ["example.org"], [Make.rule()]))
        }
        #expect(parent(found, "rpc")?.condition("Accepted")?.status == .true)
        #expect(parent(found, "web")?.condition("Accepted")?.reason == "Conflicted")
        #expect(parent(found, "apart")?.condition("Accepted")?.status == .true)
        #expect(found.listeners[0].acceptsH2C, "gRPC without TLS needs HTTP/2 from the first byte")
    }

    @Test("gRPC: service and method, service, method, any; and nothing but POST")
    func grpc() {
        let found = table {
            $0.add(
                Make.grpcRoute(
                    "rpc",
                    [
                        [(nil, nil, [:])], [(nil, "Get", [:])], [("a.S", nil, [:])], [("a.S", "Get", [:])],
                        [("a.S", "Get", ["v": "1"])],
                    ]))
        }
        func rule(_ path: String, _ headers: [String: String] = [:], method: String = "POST") -> Int? {
            TestRequest(method: method, path: path, headers: headers).match(found.listeners[0]).match?.rule.ruleIndex
        }
        #expect(rule("/a.S/Get", ["v": "1"]) == 4)
        #expect(rule("/a.S/Get") == 3)
        #expect(rule("/a.S/Put") == 2)
        #expect(rule("/b.S/Get") == 1)
        #expect(rule("/b.S/Put") == 0)
        #expect(rule("/a.S/Get", method: "GET") == nil)
        #expect(rule("/a.S") == nil)
        #expect(rule("/a.S/Get/x") == nil)
        #expect(rule("/a.S/") == nil)
    }

    @Test("weights: shares are exact over a round, zero takes nothing")
    func weights() {
        func backends(_ weights: [Int]) -> Backends {
            Backends(
                weights.map {
                    BackendTarget(destination: .cluster(0), weight: $0, filters: RuleFilters(), redirect: nil)
                })
        }
        let uneven = backends([70, 0, 30])
        let picks = (UInt64(0)..<100).compactMap(uneven.pick)
        #expect(picks.count { $0 == 0 } == 70)
        #expect(picks.count { $0 == 1 } == 30)
        #expect(uneven.targets.count == 2)
        #expect(backends([0, 0]).pick(5) == nil, "nothing to send to: 500")
        #expect(backends([]).pick(5) == nil)
        #expect(backends([3]).pick(.max) == 0)
        let mirror = MirrorTarget(destination: .cluster(0), numerator: 25, denominator: 50)
        #expect((UInt64(0)..<100).count(where: mirror.takes) == 50)
    }
}
