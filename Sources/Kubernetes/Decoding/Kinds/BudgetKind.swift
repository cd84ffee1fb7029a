extension Budget: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields.need("spec")
        let targets = TargetRef.list(
            spec, group: .oneOf("gateway.networking.k8s.io"), kind: .oneOf("Gateway", "HTTPRoute", "GRPCRoute"))
        let per = spec.string(
            "per", default: Per.principal.rawValue, .oneOf("All", "Namespace", "Principal", "AccessKey"))
        self.init(
            metadata: metadata, targetRefs: targets, per: Per(rawValue: per) ?? .principal,
            limit: Limit(spec.need("limit")), window: Window(spec.need("window")))
    }
}

extension Budget.Limit {
    /// More than all the tokens that a person will ever pay for, and far from where sums would overflow.
    private static let mostTokens = 1_000_000_000_000_000

    fileprivate init(_ fields: Fields) {
        fields.needOneOf("tokens", "dollars")
        let tokens = fields.optionalInteger("tokens", 1...Self.mostTokens)
        let dollars = fields.dollars("dollars")
        self = dollars.map { .dollars($0) } ?? .tokens(Int64(tokens ?? 1))
    }
}

extension Budget.Window {
    private static let shortest = Milliseconds(60_000)
    private static let longest = Milliseconds(31 * 24 * 3_600_000)

    fileprivate init(_ fields: Fields) {
        fields.needOneOf("rolling", "calendar")
        let rolling = fields.duration("rolling")
        if let rolling, !(Self.shortest...Self.longest).contains(rolling) {
            fields.fail("must be between 1m and 744h (31 days)", at: "rolling")
        }
        let unit = fields.optionalString("calendar", .oneOf("Hour", "Day", "Week", "Month"))
        self = rolling.map { .rolling($0) } ?? .calendar(unit.flatMap(Budget.CalendarUnit.init) ?? .month)
    }
}

extension Fields {
    /// Notes when not exactly one of two fields is there.
    fileprivate func needOneOf(_ one: String, _ other: String) {
        if has(one) == has(other) { fail("must have either \(one) or \(other)") }
    }

    /// A positive amount of dollars in quotes, or nil when there is none. A bare number would have been a floating
    /// point number to other readers of the same text.
    fileprivate func dollars(_ key: String) -> Dollars? {
        let rule = "must be a positive decimal in quotes such as \"10.00\": no sign, no exponent, at most 9000000"
        guard let value = value(key) else { return nil }
        guard case .string(let text) = value.content, let dollars = Dollars(text), dollars.picodollars > 0 else {
            wrong(path(to: key), value, rule)
            return Dollars(picodollars: 1)
        }
        return dollars
    }
}
