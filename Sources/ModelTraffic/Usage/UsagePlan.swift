/// Where the usage and the content lie in the answers of one dialect: paths compiled into a tree of places.
///
/// A path is written as `choices[].delta.content`. Places are small numbers; 0 is every place that has no meaning,
/// 1 is the whole answer. The scanner goes down the tree as it reads and skips what is not in it.
final class UsagePlan: Sendable {
    /// One place.
    struct Place: Sendable {
        var role = UsageRole.none
        /// Place of the elements when it is an array; 0 when they have no meaning.
        var element: UInt8 = 0
        /// Edges of its members when it is an object: from the first one up to the last, which is not one of them.
        var firstEdge: UInt8 = 0
        var lastEdge: UInt8 = 0
        /// Bits of the keys of those edges: a key whose bit is not here is none of them.
        var keys: UInt64 = 0
    }

    /// From an object to one of its members.
    struct Edge: Sendable {
        let key: PackedKey
        let place: UInt8
    }

    static let root: UInt8 = 1

    /// The deepest path that a scanner has room for.
    static let maximumDepth = 16

    let places: [Place]
    let edges: [Edge]

    /// The bit of a key with that first byte and length.
    @inline(__always)
    static func bit(first: UInt8, count: Int) -> UInt64 { 1 << ((UInt64(first) &+ 9 &* UInt64(count)) & 63) }

    /// Compiles paths.
    init(_ paths: [(path: String, role: UsageRole)]) {
        var tree = Tree()
        for (path, role) in paths { tree.add(path, role) }
        (places, edges) = tree.flat()
    }
}

/// The first 32 bytes of a key in four words, zeros after its end: comparing keys is comparing four numbers.
///
/// A zero byte cannot stand in a JSON string as itself, so that no two keys look alike.
struct PackedKey: Hashable, Sendable {
    var first: UInt64 = 0
    var second: UInt64 = 0
    var third: UInt64 = 0
    var fourth: UInt64 = 0

    /// Longer keys are in no plan.
    static let maximumLength = 32

    /// The key in that range, which is not longer than the maximum.
    @inline(__always)
    init(_ bytes: RawSpan, from start: Int, count: Int) {
        first = Self.word(bytes, start, count)
        if count > 8 { second = Self.word(bytes, start + 8, count - 8) }
        if count > 16 { third = Self.word(bytes, start + 16, count - 16) }
        if count > 24 { fourth = Self.word(bytes, start + 24, count - 24) }
    }

    /// Up to eight bytes, the first one lowest.
    @inline(__always)
    private static func word(_ bytes: RawSpan, _ start: Int, _ count: Int) -> UInt64 {
        // Where the bytes after the key are there too, they are read with it and masked out.
        if start + 8 <= bytes.byteCount {
            let word = UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: start, as: UInt64.self))
            return count >= 8 ? word : word & (1 << UInt64(8 * count) - 1)
        }
        var word: UInt64 = 0
        for index in 0..<min(8, count) { word |= UInt64(bytes.byte(start + index)) << UInt64(8 * index) }
        return word
    }
}

/// The tree while it is built.
private struct Tree {
    private var roles: [UsageRole] = [.none, .none]
    private var elements: [UInt8] = [0, 0]
    private var members: [[(key: String, place: UInt8)]] = [[], []]

    mutating func add(_ path: String, _ role: UsageRole) {
        var place = UsagePlan.root
        for part in path.split(separator: ".") {
            let name = part.prefix { $0 != "[" }
            if !name.isEmpty { place = member(String(name), of: place) }
            for _ in 0..<((part.count - name.count) / 2) { place = element(of: place) }
        }
        roles[Int(place)] = role
    }

    private mutating func new() -> UInt8 {
        roles.append(.none)
        elements.append(0)
        members.append([])
        // The scanner marks arrays with the highest bit.
        precondition(roles.count <= 128, "a plan has at most 127 places")
        return UInt8(roles.count - 1)
    }

    private mutating func member(_ key: String, of place: UInt8) -> UInt8 {
        if let known = members[Int(place)].first(where: { $0.key == key }) { return known.place }
        let place = (place, new())
        members[Int(place.0)].append((key, place.1))
        return place.1
    }

    private mutating func element(of place: UInt8) -> UInt8 {
        if elements[Int(place)] == 0 { elements[Int(place)] = new() }
        return elements[Int(place)]
    }

    func flat() -> ([UsagePlan.Place], [UsagePlan.Edge]) {
        var edges: [UsagePlan.Edge] = []
        let places = roles.indices.map { index in
            let start = edges.count
            for (key, place) in members[index] {
                let bytes = Array(key.utf8)
                edges.append(
                    UsagePlan.Edge(key: PackedKey(bytes.span.bytes, from: 0, count: bytes.count), place: place))
            }
            let keys = members[index].reduce(UInt64(0)) { bits, member in
                bits | UsagePlan.bit(first: member.key.utf8.first ?? 0, count: member.key.utf8.count)
            }
            return UsagePlan.Place(
                role: roles[index], element: elements[index], firstEdge: UInt8(start), lastEdge: UInt8(edges.count),
                keys: keys)
        }
        return (places, edges)
    }
}
