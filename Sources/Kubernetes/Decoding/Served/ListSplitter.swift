/// Takes a list of an API server apart while it arrives: one object after the other, none longer than a limit, and at
/// its end what the list says about itself. So a list of any length costs the memory of one object.
///
/// Only the outermost structure is looked at here; each object is read strictly by whoever gets it.
public struct ListSplitter: Sendable {
    /// What a list says about itself.
    public struct End: Hashable, Sendable {
        /// The state of the server that the list shows.
        public var resourceVersion: String
        /// What asks for the next part; nil: this was the last.
        public var next: String?

        /// An end.
        public init(resourceVersion: String, next: String?) {
            self.resourceVersion = resourceVersion
            self.next = next
        }
    }

    private enum Place {
        case start, key, inKey, colon, value, member, items, item, end
    }

    private let limit: Int
    private var place = Place.start
    /// Maps and lists that are open inside what is captured.
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    private var key: [UInt8] = []
    private var captured: [UInt8] = []
    private var metadata: [UInt8] = []
    private var sawItems = false

    /// The most bytes of one object: more than any server stores, with what it adds when it writes it out.
    public static let objectBytes = 8 << 20

    /// A list of which nothing has come yet.
    public init(limit: Int = objectBytes) {
        self.limit = limit
    }

    /// Takes the next bytes, and gives the objects that they complete.
    public mutating func feed(_ bytes: [UInt8]) throws(ServedProblem) -> [[UInt8]] {
        var objects: [[UInt8]] = []
        var index = 0
        while index < bytes.count {
            if place == .item {
                index = try takeItem(bytes, from: index)
                guard depth == 0, !isInString else { continue }
                objects.append(captured)
                captured = []
                place = .items
            } else {
                try take(bytes[index])
                index += 1
            }
        }
        return objects
    }

    /// Says that nothing more comes.
    public func finish() throws(ServedProblem) -> End {
        guard place == .end else { throw .truncated }
        guard sawItems, !metadata.isEmpty else { throw .malformed("it is not a list") }
        let value = try ServedProblem.reading(metadata)
        let next = value["continue"]?.text ?? ""
        return End(resourceVersion: value["resourceVersion"]?.text ?? "", next: next.isEmpty ? nil : next)
    }

    private mutating func take(_ byte: UInt8) throws(ServedProblem) {
        switch place {
        case .member: try takeMember(byte)
        case .inKey: try takeKey(byte)
        default:
            if !Self.isSpace(byte) { try takeMark(byte) }
        }
    }

    /// A byte between keys, values and objects.
    private mutating func takeMark(_ byte: UInt8) throws(ServedProblem) {
        switch (place, byte) {
        case (.start, UInt8(ascii: "{")): place = .key
        case (.key, UInt8(ascii: "\"")):
            key = []
            place = .inKey
        case (.key, UInt8(ascii: ",")), (.items, UInt8(ascii: ",")): break
        case (.key, UInt8(ascii: "}")): place = .end
        case (.colon, UInt8(ascii: ":")): place = .value
        case (.value, UInt8(ascii: "[")) where key.elementsEqual("items".utf8):
            sawItems = true
            place = .items
        case (.value, _):
            if key.elementsEqual("items".utf8) { sawItems = true }
            captured = []
            place = .member
            try takeMember(byte)
        case (.items, UInt8(ascii: "]")): place = .key
        case (.items, UInt8(ascii: "{")):
            captured = [byte]
            depth = 1
            place = .item
        default: throw .malformed("its list does not go on as lists do")
        }
    }

    private mutating func takeKey(_ byte: UInt8) throws(ServedProblem) {
        if byte == UInt8(ascii: "\"") {
            place = .colon
        } else {
            guard key.count < 256, byte != UInt8(ascii: "\\") else { throw .malformed("a member with a strange name") }
            key.append(byte)
        }
    }

    /// A byte of the value of a member that is not the objects.
    private mutating func takeMember(_ byte: UInt8) throws(ServedProblem) {
        if !isInString, depth == 0, byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") {
            if key.elementsEqual("metadata".utf8) { metadata = captured }
            place = byte == UInt8(ascii: ",") ? .key : .end
            return
        }
        guard captured.count < limit else { throw .tooLong(limit) }
        captured.append(byte)
        try follow(byte)
    }

    /// Takes bytes of an object up to its end, or as far as they go; gives where it stopped.
    private mutating func takeItem(_ bytes: [UInt8], from start: Int) throws(ServedProblem) -> Int {
        var index = start
        repeat {
            try follow(bytes[index])
            index += 1
        } while index < bytes.count && (depth > 0 || isInString)
        guard captured.count + index - start <= limit else { throw .tooLong(limit) }
        captured.append(contentsOf: bytes[start..<index])
        return index
    }

    /// Follows how deep a byte is in.
    private mutating func follow(_ byte: UInt8) throws(ServedProblem) {
        if isInString {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString = false
            }
            return
        }
        switch byte {
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            guard depth > 0 else { throw .malformed("it closes more than it opens") }
            depth -= 1
        default: break
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 }
}
