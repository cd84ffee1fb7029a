/// Reads Server-Sent Events, piece by piece, as the HTML standard says: lines end with LF, CR LF or CR; a blank line ends
/// an event; comments and unknown fields say nothing; an event without a `data` line is none.
///
/// Where the pieces are cut does not matter. An event that lies whole in one piece is not copied, unless it has several
/// `data` lines. Of an event that goes on in the next piece at most about `limit` bytes are kept; a longer one is passed
/// over to its end. Bytes are not decoded: what is no UTF-8 stays as it is.
public struct EventStreamReader: ~Copyable {
    private let limit: Int
    private var fields = EventFields()
    /// How many bytes of the event were in earlier pieces. They are in `buffer`, unless the event is too long.
    private var carried = 0
    private var buffer = StreamBuffer()
    private var isTooLong = false
    /// A line ended with CR at the end of the piece: an LF at the beginning of the next one belongs to that end.
    private var isAfterCR = false
    private var isFirstLine = true

    /// Up to where the last piece holds only complete events, comments and blank lines: bytes from its beginning.
    public private(set) var boundary = 0

    /// A reader before the first byte. `limit`: the most bytes that an event may have, its last line end not counted.
    public init(limit: Int = 1 << 20) {
        self.limit = limit
    }

    /// Reads on in `piece` from `offset` to the end of the next event.
    public mutating func next(_ piece: UnsafeRawBufferPointer, from offset: Int = 0) -> StreamStep {
        if offset == 0 { boundary = 0 }
        // What stands before this is in `carried`.
        var start = offset
        if isAfterCR, start < piece.count { start = passLF(piece, start) }
        var at = start
        while true {
            let lineEnd = nextLineEnd(piece.bytes, from: at)
            guard lineEnd < piece.count else { break }
            at = afterLineEnd(piece, lineEnd)
            let end = carried + lineEnd - start
            if end == fields.lineStart {
                boundary = at
                isFirstLine = false
                if let step = eventEnds(piece, start, at) { return step }
                start = at
            } else {
                if end > limit { isTooLong = true }
                if carried > 0 {
                    carry(piece, start..<at)
                    start = at
                }
                noteLine(piece, start, end)
                fields.lineStart = carried + at - start
            }
        }
        carry(piece, start..<piece.count)
        return .more
    }

    /// The stream is over: an event whose blank line never came, as one that ends at 0. By the standard it is none, and
    /// no client is told of it; but a meter counts what was sent.
    public mutating func finish() -> StreamStep {
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        if carried > fields.lineStart { noteLine(nothing, 0, carried) }
        fields.lineStart = carried
        return eventEnds(nothing, 0, 0) ?? .more
    }

    /// Where the next line begins; a CR at the end of the piece is remembered.
    private mutating func afterLineEnd(_ piece: UnsafeRawBufferPointer, _ lineEnd: Int) -> Int {
        guard piece[lineEnd] == 0x0D else { return lineEnd + 1 }
        guard lineEnd + 1 < piece.count else {
            isAfterCR = true
            return lineEnd + 1
        }
        return piece[lineEnd + 1] == 0x0A ? lineEnd + 2 : lineEnd + 1
    }

    /// Passes over the second half of a CR LF that was cut; gives where the event goes on.
    private mutating func passLF(_ piece: UnsafeRawBufferPointer, _ start: Int) -> Int {
        isAfterCR = false
        guard piece[start] == 0x0A else { return start }
        if carried > 0 {
            fields.lineStart += 1
            carry(piece, start..<start + 1)
        } else {
            boundary = start + 1
        }
        return start + 1
    }

    /// The bytes of the event so far: kept ones, or those of this piece from `start` on.
    private func event(_ piece: UnsafeRawBufferPointer, _ start: Int) -> UnsafeRawBufferPointer {
        carried > 0 ? buffer.bytes : UnsafeRawBufferPointer(rebasing: piece[start...])
    }

    private mutating func noteLine(_ piece: UnsafeRawBufferPointer, _ start: Int, _ end: Int) {
        if !isTooLong {
            let event = event(piece, start)
            fields.note(event, fields.lineStart..<end, isFirst: isFirstLine)
        }
        isFirstLine = false
    }

    /// Keeps bytes of the event that goes on in the next piece, or only counts them when they are too many.
    private mutating func carry(_ piece: UnsafeRawBufferPointer, _ range: Range<Int>) {
        guard !range.isEmpty else { return }
        let total = carried + range.count
        // A line that is over was measured without its end.
        if total > limit, isInLine(piece, range) { isTooLong = true }
        if !isTooLong { buffer.append(UnsafeRawBufferPointer(rebasing: piece[range])) }
        carried = total
    }

    /// True when the last byte of the range ends no line.
    private func isInLine(_ piece: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
        let last = piece[range.upperBound - 1]
        return last != 0x0A && last != 0x0D
    }

    /// The blank line was read. Nil when no event came of it.
    private mutating func eventEnds(_ piece: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> StreamStep? {
        defer {
            fields = EventFields()
            carried = 0
            buffer.removeAll()
            isTooLong = false
        }
        if isTooLong { return .tooLong(end: end) }
        guard fields.dataLines > 0 else { return nil }
        if fields.dataLines > 1 { return .event(joined(piece, start, end)) }
        let event = event(piece, start)
        return .event(
            StreamEvent(
                end: end, name: UnsafeRawBufferPointer(rebasing: event[fields.name]),
                data: UnsafeRawBufferPointer(rebasing: event[fields.data])))
    }

    /// The event with its data lines as one, which is written behind what is kept.
    private mutating func joined(_ piece: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> StreamEvent {
        // Afterwards nothing is moved any more: the joined lines are no longer than the event.
        buffer.reserve(fields.lineStart)
        let event = event(piece, start)
        let first = buffer.count
        buffer.append(UnsafeRawBufferPointer(rebasing: event[fields.data]))
        var line = fields.data.upperBound + 1
        while line < fields.lineStart {
            let lineEnd = nextLineEnd(event.bytes, from: line)
            if let value = EventFields.value("data", event, line..<lineEnd) {
                buffer.append(0x0A)
                buffer.append(UnsafeRawBufferPointer(rebasing: event[value]))
            }
            line = lineEnd + 1
        }
        return StreamEvent(
            end: end, name: UnsafeRawBufferPointer(rebasing: event[fields.name]),
            data: UnsafeRawBufferPointer(rebasing: buffer.bytes[first...]))
    }
}
