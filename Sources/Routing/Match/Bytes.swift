// Comparing, hashing and scanning raw bytes. The data path sees requests only as bytes: no `String` is made.

/// True when both have the same bytes.
@inline(__always)
func sameBytes(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    guard a.count == b.count else { return false }
    var at = 0
    while at + 8 <= a.count {
        let (x, y) = (
            a.loadUnaligned(fromByteOffset: at, as: UInt64.self), b.loadUnaligned(fromByteOffset: at, as: UInt64.self)
        )
        guard x == y else { return false }
        at += 8
    }
    while at < a.count {
        guard a[at] == b[at] else { return false }
        at += 1
    }
    return true
}

/// A running hash over pieces of bytes.
///
/// Only configuration is ever inserted into a table, so a caller from outside can pick which slot is looked at but
/// cannot make a chain longer: a fixed seed is enough, and keeps look-ups the same from run to run.
struct ByteHash {
    private(set) var state: UInt64

    init(seed: UInt32) { state = 0x9E37_79B9_7F4A_7C15 ^ (UInt64(seed) &* 0xD6E8_FEB8_6659_FD93) }

    @inline(__always)
    fileprivate mutating func mix(_ word: UInt64) {
        let wide = (state ^ word).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
        state = wide.high ^ wide.low
    }

    /// Takes in one piece; its length counts, so `"a" + "bc"` is not `"ab" + "c"`.
    @inline(__always)
    mutating func combine(_ bytes: UnsafeRawBufferPointer) {
        var at = 0
        while at + 8 <= bytes.count {
            mix(bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            at += 8
        }
        var rest = UInt64(truncatingIfNeeded: bytes.count) << 56
        var shift: UInt64 = 0
        while at < bytes.count {
            rest |= UInt64(bytes[at]) << shift
            shift += 8
            at += 1
        }
        mix(rest)
        mix(UInt64(truncatingIfNeeded: bytes.count))
    }

    /// The hash of what was taken in.
    @inline(__always)
    var value: UInt32 { UInt32(truncatingIfNeeded: state ^ (state >> 32)) }
}

extension UnsafeRawBufferPointer {
    /// The bytes of `range` (not the whole, not a copy).
    @inline(__always)
    func part(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self[range]) }

    /// Where `byte` next stands at or after `start`; nil when nowhere.
    @inline(__always)
    func index(of byte: UInt8, from start: Int) -> Int? {
        var at = start
        while at < count {
            if self[at] == byte { return at }
            at += 1
        }
        return nil
    }
}

extension ByteHash {
    /// Takes in one piece of a query as if it had been decoded: gives what `combine` gives for the decoded bytes.
    mutating func combineDecoded(_ raw: UnsafeRawBufferPointer) {
        var decoder = QueryDecoder(raw)
        var (word, shift, count): (UInt64, UInt64, Int) = (0, 0, 0)
        while let byte = decoder.next() {
            word |= UInt64(byte) << shift
            shift += 8
            count += 1
            if shift == 64 {
                mix(word)
                (word, shift) = (0, 0)
            }
        }
        mix(word | UInt64(truncatingIfNeeded: count) << 56)
        mix(UInt64(truncatingIfNeeded: count))
    }
}
