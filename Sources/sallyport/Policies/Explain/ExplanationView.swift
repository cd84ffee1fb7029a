import Kubernetes
import ModelTraffic
import Policy
import Reachability

/// An explanation, in the forms in which it is printed.
struct ExplanationView {
    private let explanation: Explanation
    private let outcome: QueryEvaluation.Outcome
    private let directory: String

    init(_ explanation: Explanation, _ outcome: QueryEvaluation.Outcome, _ directory: String) {
        self.explanation = explanation
        self.outcome = outcome
        self.directory = directory
    }

    // MARK: For people

    func lines(_ terminal: Terminal) -> [String] {
        let style: Terminal.Style = isAllowed ? .good : .bad
        var lines = [terminal.styled(Printable.oneLine(explanation.answer), style)]
        if outcome.isPartial {
            let pairs = outcome.allowed + outcome.denied
            lines.append(
                "That is so for \(outcome.denied) of \(pairs) pairs of pods that were looked at; one is shown.")
        }
        if let service = outcome.service {
            lines.append("It stands behind Service \(Printable.oneLine(service.description)).")
        }
        for side in explanation.sides { lines += [""] + text(side, terminal) }
        if let suggestion = explanation.suggestion { lines += [""] + text(suggestion, terminal) }
        return lines
    }

    private func text(_ side: Explanation.Side, _ terminal: Terminal) -> [String] {
        let findings = side.findings.map { finding in
            let mark = finding.isDecisive ? "*" : "-"
            let rule = finding.rule.isEmpty ? "" : " \(finding.rule)"
            let line = "  \(mark) \(finding.policy)\(rule)\(place(finding.position)): \(finding.text)"
            return Printable.oneLine(line)
        }
        return [terminal.styled(Printable.oneLine(side.heading), .strong)] + findings
            + ["  " + Printable.oneLine(side.conclusion)]
    }

    private func place(_ position: Position?) -> String {
        position.map { " (\(CheckReport.path($0.file, in: directory)):\($0.line))" } ?? ""
    }

    private func text(_ suggestion: Suggestion, _ terminal: Terminal) -> [String] {
        if suggestion.changes.count == 1, let change = suggestion.changes.first {
            return [terminal.styled(Printable.oneLine("To change that: \(change.text)"), .strong)] + yaml(change)
        }
        let steps = suggestion.changes.enumerated().flatMap { index, change in
            ["  \(index + 1). \(Printable.oneLine(change.text))"] + yaml(change)
        }
        return [terminal.styled("To change that, all of this is needed:", .strong)] + steps
    }

    private func yaml(_ change: Suggestion.Change) -> [String] {
        guard !change.yaml.isEmpty else { return [] }
        return change.yaml.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.isEmpty ? "" : "    \(Printable.oneLine(String($0)))" }
    }

    private var isAllowed: Bool {
        (explanation.isStaged ? explanation.decision.staged : explanation.decision.enforced).isAllowed
    }

    // MARK: For programs

    var json: JSONLiteral {
        var members: [(String, JSONLiteral)] = [
            ("allowed", .bool(isAllowed)), ("partial", .bool(outcome.isPartial)),
            ("answer", .string(explanation.answer)), ("sides", .array(explanation.sides.map(value))),
        ]
        if let suggestion = explanation.suggestion {
            let changes = JSONLiteral.array(suggestion.changes.map(value))
            members.append(("suggestion", .object([("changes", changes)])))
        }
        return .object(members)
    }

    private func value(_ change: Suggestion.Change) -> JSONLiteral {
        let policy = change.policy.map { [("policy", PartyJSON.value($0))] } ?? []
        return .object(
            [("text", .string(change.text)), ("path", .string(change.path))] + policy
                + [("yaml", .string(change.yaml))])
    }

    private func value(_ side: Explanation.Side) -> JSONLiteral {
        .object([
            ("direction", .string(side.direction.rawValue)), ("allowed", .bool(side.ruling.isAllowed)),
            ("reason", .string(side.ruling.reason.rawValue)), ("heading", .string(side.heading)),
            ("findings", .array(side.findings.map(value))), ("conclusion", .string(side.conclusion)),
        ])
    }

    private func value(_ finding: Explanation.Finding) -> JSONLiteral {
        var members: [(String, JSONLiteral)] = [
            ("policy", PartyJSON.value(finding.policy)), ("rule", .string(finding.rule)),
            ("text", .string(finding.text)), ("decides", .bool(finding.isDecisive)),
        ]
        if finding.failsClosed { members.append(("failsClosed", .bool(true))) }
        if let position = finding.position {
            members += [("file", .string(position.file)), ("line", .integer(Int64(position.line)))]
        }
        return .object(members)
    }
}
