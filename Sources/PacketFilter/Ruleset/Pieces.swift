/// A long list whose copies share most of what they hold: what is otherwise in a copy costs the piece that it stands in,
/// and two copies are compared without a look at the rest.
public struct Pieces<Element: Sendable>: RandomAccessCollection, Sendable {
    private var pieces: [Piece] = []
    /// Where each piece begins; and where the last one ends.
    private var starts = [0]

    /// Some elements that stand together. Never changes, and is not empty.
    fileprivate final class Piece: Sendable {
        let elements: [Element]
        init(_ elements: [Element]) { self.elements = elements }
    }

    /// How long pieces are when they are made; they are cut at twice that.
    private static var length: Int { 256 }

    /// Those elements, in their order.
    public init(_ elements: [Element] = []) { replace(0..<0, with: elements) }

    /// Always 0.
    public var startIndex: Int { 0 }
    /// How many elements there are.
    public var endIndex: Int { starts[pieces.count] }

    /// O(log n), n the number of pieces.
    public subscript(index: Int) -> Element {
        let piece = piece(at: index)
        return pieces[piece].elements[index - starts[piece]]
    }

    /// Visits elements in order, each in constant time.
    public func makeIterator() -> Iterator { Iterator(pieces: pieces) }

    /// Goes through all elements.
    public struct Iterator: IteratorProtocol {
        fileprivate let pieces: [Piece]
        private var piece = 0
        private var place = 0

        fileprivate init(pieces: [Piece]) { self.pieces = pieces }

        /// The next one.
        public mutating func next() -> Element? {
            guard piece < pieces.count else { return nil }
            let elements = pieces[piece].elements
            let element = elements[place]
            place += 1
            if place == elements.count { (piece, place) = (piece + 1, 0) }
            return element
        }
    }

    // MARK: Changes

    mutating func insert(_ element: Element, at index: Int) { edit(index) { $0.insert(element, at: $1) } }
    mutating func remove(at index: Int) { edit(index) { $0.remove(at: $1) } }
    mutating func replace(at index: Int, with element: Element) { edit(index) { $0[$1] = element } }

    /// - Parameter change: is told the elements of a piece, and which of them the index is.
    private mutating func edit(_ index: Int, _ change: (inout [Element], Int) -> Void) {
        guard !pieces.isEmpty else {
            var elements: [Element] = []
            change(&elements, 0)
            return replace(0..<0, with: elements)
        }
        let piece = piece(at: index)
        var elements = pieces[piece].elements
        change(&elements, index - starts[piece])
        replace(piece..<piece + 1, with: elements)
    }

    private mutating func replace(_ range: Range<Int>, with elements: [Element]) {
        let length = elements.count < 2 * Self.length ? Swift.max(1, elements.count) : Self.length
        let made = stride(from: 0, to: elements.count, by: length).map { start in
            Piece(Array(elements[start..<Swift.min(start + length, elements.count)]))
        }
        pieces.replaceSubrange(range, with: made)
        starts.removeSubrange((range.lowerBound + 1)...)
        for piece in pieces[range.lowerBound...] { starts.append(starts[starts.count - 1] + piece.elements.count) }
    }

    // MARK: Finding

    /// The piece that holds an index; for the end, the last one.
    private func piece(at index: Int) -> Int {
        var (low, high) = (0, pieces.count - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            if starts[middle] <= index { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// How many elements stand before something, all at the beginning. O(log n).
    func place(_ isBefore: (Element) -> Bool) -> Int {
        var (low, high) = (0, pieces.count)
        while low < high {
            let middle = (low + high) / 2
            let elements = pieces[middle].elements
            if isBefore(elements[elements.count - 1]) { low = middle + 1 } else { high = middle }
        }
        guard low < pieces.count else { return endIndex }
        let elements = pieces[low].elements
        var (first, last) = (0, elements.count - 1)
        while first < last {
            let middle = (first + last) / 2
            if isBefore(elements[middle]) { first = middle + 1 } else { last = middle }
        }
        return starts[low] + first
    }

    /// What stands in pieces that only the one has, and only the other: all that is different, and perhaps more.
    func unshared(with other: Pieces) -> (own: [Element], others: [Element]) {
        let known = Set(pieces.map(ObjectIdentifier.init))
        let both = Set(other.pieces.map(ObjectIdentifier.init)).intersection(known)
        func rest(_ pieces: [Piece]) -> [Element] {
            pieces.filter { !both.contains(ObjectIdentifier($0)) }.flatMap(\.elements)
        }
        return (rest(pieces), rest(other.pieces))
    }
}

extension Pieces: ExpressibleByArrayLiteral {
    /// Those elements.
    public init(arrayLiteral elements: Element...) { self.init(elements) }
}

extension Pieces: Equatable where Element: Equatable {
    /// True when both have the same elements in the same order.
    public static func == (a: Pieces, b: Pieces) -> Bool {
        if a.count == b.count, zip(a.pieces, b.pieces).allSatisfy({ $0 === $1 }) { return true }
        return a.elementsEqual(b)
    }
}

extension Pieces: Hashable where Element: Hashable {
    /// By all elements.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        for element in self { hasher.combine(element) }
    }
}
