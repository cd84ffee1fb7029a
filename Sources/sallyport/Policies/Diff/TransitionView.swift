import Kubernetes
import ModelTraffic
import Reachability

/// What holds while changes are applied one after the other.
struct TransitionView {
    private let transition: Transition

    init(_ transition: Transition) { self.transition = transition }

    /// - Parameter terminal: nil: without styles.
    func lines(_ terminal: Terminal?) -> [String] {
        func styled(_ text: String, _ style: Terminal.Style) -> String { terminal?.styled(text, style) ?? text }
        var lines: [String] = []
        if transition.isSafe {
            lines.append(
                "\(styled("safe:", .good)) no state in between breaks a guarantee that both ends keep "
                    + "(\(Words.count(transition.steps.count, "change")))")
        } else {
            lines.append("\(styled("unsafe:", .bad)) applied in this order, guarantees are broken in between:")
            for (index, step) in transition.steps.enumerated() {
                let broken = names(step)
                let text = broken.isEmpty ? "" : "  breaks \(broken.joined(separator: ", "))"
                lines.append(Printable.oneLine("  \(index + 1). \(step.change)\(text)"))
            }
            lines += proposal
        }
        if let last = transition.steps.last, !last.refuted.isEmpty {
            lines.append(Printable.oneLine("broken in the end: \(names(last).joined(separator: ", "))"))
        }
        return lines
    }

    private var proposal: [String] {
        switch transition.search {
        case .notNeeded: []
        case .found(let order):
            ["an order that breaks none:"]
                + order.enumerated().map { Printable.oneLine("  \($0.offset + 1). \($0.element)") }
        case .none: ["every order breaks one"]
        case .gaveUp(let states):
            ["no order was found that breaks none; the search was given up after \(Words.count(states, "state"))"]
        }
    }

    private func names(_ step: Transition.Step) -> [String] {
        step.refuted.map { "\($0.guarantee.name)/\($0.rule)" }
    }

    var json: JSONLiteral {
        let steps = transition.steps.map { step -> JSONLiteral in
            .object([
                ("change", .string(step.change.action.rawValue)), ("object", PartyJSON.value(step.change.reference)),
                ("refuted", .array(names(step).map { .string($0) })),
            ])
        }
        var members: [(String, JSONLiteral)] = [("safe", .bool(transition.isSafe)), ("steps", .array(steps))]
        if let proposal = transition.proposal {
            let order = proposal.map { change -> JSONLiteral in
                .object([
                    ("change", .string(change.action.rawValue)), ("object", PartyJSON.value(change.reference)),
                ])
            }
            members.append(("proposal", .array(order)))
        }
        switch transition.search {
        case .notNeeded, .found: break
        case .none: members.append(("everyOrderBreaks", .bool(true)))
        case .gaveUp(let states): members.append(("gaveUpAfter", .integer(Int64(states))))
        }
        return .object(members)
    }
}
