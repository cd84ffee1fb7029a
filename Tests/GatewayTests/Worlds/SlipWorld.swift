import Addresses
import Kubernetes

@testable import Access

/// Objects whose slips are tried, with requests that tell them apart.
struct SlipWorld: Sendable {
    var objects: [Node]
    let grid: Reach.Grid

    static let hosts = ["a.example.com", "b.example.com", "g.example.com", "x.test"]
    static let paths = ["/", "/v1", "/v1/chat/now", "/v1/models", "/admin", "/pkg.Svc/Do"]
    static let ports = [80, 443, 8080]
    static let certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    static let privateKey = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"

    init(_ objects: [Node]) {
        self.objects = objects
        grid = Self.grid
    }

    /// Every request of all these, from callers with and without keys, here and there.
    private static let grid: Reach.Grid = {
        var grid = Reach.Grid()
        for port in ports {
            for host in hosts {
                for path in paths {
                    for (method, team) in [("GET", false), ("POST", false), ("POST", true)] {
                        let headers = team ? [Array("x-team".utf8): Array("red".utf8)] : [:]
                        grid.lines.append(
                            Reach.Line(
                                port: port, host: Array(host.utf8), path: Array(path.utf8), method: Array(method.utf8),
                                headers: headers))
                    }
                }
            }
        }
        let (near, far) = (Address(ipv4: 0x0A00_0001), Address(ipv4: 0xC000_0201))
        for number in 0..<4 {
            var credentials = Credentials()
            if number > 0 {
                keyText(number).reveal { text in
                    Array(text.utf8).withUnsafeBytes { credentials.offer(.apiKey, value: $0) }
                }
            }
            let name = number == 0 ? "no key" : "key \(number)"
            grid.senders += [
                Reach.Sender(name: "\(name) from 10.0.0.1", credentials: credentials, peer: near, client: far),
                Reach.Sender(name: "\(name) from 192.0.2.1", credentials: credentials, peer: far, client: near),
            ]
        }
        return grid
    }()

    static func keyText(_ number: Int) -> AccessKeyText {
        var random = SeededRandom(seed: UInt64(number))
        return AccessKeyText.generate(using: &random)
    }
}

// MARK: objects

extension SlipWorld {
    static let gatewayGroup = "gateway.networking.k8s.io"

    static func object(
        _ kind: String, _ name: String, in namespace: String? = "ai", labels: Node? = nil, annotations: Node? = nil,
        _ rest: [Node.Entry]
    ) -> Node {
        let version =
            switch kind {
            case "AccessPolicy", "AccessKey": "sallyport.dev/v1alpha1"
            case "EndpointSlice": "discovery.k8s.io/v1"
            case "Service", "Secret", "ConfigMap", "Namespace": "v1"
            case "ReferenceGrant": "\(gatewayGroup)/v1beta1"
            default: "\(gatewayGroup)/v1"
            }
        var metadata: [Node.Entry] = [.init(key: "name", value: .text(name))]
        if let namespace { metadata.append(.init(key: "namespace", value: .text(namespace))) }
        if let labels { metadata.append(.init(key: "labels", value: labels)) }
        if let annotations { metadata.append(.init(key: "annotations", value: annotations)) }
        return .map(
            [
                .init(key: "apiVersion", value: .text(version)), .init(key: "kind", value: .text(kind)),
                .init(key: "metadata", value: .map(metadata)),
            ] + rest)
    }

    static func object(
        _ kind: String, _ name: String, in namespace: String? = "ai", labels: Node? = nil, annotations: Node? = nil,
        spec: Node
    ) -> Node {
        object(
            kind, name, in: namespace, labels: labels, annotations: annotations, [.init(key: "spec", value: spec)])
    }

    static func service(_ name: String, protocolName: String? = nil) -> [Node] {
        var port: [Node.Entry] = [.init(key: "name", value: "web"), .init(key: "port", value: 80)]
        if let protocolName { port.append(.init(key: "appProtocol", value: .text(protocolName))) }
        return [object("Service", name, spec: ["ports": [.map(port)]])]
    }

    static func accessKey(
        _ number: Int, _ name: String, in namespace: String = "ai", team: String, _ more: [Node.Entry] = []
    )
        -> Node
    {
        let hash: Node.Entry = .init(key: "sha256", value: .text(keyText(number).digest.hexadecimal))
        return object("AccessKey", name, in: namespace, labels: ["team": .text(team)], spec: .map([hash] + more))
    }

    static func target(_ kind: String, _ name: String, _ section: String? = nil) -> Node {
        var entries: [Node.Entry] = [
            .init(key: "group", value: .text(gatewayGroup)), .init(key: "kind", value: .text(kind)),
            .init(key: "name", value: .text(name)),
        ]
        if let section { entries.append(.init(key: "sectionName", value: .text(section))) }
        return .map(entries)
    }

