extension KindSchema {
    /// `AccessPolicy`.
    static let accessPolicy = KindSchema(
        AccessPolicy.self, plural: "accesspolicies", shortNames: ["apol"], isAttached: true, isPolicy: true,
        meaning: "Says who may do what behind a Gateway or a route, and how much of it. A request is allowed by the "
            + "first rule that matches it; by none: denied. Without a policy nothing passes.",
        specMeaning: "What the policy is attached to, and its rules.",
        specExample: "{targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: ollama}], "
            + "rules: [{from: [{accessKeys: {names: [alice]}}]}]}",
        spec: SchemaObject(
            fields: [
                .targetRefs(
                    "What the policy is attached to, in its own namespace. The most specific place wins: rule of a "
                        + "route, then route, then listener, then Gateway."),
                .optional(
                    "rules", .objects(AccessPolicySchema.rule, 0...256),
                    "Rules, in order: a request is allowed by the first that matches it. None: nobody passes.",
                    example: "[{name: people, from: [{accessKeys: {names: [alice]}}], to: [{classes: [Inference]}]}]"),
            ],
            rules: [.uniqueTargets, .uniqueNames(in: "rules")]),
        conditions: [
            ConditionType(
                name: "Accepted", meaning: "The policy is in effect on all its targets; the reason says why not."),
            ConditionType(name: "ResolvedRefs", meaning: "All keys and issuers that the policy names exist."),
        ],
        columns: [
            Column("Target", ".spec.targetRefs[0].name", "The first object that it is attached to."),
            Column("Kind", ".spec.targetRefs[0].kind", "Kind of that object.", priority: 1),
            .condition("Accepted", "Whether the policy is in effect."), .reason("Accepted"), .age,
        ],
        example: """
            apiVersion: sallyport.dev/v1alpha1
            kind: AccessPolicy
            metadata:
              name: team-a
              namespace: ai
            spec:
              targetRefs:
              - group: gateway.networking.k8s.io
                kind: HTTPRoute
                name: ollama
              rules:
              - name: people
                from:
                - accessKeys:
                    selector:
                      matchLabels: {team: a}
                  networks: [10.0.0.0/8]
                - tokens:
                    issuers: [corporate]
                    subjects: ["*@example.com"]
                to:
                - classes: [Inference, Metadata]
                  models: ["llama3*", nomic-embed-text]
                limits:
                  requests: {count: 60, window: 1m, burst: 10}
                  tokens: {count: 100000, window: 1m}
                  concurrency: 4
              - name: agents
                from:
                - serviceAccounts:
                  - {namespace: agents, name: "research-*"}
                to:
                - methods: [GET]
                  paths: [{type: Exact, value: /api/tags}]
            """)
}

/// The parts of an `AccessPolicy`.
private enum AccessPolicySchema {
    static let rule: [SchemaField] = [
        .optional(
            "name", .text(.subdomain), "Name for records, once in a policy; absent: rule-0, rule-1 and so on.",
            example: "people"),
        .optional(
            "from",
            .objects(
                from, 0...256, fieldCount: 1...6,
                rules: [
                    SchemaRule(
                        .atMostOne(["accessKeys", "tokens", "serviceAccounts"]),
                        "only one of accessKeys, tokens and serviceAccounts may be there: a request brings one "
                            + "credential")
                ]),
            "Who calls: one entry must match, with all that is in it; an entry that is written says something. No "
                + "entry: nobody.",
            example: "[{accessKeys: {names: [alice]}, networks: [10.0.0.0/8]}]"),
        .optional(
            "to", .objects(to, 1...1024, fieldCount: 1...9),
            "What is asked for: one entry must match, with all that is in it; an entry that is written says something. "
                + "Absent: everything behind the target.",
            example: "[{classes: [Inference], models: [\"llama3*\"]}]"),
        .optional(
            "limits", .object(limits), "How much each caller of the rule may do.",
            example: "{requests: {count: 60, window: 1m}, concurrency: 4}"),
        .optional(
            "capture",
            .object(
                capture,
                rules: [
                    SchemaRule(
                        .expression("(has(self.prompts) && self.prompts) || (has(self.answers) && self.answers)"),
                        "prompts or answers must be true; leave out capture to store neither")
                ]),
            "What is stored of the requests that the rule allows and of their answers: redacted, encrypted, for a while. "
                + "Absent: nothing.",
            example: "{prompts: true, answers: true}"),
    ]

    private static let capture: [SchemaField] = [
        .optional("prompts", .flag, "True: what is asked is stored; absent: false.", example: "true"),
        .optional("answers", .flag, "True: what is answered is stored; absent: false.", example: "true"),
        .optional(
            "maxBytes", .integer(1...1_048_576), "The most bytes of each; absent: 65536.", example: "65536"),
        .optional(
            "redact", .list(.choice(["emails", "cards", "ibans", "phones", "secrets"]), 0...8, .set),
            "What is taken out beside credentials; absent: everything that is known.", example: "[emails, cards]"),
        .optional(
            "words", .texts(.pattern, 1...64),
            "Words that are taken out too, in which * stands for any run of characters.", example: "[\"EMP-*\"]"),
    ]

