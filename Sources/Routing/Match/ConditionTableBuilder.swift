/// A match while the table is built.
struct MatchInput {
    /// Smaller is preferred; unique in the listener.
    var rank: Int
    /// Index in the listener's rules.
    var rule: Int
    var wantsTwoSegments = false
    var method: [UInt8]?
    /// Sorted by name, each name once.
    var headers: [(name: [UInt8], value: [UInt8])] = []
    /// Sorted by name, each name once.
    var queries: [(name: [UInt8], value: [UInt8])] = []

    /// What makes two matches the same shape.
    fileprivate var shapeKey: ShapeKey {
        ShapeKey(
            wantsTwoSegments: wantsTwoSegments, wantsMethod: method != nil, headers: headers.map(\.name),
            queries: queries.map(\.name))
    }

    fileprivate var hash: UInt32 {
        var hasher = ByteHash(seed: 0)
        for piece in [method].compactMap({ $0 }) + headers.map(\.value) + queries.map(\.value) {
            piece.withUnsafeBytes { hasher.combine($0) }
        }
        return hasher.value
    }

    fileprivate func asksTheSame(as other: MatchInput) -> Bool {
        method == other.method && headers.map(\.value) == other.headers.map(\.value)
            && queries.map(\.value) == other.queries.map(\.value)
    }
}

private struct ShapeKey: Hashable {
    var wantsTwoSegments: Bool
    var wantsMethod: Bool
    var headers: [[UInt8]]
    var queries: [[UInt8]]
}

extension ConditionTable {
    /// Adds the matches of one host and path; gives the number of their group.
    mutating func addGroup(_ matches: [MatchInput]) -> Int {
        var byShape: [ShapeKey: [MatchInput]] = [:]
        for match in matches.sorted(by: { $0.rank < $1.rank }) { byShape[match.shapeKey, default: []].append(match) }
        let start = Int32(shapes.count)
        for (_, members) in byShape.sorted(by: { $0.value[0].rank < $1.value[0].rank }) { addShape(members) }
        groups.append(start..<Int32(shapes.count))
        return groups.count - 1
    }

    /// `members` have the same shape and are sorted by rank.
    private mutating func addShape(_ members: [MatchInput]) {
        let first = members[0]
        let headers = addNames(first.headers.map(\.name))
        let queries = addNames(first.queries.map(\.name))
        let isConditional = first.method != nil || !headers.isEmpty || !queries.isEmpty
        var shape = Shape(
            bestRank: Int32(first.rank), wantsTwoSegments: first.wantsTwoSegments, wantsMethod: first.method != nil,
            headers: headers, queries: queries, unconditional: -1, slots: 0..<0)
        if isConditional {
            shape.slots = addSlots(members)
        } else {
            shape.unconditional = addCandidate(first)
        }
        shapes.append(shape)
    }

    /// A hash table of the members; of two that ask the same, the preferred one stays (the other can never match).
    private mutating func addSlots(_ members: [MatchInput]) -> Range<Int32> {
        var size = 2
        while size < members.count * 2 { size *= 2 }
        let start = slots.count
        slots.append(contentsOf: repeatElement(-1, count: size))
        var placed: [Int32: MatchInput] = [:]
        members: for member in members {
            var at = Int(member.hash) & (size - 1)
            while slots[start + at] >= 0 {
                if let other = placed[slots[start + at]], other.asksTheSame(as: member) { continue members }
                at = (at + 1) & (size - 1)
            }
            let index = addCandidate(member)
            slots[start + at] = index
            placed[index] = member
        }
        return Int32(start)..<Int32(slots.count)
    }

    private mutating func addCandidate(_ match: MatchInput) -> Int32 {
        let start = Int32(values.count)
        values.append(contentsOf: (match.headers + match.queries).map { keep($0.value) })
        candidates.append(
            Candidate(
                rank: Int32(match.rank), rule: Int32(match.rule), hash: match.hash, method: keep(match.method ?? []),
                values: start..<Int32(values.count)))
        return Int32(candidates.count - 1)
    }

    private mutating func addNames(_ new: [[UInt8]]) -> Range<Int32> {
        let start = Int32(names.count)
        names.append(contentsOf: new.map { keep($0) })
        return start..<Int32(names.count)
    }

    private mutating func keep(_ bytes: [UInt8]) -> PoolRange {
        pool.append(contentsOf: bytes)
        return PoolRange(start: UInt32(pool.count - bytes.count), end: UInt32(pool.count))
    }
}
