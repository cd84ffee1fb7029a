// What a match asks for besides host and path: a method, header values, query values.
//
// Matches of one host and path that ask for the same names form a shape; in a shape the wanted values are looked up by
// hash. So a request costs one look-up per shape, whether ten or ten thousand values (a model per header value, say)
// are told apart.

/// A place in the table's pool of bytes.
struct PoolRange: Sendable {
    var start: UInt32
    var end: UInt32
    @inline(__always)
    func bytes(_ pool: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer { pool.part(Int(start)..<Int(end)) }
}

/// The same names asked for, of one host and path.
struct Shape: Sendable {
    /// The best rank in it: shapes are tried in this order, so that the search can stop early.
    var bestRank: Int32
    /// gRPC: the path must be `/service/method`.
    var wantsTwoSegments: Bool
    var wantsMethod: Bool
    /// Header names, then query names, in `ConditionTable.names`.
    var headers: Range<Int32>
    var queries: Range<Int32>
    /// The one candidate when nothing is asked for; else -1 and the hash table decides.
    var unconditional: Int32
    /// Slots in `ConditionTable.slots`; the count is a power of two.
    var slots: Range<Int32>
}

/// One match of a rule.
struct Candidate: Sendable {
    /// Smaller is preferred; unique in the listener.
    var rank: Int32
    /// Index in the listener's rules.
    var rule: Int32
    var hash: UInt32
    var method: PoolRange
    /// Wanted values in `ConditionTable.values`: of the headers, then of the query.
    var values: Range<Int32>
}

/// All conditions of a listener, in flat arrays that are only read.
struct ConditionTable: Sendable {
    var pool: [UInt8] = []
    /// Shapes of a group: those of one host and path, best rank first.
    var groups: [Range<Int32>] = []
    var shapes: [Shape] = []
    var candidates: [Candidate] = []
    var names: [PoolRange] = []
    var values: [PoolRange] = []
    /// Indices of candidates, -1 where free.
    var slots: [Int32] = []

    /// The rule of the best candidate of a group that the request satisfies.
    @inline(__always)
    func best(
        group: Int, _ request: RequestView, _ pool: UnsafeRawBufferPointer,
        _ headers: (UnsafeRawBufferPointer) -> UnsafeRawBufferPointer?, _ work: inout Work
    ) -> Int? {
        var bestRank = Int32.max
        var found: Int?
        for index in groups[group] {
            let shape = shapes[Int(index)]
            if shape.bestRank >= bestRank { break }
            work.shapes += 1
            if shape.wantsTwoSegments, !hasTwoSegments(request.path) { continue }
            let hit =
                shape.unconditional >= 0
                ? Int(shape.unconditional) : find(shape, request, pool, headers, &work)
            guard let hit else { continue }
            let candidate = candidates[hit]
            if candidate.rank < bestRank {
                bestRank = candidate.rank
                found = Int(candidate.rule)
            }
        }
        return found
    }

    private func find(
        _ shape: Shape, _ request: RequestView, _ pool: UnsafeRawBufferPointer,
        _ headers: (UnsafeRawBufferPointer) -> UnsafeRawBufferPointer?, _ work: inout Work
    ) -> Int? {
        var hasher = ByteHash(seed: 0)
        if shape.wantsMethod { hasher.combine(request.method) }
        for name in shape.headers {
            guard let value = headers(names[Int(name)].bytes(pool)) else { return nil }
            hasher.combine(value)
        }
        for name in shape.queries {
            guard let raw = firstQueryValue(names[Int(name)].bytes(pool), in: request.query) else { return nil }
            hasher.combineDecoded(raw)
        }
        work.lookups += 1
        let mask = shape.slots.count - 1
        var at = Int(hasher.value) & mask
        while true {
            work.slots += 1
            let index = slots[Int(shape.slots.lowerBound) + at]
            if index < 0 { return nil }
            let candidate = candidates[Int(index)]
            if candidate.hash == hasher.value, satisfies(request, shape, candidate, pool, headers) {
                return Int(index)
            }
            at = (at + 1) & mask
        }
    }

    private func satisfies(
        _ request: RequestView, _ shape: Shape, _ candidate: Candidate, _ pool: UnsafeRawBufferPointer,
        _ headers: (UnsafeRawBufferPointer) -> UnsafeRawBufferPointer?
    ) -> Bool {
        if shape.wantsMethod, !sameBytes(candidate.method.bytes(pool), request.method) { return false }
        var at = Int(candidate.values.lowerBound)
        for name in shape.headers {
            guard let value = headers(names[Int(name)].bytes(pool)), sameBytes(value, values[at].bytes(pool)) else {
                return false
            }
            at += 1
        }
        for name in shape.queries {
            guard let raw = firstQueryValue(names[Int(name)].bytes(pool), in: request.query),
                decodesTo(raw, values[at].bytes(pool))
            else { return false }
            at += 1
        }
        return true
    }
}

/// True for `/service/method`, the form of every gRPC path.
private func hasTwoSegments(_ path: UnsafeRawBufferPointer) -> Bool {
    guard let middle = path.index(of: slash, from: 1), middle > 1, middle + 1 < path.count else { return false }
    return path.index(of: slash, from: middle + 1) == nil
}
