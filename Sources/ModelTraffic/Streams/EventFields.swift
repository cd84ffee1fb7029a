/// What the lines of one event said so far. Ranges are offsets from the beginning of the event, so that they hold
/// wherever its bytes are.
struct EventFields {
    /// Where the line that is being read begins.
    var lineStart = 0
    /// How many `data` lines there were.
    private(set) var dataLines = 0
    /// The value of the first of them.
    private(set) var data = 0..<0
    /// The value of the last `event` line.
    private(set) var name = 0..<0

    /// Notes what the line in `range` says. A byte order mark before it, at the beginning of a stream, says nothing.
    mutating func note(_ event: UnsafeRawBufferPointer, _ range: Range<Int>, isFirst: Bool) {
        var line = range
        if isFirst, line.count >= 3, event[line.lowerBound] == 0xEF, event[line.lowerBound + 1] == 0xBB,
            event[line.lowerBound + 2] == 0xBF
        {
            line = line.lowerBound + 3..<line.upperBound
        }
        if let value = Self.value("data", event, line) {
            if dataLines == 0 { data = value }
            dataLines += 1
        } else if let value = Self.value("event", event, line) {
            name = value
        }
    }

    /// The value of a line when its field has this name: what follows the first colon and one space.
    @inline(__always)
    static func value(_ name: StaticString, _ event: UnsafeRawBufferPointer, _ line: Range<Int>) -> Range<Int>? {
        let length = name.utf8CodeUnitCount
        guard line.count >= length else { return nil }
        for offset in 0..<length where event[line.lowerBound + offset] != name.utf8Start[offset] { return nil }
        var start = line.lowerBound + length
        guard start < line.upperBound else { return start..<start }
        guard event[start] == UInt8(ascii: ":") else { return nil }
        start += 1
        if start < line.upperBound, event[start] == UInt8(ascii: " ") { start += 1 }
        return start..<line.upperBound
    }
}
