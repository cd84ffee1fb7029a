extension KindSchema {
    /// `Budget`.
    static let budget = KindSchema(
        Budget.self, plural: "budgets", shortNames: ["bgt"], isAttached: true, isPolicy: true,
        meaning:
            "Says how many tokens or dollars may be spent behind a Gateway or a route. All budgets on the way of a "
            + "request apply.",
        specMeaning: "What the budget is attached to, and how much may be spent there in which time.",
        specExample: "{targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: ollama}], "
            + "limit: {tokens: 1000000}, window: {rolling: 24h}}",
        spec: SchemaObject(
            fields: [
                .targetRefs("Requests that pass there count. The targets are in the namespace of the budget."),
                .optional(
                    "per", .choice(["Principal", "AccessKey", "Namespace", "All"]),
                    "Whose spending is added up: of each caller, of each key, of all callers of a namespace, of all.",
                    example: "Principal", standard: "Principal"),
                .required(
                    "limit",
                    .object(
                        [
                            .optional(
                                "tokens", .integer(1...1_000_000_000_000_000), "Tokens of input and output.",
                                example: "1000000"),
                            .optional(
                                "dollars", .text(.dollars),
                                "Dollars, an exact decimal in quotes, more than 0 and at most 9000000. A model without "
                                    + "a price is denied.",
                                example: "\"10.00\""),
                        ], count: 1...1,
                        rules: [
                            SchemaRule(
                                .expression("!has(self.dollars) || self.dollars.matches('[1-9]')"),
                                "dollars must be more than nothing")
                        ]),
                    "How much may be spent: exactly one of tokens and dollars.", example: "{tokens: 1000000}"),
                .required(
                    "window",
                    .object(
                        [
                            .optional(
                                "rolling", .duration(from: "1m", to: "744h"),
                                "In that long before now, from 1m to 744h (31 days).",
                                example: "24h"),
                            .optional(
                                "calendar", .choice(["Hour", "Day", "Week", "Month"]),
                                "Since the hour, the day, the week (from Monday) or the month began, in UTC.",
                                example: "Month"),
                        ], count: 1...1),
                    "In which time: exactly one of rolling and calendar.", example: "{calendar: Month}"),
            ],
            rules: [.uniqueTargets]),
        conditions: [ConditionType(name: "Accepted", meaning: "The budget applies at all its targets.")],
        columns: [
            Column("Target", ".spec.targetRefs[0].name", "The first object that it is attached to."),
            Column("Per", ".spec.per", "Whose spending is added up."),
            Column("Tokens", ".spec.limit.tokens", "Most tokens.", type: "integer"),
            Column("Dollars", ".spec.limit.dollars", "Most dollars."),
            Column("Rolling", ".spec.window.rolling", "In that long before now.", priority: 1),
            Column("Calendar", ".spec.window.calendar", "Since that began.", priority: 1),
            .condition("Accepted", "Whether the budget applies."), .reason("Accepted"), .age,
        ],
        example: """
            apiVersion: sallyport.dev/v1alpha1
            kind: Budget
            metadata:
              name: team-a-daily
              namespace: ai
            spec:
              targetRefs:
              - group: gateway.networking.k8s.io
                kind: HTTPRoute
                name: ollama
              per: Principal
              limit: {dollars: "10.00"}
              window: {rolling: 24h}
            """)
}
