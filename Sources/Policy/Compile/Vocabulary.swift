import Addresses

/// What the numbers in keys of groups stand for.
struct Vocabulary: Hashable, Sendable {
    var pairs: [Label: Int32] = [:]
    var portLists: [[NamedPort]: Int32] = [:]
    var accounts: [String: Int32] = [:]

    struct Label: Hashable, Sendable {
        let key: String
        let value: String
    }

    /// How many may have a number.
    private var most = Int.max

    /// How many have a number.
    var count: Int { pairs.count + portLists.count + accounts.count }

    /// False when so many have come that most of them must have gone since.
    var isWorthKeeping: Bool { count <= most }

    /// Says that what it knows is there now.
    mutating func isFresh() { most = 1000 + 2 * count }

    /// True when all numbers of the other mean the same in this one.
    func continues(_ other: Vocabulary) -> Bool {
        Self.continues(pairs, other.pairs) && Self.continues(portLists, other.portLists)
            && Self.continues(accounts, other.accounts)
    }

    private static func continues<Key>(_ new: [Key: Int32], _ old: [Key: Int32]) -> Bool {
        new.count >= old.count && (new == old || old.allSatisfy { new[$0.key] == $0.value })
    }
}

/// Makes keys of groups.
final class GroupingBuilder {
    let namespaceNames: [String]
    private let inventory: Inventory
    private let interest: Interest
    private var vocabulary: Vocabulary
    /// True: numbers of before mean what they meant.
    private let isContinued: Bool
    /// First numbers of the runs of addresses between borders of blocks.
    let borders: [UInt128]

    /// Keys of labels that policies ask for.
    private let labelKeys: [String]

    init(_ inventory: Inventory, _ interest: Interest, _ previous: Grouping.Basis?) {
        self.inventory = inventory
        self.interest = interest
        let names = previous.flatMap {
            $0.inventory.namespaces == inventory.namespaces ? $0.grouping.namespaceNames : nil
        }
        namespaceNames = names ?? inventory.namespaces.keys.sorted()
        labelKeys = interest.labels.elements.sorted()
        borders =
            previous.flatMap { $0.interest.blocks == interest.blocks ? $0.grouping.borders : nil }
            ?? AddressBorders(interest.blocks.elements).starts
        // Values that no pod has any more are forgotten once they are many.
        let known = previous.flatMap { $0.grouping.vocabulary.isWorthKeeping ? $0.grouping.vocabulary : nil }
        isContinued = known != nil
        vocabulary = known ?? Vocabulary()
    }

    /// What its keys were made with.
    var finished: Vocabulary {
        var result = vocabulary
        if !isContinued { result.isFresh() }
        return result
    }

    /// True when what keys are made of is as it was, so that groups of before say something.
    func isComparable(to basis: Grouping.Basis) -> Bool {
        basis.interest.asksAlike(interest) && isContinued && basis.inventory.podRanges == inventory.podRanges
            && basis.grouping.namespaceNames == namespaceNames
    }

    private func index(ofNamespace name: String) -> Int32 {
        var (low, high) = (0, namespaceNames.count)
        while low < high {
            let middle = (low + high) / 2
            if namespaceNames[middle] < name { low = middle + 1 } else { high = middle }
        }
        return low < namespaceNames.count && namespaceNames[low] == name ? Int32(low) : -1
    }

    func key(_ interface: Interface) -> GroupKey {
        let index = Int(interface.endpoint)
        var labels: [Int32] = []
        // In the order of keys: that of dictionaries differs between equal ones, and numbers are given in turn.
        for key in labelKeys {
            guard let value = inventory.endpoints[index].labels[key] else { continue }
            labels.append(Self.intern(Vocabulary.Label(key: key, value: value), &vocabulary.pairs))
        }
        labels.sort()
        let ports = ports(of: inventory.endpoints[index])
        let account = interest.serviceAccounts ? inventory.endpoints[index].serviceAccount : nil
        return GroupKey(
            namespace: self.index(ofNamespace: inventory.endpoints[index].namespace), isIPv4: interface.isIPv4,
            labels: labels, ports: ports.isEmpty ? -1 : Self.intern(ports, &vocabulary.portLists),
            serviceAccount: account.map { Self.intern($0, &vocabulary.accounts) } ?? -1,
            place: interface.address.map(place))
    }

    /// Where the run of an address begins.
    func place(_ address: Address) -> UInt128 { borders[AddressBorders.run(of: address.bits, in: borders)] }

    /// The ports of an endpoint that a policy may name, in one order.
    func ports(of endpoint: Endpoint) -> [NamedPort] {
        guard !interest.portNames.isEmpty else { return [] }
        let named = endpoint.ports.filter { interest.portNames.contains($0.name) }
        if named.count < 2 { return named }
        return Set(named).sorted { ($0.name, $0.proto.rawValue, $0.port) < ($1.name, $1.proto.rawValue, $1.port) }
    }

    private static func intern<Key: Hashable>(_ key: Key, _ table: inout [Key: Int32]) -> Int32 {
        if let number = table[key] { return number }
        let number = Int32(table.count)
        table[key] = number
        return number
    }
}
