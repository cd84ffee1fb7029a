import Kubernetes

/// The patterns of a server as a tree of segments: what an automaton is made of.
struct PatternTree {
    struct Node {
        /// Children by the text of their segment.
        var texts: [[UInt8]: Int] = [:]
        /// Children that are a capture with text around it.
        var captures: [(before: [UInt8], after: [UInt8], child: Int)] = []
        /// The child that is any segment.
        var any: Int?
        /// The child that is one segment or more.
        var rest: Int?
        /// It is `{name...}`, and stays where it is for further segments.
        var isRest = false
        /// Rows whose pattern ends here, with the shape of it.
        var ends: [(row: Int, shape: PathPattern.Shape)] = []
    }

    private(set) var nodes = [Node()]

    init(_ rows: [EndpointRow]) {
        for (number, row) in rows.enumerated() {
            for shape in row.path.shapes {
                var node = 0
                for part in shape.parts { node = child(of: node, part) }
                nodes[node].ends.append((number, shape))
            }
        }
    }

    private mutating func child(of node: Int, _ part: PathPattern.Part) -> Int {
        let new = nodes.count
        switch part {
        case .literal(let text):
            if let child = nodes[node].texts[text] { return child }
            nodes[node].texts[text] = new
        case .capture(before: [], after: []):
            if let child = nodes[node].any { return child }
            nodes[node].any = new
        case .capture(let before, let after):
            if let known = nodes[node].captures.first(where: { $0.before == before && $0.after == after }) {
                return known.child
            }
            nodes[node].captures.append((before, after, new))
        case .rest:
            if let child = nodes[node].rest { return child }
            nodes[node].rest = new
        }
        nodes.append(Node(isRest: part == .rest))
        return new
    }
}
