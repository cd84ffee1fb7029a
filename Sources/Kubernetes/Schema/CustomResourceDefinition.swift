extension KindSchema {
    /// The kind's CustomResourceDefinition.
    ///
    /// - Parameter withRules: false for Kubernetes before 1.25, whose `kubectl` refuses rules in CEL.
    public func definition(withRules: Bool) -> YAMLTree {
        [
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": .some(
                ("name", .text(definitionName)),
                (
                    "labels",
                    .map(
                        ([("app.kubernetes.io/part-of", "sallyport")] + labels.sorted { $0.key < $1.key })
                            .map { .init($0.0, .text($0.1)) })
                )),
            "spec": [
                "group": .text(group),
                "scope": .text(isNamespaced ? "Namespaced" : "Cluster"),
                "names": [
                    "kind": .text(kind), "listKind": .text("\(kind)List"), "plural": .text(plural),
                    "singular": .text(kind.lowercased()), "shortNames": .texts(shortNames),
                    "categories": .texts(categories),
                ],
                "versions": [
                    [
                        "name": .text(version), "served": true, "storage": true,
                        "subresources": ["status": .map([])],
                        "additionalPrinterColumns": .list(columns.map(\.tree)),
                        "schema": ["openAPIV3Schema": schema(withRules: withRules)],
                    ]
                ],
            ],
        ]
    }

    /// The schema of whole objects.
    func schema(withRules: Bool) -> YAMLTree {
        let writer = StructuralSchema(withRules: withRules)
        return YAMLTree.some(
            ("description", .text("\(meaning) Example: spec: \(specExample)")),
            ("type", "object"),
            ("required", ["spec"]),
            (
                "properties",
                [
                    "spec": writer.schema(.object(spec), "\(specMeaning) Example: \(specExample)"),
                    "status": writer.schema(.object([Self.conditionsField(conditions)]), Self.statusMeaning),
                ]
            )
        ).adding(writer.rules(rules))
    }

    private static let statusMeaning =
        "What is observed of the object; written by the controller, never read by who decides. "
        + "Example: {conditions: [{type: Accepted, status: \"True\", reason: Accepted}]}"

    /// `status.conditions`, as the API conventions of Kubernetes have it.
    private static func conditionsField(_ types: [ConditionType]) -> SchemaField {
        let names = types.map(\.name).joined(separator: ", ")
        return .optional(
            "conditions",
            .list(
                .object([
                    .required(
                        "type", .text(conditionType), "What is said, in CamelCase: \(names).", example: "Accepted"),
                    .required(
                        "status", .choice(["True", "False", "Unknown"]), "Whether it holds.", example: "\"True\""),
                    .required(
                        "reason", .text(conditionReason), "Why, in CamelCase, for programs.", example: "Accepted"),
                    .required(
                        "message", .text(.any(0...32768)), "Why, for people; empty when there is nothing to add.",
                        example: "\"\""),
                    .required(
                        "lastTransitionTime", .text(.time), "When status changed last.",
                        example: "\"2027-01-01T00:00:00Z\""),
                    .optional(
                        "observedGeneration", .integer(0...Int(Int32.max) * 1_000_000),
                        "metadata.generation of the object that was looked at.", example: "3"),
                ]), 0...16, .map(key: "type")),
            "What is said of the object, one entry for each type: \(names).",
            example: "[{type: \(types[0].name), status: \"True\", reason: \(types[0].name), message: \"\"}]")
    }

    private static let conditionType = TextRule(
        "CamelCase name", 1...316, pattern: "([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?"
    )
    private static let conditionReason = TextRule(
        "CamelCase name", 1...1024, pattern: "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?")
}

extension KindSchema.Column {
    fileprivate var tree: YAMLTree {
        .some(
            ("name", .text(name)), ("type", .text(type)), ("description", .text(meaning)),
            ("jsonPath", .text(path)), ("priority", priority == 0 ? nil : .integer(priority)))
    }
}
