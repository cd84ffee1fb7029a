import CText

/// The bytes of a series while they are put together; memory is kept from one to the next.
struct SeriesKey: ~Copyable {
    /// Bytes; behind them there is room for a few more than are needed.
    let memory: UnsafeMutableRawPointer
    var count = 8

    init() {
        let most = 8 + Dimension.allCases.count * (Series.longestValue + 3) + 2 * Self.step
        memory = .allocate(byteCount: most, alignment: 16)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: most)
    }

    deinit { memory.deallocate() }

    /// What has been put together.
    var bytes: [UInt8] { Array(UnsafeRawBufferPointer(start: memory, count: count)) }

    /// Begins another.
    @inline(__always)
    mutating func begin() {
        memory.storeBytes(of: 0, as: UInt64.self)
        count = 8
    }

    /// Takes over what was put together before.
    mutating func fill(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return begin() }
        memory.copyMemory(from: base, byteCount: bytes.count)
        count = bytes.count
    }

    /// Says that records of the series may differ in the dimension.
    mutating func collapse(_ dimension: Dimension) {
        let mask = UInt64(littleEndian: memory.load(as: UInt64.self)) | 1 << UInt64(dimension.rawValue)
        memory.storeBytes(of: mask.littleEndian, as: UInt64.self)
    }

    /// Adds a value; dimensions come in order. Nothing for the empty one.
    mutating func append(_ dimension: Dimension, _ value: UnsafeRawBufferPointer) {
        guard value.count > 0, let base = value.baseAddress else { return }
        guard value.count <= Series.longestValue else { return collapse(dimension) }
        begin(dimension, value.count)
        (memory + count).copyMemory(from: base, byteCount: value.count)
        count += value.count
    }

    /// The same for a value of 1 to 127 bytes behind which there are at least 32 that may be read: most are not longer.
    /// `end` is the place behind what was put together so far.
    @inline(__always)
    func appendWords(_ dimension: UInt16, _ base: UnsafeRawPointer, _ length: Int, at end: inout Int) {
        let target = memory + (end &+ 2)
        let head = UInt16(truncatingIfNeeded: length) &<< 8 | dimension
        memory.storeBytes(of: head.littleEndian, toByteOffset: end, as: UInt16.self)
        target.storeBytes(of: base.loadUnaligned(as: SIMD32<UInt8>.self), as: SIMD32<UInt8>.self)
        var place = 32
        while place < length {
            let words = base.loadUnaligned(fromByteOffset: place, as: SIMD32<UInt8>.self)
            target.storeBytes(of: words, toByteOffset: place, as: SIMD32<UInt8>.self)
            place &+= 32
        }
        end &+= length &+ 2
    }

    private mutating func begin(_ dimension: Dimension, _ length: Int) {
        memory.storeBytes(of: dimension.rawValue, toByteOffset: count, as: UInt8.self)
        if length < 0x80 {
            memory.storeBytes(of: UInt8(truncatingIfNeeded: length), toByteOffset: count &+ 1, as: UInt8.self)
            count &+= 2
        } else {
            memory.storeBytes(of: UInt8(length & 0x7f | 0x80), toByteOffset: count + 1, as: UInt8.self)
            memory.storeBytes(of: UInt8(length >> 7), toByteOffset: count + 2, as: UInt8.self)
            count &+= 3
        }
    }

    /// Bytes that are read at once when keys are hashed and compared.
    static let step = 64

    /// Puts zeros behind the bytes, so that they can be read in whole steps.
    @inline(__always)
    func pad() {
        memory.storeBytes(of: SIMD64<UInt8>(repeating: 0), toByteOffset: count, as: SIMD64<UInt8>.self)
    }

    /// A hash of the bytes, which have been padded.
    @inline(__always)
    func hash(seed: UInt64) -> UInt64 {
        var first = seed ^ UInt64(count)
        var second = seed ^ 0x9e37_79b9_7f4a_7c15
        var index = 0
        repeat {
            first = Self.mixed(word(index) ^ first, word(index &+ 8) ^ 0xa076_1d64_78bd_642f)
            second = Self.mixed(word(index &+ 16) ^ second, word(index &+ 24) ^ 0xe703_7ed1_a0b4_28db)
            first = Self.mixed(word(index &+ 32) ^ first, word(index &+ 40) ^ 0xa076_1d64_78bd_642f)
            second = Self.mixed(word(index &+ 48) ^ second, word(index &+ 56) ^ 0xe703_7ed1_a0b4_28db)
            index &+= Self.step
        } while index < count
        return Self.mixed(first ^ 0x8ebc_6af0_9c88_c6e3, second ^ 0x5899_65cc_7537_4cc3)
    }

    @inline(__always)
    private func word(_ index: Int) -> UInt64 { memory.loadUnaligned(fromByteOffset: index, as: UInt64.self) }

    @inline(__always)
    private static func mixed(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }

    /// True when the bytes, which have been padded, are those that stand there, at a multiple of 64, and are padded too.
    @inline(__always)
    func isEqual(to other: UnsafeRawPointer) -> Bool {
        text_equal(memory, other, (count &+ (Self.step &- 1)) / Self.step)
    }
}
