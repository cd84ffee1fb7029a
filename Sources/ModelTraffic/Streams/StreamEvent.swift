/// One event of a stream: an event of Server-Sent Events, or a line.
///
/// The bytes belong to the piece or to the reader: they are valid until the reader is called again, and no longer than
/// the piece.
public struct StreamEvent {
    /// Where the event ends: bytes from the beginning of the piece that was being read. What comes before may be sent
    /// on without a part of the next event in it.
    public let end: Int
    /// The value of the `event` field; empty when there is none, and for lines.
    public let name: UnsafeRawBufferPointer
    /// The data, its lines joined by LF; or the line without its end.
    public let data: UnsafeRawBufferPointer
}

/// What a reader has to say after a call.
public enum StreamStep {
    /// An event is complete. Call again, with the same piece, from its end.
    case event(StreamEvent)
    /// An event is complete whose bytes were more than the limit, and which was not kept. Call again, with the same
    /// piece, from `end`.
    case tooLong(end: Int)
    /// The piece holds no further event; what is left of it is kept. Call again with the next piece.
    case more
}

/// Memory that is used again for event after event.
struct StreamBuffer: ~Copyable {
    private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private(set) var count = 0

    deinit { memory.deallocate() }

    /// What is kept.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[0..<count]) }

    mutating func removeAll() { count = 0 }

    /// Room for so many bytes more; what `bytes` gave before is not valid any longer.
    mutating func reserve(_ more: Int) {
        let needed = count + more
        guard needed > memory.count else { return }
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: max(needed, 2 * memory.count, 512), alignment: 8)
        larger.copyMemory(from: bytes)
        memory.deallocate()
        memory = larger
    }

    /// Keeps more bytes. They must not be from this buffer, unless there was room for them.
    mutating func append(_ more: UnsafeRawBufferPointer) {
        reserve(more.count)
        UnsafeMutableRawBufferPointer(rebasing: memory[count..<count + more.count]).copyMemory(from: more)
        count += more.count
    }

    mutating func append(_ byte: UInt8) {
        reserve(1)
        memory[count] = byte
        count += 1
    }
}

/// The first LF or CR at or after `from`; the length when there is none.
@inline(__always)
func nextLineEnd(_ piece: RawSpan, from: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    var at = from
    while at &+ 8 <= piece.byteCount {
        let word = UInt64(littleEndian: piece.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self))
        // Marks bytes below 14; only the lowest mark is certain to be one, and it is the first.
        let marks = (word &- ones &* 0x0E) & ~word & (ones &* 0x80)
        if marks == 0 {
            at &+= 8
            continue
        }
        at &+= marks.trailingZeroBitCount >> 3
        if isLineEnd(piece.unsafeLoad(fromByteOffset: at, as: UInt8.self)) { return at }
        at &+= 1
    }
    while at < piece.byteCount, !isLineEnd(piece.unsafeLoad(fromByteOffset: at, as: UInt8.self)) { at &+= 1 }
    return at
}

@inline(__always)
private func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }
