/// Worlds that nobody thought of: a few Gateways, routes, policies and keys that overlap as they happen to.
struct WorldMaker {
    var random: SeededRandom

    /// Objects without mistakes. That some of them stand in each other's way is as it should be.
    mutating func world() -> SlipWorld {
        let gateways = ["ga", "gb", "gc"].prefix(Int.random(in: 1...3, using: &random)).map { gateway($0) }
        let routes = ["ra", "rb", "rc", "rd", "re"].prefix(Int.random(in: 2...5, using: &random)).map { route($0) }
        var objects = [
            SlipWorld.object("GatewayClass", "inner", in: nil, spec: ["controllerName": "sallyport.dev/gateway"]),
            SlipWorld.object("Namespace", "ai", in: nil, labels: ["color": "red"], []),
            SlipWorld.object("Namespace", "team", in: nil, labels: ["color": "blue"], []),
            SlipWorld.object(
                "Secret", "cert",
                [
                    .init(
                        key: "stringData",
                        value: ["tls.crt": .text(SlipWorld.certificate), "tls.key": .text(SlipWorld.privateKey)])
                ]),
            SlipWorld.object(
                "ConfigMap", "authorities", [.init(key: "data", value: ["ca.crt": .text(SlipWorld.certificate)])]),
            SlipWorld.object(
                "ReferenceGrant", "team",
                spec: [
                    "from": [["group": .text(SlipWorld.gatewayGroup), "kind": "HTTPRoute", "namespace": "team"]],
                    "to": [["group": "", "kind": "Service"]],
                ]),
            SlipWorld.accessKey(1, "one", team: pick("red", "blue")),
            SlipWorld.accessKey(2, "two", team: pick("red", "blue")),
            SlipWorld.accessKey(3, "three", in: pick("ai", "team"), team: "red"),
        ]
        objects += gateways + routes
        for name in ["s0", "s1", "s2"] {
            objects += SlipWorld.service(name, protocolName: chance(8) ? "kubernetes.io/h2c" : nil)
        }
        if chance(2) { objects.append(backendTLS()) }
        for number in 0..<Int.random(in: 1...5, using: &random) {
            objects.append(policy("p\(number)", gateways, routes))
        }
        return SlipWorld(objects)
    }

    private mutating func pick<Element>(_ elements: Element...) -> Element {
        elements[Int.random(in: elements.indices, using: &random)]
    }

    /// True once in so many times.
    private mutating func chance(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }

    private mutating func gateway(_ name: String) -> Node {
        var taken: Set<String> = []
        var listeners: [Node] = []
        for number in 0..<Int.random(in: 1...4, using: &random) {
            let port = pick(80, 80, 443, 8080)
            let hostname: String? = pick(nil, nil, "*.example.com", "a.example.com", "b.example.com", "*.test")
            guard taken.insert("\(port) \(hostname ?? "")").inserted else { continue }
            listeners.append(listener("l\(number)", port, hostname))
        }
        var annotations: [Node.Entry] = []
        if chance(4) { annotations.append(.init(key: "sallyport.dev/trusted-hops", value: "1")) }
        if chance(4) { annotations.append(.init(key: "sallyport.dev/https-redirect", value: "true")) }
        return SlipWorld.object(
            "Gateway", name, annotations: annotations.isEmpty ? nil : .map(annotations),
            spec: ["gatewayClassName": .text(pick("inner", "sallyport")), "listeners": .list(listeners)])
    }

    private mutating func listener(_ name: String, _ port: Int, _ hostname: String?) -> Node {
        var entries: [Node.Entry] = [
            .init(key: "name", value: .text(name)), .init(key: "port", value: .number(port)),
            .init(key: "protocol", value: port == 443 ? "HTTPS" : "HTTP"),
        ]
        if let hostname { entries.append(.init(key: "hostname", value: .text(hostname))) }
        if port == 443 { entries.append(.init(key: "tls", value: ["certificateRefs": [["name": "cert"]]])) }
        let namespaces: Node =
            pick(
                ["from": "All"], ["from": "Selector", "selector": ["matchLabels": ["color": "blue"]]], ["from": "Same"])
        if !chance(3) { entries.append(.init(key: "allowedRoutes", value: ["namespaces": namespaces])) }
        return .map(entries)
    }

