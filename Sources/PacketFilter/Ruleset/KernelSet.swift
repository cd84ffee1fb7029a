/// A set, or a map to verdicts.
///
/// A node has hundreds, most of which are the same after a change: copies share what they say, and two that share it
/// are known to be the same without looking at it.
public struct KernelSet: Hashable, Sendable {
    private let content: Content

    /// Its name in the table.
    public var name: String { content.name }
    /// What keys are.
    public var key: KeyType { content.key }
    /// True: elements have verdicts.
    public var isMap: Bool { content.isMap }
    /// How elements come to be in it.
    public var kind: Kind { content.kind }
    /// What it is for, for people.
    public var comment: String? { content.comment }
    /// By key; none overlap. Empty for sets that the kernel fills.
    public var elements: Pieces<Element> { content.elements }

    /// What a set says. Never changes.
    private final class Content: Hashable, Sendable {
        let name: String
        let key: KeyType
        let isMap: Bool
        let kind: Kind
        let comment: String?
        let elements: Pieces<Element>

        init(
            _ name: String, _ key: KeyType, isMap: Bool, _ kind: Kind, _ comment: String?, _ elements: Pieces<Element>
        ) {
            self.name = name
            self.key = key
            self.isMap = isMap
            self.kind = kind
            self.comment = comment
            self.elements = elements
        }

        static func == (a: Content, b: Content) -> Bool {
            a === b || (a.hasSameForm(as: b) && a.elements == b.elements)
        }

        func hasSameForm(as other: Content) -> Bool {
            self === other
                || (name == other.name && key == other.key && isMap == other.isMap && kind == other.kind
                    && comment == other.comment)
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(name)
            hasher.combine(elements)
        }
    }

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
        let isSorted = elements.indices.dropFirst().allSatisfy { elements[$0 - 1].first <= elements[$0].first }
        content = Content(
            name, key, isMap: isMap, kind, comment,
            Pieces(isSorted ? elements : elements.sorted { $0.first < $1.first }))
    }

    private init(_ old: KernelSet, _ elements: Pieces<Element>) {
        content = Content(old.name, old.key, isMap: old.isMap, old.kind, old.comment, elements)
    }

    /// The same with some single keys otherwise: an element for each that is to be there now, nil for each that is not.
    func edited(_ edits: [(key: UInt128, element: Element?)]) -> KernelSet {
        var elements = elements
        for edit in edits {
            let place = elements.place { $0.last < edit.key }
            let isThere = place < elements.count && elements[place].first == edit.key
            switch (edit.element, isThere) {
            case (let element?, true): elements.replace(at: place, with: element)
            case (let element?, false): elements.insert(element, at: place)
            case (nil, true): elements.remove(at: place)
            case (nil, false): break
            }
        }
        return KernelSet(self, elements)
    }

    /// True when both share what they say. Costs nothing.
    func isCopy(of other: KernelSet) -> Bool { content === other.content }

    /// What keys are in the kernel.
    public var kernelKey: KeyType {
        if case .ranges = kind, key == .address { .addressAndTransport } else { key }
    }

    /// True when the other differs in its elements at most, and they may be changed in place.
    func hasSameForm(as other: KernelSet) -> Bool {
        content.hasSameForm(as: other.content)
    }

    /// The element that holds a key. O(log n).
    public func element(_ key: UInt128) -> Element? {
        let place = elements.place { $0.last < key }
        return place < elements.count && elements[place].first <= key ? elements[place] : nil
    }
}
