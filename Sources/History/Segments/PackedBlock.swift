/// Records that are ready for the disk. Its place in the chain comes when it is written: what a full disk makes us lose
/// is known only then.
struct PackedBlock: Sendable {
    /// Sequence number of the first record.
    let first: UInt64
    let count: Int
    let oldest: Int64
    let newest: Int64
    let rawLength: Int
    let linesLength: Int
    let data: [UInt8]
    /// Series that have records in it, in order.
    let series: [UInt32]
    /// Hashes of the records' ids, in order.
    let ids: [UInt32]

    var end: UInt64 { first + UInt64(count) }

    /// Bytes that it holds in memory, about.
    var weight: Int { data.count + (series.count + ids.count) * 4 + 256 }

    func header(after previous: [UInt8], skipped: UInt64) -> BlockHeader {
        BlockHeader(
            first: first, count: UInt32(count), skipped: skipped, oldest: oldest, newest: newest,
            rawLength: UInt32(rawLength), linesLength: UInt32(linesLength), packedLength: UInt32(data.count),
            previous: previous)
    }
}

/// Collects records until they make a block.
struct BlockBuilder {
    /// A block is closed when its lines have this many bytes: reading one record costs unpacking a block.
    static let fullAt = 1 << 20

    private(set) var count = 0
    private var lines: [UInt8] = []
    private var index: [UInt8] = []
    private var oldest = Int64.max
    private var newest = Int64.min
    private var lastTime: Int64 = 0
    private var places: [UInt32: UInt32] = [:]
    private var series: [UInt32] = []
    private var ids: [UInt32] = []

    init() {
        lines.reserveCapacity(Self.fullAt + 64 << 10)
    }

    var isEmpty: Bool { count == 0 }
    var isFull: Bool { lines.count >= Self.fullAt }
    var bytes: Int { lines.count }

    /// Takes one record.
    ///
    /// - Parameters:
    ///   - line: without the line feed.
    ///   - time: where it was placed.
    ///   - isMisplaced: the line says another time.
    mutating func append(
        _ line: UnsafeRawBufferPointer, time: Int64, isMisplaced: Bool, series id: UInt32, idHash: UInt32
    ) {
        lines.append(contentsOf: line)
        lines.append(UInt8(ascii: "\n"))
        let place = place(of: id)
        Varint.append(UInt64(line.count + 1), to: &index)
        Varint.append(signed: time &- lastTime, to: &index)
        Varint.append(UInt64(place) << 1 | (isMisplaced ? 1 : 0), to: &index)
        lastTime = time
        oldest = min(oldest, time)
        newest = max(newest, time)
        ids.append(idHash)
        count += 1
    }

    /// Packs what there is, and begins anew. Nil: there is no memory for it.
    ///
    /// - Parameter isFollowed: the unpacked records are wanted, too.
    mutating func finish(first: UInt64, isFollowed: Bool, _ packer: Packer) -> (PackedBlock, Block?)? {
        var raw = lines
        Varint.append(UInt64(series.count), to: &raw)
        for id in series { Varint.append(UInt64(id), to: &raw) }
        raw += index
        defer { clear() }
        guard let data = packer.pack(raw) else { return nil }
        let packed = PackedBlock(
            first: first, count: count, oldest: oldest, newest: newest, rawLength: raw.count,
            linesLength: lines.count, data: data, series: series.sorted(), ids: unique(ids))
        let block = isFollowed ? Block(raw: raw, linesLength: lines.count, count: count, first: first) : nil
        return (packed, block)
    }

    private mutating func place(of id: UInt32) -> UInt32 {
        if let place = places[id] { return place }
        let place = UInt32(series.count)
        places[id] = place
        series.append(id)
        return place
    }

    mutating func clear() {
        count = 0
        lines.removeAll(keepingCapacity: true)
        index.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        series.removeAll(keepingCapacity: true)
        ids.removeAll(keepingCapacity: true)
        oldest = .max
        newest = .min
        lastTime = 0
    }

    private func unique(_ hashes: [UInt32]) -> [UInt32] {
        var result: [UInt32] = []
        for hash in hashes.sorted() where hash != result.last { result.append(hash) }
        return result
    }
}
