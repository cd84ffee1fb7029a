/// One value of a document: a cheap handle.
public struct JSONNode: Sendable {
    /// What a value can be.
    public enum Kind: Sendable, Hashable { case null, bool, number, string, array, object }

    let storage: JSONStorage
    let index: Int

    init(_ storage: JSONStorage, _ index: Int) {
        self.storage = storage
        self.index = index
    }

    var entry: JSONEntry { storage.tape[index] }

    /// What this value is.
    public var kind: Kind {
        switch entry.kind {
        case .null: .null
        case .bool: .bool
        case .number: .number
        case .string: .string
        case .array: .array
        case .object: .object
        }
    }

    /// The member with exactly this key; nil when there is none, or this is no object.
    public subscript(_ key: StaticString) -> JSONNode? {
        member(UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
    }

    /// The member with exactly this key; nil when there is none, or this is no object.
    public func member(_ key: String) -> JSONNode? {
        var key = key
        return key.withUTF8 { member($0) }
    }

    private func member(_ key: UnsafeBufferPointer<UInt8>) -> JSONNode? {
        guard let value = storage.member(key, of: index) else { return nil }
        return JSONNode(storage, value)
    }

    /// The string, unescaped; nil when this is no string.
    public var string: String? {
        guard entry.kind == .string else { return nil }
        return String(decoding: textBytes, as: UTF8.self)
    }

    /// True when this is a string with exactly this text.
    public func isString(_ text: StaticString) -> Bool {
        guard entry.kind == .string else { return false }
        return storage.isText(entry, UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// True or false; nil when this is neither.
    public var bool: Bool? {
        guard entry.kind == .bool else { return nil }
        return storage.bytes[Int(entry.start)] == UInt8(ascii: "t")
    }

    /// True for null.
    public var isNull: Bool { entry.kind == .null }

    /// A number that is whole, fits 64 bits, and is written without fraction or exponent; else nil.
    public var integer: Int64? {
        guard let text = numberText else { return nil }
        return Int64(text)
    }

    /// A number as it was written; nil when this is no number.
    public var numberText: String? {
        guard entry.kind == .number else { return nil }
        return String(decoding: storage.bytes[entry.range], as: UTF8.self)
    }

    /// How many elements or members; 0 for everything that is no array and no object.
    public var count: Int { entry.count }

    /// Bytes of the value in the text, quotes and brackets included.
    public var byteCount: Int { entry.range.count + (entry.kind == .string ? 2 : 0) }

    /// Where the value begins in the text.
    public var offset: Int { Int(entry.start) - (entry.kind == .string ? 1 : 0) }

    /// The bytes of a string, unescaped; empty when this is no string.
    var textBytes: ArraySlice<UInt8> {
        guard entry.kind == .string else { return [] }
        return entry.isEscaped ? storage.text(of: entry)[...] : storage.bytes[entry.range]
    }
}