    private mutating func route(_ name: String) -> Node {
        let isGRPC = chance(5)
        var spec: [Node.Entry] = []
        var parents: [Node] = []
        for gateway in Set([pick("ga", "gb", "gc"), "ga"]).sorted() {
            var parent: [Node.Entry] = [
                .init(key: "name", value: .text(gateway)), .init(key: "namespace", value: "ai"),
            ]
            if chance(4) { parent.append(.init(key: "sectionName", value: .text(pick("l0", "l1")))) }
            parents.append(.map(parent))
        }
        spec.append(.init(key: "parentRefs", value: .list(parents)))
        let hostnames: [Node] = pick([], [], ["a.example.com"], ["*.example.com"], ["b.example.com", "*.test"])
        if !hostnames.isEmpty { spec.append(.init(key: "hostnames", value: .list(hostnames))) }
        var rules: [Node] = []
        for number in 0..<Int.random(in: 1...2, using: &random) { rules.append(rule(number, isGRPC)) }
        spec.append(.init(key: "rules", value: .list(rules)))
        return SlipWorld.object(
            isGRPC ? "GRPCRoute" : "HTTPRoute", name, in: isGRPC ? "ai" : pick("ai", "team"), spec: .map(spec))
    }

    private mutating func rule(_ number: Int, _ isGRPC: Bool) -> Node {
        var entries: [Node.Entry] = []
        if chance(2) { entries.append(.init(key: "name", value: .text("rule\(number)"))) }
        var matches: [Node] = []
        for _ in 0..<Int.random(in: 0...2, using: &random) { matches.append(isGRPC ? grpcMatch() : httpMatch()) }
        if !matches.isEmpty { entries.append(.init(key: "matches", value: .list(matches))) }
        let backend: Node = ["name": .text(pick("s0", "s1", "s2")), "namespace": "ai", "port": 80]
        entries.append(.init(key: "backendRefs", value: [backend]))
        return .map(entries)
    }

    private mutating func httpMatch() -> Node {
        let path: Node = pick(
            ["type": "PathPrefix", "value": "/v1"], ["type": "PathPrefix", "value": "/v1/chat"], ["value": "/admin"],
            ["type": "Exact", "value": "/v1/models"], ["type": "PathPrefix", "value": "/"],
            ["type": "RegularExpression", "value": "/v[0-9]+"])
        var entries: [Node.Entry] = [.init(key: "path", value: path)]
        if chance(4) { entries.append(.init(key: "method", value: .text(pick("GET", "POST")))) }
        if chance(4) {
            entries.append(.init(key: "headers", value: [["name": "x-team", "value": .text(pick("red", "blue"))]]))
        }
        return .map(entries)
    }

    private mutating func grpcMatch() -> Node {
        pick(["method": ["service": "pkg.Svc", "method": "Do"]], ["method": ["service": "pkg.Svc"]])
    }

    private mutating func backendTLS() -> Node {
        SlipWorld.object(
            "BackendTLSPolicy", "tls",
            spec: [
                "targetRefs": [["group": "", "kind": "Service", "name": .text(pick("s0", "s1"))]],
                "validation": [
                    "hostname": "s.internal",
                    "caCertificateRefs": [["group": "", "kind": "ConfigMap", "name": "authorities"]],
                ],
            ])
    }

    private mutating func policy(_ name: String, _ gateways: [Node], _ routes: [Node]) -> Node {
        let object = (chance(2) ? gateways : routes).randomElement(using: &random) ?? .null
        let kind = text(object["kind"]) ?? "Gateway"
        let section: String? = kind == "Gateway" ? pick(nil, nil, "l0") : pick(nil, nil, "rule0")
        var rule: [Node.Entry] = [.init(key: "from", value: from())]
        if chance(3) {
            rule.append(
                .init(
                    key: "to",
                    value: [
                        ["methods": [.text(pick("GET", "POST"))]], ["paths": [["type": "PathPrefix", "value": "/v1"]]],
                    ]))
        }
        return SlipWorld.object(
            "AccessPolicy", name, in: text(object["metadata", "namespace"]) ?? "ai",
            annotations: chance(6) ? ["sallyport.dev/enforcement": "staged"] : nil,
            spec: [
                "targetRefs": [SlipWorld.target(kind, text(object["metadata", "name"]) ?? "", section)],
                "rules": [.map(rule)],
            ])
    }

    private mutating func from() -> Node {
        pick(
            [["networks": ["0.0.0.0/0"]]], [["networks": ["10.0.0.0/8"]]],
            [["accessKeys": ["names": [.text(pick("one", "two", "three"))]]]],
            [["accessKeys": ["selector": ["matchLabels": ["team": "red"]]], "networks": ["10.0.0.0/8"]]],
            [["accessKeys": ["selector": [:]]]])
    }

    private func text(_ node: Node?) -> String? { if case .text(let text)? = node { text } else { nil } }
}
