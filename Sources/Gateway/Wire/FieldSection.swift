/// A piece of a `FieldSection`'s storage.
package struct ByteRange: Equatable, Sendable {
    package var start: UInt32
    package var length: UInt32

    @inline(__always)
    package init(_ start: Int, count: Int) {
        self.start = UInt32(truncatingIfNeeded: start)
        length = UInt32(truncatingIfNeeded: count)
    }

    package static let empty = ByteRange(0, count: 0)
    package var isEmpty: Bool { length == 0 }
    package var count: Int { Int(length) }
    var end: Int { Int(start) + Int(length) }
    var indices: Range<Int> { Int(start)..<Int(start) + Int(length) }
}

/// One field of a section: where its name and value are, and which field it is.
package struct Field: Sendable {
    var nameStart: UInt32
    var valueStart: UInt32
    var valueLength: UInt32
    var nameLength: UInt16
    package var known: KnownField
    /// Whether the storage holds this field exactly as it goes on the wire, `name: value` and the line end, so that
    /// neighbours can be written with one copy.
    var isWireForm: Bool

    var name: ByteRange { ByteRange(Int(nameStart), count: Int(nameLength)) }
    package var value: ByteRange { ByteRange(Int(valueStart), count: Int(valueLength)) }
    /// Length on the wire, with `: ` and the line end.
    var lineLength: Int { Int(nameLength) + Int(valueLength) + 4 }
}

/// The fields of one message, in the order in which they came: names in lower case, values without blanks at the ends.
///
/// All text lives in one array that is kept from message to message on a connection, so that a request costs no
/// allocation once the connection has seen one of its size. Not thread-safe: it belongs to one event loop.
package final class FieldSection {
    // Checking exclusive access at run time cost more than parsing, so only debug builds, that is all tests, do it.
    #if !DEBUG
        @exclusivity(unchecked)
    #endif
    package internal(set) var bytes: [UInt8] = []
    #if !DEBUG
        @exclusivity(unchecked)
    #endif
    package internal(set) var fields: [Field] = []

    /// Room that stays reserved between messages; a section that grew beyond it gives the memory back.
    private static let keptBytes = 16 << 10
    private static let keptFields = 128

    package init() {}

    package var count: Int { fields.count }
    package var isEmpty: Bool { fields.isEmpty }

    /// Forgets the message and keeps the room, unless one large message made it very big.
    package func reset() {
        if bytes.capacity > Self.keptBytes { bytes = [] } else { bytes.removeAll(keepingCapacity: true) }
        if fields.capacity > Self.keptFields { fields = [] } else { fields.removeAll(keepingCapacity: true) }
    }

    // MARK: Storage

    /// Copies `text` into the storage, without making it a field.
    @discardableResult
    func store(_ text: UnsafeRawBufferPointer) -> ByteRange {
        let start = bytes.count
        let typed = text.baseAddress?.assumingMemoryBound(to: UInt8.self)
        bytes.append(contentsOf: UnsafeBufferPointer(start: typed, count: text.count))
        return ByteRange(start, count: text.count)
    }

    @discardableResult
    func store(_ text: String) -> ByteRange {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        return ByteRange(start, count: bytes.count - start)
    }

    @discardableResult
    func store(_ text: StaticString) -> ByteRange {
        store(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// The text of `range`, valid inside `body` only.
    @inline(__always)
    package func withBytes<R, E: Error>(
        _ range: ByteRange, _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        try bytes.withUnsafeBufferPointer { (all) throws(E) -> R in
            try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(all)[range.indices]))
        }
    }

    @inline(__always)
    package func withName<R, E: Error>(
        at index: Int, _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        try withBytes(fields[index].name, body)
    }

    @inline(__always)
    package func withValue<R, E: Error>(
        at index: Int, _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        try withBytes(fields[index].value, body)
    }

    /// Calls `body` with the value of the first field of this kind; nil when there is none.
    @inline(__always)
    package func withValue<R, E: Error>(
        of known: KnownField, _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R? {
        guard let index = first(known) else { return nil }
        return try withValue(at: index, body)
    }

    /// Calls `body` for each field in order.
    @inline(__always)
    package func forEach<E: Error>(
        _ body: (KnownField, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws(E) -> Void
    ) throws(E) {
        try bytes.withUnsafeBufferPointer { (typed) throws(E) in
            let all = UnsafeRawBufferPointer(typed)
            for field in fields {
                try body(
                    field.known, UnsafeRawBufferPointer(rebasing: all[field.name.indices]),
                    UnsafeRawBufferPointer(rebasing: all[field.value.indices]))
            }
        }
    }

    // MARK: Look-up

    /// The index of the first field of this kind.
    package func first(_ known: KnownField) -> Int? {
        for index in fields.indices where fields[index].known == known { return index }
        return nil
    }

    package func contains(_ known: KnownField) -> Bool { first(known) != nil }

    package func count(_ known: KnownField) -> Int {
        var count = 0
        for field in fields where field.known == known { count += 1 }
        return count
    }

    /// The index of the first field with this name, which is in lower case, from `start` on.
    package func first(named name: UnsafeRawBufferPointer, from start: Int = 0) -> Int? {
        bytes.withUnsafeBytes { all in
            for index in start..<max(start, fields.count) where Int(fields[index].nameLength) == name.count {
                if Bytes.equal(UnsafeRawBufferPointer(rebasing: all[fields[index].name.indices]), name) { return index }
            }
            return nil
        }
    }

    package func first(named name: StaticString) -> Int? {
        first(named: UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    }

    /// Whether the value at `index` is `lowered`, letters of either case being the same.
    package func valueEquals(at index: Int, ignoringCase lowered: StaticString) -> Bool {
        withValue(at: index) { Bytes.equalIgnoringCase($0, lowered) }
    }

    /// The value as text, for what is not on the data path; bytes that are not UTF-8 are replaced.
    package func string(at index: Int) -> String { withValue(at: index) { String(decoding: $0, as: UTF8.self) } }

    package func string(of known: KnownField) -> String? { first(known).map(string(at:)) }

    package func string(_ range: ByteRange) -> String { withBytes(range) { String(decoding: $0, as: UTF8.self) } }

    /// All values of the fields with this lower-case name as one value, as HTTP says that they may be joined: with
    /// `, `, and cookies with `; `. Returns false, and leaves `result` as it was, when there is no such field.
    package func joinValues(named name: UnsafeRawBufferPointer, into result: inout [UInt8]) -> Bool {
        guard var index = first(named: name) else { return false }
        let separator = fields[index].known == .cookie ? UInt8(ascii: ";") : Bytes.comma
        withValue(at: index) { result.append(contentsOf: $0) }
        while let next = first(named: name, from: index + 1) {
            result.append(separator)
            result.append(Bytes.space)
            withValue(at: next) { result.append(contentsOf: $0) }
            index = next
        }
        return true
    }

    /// All values of the fields with this lower-case name, joined; nil when there is none.
    package func joinedValue(named name: String) -> String? {
        var name = name
        return name.withUTF8 { utf8 in
            let raw = UnsafeRawBufferPointer(utf8)
            guard let only = first(named: raw) else { return nil }
            guard first(named: raw, from: only + 1) != nil else { return string(at: only) }
            var joined: [UInt8] = []
            _ = joinValues(named: raw, into: &joined)
            return String(decoding: joined, as: UTF8.self)
        }
    }
}
