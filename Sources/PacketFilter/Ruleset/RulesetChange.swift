/// What must be told to the kernel, in order, to get from one ruleset to another. All steps are one transaction: packets
/// see the old one, or the new one.
///
/// What nobody is led to any more goes afterwards, in a transaction of its own: the kernel changes the rules of chains a
/// moment before the elements of maps, and a packet that is still led to a chain must find its rules there.
public struct RulesetChange: Hashable, Sendable {
    /// Whose table.
    public let family: Family
    /// In order.
    public let steps: [Step]
    /// What is done when these are done, in order.
    public let cleanUp: [Step]

    /// One thing that is told to the kernel.
    public enum Step: Hashable, Sendable {
        case addTable
        /// With all that is in it.
        case deleteTable
        case addCounter(String)
        case deleteCounter(String)
        /// Without elements.
        case addSet(KernelSet)
        case deleteSet(String)
        case addElements(KernelSet, [KernelSet.Element])
        case deleteElements(KernelSet, [KernelSet.Element])
        /// Without rules.
        case addChain(Chain)
        case deleteChain(String)
        /// All rules of it.
        case deleteRules(chain: String)
        case addRule(chain: String, Rule)
    }

    /// True when there is nothing to do.
    public var isEmpty: Bool { steps.isEmpty && cleanUp.isEmpty }

    /// How many elements come or go.
    public var elementCount: Int {
        steps.reduce(0) { count, step in
            switch step {
            case .addElements(_, let elements), .deleteElements(_, let elements): count + elements.count
            default: count
            }
        }
    }

    /// From nothing, whatever is there: what has our name is taken away first.
    public init(installing new: Ruleset) {
        family = new.family
        // A table that is there is added again without harm, and then there is one that can be deleted.
        let plan = Self.plan(from: nil, to: new)
        steps = [.addTable, .deleteTable, .addTable] + plan.steps
        cleanUp = plan.cleanUp
    }

    /// Takes everything of ours away.
    public init(removing family: Family) {
        self.family = family
        steps = [.addTable, .deleteTable]
        cleanUp = []
    }

    /// From what is installed to what should be.
    public init(from old: Ruleset, to new: Ruleset) {
        // What a set or chain is cannot be changed in place: then everything is made anew, in one transaction too.
        guard Self.canBeEdited(old, new) else {
            self = RulesetChange(installing: new)
            return
        }
        let plan = Self.plan(from: old, to: new)
        self.init(family: new.family, steps: plan.steps, cleanUp: plan.cleanUp)
    }

    private init(family: Family, steps: [Step], cleanUp: [Step]) {
        self.family = family
        self.steps = steps
        self.cleanUp = cleanUp
    }

    private static func canBeEdited(_ old: Ruleset, _ new: Ruleset) -> Bool {
        var result = true
        pairSets(old.sets, new.sets) { before, after in
            if let before, let after, !before.hasSameForm(as: after) { result = false }
        }
        pairChains(old.chains, new.chains) { before, after in
            if let before, let after, before.hook != after.hook || before.comment != after.comment { result = false }
        }
        return result
    }

    private static func plan(from old: Ruleset?, to new: Ruleset) -> Plan {
        var plan = Plan()
        pair(old?.counters ?? [], new.counters, \.self, isCopy: { $0 == $1 }) { before, after in
            switch (before, after) {
            case (nil, let counter?): plan.births.append(.addCounter(counter))
            case (let counter?, nil): plan.deaths.append(.deleteCounter(counter))
            default: break
            }
        }
        pairSets(old?.sets ?? [], new.sets) { plan.take(set: $0, $1) }
        pairChains(old?.chains ?? [], new.chains) { plan.take(chain: $0, $1) }
        return plan
    }

    private static func pairSets(_ old: [KernelSet], _ new: [KernelSet], _ visit: (KernelSet?, KernelSet?) -> Void) {
        pair(old, new, \.name, isCopy: { $0.isCopy(of: $1) }, visit)
    }

