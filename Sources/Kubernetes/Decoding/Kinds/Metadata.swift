extension ObjectMeta {
    /// Reads `metadata` of a kind whose names follow a rule.
    init(_ fields: Fields, isNamespaced: Bool, name: Check) {
        fields.ignore(
            "resourceVersion", "selfLink", "managedFields", "ownerReferences", "finalizers", "generateName",
            "deletionTimestamp", "deletionGracePeriodSeconds")
        let namespace = fields.optionalString("namespace", .label)
        // A value that was forgotten: to take the object for one of `default` would take it away from where it was meant.
        if isNamespaced, namespace == nil, fields.members.contains(where: { $0.key == "namespace" }) {
            fields.fail("is empty; name a namespace, or leave the field out", at: "namespace")
        }
        self.init(
            name: fields.string("name", name),
            namespace: isNamespaced ? namespace ?? "default" : "",
            labels: fields.map("labels", keys: .labelKey, values: .labelValue),
            annotations: fields.map("annotations", keys: .labelKey),
            generation: Int64(fields.integer("generation", 0...Int.max, default: 1)),
            creationTimestamp: fields.time("creationTimestamp"),
            position: fields.position,
            uid: fields.optionalString("uid"))
        fields.noteUnknownAssets(labels, annotations)
    }
}

extension Fields {
    /// Says of `metadata` that its asset is none. That is no mistake: what is wrong cannot be used, and a workload that
    /// is not seen is worse than one that is not known to be a model.
    func noteUnknownAssets(_ labels: [String: String], _ annotations: [String: String]) {
        for (field, values) in [("labels", labels), ("annotations", annotations)] {
            guard let value = values[Asset.key], Asset(rawValue: value) == nil else { continue }
            let written = members.first { $0.key == field }?.value[Asset.key]
            let words = Asset.allCases.map(\.rawValue).joined(separator: ", ")
            context.note(
                written?.mark ?? mark, Self.path(path(to: field), to: Asset.key),
                "must be one of \(words); it says nothing")
        }
    }

    /// Seconds since 1970, or nil when there is none.
    func time(_ key: String) -> Int64? {
        parsed(key) { text in
            secondsSince1970(text).map { .success($0) }
                ?? .failure(ParseProblem("must be a time such as 2027-01-01T00:00:00Z"))
        }
    }

    /// A Gateway API duration, or nil when there is none.
    func duration(_ key: String) -> Milliseconds? {
        parsed(key) { text in
            Milliseconds(duration: text).map { .success($0) }
                ?? .failure(ParseProblem("must be a duration such as 500ms, 10s or 1h30m"))
        }
    }

    /// A label selector, or nil when there is none.
    func selector(_ key: String) -> LabelSelector? {
        guard let fields = self[key] else { return nil }
        let labels = fields.map("matchLabels", keys: .labelKey, values: .labelValue)
        let expressions = fields.list("matchExpressions").compactMap(LabelSelector.Requirement.init)
        return LabelSelector(LabelSelector(matchLabels: labels).requirements + expressions)
    }
}

extension LabelSelector.Requirement {
    fileprivate init?(_ fields: Fields) {
        let key = fields.string("key", .labelKey)
        let values = fields.strings("values", each: .labelValue)
        let name = fields.string("operator", .oneOf("In", "NotIn", "Exists", "DoesNotExist"))
        let isPresence = name == "Exists" || name == "DoesNotExist"
        fields.refuse("values", when: isPresence && !values.isEmpty, "the operator asks for presence only")
        if name == "In" || name == "NotIn", values.isEmpty {
            fields.fail("must have a value at least when operator is \(name)", at: "values")
        }
        switch name {
        case "In": self = .isIn(key, Set(values))
        case "NotIn": self = .notIn(key, Set(values))
        case "Exists": self = .exists(key)
        case "DoesNotExist": self = .doesNotExist(key)
        default: return nil
        }
    }
}
