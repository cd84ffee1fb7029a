/// The shape of a record as the reader wants it: each object's members in the order in which they are written, with
/// their names as words to compare.
///
/// It is made once, from `Record.fields`, and lives as long as the program.
struct MemberTable: @unchecked Sendable {
    /// What a member's value must be.
    enum Kind: UInt8 {
        case string, integer, boolean, seconds, object, texts, steps
    }

    /// One member of an object.
    struct Member {
        /// The name and what ends it, `name":`, in three words.
        var words: (UInt64, UInt64, UInt64)
        /// Which bits of the words count.
        var masks: (UInt64, UInt64, UInt64)
        /// Bytes of the name and what ends it.
        var length: Int
        var kind: Kind
        /// The field; of objects nothing.
        var field: UInt8
        /// The object that it is, or that its array is of.
        var object: Int
        /// The number of its bit: the field's or, behind those of 128 fields, the object's.
        var bit: UInt8
    }

    /// All members, those of one object after each other.
    let members: UnsafePointer<Member>
    /// Where each object's members are; the record itself is the first.
    let objects: UnsafePointer<Range<Int>>
    /// Fields without which a line is no record.
    let required: UInt128
    /// The fields of one step of the trace.
    let step: UInt128
    /// Their numbers, which follow each other.
    let stepFields: Range<Int>

    /// The names of objects, by their numbers.
    let objectNames: [String]

    static let shared = MemberTable()

    /// The bit of an object in `LineReader.seenObjects`.
    func objectBit(_ name: String) -> UInt64 {
        objectNames.firstIndex(of: name).map { 1 << UInt64($0) } ?? 0
    }

    private init() {
        var builder = Builder()
        precondition(Record.fields.count <= 128, "a field has one of 128 bits")
        for (number, field) in Record.fields.enumerated() { builder.add(field, UInt8(number)) }
        var members: [Member] = []
        var ranges: [Range<Int>] = []
        for object in builder.objects {
            ranges.append(members.count..<(members.count + object.members.count))
            members += object.members
        }
        let memberMemory = UnsafeMutablePointer<Member>.allocate(capacity: members.count)
        memberMemory.initialize(from: members, count: members.count)
        let objectMemory = UnsafeMutablePointer<Range<Int>>.allocate(capacity: ranges.count)
        objectMemory.initialize(from: ranges, count: ranges.count)
        self.members = UnsafePointer(memberMemory)
        objects = UnsafePointer(objectMemory)
        objectNames = builder.objects.map(\.name)
        required = Record.fields.indices.reduce(0) {
            Record.fields[$1].alwaysAt.count == Record.Point.allCases.count ? $0 | 1 << UInt128($1) : $0
        }
        step = Record.fields.indices.reduce(0) {
            Record.fields[$1].name.hasPrefix("trace[].") ? $0 | 1 << UInt128($1) : $0
        }
        stepFields = step.trailingZeroBitCount..<(UInt128.bitWidth - step.leadingZeroBitCount)
    }
}

extension MemberTable {
    /// Sorts the schema's paths into objects.
    private struct Builder {
        struct Object {
            var name: String
            var members: [Member] = []
        }

        var objects = [Object(name: "")]

        mutating func add(_ field: RecordField, _ number: UInt8) {
            var parts = field.name.split(separator: ".").map(String.init)
            let last = parts.removeLast()
            var path = ""
            var parent = 0
            for part in parts {
                path += path.isEmpty ? part : "." + part
                parent = object(path, part, parent)
            }
            let isArray = last.hasSuffix("[]")
            let kind: Kind =
                switch field.kind {
                case _ where isArray: .texts
                case .string: .string
                case .integer: .integer
                case .boolean: .boolean
                case .seconds: .seconds
                }
            objects[parent].members.append(
                member(isArray ? String(last.dropLast(2)) : last, kind, field: number, object: nil))
        }

        /// The object of a path, which is made where it is not there yet.
        private mutating func object(_ path: String, _ part: String, _ parent: Int) -> Int {
            if let there = objects.firstIndex(where: { $0.name == path }) { return there }
            objects.append(Object(name: path))
            let isArray = part.hasSuffix("[]")
            objects[parent].members.append(
                member(
                    isArray ? String(part.dropLast(2)) : part, isArray ? .steps : .object, field: 0,
                    object: objects.count - 1))
            return objects.count - 1
        }

        private func member(_ name: String, _ kind: Kind, field: UInt8, object: Int?) -> Member {
            let bytes = Array(name.utf8) + Array("\":".utf8)
            precondition(bytes.count <= 24, "a name of the schema is longer than three words")
            var words: [UInt64] = [0, 0, 0]
            var masks: [UInt64] = [0, 0, 0]
            for (place, byte) in bytes.enumerated() {
                words[place / 8] |= UInt64(byte) << UInt64(place % 8 * 8)
                masks[place / 8] |= 0xff << UInt64(place % 8 * 8)
            }
            return Member(
                words: (words[0], words[1], words[2]), masks: (masks[0], masks[1], masks[2]), length: bytes.count,
                kind: kind, field: field, object: object ?? 0, bit: object.map { 128 + UInt8($0) } ?? field)
        }
    }
}
