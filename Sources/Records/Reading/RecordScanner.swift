/// Finds the fields of one line.
///
/// Memory is kept from line to line: reading a line allocates nothing, and every byte is looked at about once. Members
/// that the schema does not have are skipped (a newer source wrote them); a line that is not one JSON object of the
/// schema's shapes is refused: also when it is no UTF-8, or says something twice.
///
/// What the accessors say is of the last line that was scanned without an error, and asks for the same bytes again.
public struct RecordScanner: ~Copyable, @unchecked Sendable {
    // Its memory is nobody else's, so it may go from thread to thread.
    private var reader = LineReader()
    private var seconds = RecordTime.Cache()
    /// When it happened: `time`, in microseconds since 1970.
    public private(set) var time: Int64 = 0

    /// Bytes that a line has at most.
    public static var longestLine: Int { LineReader.longestLine }

    /// Reads lines.
    public init() {}

    /// Reads a line, with or without its end.
    public mutating func scan(_ line: UnsafeRawBufferPointer) throws(RecordLineError) {
        try scan(line, readable: 0)
    }

    /// Reads a line of many that lie behind each other, with or without its end. Most are not copied: the memory must
    /// stay as it is as long as anything is asked about the line.
    ///
    /// - Parameter lines: the memory that the line is part of.
    @inline(__always)
    public mutating func scan(
        _ line: UnsafeRawBufferPointer, of lines: UnsafeRawBufferPointer
    ) throws(RecordLineError) {
        guard let base = lines.baseAddress, let start = line.baseAddress, start >= base,
            start - base <= lines.count - line.count
        else { return try scan(line, readable: 0) }
        try scan(line, readable: lines.count - (start - base) - line.count)
    }

    private mutating func scan(_ line: UnsafeRawBufferPointer, readable: Int) throws(RecordLineError) {
        guard reader.read(line, readable: readable) else {
            throw reader.failure ?? RecordLineError(offset: 0, reason: "something is wrong")
        }
        let place = reader.places[Int(FieldNumber.time.rawValue)]
        let text = UnsafeRawBufferPointer(rebasing: line[Int(place.start)..<Int(place.end)])
        guard let time = seconds.microseconds(text) else {
            throw RecordLineError(offset: Int(place.start), reason: "`time` must be a time of RFC 3339")
        }
        self.time = time
    }

    /// Fields that the line has, by the bits of their numbers.
    @inline(__always)
    var seen: UInt128 { reader.seen }

    /// The place of each field.
    @inline(__always)
    var places: UnsafePointer<LineReader.Place> { UnsafePointer(reader.places) }

    /// The line that was scanned; behind it there is a little that may be read.
    @inline(__always)
    var bytes: UnsafeRawPointer { reader.line.base }

