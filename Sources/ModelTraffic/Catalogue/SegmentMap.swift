/// The edges of an automaton that are labelled with text: (state, segment) to state, by hash.
///
/// Filled once, then only read. A look-up costs one hash of the segment and, at half load, about two slots, whatever
/// the number of edges. Only configuration is put in: a caller from outside can choose which slot is looked at, but
/// cannot make a chain longer.
struct SegmentMap: Sendable {
    private struct Slot: Sendable {
        var hash: UInt32 = 0
        var state: UInt32 = 0
        var start: UInt32 = 0
        var length: UInt32 = 0
        /// Negative: free.
        var target: Int32 = -1
    }

    private var slots: [Slot]
    private var bytes: [UInt8] = []

    /// A map of these edges; of two with one label the first counts.
    init(_ edges: [(state: Int, segment: [UInt8], target: Int)]) {
        var size = 8
        while size < edges.count * 2 { size *= 2 }
        slots = Array(repeating: Slot(), count: size)
        for edge in edges { insert(edge.state, edge.segment, edge.target) }
    }

    private mutating func insert(_ state: Int, _ segment: [UInt8], _ target: Int) {
        let hash = segment.withUnsafeBytes { Self.hash($0, UInt32(state)) }
        let mask = slots.count - 1
        var at = Int(hash) & mask
        while slots[at].target >= 0 {
            let slot = slots[at]
            let isSame = segment.withUnsafeBytes { holds(slot, $0) }
            if slot.hash == hash, slot.state == UInt32(state), isSame { return }
            at = (at + 1) & mask
        }
        slots[at] = Slot(
            hash: hash, state: UInt32(state), start: UInt32(bytes.count), length: UInt32(segment.count),
            target: Int32(target))
        bytes += segment
    }

    /// Where the edge of a state with this label leads; nil: there is none. `steps` counts the slots looked at.
    @inline(__always)
    func find(_ state: Int, _ segment: UnsafeRawBufferPointer, steps: inout Int) -> Int? {
        let hash = Self.hash(segment, UInt32(state))
        let mask = slots.count - 1
        var at = Int(hash) & mask
        while true {
            steps += 1
            let slot = slots[at]
            if slot.target < 0 { return nil }
            if slot.hash == hash, slot.state == UInt32(state), holds(slot, segment) { return Int(slot.target) }
            at = (at + 1) & mask
        }
    }

    @inline(__always)
    private func holds(_ slot: Slot, _ segment: UnsafeRawBufferPointer) -> Bool {
        guard Int(slot.length) == segment.count else { return false }
        let start = Int(slot.start)
        return bytes.withUnsafeBytes { own in
            var at = 0
            while at + 8 <= segment.count {
                guard own.loadUnaligned(fromByteOffset: start + at, as: UInt64.self) == Self.word(segment, at) else {
                    return false
                }
                at += 8
            }
            while at < segment.count {
                guard own[start + at] == segment[at] else { return false }
                at += 1
            }
            return true
        }
    }

    @inline(__always)
    private static func word(_ segment: UnsafeRawBufferPointer, _ at: Int) -> UInt64 {
        segment.loadUnaligned(fromByteOffset: at, as: UInt64.self)
    }

    /// Eight bytes at a time; the last ones, fewer than eight, with the length beside them.
    @inline(__always)
    private static func hash(_ segment: UnsafeRawBufferPointer, _ state: UInt32) -> UInt32 {
        var sum = UInt64(state) &* 0x9e37_79b9_7f4a_7c15
        var at = 0
        while at + 8 <= segment.count {
            sum = mixed(sum ^ word(segment, at))
            at += 8
        }
        var rest: UInt64 = 0
        while at < segment.count {
            rest = rest &<< 8 ^ UInt64(segment[at])
            at += 1
        }
        sum = mixed(sum ^ rest ^ UInt64(truncatingIfNeeded: segment.count) << 56)
        return UInt32(truncatingIfNeeded: sum ^ sum >> 32)
    }

    @inline(__always)
    private static func mixed(_ value: UInt64) -> UInt64 {
        let wide = value.multipliedFullWidth(by: 0xa076_1d64_78bd_642f)
        return wide.high ^ wide.low
    }
}
