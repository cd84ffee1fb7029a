import Crypto

/// What stands before the packed records of a block, and what chains blocks: each has the hash of the one before, and its
/// own is over all of that and the data, so that no block can be changed, taken out or put in without all later ones.
struct BlockHeader: Equatable {
    /// Sequence number of the first record.
    var first: UInt64
    /// How many records there are.
    var count: UInt32
    /// Records before this block that have a number and were lost: a full disk, and no more memory.
    var skipped: UInt64
    /// Times of the records, as they were placed, in microseconds since 1970.
    var oldest: Int64
    var newest: Int64
    /// Bytes of the data, unpacked.
    var rawLength: UInt32
    /// Of those, how many are lines; the index follows.
    var linesLength: UInt32
    /// Bytes of the data as it stands in the file.
    var packedLength: UInt32
    var previous: [UInt8]

    /// Bytes of a header with both hashes.
    static let size = 128
    /// Bytes of it that the hash is over.
    private static let hashedSize = size - hashSize
    static let hashSize = 32
    /// No block is larger, unpacked: what a reader makes room for.
    static let mostRaw = 16 << 20
    /// What the first block has for the hash of the one before.
    static let noHash = [UInt8](repeating: 0, count: hashSize)
    /// `SPrecBK` and the version of the format.
    private static let magic: UInt64 = 0x014b_4263_6572_5053

    /// The header's bytes with the hash, which is over them and the data.
    func encoded(with data: [UInt8]) -> (bytes: [UInt8], hash: [UInt8]) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.size)
        func put(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }
        put(Self.magic)
        put(first)
        put(skipped)
        put(oldest)
        put(newest)
        put(count)
        put(rawLength)
        put(linesLength)
        put(packedLength)
        // Nothing yet; a later format may use it.
        put(UInt64(0))
        bytes += previous
        let hash = bytes.withUnsafeBytes { header in data.withUnsafeBytes { Self.hash(header, $0) } }
        return (bytes + hash, hash)
    }

    /// Reads a header and the hash that it says; nil: these bytes are none, or say what no block has.
    static func read(_ bytes: UnsafeRawBufferPointer) -> (header: BlockHeader, hash: [UInt8])? {
        guard bytes.count >= size, number(bytes, 0, UInt64.self) == magic else { return nil }
        let header = BlockHeader(
            first: number(bytes, 8, UInt64.self), count: number(bytes, 40, UInt32.self),
            skipped: number(bytes, 16, UInt64.self), oldest: number(bytes, 24, Int64.self),
            newest: number(bytes, 32, Int64.self), rawLength: number(bytes, 44, UInt32.self),
            linesLength: number(bytes, 48, UInt32.self), packedLength: number(bytes, 52, UInt32.self),
            previous: Array(bytes[64..<96]))
        guard header.count > 0, header.rawLength <= mostRaw, header.linesLength <= header.rawLength,
            header.packedLength > 0, header.packedLength <= 2 * mostRaw
        else { return nil }
        return (header, Array(bytes[96..<128]))
    }

    /// The hash of a block whose header's bytes these are.
    static func hash(_ header: UnsafeRawBufferPointer, _ data: UnsafeRawBufferPointer) -> [UInt8] {
        var hash = SHA256()
        hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: header[..<hashedSize]))
        hash.update(bufferPointer: data)
        return Array(hash.finalize())
    }

    private static func number<T: FixedWidthInteger>(_ bytes: UnsafeRawBufferPointer, _ place: Int, _: T.Type) -> T {
        T(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: T.self))
    }
}

/// Hashes for people.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    var text = ""
    for byte in bytes {
        if byte < 16 { text += "0" }
        text += String(byte, radix: 16)
    }
    return text
}
