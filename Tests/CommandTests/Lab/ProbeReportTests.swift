#if os(Linux)
    import Addresses
    import Kubernetes
    import Lab
    import Policy
    import Testing

    @testable import sallyport

    @Suite("What is asked of a lab, and what is told of it")
    struct ProbeReportTests {
        private let cluster: LabCluster
        private let plan: LabPlan

        init() throws {
            let text = """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web, namespace: shop}
                spec:
                  replicas: 2
                  selector: {matchLabels: {app: web}}
                  template:
                    metadata: {labels: {app: web}}
                    spec: {containers: [{name: c, image: x, ports: [{containerPort: 8080}]}]}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: web, namespace: shop}
                spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: a, namespace: node}
                spec: {containers: [{name: c, image: x}]}
                """
            let snapshot = ObjectDecoder.combine([ObjectDecoder.decode(text: text, file: "f.yaml")], revision: 1)
            try #require(snapshot.mistakes.isEmpty)
            (cluster, plan) = try LabPlan.make(snapshot.objects)
        }

        @Test("ports are numbers with a protocol, or an echo")
        func ports() {
            #expect(ProbeChoice.Port("80") == .traffic(Traffic(.tcp, port: 80)))
            #expect(ProbeChoice.Port("53/udp") == .traffic(Traffic(.udp, port: 53)))
            #expect(ProbeChoice.Port("9/SCTP") == .traffic(Traffic(.sctp, port: 9)))
            #expect(ProbeChoice.Port("ICMP") == .echo)
            for text in ["", "0", "65536", "80-81", "80/icmp", "80/", "/udp", "80/tcp/x", "http"] {
                #expect(ProbeChoice.Port(text) == nil, "\(text)")
            }
        }

        @Test("pods are named alone, by workload, or by namespace")
        func places() throws {
            let choice = try ProbeChoice(plan, cluster, ports: [])
            #expect(try choice.places("shop/web-1").map(\.description) == ["shop/web-1"])
            #expect(try choice.places("shop/web").map(\.description) == ["shop/web-0", "shop/web-1"])
            #expect(try choice.places("*").count == 3)
            #expect(try choice.places("node/lab") == [.node("lab")])
            #expect(try choice.places("outside") == [.outside])
            for text in ["shop/nobody", "node/nobody", "a/b/c/d", ""] {
                #expect(throws: Failure.self) { try choice.places(text) }
            }
        }

        @Test("targets are places, addresses and Services, on their own ports or those that are asked for")
        func targets() throws {
            let choice = try ProbeChoice(plan, cluster, ports: [])
            #expect(
                try choice.targets("shop/web-0").map(\.traffic) == Array(repeating: Traffic(.tcp, port: 8080), count: 2)
            )
            let service = try choice.targets("web.shop.svc")
            #expect(
                service.map(\.traffic.port) == [80, 80] && service.map(\.name) == ["web.shop.svc", "web.shop.svc"])
            #expect(throws: Failure.self) { try choice.targets("203.0.113.9") }
            let asked = try ProbeChoice(plan, cluster, ports: ["icmp", "443"])
            #expect(try asked.targets("203.0.113.9").map(\.traffic) == [Probe.echo(true), Traffic(.tcp, port: 443)])
            #expect(try asked.targets("shop/web-0").count == 4)
            #expect(throws: Failure.self) { try ProbeChoice(plan, cluster, ports: ["x"]) }
        }

        private func report(_ answers: [(ProbeOutcome.Answer, LabExpectations.Expected)]) throws -> ProbeReport {
            let address = try #require(Address("10.0.0.9"))
            return ProbeReport(
                answers.enumerated().map { index, pair in
                    let probe = Probe(from: .outside, to: address, Traffic(.tcp, port: UInt16(index + 1)))
                    let outcome = ProbeOutcome(probe: probe, answer: pair.0)
                    return ProbeReport.Line(target: "shop/web-0", comparison: ProbeComparison(outcome, pair.1))
                })
        }

        @Test("each probe is a line with its mark, and the last line counts")
        func lines() throws {
            let report = try report([
                (.answered("shop/web-0"), .allowed), (.silent, .allowed), (.refused, .denied),
                (.untried("no"), .denied),
            ])
            #expect(report.differences == 2)
            let lines = report.text(asMatrix: false)
            #expect(lines.prefix(4).map { $0.prefix(1) } == ["=", "!", "!", "?"])
            #expect(
                lines[0].contains("outside  ->  shop/web-0 10.0.0.9  TCP 1") && lines[0].hasSuffix("policies: allowed"))
            #expect(lines.last == "4 probes: 1 as the policies say, 2 otherwise, 1 not compared")
        }

        @Test("the table has a cell for each source and port")
        func matrix() throws {
            let lines = try report([(.connected, .allowed), (.silent, .denied), (.silent, .allowed)]).text(
                asMatrix: true)
            #expect(lines.prefix(3) == ["1  shop/web-0 TCP 1", "2  shop/web-0 TCP 2", "3  shop/web-0 TCP 3"])
            #expect(lines.contains("outside  +=  -=  -!"))
            #expect(lines.contains { $0.hasPrefix("!  outside") } && !lines.contains { $0.hasPrefix("=  outside") })
        }

        @Test("what a stranger answered cannot forge lines")
        func printable() throws {
            let lines = try report([(.answered("a\nb\u{1b}[31m"), .allowed)]).text(asMatrix: false)
            #expect(lines.count == 3 && !lines.joined().contains("\u{1b}"))
        }
    }
#endif
