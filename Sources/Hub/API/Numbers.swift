import Hummingbird
import Records

/// What was measured, as answers write it.
struct NumbersText: Encodable {
    let count: UInt64
    let repeats: UInt64
    let bytesIn: UInt64
    let bytesOut: UInt64
    let tokensIn: UInt64
    let tokensOut: UInt64
    let tokensCached: UInt64
    let tokensReasoning: UInt64
    let tokensEstimated: UInt64
    /// An exact decimal.
    let costUSD: String
    /// Seconds; absent: nothing was measured.
    let durationMedian: Double?
    let durationP95: Double?
    let durationMaximum: Double?
    let firstByteMedian: Double?
    let firstByteP95: Double?
    /// RFC 3339; absent: there are none.
    let first: String?
    let last: String?

    init(_ measures: Measures) {
        count = measures.count
        repeats = measures.repeats
        bytesIn = measures.bytesIn
        bytesOut = measures.bytesOut
        tokensIn = measures.tokensIn
        tokensOut = measures.tokensOut
        tokensCached = measures.tokensCached
        tokensReasoning = measures.tokensReasoning
        tokensEstimated = measures.tokensEstimated
        costUSD = measures.cost.description
        durationMedian = Self.seconds(measures.durations, 0.5)
        durationP95 = Self.seconds(measures.durations, 0.95)
        durationMaximum = measures.durations.count > 0 ? Double(measures.durationMaximum) / 1_000_000 : nil
        firstByteMedian = Self.seconds(measures.firstBytes, 0.5)
        firstByteP95 = Self.seconds(measures.firstBytes, 0.95)
        first = measures.count > 0 ? Moment.text(measures.first) : nil
        last = measures.count > 0 ? Moment.text(measures.last) : nil
    }

    private static func seconds(_ histogram: Histogram, _ share: Double) -> Double? {
        histogram.quantile(share).map { $0 / 1_000_000 }
    }
}

/// The answer of `/api/v1/groups`, and a part of others.
struct GroupsText: Encodable {
    struct Row: Encodable {
        /// By name of the dimension; what the records do not have is empty.
        let key: [String: String]
        let total: NumbersText
        /// As many as `starts`; absent where there are no steps.
        let steps: [NumbersText]?
    }

    let from: String
    let to: String
    let by: [String]
    let starts: [String]
    let rows: [Row]
    /// All that is in none of the rows, and how many groups that are.
    let other: NumbersText?
    let otherCount: Int
    let total: NumbersText
    /// Records that may or may not be meant: what the filter asks is not counted.
    let undecided: UInt64

    init(_ table: GroupTable) {
        let names = table.query.by.map(\.name)
        from = Moment.text(table.query.from)
        to = Moment.text(table.query.to)
        by = names
        starts = table.query.step == nil ? [] : table.starts.map(Moment.text)
        rows = table.rows.map { row in
            Row(
                key: Dictionary(zip(names, row.key), uniquingKeysWith: { first, _ in first }),
                total: NumbersText(row.total), steps: table.query.step == nil ? nil : row.steps.map(NumbersText.init))
        }
        other = table.other.map { NumbersText($0.total) }
        otherCount = table.otherCount
        total = NumbersText(table.total)
        undecided = table.undecided
    }
}

extension HubAPI {
    func groups(_ call: Call) async throws -> Response {
        let asked = try Asked(call)
        let by = call.arguments.words("by").compactMap { Dimension(name: $0) }
        let order = call.arguments["order"].flatMap(GroupQuery.Order.init) ?? .count
        let query = asked.groups(
            by, order: order, top: call.arguments.number("top") ?? 20, steps: asked.step != nil)
        return .json(GroupsText(try await data.groups(query)))
    }

    func ai(_ call: Call) async throws -> Response {
        let asked = try Asked(call)
        let inference = try RecordFilter.ours("ai.server or ai.model")
        func rows(_ by: [Dimension], _ order: GroupQuery.Order, top: Int = 12) async throws -> GroupsText {
            GroupsText(try await data.groups(asked.groups(by, filter: inference, order: order, top: top, steps: true)))
        }
        return .json(
            AIText(
                models: try await rows([.aiModel, .aiServer], .tokens),
                principals: try await rows(
                    [.principalKind, .principalNamespace, .principalName, .principalOwner], .cost),
                tools: try await rows([.aiTool, .aiMCPMethod], .count),
                classes: try await rows([.aiClasses], .count),
                workloads: try await rows([.workloadKind, .workloadNamespace, .workloadName], .tokens)))
    }
}

/// The answer of `/api/v1/ai`.
struct AIText: Encodable {
    let models: GroupsText
    let principals: GroupsText
    let tools: GroupsText
    let classes: GroupsText
    let workloads: GroupsText
}
