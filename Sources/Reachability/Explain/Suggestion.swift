import Kubernetes
import Policy

/// The smallest set of changes that was found that would turn an answer. It was tried: with all of them the decision is
/// the other one.
public struct Suggestion: Sendable {
    /// What to do; never empty. Where there are several, all of them are needed.
    public let changes: [Change]

    /// One change of one policy, or a new one.
    public struct Change: Sendable {
        /// The policy to change; nil: a new one.
        public let policy: ObjectReference?
        /// Path of the field to change; empty for a new policy.
        public let path: String
        /// What to do, in one sentence without a full stop.
        public let text: String
        /// What to write there, as YAML; empty: something is to be taken away.
        public let yaml: String
    }

    /// Changes are tried from the smallest on.
    static func find(_ list: GuestList, _ connection: Connection, staged: Bool) -> Suggestion? {
        let trial = SuggestionTrial(list, connection, staged: staged)
        let changes = trial.verdict.isAllowed ? trial.closing() : trial.opening()
        return changes.map { Suggestion(changes: $0) }
    }
}

/// A change that can be tried.
struct PolicyEdit {
    let change: Suggestion.Change
    /// Takes the place of the policy of its name.
    var replacement: WorkloadPolicy?
    /// Come beside the others.
    var additions: [WorkloadPolicy] = []
}

/// A guest list with some changes made, and what it says of the connection.
struct SuggestionTrial {
    let list: GuestList
    let connection: Connection
    let staged: Bool
    let verdict: Verdict

    /// More changes than that are no suggestion.
    private static let mostChanges = 8

    init(_ list: GuestList, _ connection: Connection, staged: Bool) {
        self.list = list
        self.connection = connection
        self.staged = staged
        let decision = list.evaluate(connection)
        verdict = staged ? decision.staged : decision.enforced
    }

    /// The same with one more change; nil: one of the two is not there any more.
    func after(_ edit: PolicyEdit) -> SuggestionTrial? {
        let policies = list.policies.map { $0.source == edit.replacement?.source ? edit.replacement ?? $0 : $0 }
        let changed = list.updated(inventory: list.inventory, policies: policies + edit.additions)
        guard let source = Self.again(connection.source, changed),
            let destination = Self.again(connection.destination, changed)
        else { return nil }
        var again = connection
        (again.source, again.destination) = (source, destination)
        return SuggestionTrial(changed, again, staged: staged)
    }

    /// The same party in another guest list of the same inventory.
    private static func again(_ party: Party, _ list: GuestList) -> Party? {
        if party.endpoint >= 0 {
            let found = list.party(endpoint: Int(party.endpoint), isIPv4: party.isIPv4)
            return party.isAnother ? found?.another : found
        }
        return party.address.map(list.party)
    }

    // MARK: Turning the answer

    /// One change for each side that denies.
    func opening() -> [Suggestion.Change]? {
        var trial = self
        var changes: [Suggestion.Change] = []
        for direction in [Direction.egress, .ingress] where !trial.verdict[direction].isAllowed {
            let edits = PolicyEdits(trial).opening(direction)
            guard let (edit, next) = trial.first(of: edits, where: { $0[direction].isAllowed }) else { return nil }
            changes.append(edit.change)
            trial = next
        }
        return trial.verdict.isAllowed ? changes : nil
    }

    /// What makes one side deny: of the rules that allow it, those of the side that has fewer; else a policy that denies
    /// just this; else, where nothing decides, one that isolates a workload.
    func closing() -> [Suggestion.Change]? {
        let sides = [Direction.ingress, .egress]
        if let rules = sides.compactMap({ removing($0) }).min(by: { $0.count < $1.count }) { return rules }
        let edits =
            sides.compactMap { PolicyEdits(self).denying($0) }
            + sides.filter { verdict[$0].reason == .unrestricted }.compactMap { PolicyEdits(self).isolating($0) }
        return edits.first { after($0)?.verdict.isAllowed == false }.map { [$0.change] }
    }

    /// Takes rules away that allow it, until nothing does; nil: then nothing would deny it either.
    private func removing(_ direction: Direction) -> [Suggestion.Change]? {
        var trial = self
        var changes: [Suggestion.Change] = []
        while trial.verdict[direction].isAllowed {
            guard changes.count < Self.mostChanges, let edit = PolicyEdits(trial).removing(direction),
                let next = trial.after(edit)
            else { return nil }
            changes.append(edit.change)
            trial = next
        }
        return changes
    }

    private func first(
        of edits: [PolicyEdit], where isRight: (Verdict) -> Bool
    ) -> (edit: PolicyEdit, trial: SuggestionTrial)? {
        for edit in edits {
            if let trial = after(edit), isRight(trial.verdict) { return (edit, trial) }
        }
        return nil
    }
}
