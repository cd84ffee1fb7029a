/// The bytes of a series while they are put together; memory is kept from one to the next.
struct SeriesKey: ~Copyable {
    /// Bytes; behind them there is room for a few more than are needed.
    let memory: UnsafeMutableRawPointer
    private(set) var count = 8

    init() {
        let most = 8 + Dimension.allCases.count * (Series.longestValue + 3) + 64
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

    /// The same for a value behind which there are at least 32 bytes that may be read: most are not longer.
    @inline(__always)
    mutating func appendWords(_ dimension: UInt8, _ base: UnsafeRawPointer, _ length: Int) {
        begin(dimension, length)
        let target = memory + count
        var place = 0
        repeat {
            let words = (base + place).loadUnaligned(as: SIMD32<UInt8>.self)
            (target + place).storeBytes(of: words, as: SIMD32<UInt8>.self)
            place &+= 32
        } while place < length
        count &+= length
    }

    private mutating func begin(_ dimension: Dimension, _ length: Int) { begin(dimension.rawValue, length) }

    @inline(__always)
    private mutating func begin(_ dimension: UInt8, _ length: Int) {
        memory.storeBytes(of: dimension, toByteOffset: count, as: UInt8.self)
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
    static let step = 32

    /// Puts zeros behind the bytes, so that they can be read in whole steps.
    @inline(__always)
    func pad() {
        let zeros = SIMD16<UInt8>(repeating: 0)
        memory.storeBytes(of: zeros, toByteOffset: count, as: SIMD16<UInt8>.self)
        memory.storeBytes(of: zeros, toByteOffset: count &+ 16, as: SIMD16<UInt8>.self)
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

    /// True when the bytes, which have been padded, are those that stand there and are padded too.
    @inline(__always)
    func isEqual(to other: UnsafeRawPointer) -> Bool {
        var index = 0
        var difference: UInt64 = 0
        repeat {
            for place in stride(from: 0, to: Self.step, by: 8) {
                difference |=
                    word(index &+ place)
                    ^ other.loadUnaligned(fromByteOffset: index &+ place, as: UInt64.self)
            }
            index &+= Self.step
        } while index < count && difference == 0
        return difference == 0
    }
}
