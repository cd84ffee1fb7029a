extension KindSchema {
    /// `Guarantee`.
    static let guarantee = KindSchema(
        Guarantee.self, plural: "guarantees", shortNames: ["grnt"],
        meaning:
            "Says what must hold between workloads, whatever the policies are. It changes no traffic: it is proved, "
            + "or refuted with an example.",
        specMeaning: "What must hold.",
        specExample: "{rules: [{never: {from: [{workloads: {asset: model}}], to: [{outside: {}}]}}]}",
        spec: SchemaObject(
            fields: [
                .optional(
                    "description", .text(.printable(1...1024)), "What it is for, for people.",
                    example: "Models reach nothing outside"),
                .required(
                    "rules",
                    .objects(
                        GuaranteeSchema.rule, 1...64,
                        rules: [
                            SchemaRule(
                                .exactlyOne(["never", "always", "onlyVia"]),
                                "exactly one of never, always and onlyVia must be there")
                        ]),
                    "Promises, all of which must hold.",
                    example: "[{name: no-way-out, never: {from: [{workloads: {asset: model}}], to: [{outside: {}}]}}]"),
            ],
            rules: [.uniqueNames(in: "rules")]),
        conditions: [
            .accepted,
            ConditionType(
                name: "Proved", meaning: "All rules hold; when false, the message has an example that breaks one."),
        ],
        columns: [
            .condition("Proved", "Whether all of it holds."),
            Column("Description", ".spec.description", "What it is for.", priority: 1), .age,
        ],
        example: """
            apiVersion: sallyport.dev/v1alpha1
            kind: Guarantee
            metadata:
              name: models
            spec:
              description: Models are reached through the gateway only, and reach nothing outside
              rules:
              - name: no-way-out
                never:
                  from:
                  - workloads: {asset: model}
                  to:
                  - outside: {}
              - name: gateway
                onlyVia:
                  via:
                  - workloads: {namespaces: [sallyport-gateways]}
                  to:
                  - workloads: {asset: model}
              - name: names
                always:
                  from:
                  - workloads: {}
                  to:
                  - workloads:
                      namespaces: [kube-system]
                      podSelector:
                        matchLabels: {k8s-app: kube-dns}
                  ports:
                  - {protocol: UDP, port: 53}
                  - {port: 53}
            """)
}

/// The parts of a `Guarantee`.
private enum GuaranteeSchema {
    static let rule: [SchemaField] = [
        .optional(
            "name", .text(.subdomain), "Name for results, once in an object; absent: rule-0, rule-1 and so on.",
            example: "no-way-out"),
        .optional(
            "never", .object([from, to, ports]), "No connection from one of from to one of to is allowed.",
            example: "{from: [{workloads: {asset: model}}], to: [{outside: {}}]}"),
        .optional(
            "always", .object([from, to, neededPorts]),
            "Every connection from each of from to each of to is allowed, on all of ports.",
            example: "{from: [{workloads: {}}], to: [{workloads: {namespaces: [kube-system]}}], ports: [{port: 53}]}"),
        .optional(
            "onlyVia", .object([via, anyFrom, to, ports]),
            "No connection from one of from to one of to is allowed, but from those in via.",
            example: "{via: [{workloads: {namespaces: [gateway]}}], to: [{workloads: {asset: model}}]}"),
    ]

    private static let from = SchemaField.required(
        "from", sides(false), "Who connects.", example: "[{workloads: {asset: model}}]")
    private static let anyFrom = SchemaField.optional(
        "from", sides(false), "Who connects; absent: anything.", example: "[{outside: {}}]")
    private static let via = SchemaField.required(
        "via", sides(false), "Who alone may connect.", example: "[{workloads: {namespaces: [gateway]}}]")
    private static let to = SchemaField.required(
        "to", sides(true), "What is connected to.", example: "[{workloads: {asset: model}}]")
    private static let ports = SchemaField.optional(
        "ports", portList, "On which ports; absent: all traffic.", example: "[{protocol: UDP, port: 53}]")
    private static let neededPorts = SchemaField.required(
        "ports", portList, "On which ports.", example: "[{protocol: UDP, port: 53}]")

    private static let portList = SchemaNode.objects(
        [
            .optional(
                "protocol", .choice(["TCP", "UDP", "SCTP"]), "Protocol; absent: TCP.", example: "UDP"),
            .optional("port", .integer(1...65535), "Port; absent: all of the protocol.", example: "8000"),
            .optional(
                "endPort", .integer(1...65535), "Last port of a range that begins with port.", example: "8080"),
        ], 1...25,
        rules: [
            SchemaRule(.needs("endPort", ["port"]), "endPort must not be there without port"),
            SchemaRule(
                .expression("!has(self.endPort) || !has(self.port) || self.endPort >= self.port"),
                "endPort must not be less than port"),
        ])

    private static func sides(_ mayBeNames: Bool) -> SchemaNode {
        .objects(side + (mayBeNames ? [domainNames] : []), 1...25, fieldCount: 1...1)
    }

    private static let domainNames = SchemaField.optional(
        "domainNames", .texts(.host, 1...25), "Addresses behind these names, exact or all below.",
        example: "[example.com, \"*.example.org\"]")

    private static let side: [SchemaField] = [
        .optional(
            "workloads", .object(workloads), "The workloads for which all holds that is said; {}: every one.",
            example: "{asset: model}"),
        .optional(
            "outside",
            .object([
                .optional("cidrs", .networks(1...4096), "Those in these blocks.", example: "[203.0.113.0/24]"),
                .optional("except", .networks(1...4096), "None of those.", example: "[203.0.113.7/32]"),
            ]),
            "Addresses that are none of the cluster's; {}: all of them.", example: "{cidrs: [203.0.113.0/24]}"),
        .optional(
            "addresses", .networks(1...4096), "The addresses of these blocks, whoever has them.",
            example: "[10.0.0.0/8]"),
        .optional("anything", .object([]), "Everybody and everything.", example: "{}"),
    ]

    private static let workloads: [SchemaField] = [
        .optional("namespaces", .texts(.label, 1...256), "In one of these namespaces.", example: "[ai]"),
        .selector(
            "namespaceSelector", "In a namespace with such labels.", example: "{matchLabels: {env: production}}"),
        .selector("podSelector", "With such labels.", example: "{matchLabels: {app: ollama}}"),
        .optional("kind", .text(.kind), "Of this kind.", example: "Deployment"),
        .optional("names", .texts(.subdomain, 1...256), "With one of these names.", example: "[ollama]"),
        .optional(
            "asset", .choice(["model", "data", "credential"]),
            "Is, or holds, such an asset: the label or annotation sallyport.dev/asset says so.", example: "model"),
    ]
}
