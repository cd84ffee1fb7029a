import Records

/// What is asked of records: every question of a page or program becomes one of these, and there the viewer's namespaces are
/// joined to its filter.
struct Asked: Sendable {
    /// The viewer's namespaces are in it.
    let filter: RecordFilter
    let from: Int64
    let to: Int64
    let step: Int64?

    /// Most steps of one answer.
    static let mostSteps: Int64 = 2000

    init(_ call: Call, standardSpan: Int64 = 3600 * 1_000_000, standardStep: Int64? = nil) throws(Problem) {
        let now = call.now
        filter = try call.known().limited(RecordFilter(asked: call.arguments["filter"] ?? "", now: now))
        to = call.arguments["to"].flatMap { Moment.read($0, now: now) } ?? now + 1
        from = call.arguments["from"].flatMap { Moment.read($0, now: now) } ?? to - standardSpan
        guard from < to else { throw .parameter("from", "'from' is not before 'to'") }
        step = call.arguments["step"].flatMap { Moment.span($0) } ?? standardStep
        if let step, (to - from) / step > Self.mostSteps {
            throw .parameter("step", "that is more than \(Self.mostSteps) steps", suggestion: "ask for longer ones")
        }
    }

    /// A question for numbers.
    func groups(
        _ by: [Dimension], filter more: RecordFilter? = nil, order: GroupQuery.Order = .count, top: Int,
        steps: Bool = false
    ) -> GroupQuery {
        GroupQuery(
            filter: more.map(filter.and) ?? filter, from: from, to: to, step: steps ? step : nil, by: by, order: order,
            top: top)
    }
}

extension RecordFilter {
    /// Reads a filter of a query.
    init(asked text: String, now: Int64) throws(Problem) {
        do {
            try self.init(text, now: now)
        } catch {
            throw Problem(error, in: text)
        }
    }

    /// The answer of a line; one that cannot be read is in no filter, and in nobody's namespace.
    func matches(line: [UInt8]) -> Bool {
        line.withUnsafeBytes { bytes in
            var scanner = RecordScanner()
            guard (try? scanner.scan(bytes)) != nil else { return false }
            return matches(scanner, in: bytes)
        }
    }

    /// One of ours.
    static func ours(_ text: String) throws(Problem) -> RecordFilter { try RecordFilter(asked: text, now: 0) }
}

extension Problem {
    /// A filter that is none, with its place.
    init(_ error: FilterError, in text: String) {
        let offset = min(max(0, error.range.lowerBound), text.utf8.count)
        let before = String(decoding: text.utf8.prefix(offset), as: UTF8.self)
        let offered = error.suggestions.prefix(3).joined(separator: ", ")
        self.init(
            400, "invalid_filter", error.message, parameter: "filter", position: before.count,
            suggestion: offered.isEmpty ? nil : offered)
    }
}

extension Viewer {
    /// The filter, and the viewer's namespaces. Every question for records goes through here.
    func limited(_ filter: RecordFilter) throws(Problem) -> RecordFilter {
        guard let text = sight.filterText else { return filter }
        do {
            return filter.and(try RecordFilter(text))
        } catch {
            // Nothing is shown rather than everything.
            throw Problem(500, "internal_error", "the filter of your namespaces cannot be read")
        }
    }
}