    private static let from: [SchemaField] = [
        .optional(
            "accessKeys",
            .object(
                [
                    .optional("names", .texts(.subdomain, 1...4096), "Keys by name.", example: "[alice, bob]"),
                    .selector(
                        "selector", "Keys by their labels; {} selects all keys of the namespace.",
                        example: "{matchLabels: {team: a}}"),
                ], count: 1...2),
            "The caller sends one of these AccessKeys of the policy's namespace, by name or by labels.",
            example: "{names: [alice]}"),
        .optional(
            "tokens",
            .object([
                .optional(
                    "issuers", .texts(.subdomain, 1...64),
                    "TokenIssuers of the policy's namespace; absent: each of them.", example: "[corporate]"),
                .optional(
                    "subjects", .texts(.pattern, 1...1024),
                    "Subjects, in which * stands for any run of characters; absent: every subject.",
                    example: "[\"*@example.com\"]"),
                .optional(
                    "claims", .map(.texts(.printable(1...1024), 1...64), 1...16),
                    "By name of a claim: the token has one of these values of each.", example: "{groups: [research]}"),
            ]),
            "The caller sends a signed token of one of these issuers.",
            example: "{issuers: [corporate], subjects: [\"*@example.com\"]}"),
        .optional(
            "serviceAccounts",
            .objects(
                [
                    .required("namespace", .text(.label), "Namespace of the account.", example: "agents"),
                    .required(
                        "name", .text(.pattern), "Name of the account, in which * stands for any run of characters.",
                        example: "\"research-*\""),
                ], 1...256),
            "The caller sends the token of one of these Kubernetes service accounts.",
            example: "[{namespace: agents, name: \"research-*\"}]"),
        .certificates("The caller has shown a client certificate with such a name."),
        .workloads("The caller's address is that of a pod of one of these workloads.", namespaceIsNeeded: true),
        .networks("The caller has an address in one of these blocks."),
    ]

    private static func patterns(_ name: String, _ what: String, example: String) -> SchemaField {
        .optional(
            name, .texts(.pattern, 1...1024), "\(what), in which * stands for any run of characters.",
            example: example)
    }

    private static let to: [SchemaField] = [
        .optional("methods", .texts(.method, 1...64), "The request has one of these methods.", example: "[GET, POST]"),
        .optional(
            "paths",
            .objects(
                [
                    .required(
                        "type", .choice(["Exact", "PathPrefix"]), "How the path is compared: by whole segments.",
                        example: "Exact"),
                    .required("value", .text(.path), "The path, in its canonical form.", example: "/api/tags"),
                ], 1...1024),
            "The request has one of these paths.", example: "[{type: PathPrefix, value: /v1}]"),
        .optional(
            "classes",
            .list(.choice(ModelServer.classWords), 1...16, .set),
            "The request does nothing to the server that is not listed, and makes it fetch a URL only where "
                + "ServerFetch is.",
            example: "[Inference, Metadata]"),
        patterns("models", "The request names one of these models", example: "[\"llama3*\", nomic-embed-text]"),
        patterns("tools", "The request calls one of these MCP tools", example: "[search, \"read_*\"]"),
        patterns("prompts", "The request gets one of these MCP prompts", example: "[summary]"),
        patterns("resources", "The request reads one of these MCP resources", example: "[\"file:///public/*\"]"),
        .optional(
            "mediaHosts", .texts(.host, 1...256),
            "Hosts from which the server may be made to fetch, exact or all below; absent: none.",
            example: "[images.example.com, \"*.example.org\"]"),
        .optional(
            "strict", .flag, "True: the body has no field that its protocol does not have. Absent: false.",
            example: "true"),
    ]

    private static let limits: [SchemaField] = [
        .optional(
            "requests",
            .object(
                [
                    .required("count", .integer(1...1_000_000_000), "So many requests.", example: "60"),
                    .required("window", .duration(from: "1ms", to: nil), "In so long a time.", example: "1m"),
                    .optional(
                        "burst", .integer(1...1_000_000_000), "So many may come at once; absent: count.",
                        example: "10"),
                ]),
            "Requests in a window of time; beyond: 429.", example: "{count: 60, window: 1m, burst: 10}"),
        .optional(
            "tokens",
            .object(
                [
                    .required("count", .integer(1...1_000_000_000_000), "So many tokens.", example: "100000"),
                    .required(
                        "window", .duration(from: "1m", to: "744h"), "In so long a time, from 1m to 744h.",
                        example: "1m"),
                ]),
            "Tokens of input and output in a window of time; beyond: 429.", example: "{count: 100000, window: 1m}"),
        .optional("concurrency", .integer(1...1_000_000), "So many requests at once; beyond: 429.", example: "4"),
    ]
}