    static let everybody: Node = ["name": "everybody", "from": [["networks": ["0.0.0.0/0"]]]]

    /// One or more of every kind. Whatever is taken away from its narrow routes and policies falls to wide ones, so that
    /// a door that a slip leaves ajar shows.
    static let fixed: [Node] =
        [
            object("GatewayClass", "inner", in: nil, spec: ["controllerName": "sallyport.dev/gateway"]),
            object("Namespace", "team", in: nil, labels: ["color": "red"], []),
            object(
                "Gateway", "front", annotations: ["sallyport.dev/trusted-hops": "1"],
                spec: [
                    "gatewayClassName": "inner",
                    "listeners": [
                        [
                            "name": "web", "port": 80, "protocol": "HTTP", "hostname": "*.example.com",
                            "allowedRoutes": [
                                "namespaces": ["from": "Selector", "selector": ["matchLabels": ["color": "red"]]]
                            ],
                        ],
                        ["name": "lab", "port": 8080, "protocol": "HTTP", "hostname": "a.example.com"],
                    ],
                ]),
            object(
                "Gateway", "open", annotations: ["sallyport.dev/https-redirect": "false"],
                spec: [
                    "gatewayClassName": "sallyport",
                    "listeners": [
                        [
                            "name": "web", "port": 80, "protocol": "HTTP",
                            "allowedRoutes": ["namespaces": ["from": "All"]],
                        ],
                        ["name": "lab", "port": 8080, "protocol": "HTTP"],
                        [
                            "name": "tls", "port": 443, "protocol": "HTTPS",
                            "tls": ["certificateRefs": [["name": "cert"]]],
                        ],
                        [
                            "name": "own", "port": 443, "protocol": "HTTPS", "hostname": "b.example.com",
                            "tls": ["certificateRefs": [["name": "cert-b", "namespace": "team"]]],
                        ],
                    ],
                ]),
            object(
                "Gateway", "plain", annotations: ["sallyport.dev/https-redirect": "true"],
                spec: [
                    "gatewayClassName": "inner",
                    "listeners": [
                        ["name": "web", "port": 80, "protocol": "HTTP", "hostname": "x.test"],
                        [
                            "name": "tls", "port": 443, "protocol": "HTTPS", "hostname": "x.test",
                            "tls": ["certificateRefs": [["name": "cert-x"]]],
                        ],
                    ],
                ]),
            object("Secret", "cert-b", in: "team", tls),
            object("Secret", "cert", tls),
            object("Secret", "cert-x", tls),
            object("ConfigMap", "authorities", [.init(key: "data", value: ["ca.crt": .text(certificate)])]),
            object(
                "ReferenceGrant", "certs", in: "team",
                spec: [
                    "from": [["group": .text(gatewayGroup), "kind": "Gateway", "namespace": "ai"]],
                    "to": [["group": "", "kind": "Secret", "name": "cert-b"]],
                ]),
            object(
                "ReferenceGrant", "team",
                spec: [
                    "from": [["group": .text(gatewayGroup), "kind": "HTTPRoute", "namespace": "team"]],
                    "to": [["group": "", "kind": "Service"]],
                ]),
        ] + routes + service("wide") + service("chat") + service("tools")
        + service("calls", protocolName: "kubernetes.io/h2c")
        + [
            object(
                "EndpointSlice", "chat-1", labels: ["kubernetes.io/service-name": "chat"],
                [
                    .init(key: "addressType", value: "IPv4"),
                    .init(key: "endpoints", value: [["addresses": ["10.1.1.1"], "conditions": ["ready": true]]]),
                    .init(key: "ports", value: [["name": "web", "port": 8000]]),
                ]),
            object(
                "BackendTLSPolicy", "chat",
                spec: [
                    "targetRefs": [["group": "", "kind": "Service", "name": "chat"]],
                    "validation": [
                        "hostname": "chat.internal",
                        "caCertificateRefs": [["group": "", "kind": "ConfigMap", "name": "authorities"]],
                    ],
                ]),
        ] + policies + [
            accessKey(1, "one", team: "red"),
            accessKey(
                2, "two", team: "blue",
                [.init(key: "networks", value: ["10.0.0.0/8"]), .init(key: "expires", value: "2040-01-01T00:00:00Z")]),
            accessKey(3, "three", in: "team", team: "red", [.init(key: "revoked", value: false)]),
        ]

    private static let tls: [Node.Entry] = [
        .init(key: "type", value: "kubernetes.io/tls"),
        .init(key: "stringData", value: ["tls.crt": .text(certificate), "tls.key": .text(privateKey)]),
    ]

