@testable import PacketFilter

/// A kernel that does what it is told, and says so where the real one would refuse.
struct KernelModel {
    private let family: Family
    private var sets: [String: KernelSet] = [:]
    private var chains: [String: Chain] = [:]
    private var counters: Set<String> = []
    private(set) var mistakes: [String] = []

    init(_ ruleset: Ruleset) {
        family = ruleset.family
        for set in ruleset.sets { sets[set.name] = set }
        for chain in ruleset.chains { chains[chain.name] = chain }
        counters = Set(ruleset.counters)
    }

    var ruleset: Ruleset {
        Ruleset(family, sets: Array(sets.values), chains: Array(chains.values), counters: Array(counters))
    }

    mutating func apply(_ change: RulesetChange) {
        for step in change.steps + change.cleanUp { apply(step) }
    }

    private mutating func apply(_ step: RulesetChange.Step) {
        switch step {
        case .addTable: break
        case .deleteTable: (sets, chains, counters) = ([:], [:], [])
        case .addCounter(let name): counters.insert(name)
        case .deleteCounter(let name):
            if isNamed({ $0.names(counter: name) }) { mistakes.append("counter \(name) is in use") }
            counters.remove(name)
        case .addSet(let set):
            if sets[set.name] != nil { mistakes.append("set \(set.name) is there") }
            sets[set.name] = with(set, [])
        case .deleteSet(let name):
            if isNamed({ $0.names(set: name) }) { mistakes.append("set \(name) is in use") }
            if sets.removeValue(forKey: name) == nil { mistakes.append("set \(name) is not there") }
        case .addElements(let set, let elements):
            guard let old = sets[set.name] else { return mistakes.append("set \(set.name) is not there") }
            for element in elements {
                if old.element(element.first) != nil { mistakes.append("element \(element.first) is in \(set.name)") }
                if let chain = element.verdict?.chain, chains[chain] == nil { mistakes.append("no chain \(chain)") }
            }
            sets[set.name] = with(old, old.elements + elements)
        case .deleteElements(let set, let elements):
            guard let old = sets[set.name] else { return mistakes.append("set \(set.name) is not there") }
            if !elements.allSatisfy(old.elements.contains) { mistakes.append("elements are not in \(set.name)") }
            sets[set.name] = with(old, old.elements.filter { !elements.contains($0) })
        case .addChain(let chain):
            if chains[chain.name] != nil { mistakes.append("chain \(chain.name) is there") }
            chains[chain.name] = with(chain, [])
        case .deleteChain(let name):
            let isLedTo = sets.values.contains { $0.elements.contains { $0.verdict?.chain == name } }
            if isLedTo || isNamed({ $0.names(chain: name) }) { mistakes.append("chain \(name) is in use") }
            if chains[name]?.rules.isEmpty != true { mistakes.append("chain \(name) has rules") }
            chains[name] = nil
        case .deleteRules(let chain):
            guard let old = chains[chain] else { return mistakes.append("chain \(chain) is not there") }
            chains[chain] = with(old, [])
        case .addRule(let chain, let rule):
            guard let old = chains[chain] else { return mistakes.append("chain \(chain) is not there") }
            for statement in rule.statements where !isKnown(statement) { mistakes.append("\(statement) names nothing") }
            chains[chain] = with(old, old.rules + [rule])
        }
    }

    private func with(_ set: KernelSet, _ elements: [KernelSet.Element]) -> KernelSet {
        KernelSet(set.name, set.key, isMap: set.isMap, kind: set.kind, comment: set.comment, elements)
    }

    private func with(_ chain: Chain, _ rules: [Rule]) -> Chain {
        Chain(chain.name, hook: chain.hook, comment: chain.comment, rules)
    }

    private func isNamed(_ test: (Statement) -> Bool) -> Bool {
        chains.values.contains { $0.rules.contains { $0.statements.contains(where: test) } }
    }

    private func isKnown(_ statement: Statement) -> Bool {
        switch statement {
        case .isIn(let set, _, _), .verdictMap(let set, _), .exceeds(let set, _, _): sets[set] != nil
        case .count(let name): counters.contains(name)
        case .verdict(let verdict): verdict.chain.map { chains[$0] != nil } ?? true
        default: true
        }
    }
}

extension Statement {
    fileprivate func names(set name: String) -> Bool {
        switch self {
        case .isIn(let set, _, _), .verdictMap(let set, _), .exceeds(let set, _, _): set == name
        default: false
        }
    }

    fileprivate func names(counter name: String) -> Bool { self == .count(name) }

    fileprivate func names(chain name: String) -> Bool {
        if case .verdict(let verdict) = self { verdict.chain == name } else { false }
    }
}
