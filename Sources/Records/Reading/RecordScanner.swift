/// Finds the fields of one line.
///
/// Memory is kept from line to line: reading a line allocates nothing, and every byte is looked at about once. Members
/// that the schema does not have are skipped (a newer source wrote them); a line that is not one JSON object of the
/// schema's shapes is refused.
///
/// What the accessors say is of the last line that was scanned without an error, and asks for the same line again.
public struct RecordScanner: ~Copyable {
    /// Reads lines.
    public init() {}

    /// Reads a line, with or without its end.
    public mutating func scan(_ line: UnsafeRawBufferPointer) throws(RecordLineError) {
    }

    /// True when the line has the field, and has something in it.
    public func has(_ field: FieldNumber) -> Bool { false }

    /// When it happened: `time`, in microseconds since 1970.
    public var time: Int64 { 0 }

    /// A text as it is meant, without JSON's escapes; nil: the line does not have it. Of a field of an array the first.
    public func text(_ field: FieldNumber, in line: UnsafeRawBufferPointer) -> String? { nil }

    /// The texts of a field of an array (`ai.classes[]`, `trace[].rule`); of others one or none.
    public func texts(_ field: FieldNumber, in line: UnsafeRawBufferPointer) -> [String] { [] }

    /// The bytes of a text between its quotation marks, with JSON's escapes, or those of a number; nil: the line does
    /// not have it.
    public func raw(_ field: FieldNumber, in line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? { nil }

    /// A whole number; beyond what fits the nearest that does. nil: the line does not have it.
    public func integer(_ field: FieldNumber) -> Int64? { nil }

    /// A length of time, in microseconds; nil: the line does not have it.
    public func microseconds(_ field: FieldNumber) -> Int64? { nil }

    /// True when the line has the field and it says `true`.
    public func isTrue(_ field: FieldNumber) -> Bool { false }
}

extension Record {
    /// Reads what `RecordEncoder` wrote.
    public init(line: UnsafeRawBufferPointer) throws(RecordLineError) {
        throw RecordLineError(offset: 0, reason: "is nothing")
    }

    /// Reads what `RecordEncoder` wrote.
    public init(line: [UInt8]) throws(RecordLineError) {
        let read = line.withUnsafeBytes { line in
            Result<Record, RecordLineError> { () throws(RecordLineError) in try Record(line: line) }
        }
        self = try read.get()
    }
}