    /// The bytes of a text or a number as it is meant; nothing where the line does not have it.
    func withBytes<Result>(_ field: FieldNumber, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        guard isSeen(field) else { return body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        return withBytes(place(field), isText: field.shape == .text, body)
    }

    func withBytes<Result>(
        _ place: LineReader.Place, isText: Bool, _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        let raw = UnsafeRawBufferPointer(start: bytes + Int(place.start), count: Int(place.end - place.start))
        guard isText, place.number == 1 else { return body(raw) }
        return JSONText.unescaped(raw).withUnsafeBytes(body)
    }

    /// The texts of an array, one for each entry.
    func keptTexts(_ field: FieldNumber) -> [String] {
        guard isSeen(field) else { return [] }
        return entries(field).map { withBytes(entry($0), isText: true) { String(decoding: $0, as: UTF8.self) } }
    }

    /// True when the line has an object, also an empty one, such as `ai`.
    func hasObject(_ name: String) -> Bool { reader.seenObjects & MemberTable.shared.objectBit(name) != 0 }

    @inline(__always)
    func isSeen(_ field: FieldNumber) -> Bool { reader.isSeen(field.rawValue) }

    /// The place of a field that was seen.
    @inline(__always)
    func place(_ field: FieldNumber) -> LineReader.Place { reader.places[Int(field.rawValue)] }

    /// The place of an entry of an array.
    @inline(__always)
    func entry(_ index: Int) -> LineReader.Place { reader.entries[index] }

    /// The entries of a field of an array that was seen.
    func entries(_ field: FieldNumber) -> StrideTo<Int> {
        let place = place(field)
        let steps = MemberTable.shared.stepFields
        let distance = steps.contains(Int(field.rawValue)) ? steps.count : 1
        return stride(from: Int(place.start), to: Int(place.end), by: distance)
    }

    /// True when the line has the field, and there is something in it: text that is not empty, a number (a status that
    /// is not 0), `true`.
    public func has(_ field: FieldNumber) -> Bool {
        guard isSeen(field) else { return false }
        let place = place(field)
        switch field.shape {
        case .text: return place.end > place.start
        case .number: return field != .status || place.number != 0
        case .boolean: return place.number == 1
        case .texts: return entries(field).contains { entry($0).end > entry($0).start }
        }
    }

    /// The bytes of a text between its quotation marks, with JSON's escapes, or those of a number; nil: the line does
    /// not have it. Of a field of an array the first.
    public func raw(_ field: FieldNumber, in line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        firstPlace(field).map { raw($0, line) }
    }

    private func raw(_ place: LineReader.Place, _ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        precondition(Int(place.end) <= line.count, "this is not the line that was scanned")
        return UnsafeRawBufferPointer(rebasing: line[Int(place.start)..<Int(place.end)])
    }

    private func firstPlace(_ field: FieldNumber) -> LineReader.Place? {
        guard isSeen(field) else { return nil }
        let place = place(field)
        guard field.shape == .texts else { return place }
        return place.end > place.start ? entry(Int(place.start)) : nil
    }

    /// A text as it is meant, without JSON's escapes, or the digits of a number; nil: the line does not have it. Of a
    /// field of an array the first.
    public func text(_ field: FieldNumber, in line: UnsafeRawBufferPointer) -> String? {
        firstPlace(field).map { text($0, field.shape, line) }
    }

    private func text(_ place: LineReader.Place, _ shape: FieldShape, _ line: UnsafeRawBufferPointer) -> String {
        let raw = raw(place, line)
        let hasEscapes = place.number == 1 && (shape == .text || shape == .texts)
        return hasEscapes
            ? String(decoding: JSONText.unescaped(raw), as: UTF8.self) : String(decoding: raw, as: UTF8.self)
    }

    /// The texts of a field of an array (`ai.classes[]`, `trace[].rule`), one for each entry, empty where an entry does
    /// not have it; of other fields one or none.
    public func texts(_ field: FieldNumber, in line: UnsafeRawBufferPointer) -> [String] {
        guard isSeen(field) else { return [] }
        guard field.shape == .texts else { return [text(place(field), field.shape, line)] }
        return entries(field).map { text(entry($0), .texts, line) }
    }

    /// A whole number; beyond what fits the nearest that does. nil: the line does not have it.
    @inline(__always)
    public func integer(_ field: FieldNumber) -> Int64? {
        isSeen(field) && field.shape == .number ? place(field).number : nil
    }

    /// A length of time, in microseconds; nil: the line does not have it.
    public func microseconds(_ field: FieldNumber) -> Int64? { integer(field) }

    /// True when the line has the field and it says `true`.
    public func isTrue(_ field: FieldNumber) -> Bool {
        isSeen(field) && field.shape == .boolean && place(field).number == 1
    }
}

/// How the value of a field is kept.
enum FieldShape: UInt8 {
    case text, number, boolean, texts
}

extension FieldNumber {
    /// How its value is kept.
    @inline(__always)
    var shape: FieldShape { Self.shapes[Int(rawValue)] }

    private static let shapes: [FieldShape] = Record.fields.map { field in
        switch field.kind {
        case _ where field.name.contains("[]"): .texts
        case .string: .text
        case .integer, .seconds: .number
        case .boolean: .boolean
        }
    }
}
