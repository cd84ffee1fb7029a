#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What is wrong with a block.
enum BlockProblem: Error, Equatable {
    case noSegment
    case cutOff
    case noBlock
    case wrongHash
    case wrongData

    var words: String {
        switch self {
        case .noSegment: "the file is missing"
        case .cutOff: "the file ends in the middle of a block"
        case .noBlock: "there is no block where one should begin"
        case .wrongHash: "the block is not what its hash says"
        case .wrongData: "the block cannot be unpacked"
        }
    }
}

/// Reads blocks of a history, one after the other or anywhere; keeps the file of the last one open.
struct BlockReader: ~Copyable {
    private let history: String
    private var segment: UInt64 = 0
    private var file: Int32 = -1

    init(history: String) {
        self.history = history
    }

    deinit { if file >= 0 { close(file) } }

    /// The header, its hash and the packed data, after comparing the hash.
    mutating func raw(at place: SegmentPlace) throws(BlockProblem) -> (
        header: BlockHeader, hash: [UInt8], data: [UInt8]
    ) {
        try open(place.segment)
        guard let bytes = readExactly(file, BlockHeader.size, at: place.offset) else { throw .cutOff }
        guard let (header, hash) = bytes.withUnsafeBytes({ BlockHeader.read($0) }) else { throw .noBlock }
        guard let data = readExactly(file, Int(header.packedLength), at: place.offset + UInt64(BlockHeader.size))
        else { throw .cutOff }
        let right = bytes.withUnsafeBytes { bytes in data.withUnsafeBytes { BlockHeader.hash(bytes, $0) } }
        guard right == hash else { throw .wrongHash }
        return (header, hash, data)
    }

    /// The records of a block.
    mutating func block(at place: SegmentPlace) throws(BlockProblem) -> Block {
        let (header, _, data) = try raw(at: place)
        return try Self.unpacked(header, data)
    }

    static func unpacked(_ header: BlockHeader, _ data: [UInt8]) throws(BlockProblem) -> Block {
        guard let raw = data.withUnsafeBytes({ Unpacker.unpack($0, length: Int(header.rawLength)) }),
            let block = Block(
                raw: raw, linesLength: Int(header.linesLength), count: Int(header.count), first: header.first)
        else { throw .wrongData }
        return block
    }

    /// Bytes of a segment; nil: it is not there.
    mutating func length(of segment: UInt64) -> UInt64? {
        guard (try? open(segment)) != nil else { return nil }
        let end = lseek(file, 0, SEEK_END)
        return end >= 0 ? UInt64(end) : nil
    }

    private mutating func open(_ number: UInt64) throws(BlockProblem) {
        guard file < 0 || segment != number else { return }
        if file >= 0 { close(file) }
        #if canImport(Glibc)
            file = Glibc.open(SegmentNames.path(history, number), O_RDONLY | O_CLOEXEC)
        #else
            file = Darwin.open(SegmentNames.path(history, number), O_RDONLY | O_CLOEXEC)
        #endif
        guard file >= 0 else { throw .noSegment }
        segment = number
    }
}
