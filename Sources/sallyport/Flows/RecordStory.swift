import Foundation
import Records

/// One decision as a story: who wanted what, what was decided and why, what each rule said, and what it came to.
struct RecordStory {
    private let record: Record
    private let words: RecordWords

    init(_ record: Record) {
        self.record = record
        words = RecordWords(record)
    }

    func lines(_ terminal: Terminal) -> [String] {
        var lines = [terminal.styled(headline, record.verdict == .denied ? .bad : .strong)]
        for (name, text) in facts where !text.isEmpty {
            lines.append("  \(name)\(String(repeating: " ", count: max(1, 12 - name.count)))\(text)")
        }
        lines += trace
        return lines.map(Printable.oneLine)
    }

    private var headline: String {
        if let alarm = record.alarm { return "Alarm \(alarm.name): \(alarm.text)" }
        guard record.verdict != nil else { return "\(record.node) did not show everything" }
        let verb = record.connection.map { "\($0.event.rawValue)" } ?? record.verdict?.rawValue ?? ""
        return "\(words.from) -> \(words.to), \(words.what): \(verb)"
    }

    private var facts: [(String, String)] {
        let because = record.explanation.isEmpty ? record.reason : "\(record.reason): \(record.explanation)"
        return [
            ("when", when), ("id", record.id), ("decided", decidedAt), ("because", because),
            ("policy", record.rule.isEmpty ? record.policy : "\(record.policy), rule \(record.rule)"),
            ("caller", caller), ("from", from), ("by way of", way), ("sent to", sentTo), ("asked", asked),
            ("answer", answer), ("tokens", tokens),
            ("cost", record.ai.map { $0.cost.isEmpty ? "" : "$\($0.cost)" } ?? ""),
            ("bytes", record.bytes.map { "\($0.in) in, \($0.out) out" } ?? ""), ("took", took), ("staged", staged),
            ("trace", record.traceContext?.traceID ?? ""),
        ]
    }

    private var when: String {
        let second = PlainLog.timestamp(time_t(record.time / 1_000_000)).dropLast()
        return "\(second).\(String(record.time % 1_000_000 + 1_000_000).dropFirst())Z"
    }

    private var decidedAt: String {
        switch record.point {
        case .gateway: "at the front door, by revision \(record.revision)"
        case .node: "in the kernel of \(record.node), by revision \(record.revision)"
        case .hub: "by the hub"
        }
    }

    private var caller: String {
        guard let who = record.principal else { return "" }
        let name = who.namespace.isEmpty ? who.name : "\(who.namespace)/\(who.name)"
        let owner = who.owner.isEmpty ? "" : ", of \(who.owner)"
        let theft = record.isSuspectedTheft ? "; used from where it is not bound: it may be stolen" : ""
        return "\(who.kind.replacing("_", with: " ")) \(name)\(owner)\(theft)"
    }

    private var from: String {
        guard let source = record.source else { return "" }
        let pod = record.workload.map { ", pod \($0.pod) of \($0.kind) \($0.namespace)/\($0.name)" } ?? ""
        let port = source.port.map { " port \($0)" } ?? ""
        return source.address + port + pod + Self.about(source)
    }

    private var way: String {
        let place = record.place
        guard !place.gateway.isEmpty else { return "" }
        let route = place.route.isEmpty ? "" : ", \(place.route) \(place.routeRule)"
        return "Gateway \(place.gateway), listener \(place.listener)\(route)"
    }

    private var sentTo: String {
        guard let sent = record.destination else { return "" }
        let service = sent.service.isEmpty ? "" : "Service \(sent.service), "
        let pod = sent.workload.map { ", pod \($0.pod) of \($0.kind) \($0.namespace)/\($0.name)" } ?? ""
        let port = sent.endpoint.port.map { " port \($0)" } ?? ""
        let attempts = sent.attempts > 1 ? ", at attempt \(sent.attempts)" : ""
        return service + sent.endpoint.address + port + pod + Self.about(sent.endpoint) + attempts
    }

    private static func about(_ endpoint: Record.Endpoint) -> String {
        if !endpoint.node.isEmpty { return ", node \(endpoint.node)" }
        return endpoint.range.isEmpty ? "" : ", \(endpoint.range.replacing("_", with: " "))"
    }

    private var asked: String {
        guard let http = record.http else { return record.connection.map { "a \($0.transport) connection" } ?? "" }
        let line = "\(Self.text(http.method)) \(Self.text(http.host))\(Self.text(http.path))"
        guard let ai = record.ai, !ai.classes.isEmpty else { return line }
        let model = ai.model.isEmpty ? "" : ", model \(Self.text(ai.model))"
        let renamed = ai.upstreamModel.isEmpty ? "" : " (sent as \(ai.upstreamModel))"
        let tool = ai.tool.isEmpty ? "" : ", tool \(Self.text(ai.tool))"
        return "\(line): \(ai.classes.joined(separator: ", "))\(model)\(renamed)\(tool)"
    }

    private var answer: String { record.status > 0 ? "status \(record.status)" : "" }

    private var tokens: String {
        guard let tokens = record.ai?.tokens else { return "" }
        let estimate = tokens.isEstimate ? " (estimated: the server did not say)" : ""
        return "\(tokens.input) in (\(tokens.cached) cached), \(tokens.output) out\(estimate)"
    }

    private var took: String {
        guard let timing = record.timing, timing.duration > 0 else { return "" }
        let first = timing.firstByte.map { ", first byte after \(Self.milliseconds($0))" } ?? ""
        return Self.milliseconds(timing.duration) + first
    }

    private static func milliseconds(_ microseconds: Int64) -> String {
        "\(microseconds / 1_000).\(String(microseconds % 1_000 + 1_000).dropFirst()) ms"
    }

    private var staged: String {
        guard let staged = record.staged else { return "" }
        let by = staged.policy.isEmpty ? "" : " by \(staged.policy) \(staged.rule)"
        return "would be \(staged.verdict.rawValue)\(by): \(staged.reason)"
    }

    private var trace: [String] {
        guard !record.trace.isEmpty else { return [] }
        return ["  what the rules said, in order:"]
            + record.trace.enumerated().map { index, step in
                let mode = step.isStaged ? " (staged)" : ""
                return "    \(index + 1). \(step.policy) \(step.rule)\(mode): \(step.result.replacing("_", with: " "))"
            }
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
