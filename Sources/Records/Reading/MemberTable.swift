/// The shape of a record as the reader wants it: each object's members in the order in which they are written, with
/// their names as words to compare.
///
/// It is made once, from `Record.fields`, and lives as long as the program.
struct MemberTable: @unchecked Sendable {
    /// What a member's value must be.
    enum Kind: UInt8 {
        case string, integer, object, seconds, boolean, texts, steps
        /// No member: all of the object's members have been tried.
        case none

        /// How the value begins, as far as all values of the kind begin alike.
        var beginning: String {
            switch self {
            case .string: "\""
            case .object: "{"
            case .texts: "["
            case .steps: "["
            case .integer, .seconds, .boolean, .none: ""
            }
        }
    }

    /// One member of an object. Behind the last of each object there is one of no kind, whose name everything is.
    struct Member {
        /// The name, what ends it and how the value begins, such as `name":"`, in three words.
        var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
        /// Which bits of the words count.
        var masks: (UInt64, UInt64, UInt64) = (0, 0, 0)
        /// Bytes of that.
        var length = 0
        /// Its bit, in the word of `LineReader.bits`: the field's or, behind those of 128 fields, the object's.
        var bit: UInt64 = 0
        var word = 0
        /// The field; of objects nothing.
        var field = 0
        /// The object that it is, or that its array is of.
        var object = 0
        /// Bytes of the name.
        var nameLength = 0
        var kind = Kind.none
    }

    /// The first member of each object; the record itself is the first object.
    let objects: UnsafePointer<UnsafePointer<Member>>
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
        precondition(Record.fields.count <= LineReader.mostFields, "a field has one of 128 bits")
        for (number, field) in Record.fields.enumerated() { builder.add(field, UInt8(number)) }
        let all = builder.objects.flatMap { $0.members + [Member()] }
        let memory = UnsafeMutablePointer<Member>.allocate(capacity: all.count)
        memory.initialize(from: all, count: all.count)
        let firsts = UnsafeMutablePointer<UnsafePointer<Member>>.allocate(capacity: builder.objects.count)
        var first = UnsafePointer(memory)
        for (number, object) in builder.objects.enumerated() {
            (firsts + number).initialize(to: first)
            first += object.members.count + 1
        }
        objects = UnsafePointer(firsts)
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
            let bytes = Array("\(name)\":\(kind.beginning)".utf8)
            precondition(bytes.count <= 24, "a name of the schema is longer than three words")
            var words: [UInt64] = [0, 0, 0]
            var masks: [UInt64] = [0, 0, 0]
            for (place, byte) in bytes.enumerated() {
                words[place / 8] |= UInt64(byte) << UInt64(place % 8 * 8)
                masks[place / 8] |= 0xff << UInt64(place % 8 * 8)
            }
            let bit = object.map { 128 + $0 } ?? Int(field)
            return Member(
                words: (words[0], words[1], words[2]), masks: (masks[0], masks[1], masks[2]), length: bytes.count,
                bit: 1 << UInt64(bit % 64), word: bit / 64, field: Int(field), object: object ?? 0,
                nameLength: name.utf8.count, kind: kind)
        }
    }
}
