import Addresses

/// A filter as a tree.
indirect enum FilterNode: Sendable, Hashable {
    /// Every record.
    case all
    case not(FilterNode)
    /// Two or more, none of which is an `and`.
    case and([FilterNode])
    /// Two or more, none of which is an `or`.
    case or([FilterNode])
    /// The record has it.
    case present(FilterSubject)
    /// Some text of the record contains this, in small letters.
    case search(String)
    case compare(FilterSubject, FilterComparison)

    static func all(of nodes: [FilterNode]) -> FilterNode {
        let parts = nodes.flatMap { node -> [FilterNode] in
            switch node {
            case .all: []
            case .and(let parts): parts
            default: [node]
            }
        }
        return parts.count > 1 ? .and(parts) : parts.first ?? .all
    }

    static func any(of nodes: [FilterNode]) -> FilterNode {
        if nodes.contains(.all) { return .all }
        let parts = nodes.flatMap { node -> [FilterNode] in
            if case .or(let parts) = node { return parts }
            return [node]
        }
        return parts.count > 1 ? .or(parts) : parts[0]
    }

    static func none(of node: FilterNode) -> FilterNode {
        if case .not(let inner) = node { return inner }
        return .not(node)
    }

    /// True when it asks only what series are told apart by.
    var isDecidedBySeries: Bool {
        switch self {
        case .all: true
        case .not(let node): node.isDecidedBySeries
        case .and(let nodes), .or(let nodes): nodes.allSatisfy(\.isDecidedBySeries)
        case .present(let subject), .compare(let subject, _): subject.isDecidedBySeries
        case .search: false
        }
    }
}

/// What a subject is compared with.
enum FilterComparison: Sendable, Hashable {
    /// One of these.
    case oneOf([FilterValue])
    case like(FilterPattern)
    case less(FilterValue)
    case lessOrEqual(FilterValue)
    case greater(FilterValue)
    case greaterOrEqual(FilterValue)
}

/// What stands in a filter to compare with.
enum FilterValue: Sendable, Hashable {
    case text(String)
    case address(Address)
    case prefix(Prefix)
    /// A whole number.
    case integer(Int64)
    /// `5xx`: a hundred statuses.
    case statusClass(Int64)
    /// Microseconds.
    case duration(Int64)
    /// Microseconds since 1970.
    case time(Int64)
    case cost(Cost)
    case boolean(Bool)
}

/// A text with `*` for whatever there is; without any it may stand anywhere. The case of ASCII letters is not looked at.
struct FilterPattern: Sendable, Hashable {
    /// As it was written, in small letters.
    let text: String
    private let pieces: [[UInt8]]

    init(_ text: String) {
        self.text = text.smallLetters
        let pieces = self.text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map(
            Array.init)
        // At both ends there is whatever there is.
        self.pieces = pieces.count == 1 ? [[], pieces[0], []] : pieces
    }

    /// True when the whole text is like this.
    func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        guard let head = pieces.first, let tail = pieces.last, text.count >= head.count + tail.count,
            Self.stands(head, in: text, at: 0), Self.stands(tail, in: text, at: text.count - tail.count)
        else { return false }
        var index = head.count
        let end = text.count - tail.count
        // What is found first leaves the most to those after it.
        for piece in pieces[1..<(pieces.count - 1)] {
            guard let found = Self.find(piece, in: text, from: index, to: end) else { return false }
            index = found + piece.count
        }
        return true
    }

    /// Where a piece stands first.
    static func find(_ piece: [UInt8], in text: UnsafeRawBufferPointer, from: Int, to end: Int) -> Int? {
        var index = from
        while index + piece.count <= end {
            if stands(piece, in: text, at: index) { return index }
            index += 1
        }
        return nil
    }

    private static func stands(_ piece: [UInt8], in text: UnsafeRawBufferPointer, at start: Int) -> Bool {
        for place in piece.indices where text[start + place].smallLetter != piece[place] { return false }
        return true
    }
}

extension UInt8 {
    /// A capital letter of ASCII as a small one.
    var smallLetter: UInt8 { self &- UInt8(ascii: "A") < 26 ? self | 0x20 : self }
}

extension String {
    /// The text with the capital letters of ASCII as small ones.
    var smallLetters: String { String(decoding: utf8.map(\.smallLetter), as: UTF8.self) }
}
