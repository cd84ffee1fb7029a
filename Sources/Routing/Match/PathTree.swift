/// The paths of one virtual host: exact ones by hash, prefixes as a tree of segments.
///
/// A tree (and not one look-up per prefix of the request's path) because then the cost is bounded by the depth of what
/// is configured: a path of a thousand slashes costs no more than the deepest route.
///
/// An object, because to look at a value in an array is to copy it, and each of its arrays is then counted.
final class PathTree: Sendable {
    private struct Node: Sendable {
        /// Group of conditions of the prefix that ends here; -1: none ends here.
        var group: Int32 = -1
        /// The nearest node above with a group; -1: none.
        var above: Int32 = -1
        /// Length of the prefix in bytes, without a final slash.
        var length: Int32 = 0
        var hasChildren = false
    }

    private let exact: ByteMap
    private let edges: ByteMap
    /// gRPC matches of a method name in any service, by that name.
    private let methods: ByteMap
    private let nodes: [Node]

    /// A tree of groups; the groups belong to the listener's `ConditionTable`.
    init(_ groups: [(key: PathKey, group: Int)]) {
        var draft = Draft()
        for (key, group) in groups { draft.add(key, group) }
        draft.linkUp()
        (exact, edges, methods, nodes) = (draft.exact, draft.edges, draft.methods, draft.nodes)
    }

    /// What was found: a group of conditions and how much of the path is its prefix.
    struct Step {
        var group: Int
        var length: Int
    }

    /// Goes through what fits a path, most specific first.
    struct Cursor {
        fileprivate var stage = 0
        fileprivate var node: Int32 = -1
        init() {}
    }

    /// The next group that fits; nil when there is no more.
    @inline(__always)
    func next(_ cursor: inout Cursor, _ path: UnsafeRawBufferPointer, _ work: inout Work) -> Step? {
        if cursor.stage == 0 {
            cursor.stage = 1
            guard path.count > 0, path[0] == slash else {
                // `*` of OPTIONS, or the authority of CONNECT: no path of any route.
                cursor.stage = 3
                return nil
            }
            if let group = exact.find(path, work: &work) { return Step(group: group, length: path.count) }
        }
        if cursor.stage == 1 {
            cursor.stage = 2
            let deepest = descend(path, &work)
            cursor.node = nodes[deepest].group >= 0 ? Int32(deepest) : nodes[deepest].above
        }
        if cursor.stage == 2 {
            if cursor.node > 0 { return step(&cursor) }
            cursor.stage = 3
            if methods.count > 0, let group = methodGroup(path, &work) { return Step(group: group, length: path.count) }
        }
        return cursor.node >= 0 ? step(&cursor) : nil
    }

    @inline(__always)
    private func step(_ cursor: inout Cursor) -> Step {
        let node = nodes[Int(cursor.node)]
        cursor.node = node.above
        return Step(group: Int(node.group), length: Int(node.length))
    }

    @inline(__always)
    private func descend(_ path: UnsafeRawBufferPointer, _ work: inout Work) -> Int {
        var node = 0
        var start = 1
        while nodes[node].hasChildren, start < path.count {
            let end = path.index(of: slash, from: start) ?? path.count
            guard let child = edges.find(path.part(start..<end), scope: UInt32(node), work: &work) else { break }
            node = child
            start = end + 1
        }
        return node
    }

    private func methodGroup(_ path: UnsafeRawBufferPointer, _ work: inout Work) -> Int? {
        guard let middle = path.index(of: slash, from: 1) else { return nil }
        return methods.find(path.part(middle + 1..<path.count), work: &work)
    }
}

/// Where a match stands in the tree.
enum PathKey: Hashable {
    case exact([UInt8])
    /// Segments between slashes; none: the prefix `/`.
    case prefix([[UInt8]])
    /// gRPC: this method in every service.
    case method([UInt8])
}

extension PathTree {
    /// A tree while it grows.
    private struct Draft {
        var exact = ByteMap()
        var edges = ByteMap()
        var methods = ByteMap()
        var nodes = [Node()]

        mutating func add(_ key: PathKey, _ group: Int) {
            switch key {
            case .exact(let path): _ = exact.findOrInsert(path, group)
            case .method(let name): _ = methods.findOrInsert(name, group)
            case .prefix(let segments): nodes[grow(segments)].group = Int32(group)
            }
        }

        private mutating func grow(_ segments: [[UInt8]]) -> Int {
            var node = 0
            for segment in segments {
                let child = edges.findOrInsert(segment, scope: UInt32(node), nodes.count)
                if child == nodes.count {
                    nodes[node].hasChildren = true
                    // `above` is the parent for now; `linkUp` makes it the nearest one with a group.
                    nodes.append(Node(above: Int32(node), length: nodes[node].length + Int32(segment.count) + 1))
                }
                node = child
            }
            return node
        }

        /// Parents come before their children, so that one pass is enough.
        mutating func linkUp() {
            for index in nodes.indices.dropFirst() {
                let parent = nodes[Int(nodes[index].above)]
                if parent.group < 0 { nodes[index].above = parent.above }
            }
        }
    }
}