    private static func pairChains(_ old: [Chain], _ new: [Chain], _ visit: (Chain?, Chain?) -> Void) {
        pair(old, new, \.name, isCopy: { $0.isCopy(of: $1) }, visit)
    }

    /// Visits what has one name in both, or is in one only; but not what is a copy of the same.
    private static func pair<T>(
        _ old: [T], _ new: [T], _ name: (T) -> String, isCopy: (T, T) -> Bool, _ visit: (T?, T?) -> Void
    ) {
        var (i, j) = (0, 0)
        while i < old.count || j < new.count {
            if i < old.count, j < new.count, isCopy(old[i], new[j]) {
                (i, j) = (i + 1, j + 1)
                continue
            }
            let before = i < old.count ? name(old[i]) : nil
            let after = j < new.count ? name(new[j]) : nil
            if let before, after.map({ before < $0 }) ?? true {
                visit(old[i], nil)
                i += 1
            } else if let after, before.map({ after < $0 }) ?? true {
                visit(nil, new[j])
                j += 1
            } else {
                visit(old[i], new[j])
                i += 1
                j += 1
            }
        }
    }
}

/// The steps by when they must come: what others name is there before they name it, and goes when nobody does any more.
private struct Plan {
    /// Counters, sets and chains, empty.
    var births: [RulesetChange.Step] = []
    /// Rules and elements that go.
    var removals: [RulesetChange.Step] = []
    /// Rules and elements that come.
    var additions: [RulesetChange.Step] = []
    /// Counters, sets and chains that nobody names any more: sets first, whose elements may name chains.
    var setDeaths: [RulesetChange.Step] = []
    var ruleDeaths: [RulesetChange.Step] = []
    var deaths: [RulesetChange.Step] = []

    var steps: [RulesetChange.Step] { births + removals + additions }
    var cleanUp: [RulesetChange.Step] { ruleDeaths + setDeaths + deaths }

    mutating func take(set old: KernelSet?, _ new: KernelSet?) {
        guard let new else {
            if let old { setDeaths.append(.deleteSet(old.name)) }
            return
        }
        guard let old else {
            births.append(.addSet(new))
            if !new.elements.isEmpty { additions.append(.addElements(new, Array(new.elements))) }
            return
        }
        let unshared = old.elements.unshared(with: new.elements)
        let (gone, come) = Self.difference(unshared.own, unshared.others)
        if !gone.isEmpty { removals.append(.deleteElements(new, gone)) }
        if !come.isEmpty { additions.append(.addElements(new, come)) }
    }

    mutating func take(chain old: Chain?, _ new: Chain?) {
        guard let new else {
            guard let old else { return }
            if !old.rules.isEmpty { ruleDeaths.append(.deleteRules(chain: old.name)) }
            deaths.append(.deleteChain(old.name))
            return
        }
        if old == nil { births.append(.addChain(new)) }
        guard old?.rules != new.rules else { return }
        if let old, !old.rules.isEmpty { removals.append(.deleteRules(chain: old.name)) }
        additions += new.rules.map { .addRule(chain: new.name, $0) }
    }

    /// What is only in the one, and only in the other. Linear.
    private static func difference(
        _ old: [KernelSet.Element], _ new: [KernelSet.Element]
    ) -> (gone: [KernelSet.Element], come: [KernelSet.Element]) {
        var gone: [KernelSet.Element] = []
        var come: [KernelSet.Element] = []
        var (i, j) = (0, 0)
        while i < old.count || j < new.count {
            if j == new.count || (i < old.count && old[i].first < new[j].first) {
                gone.append(old[i])
                i += 1
            } else if i == old.count || new[j].first < old[i].first {
                come.append(new[j])
                j += 1
            } else {
                if old[i] != new[j] {
                    gone.append(old[i])
                    come.append(new[j])
                }
                i += 1
                j += 1
            }
        }
        return (gone, come)
    }
}
