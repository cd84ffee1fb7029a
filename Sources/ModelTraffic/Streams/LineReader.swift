/// Reads a stream of lines (NDJSON), piece by piece. Lines end with LF, or CR LF; empty lines say nothing.
///
/// A line that lies whole in one piece is not copied. Of a line that goes on in the next piece at most `limit` bytes are
/// kept; a longer one is passed over to its end.
public struct LineReader: ~Copyable {
    private let limit: Int
    private var buffer = StreamBuffer()
    private var isTooLong = false

    /// A reader before the first byte. `limit`: the most bytes that a line may have, without its end.
    public init(limit: Int = 1 << 20) {
        self.limit = limit
    }

    /// Reads on in `piece` from `offset` to the end of the next line that is not empty.
    public mutating func next(_ piece: UnsafeRawBufferPointer, from offset: Int = 0) -> StreamStep {
        var start = offset
        var at = offset
        while true {
            at = nextLineEnd(piece.bytes, from: at)
            guard at < piece.count else { break }
            // A CR alone ends no line.
            guard piece[at] == 0x0A else {
                at += 1
                continue
            }
            if let step = line(UnsafeRawBufferPointer(rebasing: piece[start..<at]), end: at + 1) { return step }
            at += 1
            start = at
        }
        keep(UnsafeRawBufferPointer(rebasing: piece[start...]))
        return .more
    }

    /// The stream is over: what stands there without a line end, as a line that ends at 0.
    public mutating func finish() -> StreamStep {
        line(UnsafeRawBufferPointer(start: nil, count: 0), end: 0) ?? .more
    }

    /// A line is over whose last part is `rest`. Nil when there is nothing on it.
    private mutating func line(_ rest: UnsafeRawBufferPointer, end: Int) -> StreamStep? {
        defer {
            buffer.removeAll()
            isTooLong = false
        }
        var text = rest
        if buffer.count > 0, !isTooLong {
            buffer.append(rest)
            text = buffer.bytes
        }
        if text.last == 0x0D { text = UnsafeRawBufferPointer(rebasing: text.dropLast()) }
        if isTooLong || text.count > limit { return .tooLong(end: end) }
        if text.isEmpty { return nil }
        return .event(StreamEvent(end: end, name: UnsafeRawBufferPointer(start: nil, count: 0), data: text))
    }

    private mutating func keep(_ rest: UnsafeRawBufferPointer) {
        guard !isTooLong, !rest.isEmpty else { return }
        // One more byte than the limit may be the CR of the end.
        let size = buffer.count + rest.count
        isTooLong = size > limit + 1 || (size == limit + 1 && rest.last != 0x0D)
        if !isTooLong { buffer.append(rest) }
    }
}
