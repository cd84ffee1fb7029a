extension KindSchema {
    /// `Provider`.
    static let provider = KindSchema(
        Provider.self, plural: "providers", shortNames: ["mprov"],
        meaning: "Says what the models behind a Service cost, and how long their answers can be.",
        specMeaning: "Services, and the models behind them.",
        specExample: "{services: [openai], models: [{match: [\"*\"], prices: {input: \"10\", output: \"40\"}}]}",
        spec: SchemaObject(
            fields: [
                .required(
                    "services", .texts(.objectName, 1...256),
                    "Services of this namespace. A Service that two objects list has the prices of the first by name.",
                    example: "[openai]"),
                .required(
                    "models",
                    .objects(
                        providerModel, 1...1024,
                        rules: [
                            SchemaRule(
                                .some(["prices", "maxOutputTokens"]), "prices or maxOutputTokens or both must be there")
                        ]),
                    "Models; the first that matches counts.",
                    example: "[{match: [\"gpt-4o-mini*\"], prices: {input: \"0.15\", output: \"0.60\"}}]"),
            ], rules: []),
        conditions: [ConditionType(name: "Accepted", meaning: "The prices count for all Services that are listed.")],
        columns: [
            Column("Services", ".spec.services", "Services that the prices are for."),
            .condition("Accepted", "Whether the prices count."), .reason("Accepted"), .age,
        ],
        example: """
            apiVersion: sallyport.dev/v1alpha1
            kind: Provider
            metadata:
              name: openai
              namespace: ai
            spec:
              services: [openai]
              models:
              - match: ["gpt-4o-mini*"]
                maxOutputTokens: 16384
                prices: {input: "0.15", cachedInput: "0.075", output: "0.60"}
              - match: ["*"]
                prices: {input: "10", output: "40"}
            """)

    private static let providerModel: [SchemaField] = [
        .required(
            "match", .texts(.pattern, 1...256),
            "Names as the server knows them, in which * stands for any run of characters.",
            example: "[\"gpt-4o-mini*\"]"),
        .optional(
            "maxOutputTokens", .integer(1...1_000_000_000), "Most tokens of an answer, for requests that set no limit.",
            example: "16384"),
        .optional(
            "prices",
            .object([
                .required("input", .text(.price), "Of input.", example: "\"0.15\""),
                .required("output", .text(.price), "Of output.", example: "\"0.60\""),
                .optional(
                    "cachedInput", .text(.price), "Of input that the server read from a cache; absent: as input.",
                    example: "\"0.075\""),
                .optional(
                    "cacheWrite", .text(.price), "Of input that the server put into a cache; absent: as input.",
                    example: "\"0.1875\""),
                .optional(
                    "reasoning", .text(.price), "Of output that is not shown; absent: as output.",
                    example: "\"0.60\""),
            ]),
            "Dollars for a million tokens, in quotes, with up to six digits before and after the point.",
            example: "{input: \"0.15\", output: \"0.60\"}"),
    ]

    /// `ModelFilter`.
    static let modelFilter = KindSchema(
        ModelFilter.self, plural: "modelfilters", shortNames: ["mfilter"], isAttached: true,
        meaning: "A filter of a rule of an HTTPRoute (ExtensionRef): gives models other names, and sends requests to "
            + "backends by the model that they name.",
        specMeaning: "Which models get another name or backend.",
        specExample: "{rules: [{models: [fast], rename: \"llama3.2:1b\"}], unmatched: Deny}",
        spec: SchemaObject(
            fields: [
                .required(
                    "rules",
                    .objects(
                        modelFilterRule, 1...256,
                        rules: [
                            SchemaRule(.some(["rename", "backendRef"]), "rename or backendRef or both must be there")
                        ]),
                    "Rules; the first that matches the model counts.",
                    example: "[{models: [fast], rename: \"llama3.2:1b\"}]"),
                .optional(
                    "unmatched", .choice(["Forward", "Deny"]),
                    "What becomes of other models: forwarded as they came, or denied with 404.", example: "Deny",
                    standard: "Forward"),
            ], rules: []),
        columns: [
            Column("Unmatched", ".spec.unmatched", "What becomes of other models."),
            .condition("Accepted", "Whether the filter can be used."), .reason("Accepted"), .age,
        ],
        example: """
            apiVersion: sallyport.dev/v1alpha1
            kind: ModelFilter
            metadata:
              name: aliases
              namespace: ai
            spec:
              rules:
              - models: [fast, "fast-*"]
                rename: "llama3.2:1b"
                backendRef: {name: ollama-small, port: 11434}
              - models: ["llama3*"]
                backendRef: {name: ollama-large, port: 11434}
              unmatched: Deny
            """)

    private static let modelFilterRule: [SchemaField] = [
        .required(
            "models", .texts(.pattern, 1...256),
            "Names as callers write them, in which * stands for any run of characters.", example: "[fast, \"fast-*\"]"),
        .optional("rename", .text(.modelName), "What the server is asked for.", example: "\"llama3.2:1b\""),
        .optional(
            "backendRef",
            .object(
                [
                    .optional(
                        "group", .text(.group), "API group; absent or empty: the core group.", example: "\"\""),
                    .optional("kind", .text(.kind), "Kind of the backend; absent: Service.", example: "Service"),
                    .required("name", .text(.objectName), "Name of the backend.", example: "ollama-small"),
                    .optional(
                        "namespace", .text(.label),
                        "Namespace of the backend; another than this object's needs a ReferenceGrant.", example: "ai"),
                    .optional(
                        "port", .integer(1...65535), "Port of the Service; must be there for a Service.",
                        example: "11434"),
                ],
                rules: [
                    SchemaRule(
                        .expression(
                            "has(self.port) || (has(self.kind) && self.kind != 'Service') || "
                                + "(has(self.group) && self.group != '')"),
                        "port must be there for a Service")
                ]),
            "Where the server is asked, instead of the route rule's own backends.",
            example: "{name: ollama-small, port: 11434}"),
    ]

    /// `ModelServer`.
    static let modelServer = KindSchema(
        ModelServer.self, plural: "modelservers", shortNames: ["mserver"],
        meaning: "An AI server that the built-in tables of endpoints do not know, or do not know well enough. Services "
            + "name it in the annotation sallyport.dev/server.",
        rules: [
            SchemaRule(
                .expression(
                    "!(self.metadata.name in [\((ModelServer.builtInNames + [ModelServer.noServer]).map { "'\($0)'" }.joined(separator: ", "))])"
                ),
                "the name must not be that of a built-in server, or none")
        ],
        specMeaning: "How the server is recognised, and what its endpoints would do.",
        specExample: "{extends: [vllm], images: [house-llm], "
            + "endpoints: [{methods: [POST], path: \"/v1/summaries/{model}\", classes: [Inference]}]}",
        spec: SchemaObject(
            fields: [
                .optional(
                    "extends", .list(.choice(ModelServer.builtInNames), 0...8, .set),
                    "Built-in servers whose endpoints this one has too.", example: "[vllm]"),
                .optional(
                    "images", .texts(.image, 0...64),
                    "Containers that are this server: names of images without tag, matched from their end.",
                    example: "[house-llm, \"registry.example.com/llm/*\"]"),
                .optional(
                    "ports", .list(.integer(1...65535), 0...64, .set), "Ports that the server listens on.",
                    example: "[9000]"),
                .optional(
                    "endpoints", .objects(modelServerEndpoint, 0...512), "What requests would do to the server.",
                    example: "[{methods: [GET], path: \"/reports/{path...}\", classes: [DataRead]}]"),
            ],
            rules: [
                SchemaRule(
                    .expression("has(self.endpoints) || (has(self.extends) && self.extends.size() > 0)"),
                    "endpoints, or built-in servers that it extends, or both must be there")
            ]),
        columns: [
            Column("Extends", ".spec.extends", "Built-in servers whose endpoints it has too."),
            .condition("Accepted", "Whether the server can be used."), .reason("Accepted"), .age,
        ],
        example: """
            apiVersion: sallyport.dev/v1alpha1
            kind: ModelServer
            metadata:
              name: house-llm
              namespace: ai
            spec:
              extends: [vllm]
              images: [house-llm]
              ports: [9000]
              endpoints:
              - methods: [POST]
                path: "/v1/summaries/{model}"
                classes: [Inference]
                dialect: openai-chat
              - methods: [GET]
                path: "/reports/{path...}"
                classes: [DataRead]
                note: what batch jobs wrote
            """)

    private static let modelServerEndpoint: [SchemaField] = [
        .required(
            "methods", .list(.choice(ModelServer.methodWords), 1...10, .set),
            "HTTP methods; ANY for all, WS for an upgrade to WebSocket, GRPC for calls of gRPC.", example: "[GET, POST]"
        ),
        .required(
            "path", .text(.pathPattern),
            "A pattern: {name} is one segment, {name...} one or more, {model} what names the model, (a|b) either, "
                + "[/x] that or nothing.",
            example: "\"/v1/summaries/{model}\""),
        .required(
            "classes", .list(.choice(ModelServer.classWords), 1...9, .set), "What such a request would do.",
            example: "[Inference]"),
        .optional(
            "dialect", .choice(ModelServer.dialectWords),
            "How the body is read; absent: it is not, and neither models nor tokens are known.",
            example: "openai-chat"),
        .optional("note", .text(.any(1...200)), "For people.", example: "what batch jobs wrote"),
    ]
}
