import Kubernetes

extension EndpointAutomaton {
    /// Compiles rows.
    ///
    /// - Throws: when two rows contradict each other, or the patterns overlap so much that they cannot be told apart
    ///   in a table of bounded size.
    init(_ rows: [EndpointRow]) throws(AutomatonProblem) {
        var builder = AutomatonBuilder(rows)
        self = try builder.build()
    }
}

/// Makes an automaton of a tree: its states are the sets of nodes that one path can stand at.
private struct AutomatonBuilder {
    /// States at most, and edges: a server that needs more has patterns that nobody could follow.
    private static let most = (states: 4096, edges: 65_536)
    /// Captures with text around them that may be possible at one place.
    private static let mostCaptures = 8

    private let rows: [EndpointRow]
    private let tree: PatternTree
    private var numbers: [[Int]: Int] = [:]
    private var sets: [[Int]] = []
    private var states: [EndpointAutomaton.State] = []
    private var edges: [(state: Int, segment: [UInt8], target: Int)] = []
    private var captures: [EndpointAutomaton.Capture] = []
    private var captureTargets: [Int32] = []
    private var text: [UInt8] = []
    private var outcomes: [Int32] = []
    private var results: [EndpointAutomaton.Outcome] = []

    init(_ rows: [EndpointRow]) {
        self.rows = rows
        tree = PatternTree(rows)
    }

    mutating func build() throws(AutomatonProblem) -> EndpointAutomaton {
        _ = try number(of: [0])
        var done = 0
        while done < sets.count {
            try finish(done)
            done += 1
        }
        return EndpointAutomaton(
            states: states, texts: SegmentMap(edges), captures: captures, text: text, captureTargets: captureTargets,
            outcomes: outcomes, results: results)
    }

    /// The state of a set of nodes; -1 for the empty set.
    private mutating func number(of set: Set<Int>) throws(AutomatonProblem) -> Int32 {
        if set.isEmpty { return -1 }
        let sorted = set.sorted()
        if let known = numbers[sorted] { return Int32(known) }
        guard sets.count < Self.most.states, edges.count + captureTargets.count < Self.most.edges else {
            let message =
                "has patterns that need too large a table: leave out alternatives, or say more segments as text"
            throw AutomatonProblem(message: message)
        }
        numbers[sorted] = sets.count
        sets.append(sorted)
        states.append(EndpointAutomaton.State())
        return Int32(sets.count - 1)
    }

    // MARK: Edges

    private mutating func finish(_ state: Int) throws(AutomatonProblem) {
        let nodes = sets[state].map { (number: $0, node: tree.nodes[$0]) }
        let staying = Set(nodes.filter(\.node.isRest).map(\.number))
        let others = staying.union(nodes.compactMap(\.node.any)).union(nodes.compactMap(\.node.rest))
        states[state].empty = try number(of: staying.union(nodes.compactMap { $0.node.texts[[]] }))
        states[state].other = try number(of: others)
        let around = try self.captures(of: nodes.map(\.node))
        let segments = Set(nodes.flatMap(\.node.texts.keys)).sorted { $0.lexicographicallyPrecedes($1) }
        for segment in segments where !segment.isEmpty {
            let own = nodes.compactMap { $0.node.texts[segment] }
            let fitting = around.filter { $0.fits(segment) }.flatMap(\.children)
            edges.append((state, segment, Int(try number(of: others.union(own).union(fitting)))))
            states[state].hasTexts = true
        }
        try addCaptures(around, others, to: state)
        try addOutcomes(nodes.map(\.node), to: state)
        let stays = states[state].other == state && states[state].empty == state
        states[state].isLast = stays && !states[state].hasTexts && around.isEmpty
    }

    /// Text around a capture, and the nodes behind it.
    private struct Around {
        var before: [UInt8]
        var after: [UInt8]
        var children: [Int]

        func fits(_ segment: [UInt8]) -> Bool {
            segment.count > before.count + after.count && segment.starts(with: before)
                && segment.suffix(after.count).elementsEqual(after)
        }

