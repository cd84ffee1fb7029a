extension ModelFilter: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields.need("spec")
        self.init(
            metadata: metadata,
            rules: spec.list("rules", 1...256).map(Rule.init),
            deniesUnmatched: spec.string("unmatched", default: "Forward", .oneOf("Forward", "Deny")) == "Deny")
    }
}

extension ModelFilter.Rule {
    fileprivate init(_ fields: Fields) {
        self.init(
            models: fields.strings("models", 1...256, unique: true, each: .pattern),
            rename: fields.optionalString("rename", .modelName),
            backend: fields["backendRef"].map { fields in
                let (ref, port) = ObjectRef.backend(fields)
                return ModelFilter.Backend(ref: ref, port: port)
            })
        if rename == nil, backend == nil { fields.fail("must have rename or backendRef or both") }
    }
}

extension Provider: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields.need("spec")
        self.init(
            metadata: metadata,
            services: spec.strings("services", 1...256, unique: true, each: .objectName),
            models: spec.list("models", 1...1024).map(Model.init))
    }
}

extension Provider.Model {
    fileprivate init(_ fields: Fields) {
        self.init(
            match: fields.strings("match", 1...256, unique: true, each: .pattern),
            maxOutputTokens: fields.optionalInteger("maxOutputTokens", 1...1_000_000_000),
            prices: fields["prices"].map(Provider.Prices.init))
        if maxOutputTokens == nil, prices == nil { fields.fail("must have prices or maxOutputTokens or both") }
    }
}

extension Provider.Prices {
    fileprivate init(_ fields: Fields) {
        self.init(
            input: fields.string("input", .dollars), output: fields.string("output", .dollars),
            cachedInput: fields.optionalString("cachedInput", .dollars),
            cacheWrite: fields.optionalString("cacheWrite", .dollars),
            reasoning: fields.optionalString("reasoning", .dollars))
    }
}

extension Check {
    /// A model's name, without patterns.
    fileprivate static let modelName = Check { text in
        guard (1...256).contains(text.utf8.count) else { return "must have 1 to 256 characters" }
        return printable.problem(text)
    }

    /// Dollars for a million tokens: `12`, `0.075`; never a sign or an exponent.
    fileprivate static let dollars = Check { text in
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isRight =
            (1...2).contains(parts.count) && (1...6).contains(parts[0].count)
            && (parts.count == 1 || (1...6).contains(parts[1].count))
            && parts.allSatisfy { $0.allSatisfy { $0 >= 48 && $0 <= 57 } }
        return isRight ? nil : "must be dollars for a million tokens in quotes, such as \"0.15\", at most 999999.999999"
    }
}
