// The typed getters of `Fields`: one line of a decoder is one of these.

/// A rule for the text of a field: nil for good, else what would be right.
struct Check: Sendable {
    let problem: @Sendable (String) -> String?

    init(_ problem: @escaping @Sendable (String) -> String?) {
        self.problem = problem
    }
}

extension Fields {
    /// A string that must be there unless it has a default.
    func string(_ key: String, default standard: String? = nil, _ checks: Check...) -> String {
        optionalString(key, checks) ?? missing(key, standard, "")
    }

    /// A string, or nil when there is none.
    func optionalString(_ key: String, _ checks: Check...) -> String? { optionalString(key, checks) }

    private func optionalString(_ key: String, _ checks: [Check]) -> String? {
        value(key).map { text($0, path(to: key), checks) }
    }

    /// The text of a value, checked.
    private func text(_ value: Value, _ path: @autoclosure () -> String, _ checks: [Check]) -> String {
        guard let text = value.text else {
            let isScalar: Bool
            switch value.content {
            case .bool, .integer, .number: isScalar = true
            default: isScalar = false
            }
            wrong(path(), value, isScalar ? "must be a string (put it in quotes)" : "must be a string")
            return ""
        }
        if let problem = checks.lazy.compactMap({ $0.problem(text) }).first { wrong(path(), value, problem) }
        return text
    }

    /// The strings of a list; empty when there is none.
    func strings(
        _ key: String, _ count: ClosedRange<Int> = 0...Int.max, unique: Bool = false, each checks: Check...
    ) -> [String] {
        guard let values = values(key, count) else {
            if count.lowerBound > 0 { fail("must be there", at: key) }
            return []
        }
        let texts = values.enumerated().map { text($0.element, "\(path(to: key))[\($0.offset)]", checks) }
        if unique { refuseRepeats(texts, in: key) }
        return texts
    }

    /// Notes a field that must not be there beside what another one says. The reason is ours, never text from outside.
    func refuse(_ key: String, when isWrong: Bool, _ reason: StaticString) {
        if has(key), isWrong { fail("must not be there when \(reason)", at: key) }
    }

    /// Notes entries that a list has twice.
    func refuseRepeats(_ names: [String], in key: String, by field: String? = nil) {
        var seen: Set<String> = []
        for name in names where !name.isEmpty && !seen.insert(name).inserted {
            let what = context.hidesValues ? "an entry" : quoted(name)
            fail("has \(what) twice\(field.map { "; each \($0) must be unique" } ?? "")", at: key)
        }
    }

    /// A whole number that must be there unless it has a default.
    func integer(_ key: String, _ range: ClosedRange<Int>, default standard: Int? = nil) -> Int {
        optionalInteger(key, range) ?? missing(key, standard, range.lowerBound)
    }

    /// A whole number, or nil when there is none.
    func optionalInteger(_ key: String, _ range: ClosedRange<Int>) -> Int? {
        guard let value = value(key) else { return nil }
        if case .integer(let number) = value.content, let integer = Int(exactly: number), range.contains(integer) {
            return integer
        }
        let rule =
            range.upperBound == .max
            ? "must be a whole number of at least \(range.lowerBound)"
            : "must be a whole number between \(range.lowerBound) and \(range.upperBound)"
        wrong(path(to: key), value, rule)
        return range.lowerBound
    }

    /// A port number.
    static let portNumbers = 1...65535

    /// True or false; nil when there is none.
    func optionalFlag(_ key: String) -> Bool? {
        guard let value = value(key) else { return nil }
        if case .bool(let flag) = value.content { return flag }
        wrong(path(to: key), value, "must be true or false")
        return false
    }

    /// A map of strings; empty when there is none.
    func map(_ key: String, _ count: Int = .max, keys: Check? = nil, values: Check? = nil) -> [String: String] {
        guard let fields = self[key] else { return [:] }
        if fields.members.count > count {
            fail("must have at most \(count) entries, has \(fields.members.count)", at: key)
        }
        var result: [String: String] = [:]
        context.steps += fields.members.count
        for member in fields.members {
            fields.ignore(member.key)
            if let problem = keys?.problem(member.key) {
                context.fail(member.mark, fields.path(to: member.key), "the key " + problem)
            }
            if case .null = member.value.content {
                result[member.key] = ""
            } else {
                result[member.key] = fields.text(member.value, fields.path(to: member.key), values.map { [$0] } ?? [])
            }
        }
        return result
    }

    /// A value that a function parses, or nil when there is none; the function says what would be right.
    func parsed<T>(_ key: String, _ parse: (String) -> Result<T, ParseProblem>) -> T? {
        guard let value = value(key) else { return nil }
        guard case .string(let text) = value.content else {
            wrong(path(to: key), value, "must be a string")
            return nil
        }
        switch parse(text) {
        case .success(let result): return result
        case .failure(let problem):
            wrong(path(to: key), value, problem.message)
            return nil
        }
    }

    /// Notes that a field is missing, and gives its default or a stand-in.
    func missing<T>(_ key: String, _ standard: T?, _ standIn: T) -> T {
        if let standard { return standard }
        if !has(key) { fail("must be there", at: key) }
        return standIn
    }
}

/// Why a text could not be parsed: what would be right.
struct ParseProblem: Error {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}
