/// What was found in the kernel under our name.
///
/// Rules are as the kernel runs them, so that what is compared is what happens, whatever somebody wrote to get there.
public struct InstalledTable: Hashable, Sendable {
    /// Whose table.
    public let family: Family
    /// By name; of those that the kernel fills, without elements.
    public var sets: [String: KernelSet] = [:]
    /// By name.
    public var chains: [String: InstalledChain] = [:]
    /// Names.
    public var counters: Set<String> = []
    /// What can be in no table of ours: each as a sentence.
    public var strangers: [String] = []

    /// A chain that was found.
    public struct InstalledChain: Hashable, Sendable {
        /// Where the kernel calls it.
        public var hook: Chain.Hook?
        /// In order.
        public var rules: [[Expression]] = []

        /// An empty one.
        public init(hook: Chain.Hook?) { self.hook = hook }
    }

    /// An empty table.
    public init(_ family: Family) { self.family = family }

    /// What is found once a ruleset is installed.
    public init(_ ruleset: Ruleset) {
        family = ruleset.family
        for set in ruleset.sets { sets[set.name] = set }
        for chain in ruleset.chains {
            var found = InstalledChain(hook: chain.hook)
            found.rules = chain.rules.map { $0.expressions(ruleset.family) }
            chains[chain.name] = found
        }
        counters = Set(ruleset.counters)
    }

    /// What was found, as a ruleset from which changes lead to another by the fewest steps: what is the same there and here
    /// is said in the other's words. nil: something is here that can only be replaced with all the rest.
    public func ruleset(towards wanted: Ruleset) -> Ruleset? {
        guard strangers.isEmpty, family == wanted.family else { return nil }
        var found: [KernelSet] = []
        for (name, set) in sets {
            guard let goal = wanted.set(name) else {
                found.append(set)
                continue
            }
            let elements = set.elements.map { element in
                goal.element(element.first).flatMap { $0.bare == element.bare ? $0 : nil } ?? element
            }
            let known = KernelSet(
                name, set.key, isMap: set.isMap, kind: set.kind, comment: goal.comment, elements)
            guard known.hasSameForm(as: goal) else { return nil }
            found.append(known)
        }
        var lists: [Chain] = []
        for (name, chain) in chains {
            let goal = wanted.chain(name)
            if let goal, goal.hook != chain.hook { return nil }
            // What other rules say need not be known: they go.
            let others = chain.rules.isEmpty ? [] : [Rule(.verdict(.drop))]
            let isSame = goal.map { $0.rules.map { $0.expressions(family) } == chain.rules } ?? false
            lists.append(Chain(name, hook: chain.hook, comment: goal?.comment, isSame ? goal?.rules ?? [] : others))
        }
        return Ruleset(family, sets: found, chains: lists, counters: Array(counters))
    }

    /// Everything in which it differs from a ruleset: each as a sentence with its place. Empty: it is that ruleset, to
    /// the last element.
    public func differences(from ruleset: Ruleset) -> [String] {
        let wanted = InstalledTable(ruleset)
        var found = strangers
        for name in Set(sets.keys).union(wanted.sets.keys).sorted() {
            switch (wanted.sets[name], sets[name]) {
            case (let set?, nil): found.append("set \(set.name) is missing")
            case (nil, let set?): found.append("set \(set.name) should not be there")
            case (let set?, let other?): found += Self.differences(set, other, family)
            case (nil, nil): break
            }
        }
        for name in Set(chains.keys).union(wanted.chains.keys).sorted() {
            switch (wanted.chains[name], chains[name]) {
            case (_?, nil): found.append("chain \(name) is missing")
            case (nil, _?): found.append("chain \(name) should not be there")
            case (let chain?, let other?): found += Self.differences(name, chain, other)
            case (nil, nil): break
            }
        }
        for name in counters.symmetricDifference(wanted.counters).sorted() {
            found.append("counter \(name) \(counters.contains(name) ? "should not be there" : "is missing")")
        }
        return found.map { "table \(family.rawValue) \(Ruleset.tableName): \($0)" }
    }

    private static func differences(_ wanted: KernelSet, _ found: KernelSet, _ family: Family) -> [String] {
        guard wanted.key == found.key, wanted.isMap == found.isMap, wanted.kind == found.kind else {
            return ["\(wanted.name) is a set of another kind"]
        }
        // Comments are for people: kernels cut them, and nothing depends on them.
        let (before, after) = (Set(wanted.elements.map(\.bare)), Set(found.elements.map(\.bare)))
        let missing = before.subtracting(after).sorted { $0.first < $1.first }
        let strange = after.subtracting(before).sorted { $0.first < $1.first }
        return missing.map { "\(wanted.name) lacks the element \($0.text(wanted.kernelKey, family))" }
            + strange.map { "\(wanted.name) should not have the element \($0.text(wanted.kernelKey, family))" }
    }

    private static func differences(_ name: String, _ wanted: InstalledChain, _ found: InstalledChain) -> [String] {
        var differences: [String] = []
        if wanted.hook != found.hook { differences.append("chain \(name) is called from elsewhere") }
        if wanted.rules.count != found.rules.count {
            differences.append("chain \(name) has \(found.rules.count) rules instead of \(wanted.rules.count)")
        }
        for (index, pair) in zip(wanted.rules, found.rules).enumerated() where pair.0 != pair.1 {
            differences.append("rule \(index + 1) of chain \(name) says something else")
        }
        return differences
    }
}

extension KernelSet.Element {
    fileprivate var bare: KernelSet.Element { KernelSet.Element(first, last, verdict) }
}
