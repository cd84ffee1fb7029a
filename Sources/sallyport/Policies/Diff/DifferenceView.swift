import Kubernetes
import ModelTraffic
import Policy
import Reachability

/// Changes of connections, in the forms in which they are printed.
struct DifferenceView {
    private let changes: [ConnectionChange]
    private let transition: Transition?
    private let words: WitnessWords
    private let names: EntityNames

    /// - Parameter transition: nil: the states in between are not of interest.
    init(_ difference: Difference, _ transition: Transition?) {
        changes = difference.changes
        self.transition = transition
        words = WitnessWords(difference.new.list)
        names = EntityNames(difference.new.list)
    }

    func text(_ stream: inout ResultStream, _ terminal: Terminal) {
        if changes.isEmpty { stream.line("no connection is gained or lost") }
        for change in changes {
            let pair = Printable.oneLine(
                change.isWithin ? change.title : "\(names.text(change.from)) -> \(names.text(change.to))")
            let mark = (gained: terminal.styled("+", .careful), lost: terminal.styled("-", .good))
            tell(&stream, "\(mark.gained) \(pair): \(change.gained)", gainedReason(change))
            tell(&stream, "\(mark.lost) \(pair): \(change.lost)", lostReason(change))
        }
        let gained = changes.count { !$0.gained.isEmpty }
        let lost = changes.count { !$0.lost.isEmpty }
        if !changes.isEmpty {
            stream.line("\(Words.count(changes.count, "pair")) changed: \(gained) gained, \(lost) lost")
        }
        if let transition { TransitionView(transition).lines(terminal).forEach { stream.line($0) } }
    }

    /// - Parameter reason: empty: there is nothing to tell.
    private func tell(_ stream: inout ResultStream, _ text: String, _ reason: String) {
        guard !reason.isEmpty else { return }
        stream.line(text)
        stream.line("    \(Printable.oneLine(reason))")
    }

    func json(_ stream: inout ResultStream) {
        stream.write("{")
        stream.member("changes", changes.lazy.map(value), isLast: transition == nil)
        if let transition {
            stream.write("\"transition\":")
            stream.write(TransitionView(transition).json)
        }
        stream.line("}")
    }

    private func value(_ change: ConnectionChange) -> JSONLiteral {
        .object([
            ("from", names.json(change.from)), ("to", names.json(change.to)),
            ("gained", PartyJSON.text(change.gained)), ("gainedReason", .string(gainedReason(change))),
            ("lost", PartyJSON.text(change.lost)), ("lostReason", .string(lostReason(change))),
            ("old", PartyJSON.text(change.old)), ("new", PartyJSON.text(change.new)),
        ])
    }

    private static let columns = ["from", "to", "gained", "gained reason", "lost", "lost reason"]

    private func row(_ change: ConnectionChange) -> [String] {
        [
            names.text(change.from), names.text(change.to),
            change.gained.isEmpty ? "" : change.gained.description, gainedReason(change),
            change.lost.isEmpty ? "" : change.lost.description, lostReason(change),
        ]
    }

    func csv(_ stream: inout ResultStream) {
        stream.write(Tables.csv(Self.columns))
        for change in changes { stream.write(Tables.csv(row(change))) }
    }

    func markdown(_ stream: inout ResultStream) {
        if changes.isEmpty {
            stream.line("No connection is gained or lost.")
        } else {
            stream.line(Tables.markdown(Self.columns))
            stream.line(Tables.markdownRule(Self.columns.count))
            for change in changes { stream.line(Tables.markdown(row(change))) }
        }
        guard let transition else { return }
        stream.line("")
        for line in TransitionView(transition).lines(nil) { stream.line(Tables.markdownText(line) + "  ") }
    }

    /// Why something is gained; empty: nothing is.
    private func gainedReason(_ change: ConnectionChange) -> String {
        change.gained.isEmpty ? "" : reason(change, change.gainedWitness)
    }

    /// Why something is lost; empty: nothing is.
    private func lostReason(_ change: ConnectionChange) -> String {
        change.lost.isEmpty ? "" : reason(change, change.lostWitness)
    }

    private func reason(_ change: ConnectionChange, _ witness: Witness?) -> String {
        if !change.appeared.isEmpty { return change.appeared.map { "\($0) is new" }.joined(separator: ", ") }
        if !change.vanished.isEmpty { return change.vanished.map { "\($0) is gone" }.joined(separator: ", ") }
        return witness.map(words.reason) ?? "nobody is left who shows it"
    }
}