        /// Whether one segment can fit both.
        func meets(_ other: Around) -> Bool {
            let heads = before.starts(with: other.before) || other.before.starts(with: before)
            let tails =
                after.reversed().starts(with: other.after.reversed())
                || other.after.reversed().starts(with: after.reversed())
            return heads && tails
        }
    }

    private func captures(of nodes: [PatternTree.Node]) throws(AutomatonProblem) -> [Around] {
        var around: [Around] = []
        for capture in nodes.flatMap(\.captures) {
            if let known = around.firstIndex(where: { $0.before == capture.before && $0.after == capture.after }) {
                around[known].children.append(capture.child)
            } else {
                around.append(Around(before: capture.before, after: capture.after, children: [capture.child]))
            }
        }
        guard around.count <= Self.mostCaptures else {
            throw AutomatonProblem(
                message: "has more than \(Self.mostCaptures) patterns with text around {name} at one place")
        }
        return around
    }

    private mutating func addCaptures(_ around: [Around], _ others: Set<Int>, to state: Int) throws(AutomatonProblem) {
        guard !around.isEmpty else { return }
        let first = Int32(captures.count)
        for entry in around {
            let start = Int32(text.count)
            text += entry.before + entry.after
            let middle = start + Int32(entry.before.count)
            captures.append(EndpointAutomaton.Capture(before: start..<middle, after: middle..<Int32(text.count)))
        }
        states[state].captures = first..<Int32(captures.count)
        states[state].captureTargets = Int32(captureTargets.count)
        for subset in 0..<(1 << around.count) {
            let chosen = around.indices.filter { subset >> $0 & 1 == 1 }.map { around[$0] }
            // What no segment can fit leads nowhere.
            let isPossible = chosen.allSatisfy { one in chosen.allSatisfy(one.meets) }
            let target = isPossible ? try number(of: others.union(chosen.flatMap(\.children))) : -1
            captureTargets.append(target)
        }
    }

    // MARK: Ends

    /// A row whose pattern ends at a state.
    private struct End {
        var row: Int
        var shape: PathPattern.Shape
        var specificity: [Int]
    }

    private mutating func addOutcomes(_ nodes: [PatternTree.Node], to state: Int) throws(AutomatonProblem) {
        let ends = nodes.flatMap(\.ends).map { End(row: $0.row, shape: $0.shape, specificity: $0.shape.specificity) }
        guard !ends.isEmpty else { return }
        states[state].outcomes = Int32(outcomes.count)
        for slot in MethodSlot.allCases {
            let answering = ends.filter { end in rows[end.row].methods.contains { $0.slots.contains(slot) } }
            let best = answering.map(\.specificity).max { $0.lexicographicallyPrecedes($1) }
            let winners = answering.filter { $0.specificity == best }.sorted { $0.row < $1.row }
            if let first = winners.first {
                outcomes.append(Int32(results.count))
                results.append(try outcome(first, winners))
            } else {
                outcomes.append(-1)
            }
        }
    }

    /// What rows say together of which none is more specific than another.
    private func outcome(_ first: End, _ ends: [End]) throws(AutomatonProblem) -> EndpointAutomaton.Outcome {
        let dialects = Set(ends.compactMap { rows[$0.row].dialect })
        guard dialects.count <= 1 else {
            let names = dialects.map(\.rawValue).sorted().joined(separator: " and ")
            throw AutomatonProblem(message: "reads \(rows[first.row].path.text) in two ways: \(names)")
        }
        let classes = ends.reduce(into: OperationClasses()) { $0.formUnion(rows[$1.row].classes) }
        return EndpointAutomaton.Outcome(
            classes: classes, dialect: dialects.first,
            model: ends.lazy.compactMap { Self.place(in: $0.shape) }.first, row: first.row)
    }

    private static func place(in shape: PathPattern.Shape) -> ModelPlace? {
        guard let model = shape.model else { return nil }
        var (before, after) = (0, 0)
        if case .capture(let head, let tail) = shape.parts[model] { (before, after) = (head.count, tail.count) }
        return ModelPlace(
            before: model, after: shape.parts.count - model - 1, isRest: shape.parts[model] == .rest,
            isFromEnd: shape.parts[..<model].contains(.rest), marginBefore: before, marginAfter: after)
    }
}
