import Foundation

/// One query parameter of a route: how it is read, what is refused, and how `/openapi.json` describes it.
struct Parameter: Sendable {
    /// What may be in it.
    enum Kind: Sendable {
        /// Text up to that many characters.
        case text(most: Int)
        /// A filter of records.
        case filter
        /// RFC 3339, or back from now like `-15m`.
        case time
        /// A whole number.
        case number(ClosedRange<Int>)
        /// One of these words.
        case choice([String])
        /// Several of these words, with commas.
        case choices([String], most: Int)
        /// A length of time such as `5m`.
        case span
    }

    let name: String
    let kind: Kind
    /// What is meant where it is absent, for the description.
    let standard: String?
    /// It must be there.
    let isNeeded: Bool
    let summary: String

    init(_ name: String, _ kind: Kind, standard: String? = nil, isNeeded: Bool = false, _ summary: String) {
        self.name = name
        self.kind = kind
        self.standard = standard
        self.isNeeded = isNeeded
        self.summary = summary
    }
}

/// The query of a request, read by the parameters of its route.
struct Arguments: Sendable {
    private var texts: [String: String] = [:]

    /// Reads a query; what is not known, not well-formed or there twice is refused, so that no typing error passes as an
    /// answer to another question.
    init(_ query: String, _ parameters: [Parameter]) throws(Problem) {
        guard query.utf8.count <= 16 << 10 else { throw Problem(414, "query_too_long", "at most 16384 bytes") }
        for pair in query.split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(halves[0]), let value = Self.decoded(halves.count > 1 ? halves[1] : "") else {
                throw Problem(400, "invalid_query", "the query is not well-formed: '\(pair.prefix(40))'")
            }
            guard let parameter = parameters.first(where: { $0.name == name }) else {
                let known = parameters.map(\.name).joined(separator: ", ")
                throw Problem(
                    400, "unknown_parameter", "there is no parameter '\(name.prefix(40))' here", parameter: name,
                    suggestion: known.isEmpty ? "there are none" : "there are: \(known)")
            }
            guard texts[name] == nil else { throw .parameter(name, "'\(name)' is there twice") }
            // An empty field of a form says nothing.
            guard !value.isEmpty else { continue }
            try parameter.check(value)
            texts[name] = value
        }
        if let missing = parameters.first(where: { $0.isNeeded && texts[$0.name] == nil }) {
            throw .parameter(missing.name, "'\(missing.name)' is missing")
        }
    }

    /// The text; nil: absent.
    subscript(_ name: String) -> String? { texts[name] }

    /// A number; nil: absent.
    func number(_ name: String) -> Int? { texts[name].flatMap { Int($0) } }

    /// The words of a list; empty: absent.
    func words(_ name: String) -> [String] {
        texts[name].map { $0.split(separator: ",").map { String($0) } } ?? []
    }

    /// As forms write it: `+` is a space.
    static func decoded(_ text: some StringProtocol) -> String? {
        String(text).replacingOccurrences(of: "+", with: " ").removingPercentEncoding
    }
}

extension Parameter {
    fileprivate func check(_ value: String) throws(Problem) {
        switch kind {
        case .text(let most):
            guard value.count <= most else { throw .parameter(name, "'\(name)' has more than \(most) characters") }
        case .filter:
            guard value.count <= 4096 else { throw .parameter(name, "a filter has at most 4096 characters") }
        case .time:
            guard Moment.isWellFormed(value) else {
                throw .parameter(
                    name, "'\(name)' is not a time",
                    suggestion: "write it like 2026-11-23T09:00:00Z, or -15m for fifteen minutes ago")
            }
        case .number(let range):
            guard let number = Int(value), range.contains(number) else {
                throw .parameter(name, "'\(name)' is a number from \(range.lowerBound) to \(range.upperBound)")
            }
        case .choice(let words):
            guard words.contains(value) else {
                throw .parameter(name, "'\(name)' is one of \(words.joined(separator: ", "))")
            }
        case .choices(let words, let most):
            let asked = value.split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
            guard asked.count <= most, Set(asked).count == asked.count else {
                throw .parameter(name, "'\(name)' has at most \(most) words, each once")
            }
            if let wrong = asked.first(where: { !words.contains($0) }) {
                throw .parameter(
                    name, "'\(wrong.prefix(40))' is none of the words of '\(name)'",
                    suggestion: "one of \(words.joined(separator: ", "))")
            }
        case .span:
            guard Moment.span(value) != nil else {
                throw .parameter(name, "'\(name)' is not a length of time", suggestion: "write it like 30s, 5m, 1h")
            }
        }
    }
}
