// Fields that several of our kinds have.

extension SchemaField {
    /// `targetRefs` of what is attached to Gateways and routes.
    static func targetRefs(_ meaning: String) -> SchemaField {
        .required(
            "targetRefs",
            .objects(
                [
                    .required(
                        "group", .choice(["gateway.networking.k8s.io"]), "API group of the target.",
                        example: "gateway.networking.k8s.io"),
                    .required(
                        "kind", .choice(["Gateway", "HTTPRoute", "GRPCRoute"]), "Kind of the target.",
                        example: "HTTPRoute"),
                    .required(
                        "name", .text(.objectName), "Name of the target, which is in the namespace of this object.",
                        example: "ollama"),
                    .optional(
                        "sectionName", .text(.subdomain),
                        "Narrows the target to one listener of a Gateway, or to one named rule of a route.",
                        example: "https"),
                ], 1...16),
            meaning, example: "[{group: gateway.networking.k8s.io, kind: HTTPRoute, name: ollama}]")
    }

    /// Address blocks.
    static func networks(_ meaning: String) -> SchemaField {
        .optional("networks", .networks(1...4096), meaning, example: "[10.0.0.0/8, \"fd00::/8\"]")
    }

    /// Client certificates by name.
    static func certificates(_ meaning: String) -> SchemaField {
        .optional(
            "certificates",
            .object(
                [
                    .optional(
                        "spiffeIDs", .texts(.spiffeID, 1...1024),
                        "SPIFFE IDs; one that ends in /* means everything below it.",
                        example: "[\"spiffe://example.org/ns/agents/*\"]"),
                    .optional(
                        "dnsNames", .texts(.subdomain, 1...1024), "Whole host names of the certificate.",
                        example: "[agent.example.com]"),
                    .optional(
                        "subjects", .texts(.printable(1...1024), 1...1024),
                        "Subjects as RFC 4514 writes them, byte for byte.", example: "[\"CN=chat,O=Example\"]"),
                    .optional(
                        "fingerprints", .texts(.fingerprint, 1...1024),
                        "SHA-256 of whole certificates, in lower-case hexadecimal digits.",
                        example: "[\(SchemaExample.hash)]"),
                ], count: 1...4),
            "\(meaning) One of the names that are listed is enough; one list at least must be there.",
            example: "{spiffeIDs: [\"spiffe://example.org/ns/agents/research\"]}")
    }

    /// Workloads by namespace or name.
    static func workloads(_ meaning: String, namespaceIsNeeded: Bool) -> SchemaField {
        let namespace: SchemaField =
            namespaceIsNeeded
            ? .required("namespace", .text(.label), "Namespace of the workload.", example: "agents")
            : .optional(
                "namespace", .text(.label), "Namespace of the workload; absent: that of this object.",
                example: "agents")
        return .optional(
            "workloads",
            .object(
                [
                    .optional(
                        "namespaces", .texts(.label, 1...256), "All workloads of these namespaces.",
                        example: "[agents]"),
                    .optional(
                        "names",
                        .objects(
                            [
                                .required(
                                    "kind", .text(.kind),
                                    "Kind of what runs the pods; Pod for a pod that nothing controls.",
                                    example: "Deployment"),
                                namespace,
                                .required("name", .text(.subdomain), "Name of the workload.", example: "research"),
                            ], 1...256),
                        "These workloads.",
                        example: "[{kind: Deployment, \(namespaceIsNeeded ? "namespace: agents, " : "")name: research}]"
                    ),
                ], count: 1...2),
            "\(meaning) Workloads of one of the namespaces, or with one of the names, are meant.",
            example: "{namespaces: [agents]}")
    }

