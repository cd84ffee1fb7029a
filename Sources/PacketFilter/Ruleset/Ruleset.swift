/// Everything that we have in the kernel for one family: a table of our own.
///
/// Two rulesets are equal when they say the same; what must be told to the kernel to get from one to another is
/// `RulesetChange`.
public struct Ruleset: Hashable, Sendable {
    /// The name of the tables.
    public static let tableName = "sallyport"

    /// Whose addresses.
    public let family: Family
    /// By name.
    public let sets: [KernelSet]
    /// By name.
    public let chains: [Chain]
    /// Names, ascending.
    public let counters: [String]

    /// That ruleset; names are different from each other.
    public init(_ family: Family, sets: [KernelSet], chains: [Chain], counters: [String]) {
        self.family = family
        self.sets = sets.sorted { $0.name < $1.name }
        self.chains = chains.sorted { $0.name < $1.name }
        self.counters = counters.sorted()
    }

    private init(_ old: Ruleset, sets: [KernelSet], chains: [Chain]) {
        (family, self.sets, self.chains, counters) = (old.family, sets, chains, old.counters)
    }

    /// The same with other sets and chains in the places of those of their names.
    func replacing(_ otherSets: [KernelSet], _ otherChains: [Chain]) -> Ruleset {
        var (sets, chains) = (sets, chains)
        for set in otherSets {
            if let place = Self.place(set.name, sets, \.name) { sets[place] = set }
        }
        for chain in otherChains {
            if let place = Self.place(chain.name, chains, \.name) { chains[place] = chain }
        }
        return Ruleset(self, sets: sets, chains: chains)
    }

    /// The set of a name.
    public func set(_ name: String) -> KernelSet? { Self.find(name, sets, \.name) }
    /// The chain of a name.
    public func chain(_ name: String) -> Chain? { Self.find(name, chains, \.name) }
    /// How many elements all sets have.
    public var elementCount: Int { sets.reduce(0) { $0 + $1.elements.count } }

    private static func find<T>(_ name: String, _ all: [T], _ nameOf: (T) -> String) -> T? {
        place(name, all, nameOf).map { all[$0] }
    }

    private static func place<T>(_ name: String, _ all: [T], _ nameOf: (T) -> String) -> Int? {
        var low = 0
        var high = all.count
        while low < high {
            let middle = (low + high) / 2
            if nameOf(all[middle]) < name { low = middle + 1 } else { high = middle }
        }
        return low < all.count && nameOf(all[low]) == name ? low : nil
    }
}