    private static let routes: [Node] = [
        object(
            "HTTPRoute", "wide",
            spec: [
                "parentRefs": [["name": "open"], ["name": "plain"], ["name": "front", "sectionName": "lab"]],
                "rules": [["backendRefs": [["name": "wide", "port": 80]]]],
            ]),
        object(
            "HTTPRoute", "chat",
            spec: [
                "parentRefs": [["name": "open"], ["name": "front", "sectionName": "lab"]],
                "hostnames": ["a.example.com", "*.test"],
                "rules": [
                    [
                        "name": "talk",
                        "matches": [
                            [
                                "path": ["type": "PathPrefix", "value": "/v1/chat"], "method": "POST",
                                "headers": [["name": "x-team", "value": "red"]],
                            ]
                        ],
                        "backendRefs": [["name": "chat", "port": 80]],
                    ],
                    [
                        "name": "rest", "matches": [["path": ["type": "PathPrefix", "value": "/v1"]]],
                        "backendRefs": [["name": "chat", "port": 80, "weight": 1]],
                    ],
                    [
                        "matches": [["path": ["type": "Exact", "value": "/admin"]]],
                        "filters": [
                            [
                                "type": "URLRewrite",
                                "urlRewrite": ["path": ["type": "ReplaceFullPath", "replaceFullPath": "/"]],
                            ]
                        ],
                        "backendRefs": [["name": "chat", "port": 80]],
                    ],
                ],
            ]),
        object(
            "HTTPRoute", "tools", in: "team",
            spec: [
                "parentRefs": [
                    ["name": "front", "namespace": "ai"], ["name": "open", "namespace": "ai", "port": 80],
                ],
                "hostnames": ["*.example.com"],
                "rules": [
                    [
                        "matches": [["path": ["value": "/admin"]], ["path": ["value": "/v1/chat/now"]]],
                        "backendRefs": [["name": "tools", "namespace": "ai", "port": 80]],
                    ]
                ],
            ]),
        object(
            "HTTPRoute", "all-of-team", in: "team",
            spec: [
                "parentRefs": [["name": "front", "namespace": "ai", "sectionName": "web"]],
                "rules": [["backendRefs": [["name": "tools", "namespace": "ai", "port": 80]]]],
            ]),
        object(
            "GRPCRoute", "calls",
            spec: [
                "parentRefs": [["name": "open", "sectionName": "lab"]], "hostnames": ["g.example.com"],
                "rules": [
                    [
                        "matches": [["method": ["service": "pkg.Svc", "method": "Do"]]],
                        "backendRefs": [["name": "calls", "port": 80]],
                    ]
                ],
            ]),
    ]

    private static let policies: [Node] = [
        object(
            "AccessPolicy", "wide",
            spec: [
                "targetRefs": [target("Gateway", "open"), target("Gateway", "front"), target("Gateway", "plain")],
                "rules": [everybody],
            ]),
        object(
            "AccessPolicy", "lab",
            spec: [
                "targetRefs": [target("Gateway", "open", "lab")],
                "rules": [["name": "keys", "from": [["accessKeys": ["selector": [:]]]]]],
            ]),
        object(
            "AccessPolicy", "chat",
            spec: [
                "targetRefs": [target("HTTPRoute", "chat")],
                "rules": [
                    [
                        "name": "reading", "from": [["accessKeys": ["names": ["one"]], "networks": ["10.0.0.0/8"]]],
                        "to": [["methods": ["GET"], "paths": [["type": "PathPrefix", "value": "/v1"]]]],
                        "limits": ["requests": ["count": 1_000_000, "window": "1m"], "concurrency": 2],
                    ]
                ],
            ]),
        object(
            "AccessPolicy", "talk",
            spec: [
                "targetRefs": [target("HTTPRoute", "chat", "talk")],
                "rules": [
                    [
                        "from": [
                            [
                                "accessKeys": [
                                    "selector": [
                                        "matchExpressions": [["key": "team", "operator": "NotIn", "values": ["blue"]]]
                                    ]
                                ]
                            ]
                        ]
                    ]
                ],
            ]),
        object(
            "AccessPolicy", "trial", annotations: ["sallyport.dev/enforcement": "staged"],
            spec: ["targetRefs": [target("HTTPRoute", "chat", "rest")], "rules": [everybody]]),
        object(
            "AccessPolicy", "tools", in: "team",
            spec: [
                "targetRefs": [target("HTTPRoute", "tools")],
                "rules": [["name": "three", "from": [["accessKeys": ["names": ["three"]]]]]],
            ]),
        object(
            "AccessPolicy", "calls",
            spec: [
                "targetRefs": [target("GRPCRoute", "calls")],
                "rules": [["name": "one", "from": [["accessKeys": ["names": ["one"]]]]]],
            ]),
    ]
}
