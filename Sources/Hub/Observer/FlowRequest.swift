import Records
import SwiftProtobuf
import Telemetry

/// What a client of the Observer asks for, understood and checked.
struct FlowRequest {
    /// What cannot be answered.
    struct Problem: Error, Hashable, CustomStringConvertible {
        var description: String
    }

    /// Flows that are held at once to turn them round; who wants more asks by time.
    static let mostAtOnce: UInt64 = 100_000

    /// Flows at most; 0: as many as there are.
    let number: UInt64
    /// The first of the time asked for, and not the last.
    let isFirst: Bool
    let follows: Bool
    /// In microseconds since 1970.
    let since: Int64?
    let until: Int64?
    let predicate: FlowPredicate
    private let mask: Google_Protobuf_FieldMask?

    init(_ request: Observer_GetFlowsRequest) throws(Problem) {
        guard !(request.first && request.follow) else {
            throw Problem(description: "first cannot be asked for together with follow")
        }
        number = request.number
        isFirst = request.first
        follows = request.follow
        since = request.hasSince ? request.since.microseconds : nil
        // Whoever asks until a time means that time too.
        until = request.hasUntil ? request.until.microseconds : nil
        do throws(FlowFilterError) {
            predicate = try FlowPredicate(allow: request.whitelist, deny: request.blacklist)
        } catch {
            throw Problem(description: error.description)
        }
        guard number <= Self.mostAtOnce || isFirst else {
            throw Problem(description: "no more than the last \(Self.mostAtOnce) flows at once; ask by time for more")
        }
        guard request.hasFieldMask, !request.fieldMask.paths.isEmpty else {
            mask = nil
            return
        }
        guard request.fieldMask.isValid(for: Flow_Flow.self) else {
            throw Problem(description: "the field mask names fields that flows do not have")
        }
        mask = request.fieldMask
    }

    /// True: the last flows are asked for, and have to be looked for from the end.
    var isFromEnd: Bool { number > 0 && !isFirst }

    /// True: nothing of the past is asked for.
    var isOnlyLive: Bool { follows && number == 0 && since == nil }

    /// The next page to ask for.
    func question(after cursor: String?) -> FlowQuestion {
        let end = until.map { $0 == .max ? $0 : $0 + 1 } ?? .max
        return FlowQuestion(from: since ?? .min, to: end, newestFirst: isFromEnd, cursor: cursor, limit: 500)
    }

    /// What to send for a line; nil: nothing. A line that is no record, which a newer program may have written, is nothing.
    func answer(to line: [UInt8], emitter: String) -> FlowAnswer? {
        guard let record = try? Record(line: line), let event = HubbleEvent(record, emitter: emitter) else {
            return nil
        }
        if let since, record.time < since { return nil }
        if let until, record.time > until { return nil }
        var response = Observer_GetFlowsResponse()
        response.time = Google_Protobuf_Timestamp(microseconds: record.time)
        switch event {
        case .lost(let lost, let node, _):
            response.nodeName = node
            response.lostEvents = lost
            return FlowAnswer(response: response, isFlow: false)
        case .flow(var flow):
            guard predicate.matches(flow) else { return nil }
            response.nodeName = flow.nodeName
            if let mask { flow.trim(keeping: mask) }
            response.flow = flow
            return FlowAnswer(response: response, isFlow: true)
        }
    }
}

/// A message to a client; only flows count against the number that he asked for.
struct FlowAnswer: Sendable {
    var response: Observer_GetFlowsResponse
    var isFlow: Bool
}

/// The last lines that were read from the past: those of them that come again live are not sent twice.
struct RecentLines {
    private static let most = 8192

    private var set: Set<[UInt8]> = []
    private var order: [[UInt8]] = []
    private var oldest = 0
    /// When the past was read from the end, its first lines are the newest, and the rest needs no remembering.
    let isFromEnd: Bool

    init(isFromEnd: Bool) { self.isFromEnd = isFromEnd }

    mutating func note(_ line: [UInt8]) {
        guard order.count == Self.most else {
            order.append(line)
            set.insert(line)
            return
        }
        guard !isFromEnd else { return }
        set.remove(order[oldest])
        order[oldest] = line
        set.insert(line)
        oldest = (oldest + 1) % Self.most
    }

    /// True: it was sent already. Lines come in order: after the first that is new all are.
    mutating func isOld(_ line: [UInt8]) -> Bool {
        guard !set.isEmpty else { return false }
        guard set.contains(line) else {
            self = RecentLines(isFromEnd: isFromEnd)
            return false
        }
        return true
    }
}