    /// A label selector.
    static func selector(_ name: String, _ meaning: String, example: String) -> SchemaField {
        .optional(
            name,
            .object([
                .optional(
                    "matchLabels", .map(.text(.labelValue), 0...64), "Labels that must be there with these values.",
                    example: "{team: a}"),
                .optional(
                    "matchExpressions",
                    .objects(
                        [
                            .required("key", .text(.labelKey), "The label that is asked for.", example: "team"),
                            .required(
                                "operator", .choice(["In", "NotIn", "Exists", "DoesNotExist"]),
                                "What must hold for it.", example: "In"),
                            .optional(
                                "values", .list(.text(.labelValue), 0...256, .atomic),
                                "For In and NotIn, and only for them: the values.", example: "[a, b]"),
                        ], 0...64,
                        rules: [
                            SchemaRule(
                                .requirement,
                                "values must be there for In and NotIn, and not for Exists and DoesNotExist")
                        ]),
                    "Requirements that must all hold, beside matchLabels.",
                    example: "[{key: team, operator: In, values: [a, b]}]"),
            ]), meaning, example: example)
    }

    /// `name` and `key` of something in a Secret or ConfigMap.
    static func keyReference(
        _ name: String, of kind: String, key: String?, _ meaning: String, isRequired: Bool = false
    ) -> SchemaField {
        let keyMeaning = "Key in the \(kind)."
        let keyField: SchemaField =
            key.map {
                .optional("key", .text(.dataKey), keyMeaning, example: $0, standard: .text($0))
            } ?? .required("key", .text(.dataKey), keyMeaning, example: "jwks.json")
        return .optional(
            name,
            .object([
                .required(
                    "name", .text(.subdomain), "Name of the \(kind), in the namespace of this object.",
                    example: "corporate"),
                keyField,
            ]), meaning, example: "{name: corporate\(key == nil ? ", key: jwks.json" : "")}")
    }

    /// Authorities that vouch for a server.
    static let caCertificates = SchemaField.optional(
        "caCertificates",
        .object(
            [
                .keyReference(
                    "configMapRef", of: "ConfigMap", key: "ca.crt", "The certificates are in a ConfigMap."),
                .keyReference("secretRef", of: "Secret", key: "ca.crt", "The certificates are in a Secret."),
            ], count: 1...1),
        "Authorities that vouch for the server, as PEM, from exactly one of the two; absent: those of the system.",
        example: "{configMapRef: {name: corporate-ca}}")

    /// What somebody may see in the console.
    static func consoleGrant(of whom: String) -> [SchemaField] {
        [
            .required(
                "role", .choice(["Viewer", "Operator"]), "Viewer looks; Operator also does what the console offers.",
                example: "Viewer"),
            .optional(
                "namespaces", .texts(.label, 1...256), "Namespaces that \(whom) sees; absent: all of them.",
                example: "[ai]"),
            .optional(
                "content", .flag,
                "True: \(whom) may read prompts and answers that policies have stored; absent: false.",
                example: "true"),
        ]
    }
}

extension SchemaNode {
    /// A list of address blocks.
    static func networks(_ count: ClosedRange<Int>) -> SchemaNode { .list(.text(.network), count, .atomic) }
}

/// Values that stand in several examples.
enum SchemaExample {
    /// The SHA-256 of something.
    static let hash = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
}

extension SchemaRule {
    /// Names in a list of maps are there once.
    static func uniqueNames(in list: String) -> SchemaRule {
        SchemaRule(
            .expression(
                "!has(self.\(list)) || self.\(list).all(a, !has(a.name) || "
                    + "self.\(list).exists_one(b, has(b.name) && b.name == a.name))"),
            "each name in \(list) must be there once")
    }

    /// References to one object each name another part of it, and either all or none name a part.
    static let uniqueTargets = SchemaRule(
        .expression(
            "self.targetRefs.all(a, self.targetRefs.exists_one(b, a.kind == b.kind && a.name == b.name && "
                + "(!has(a.sectionName) || !has(b.sectionName) || a.sectionName == b.sectionName)))"),
        "targetRefs to one object must each have another sectionName")
}
