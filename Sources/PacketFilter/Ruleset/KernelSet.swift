/// A set, or a map to verdicts.
public struct KernelSet: Hashable, Sendable {
    /// Its name in the table.
    public let name: String
    /// What keys are.
    public let key: KeyType
    /// True: elements have verdicts.
    public let isMap: Bool
    /// How elements come to be in it.
    public let kind: Kind
    /// What it is for, for people.
    public let comment: String?
    /// By key; none overlap. Empty for sets that the kernel fills.
    public let elements: [Element]

    /// How elements come to be in a set.
    public enum Kind: Hashable, Sendable {
        /// Single keys, put in by us.
        case exact
        /// Ranges of keys, put in by us.
        case ranges
        /// Keys that rules of the kernel put in; they go when nobody asked for them for so many seconds.
        case dynamic(size: Int, seconds: Int)
    }

    /// One element.
    public struct Element: Hashable, Sendable {
        /// First key: the bytes of all parts as one number, in the order of the network.
        public let first: UInt128
        /// Last key.
        public let last: UInt128
        /// What becomes of packets that match; nil in sets.
        public let verdict: Verdict?
        /// For people.
        public let comment: String?

        /// A range of keys.
        public init(_ first: UInt128, _ last: UInt128, _ verdict: Verdict? = nil, comment: String? = nil) {
            self.first = first
            self.last = last
            self.verdict = verdict
            self.comment = comment
        }

        /// All that matters of it, as a text.
        var content: String { "\(first) \(last) \(verdict?.text ?? "")" }

        /// One key.
        public init(_ key: UInt128, _ verdict: Verdict? = nil, comment: String? = nil) {
            self.init(key, key, verdict, comment: comment)
        }
    }

    /// That set; elements in any order.
    public init(
        _ name: String, _ key: KeyType, isMap: Bool = false, kind: Kind = .exact, comment: String? = nil,
        _ elements: [Element] = []
    ) {
        self.name = name
        self.key = key
        self.isMap = isMap
        self.kind = kind
        self.comment = comment
        self.elements = elements.sorted { $0.first < $1.first }
    }

    /// What keys are in the kernel.
    public var kernelKey: KeyType {
        if case .ranges = kind, key == .address { .addressAndTransport } else { key }
    }

    /// True when the other differs in its elements at most, and they may be changed in place.
    func hasSameForm(as other: KernelSet) -> Bool {
        name == other.name && key == other.key && isMap == other.isMap && kind == other.kind && comment == other.comment
    }

    /// The element that holds a key. O(log n).
    public func element(_ key: UInt128) -> Element? {
        var low = 0
        var high = elements.count
        while low < high {
            let middle = (low + high) / 2
            if elements[middle].last < key { low = middle + 1 } else { high = middle }
        }
        return low < elements.count && elements[low].first <= key ? elements[low] : nil
    }
}
