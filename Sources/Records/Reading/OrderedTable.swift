/// The schema as one list: every member in the order in which records are written, those of an object behind it.
///
/// It is made once, from `MemberTable`, and lives as long as the program.
struct OrderedTable: @unchecked Sendable {
    /// One member. Behind the last of each object there is one of no kind, whose name everything is.
    struct Entry {
        /// The name, what ends it and how the value begins, in three words: `name":"`, and of objects also how their
        /// first member begins, `name":{"`. Here are the first two, at a multiple of sixteen.
        var words = SIMD2<UInt64>(0, 0)
        /// Which bits of the words count.
        var masks = SIMD2<UInt64>(0, 0)
        /// The third word, and which bits of it count.
        var third: (word: UInt64, mask: UInt64) = (0, 0)
        /// Bytes of that.
        var length = 0
        /// Its bit, in the word of `LineReader.bits` in which it is.
        var bits: (UInt64, UInt64, UInt64) = (0, 0, 0)
        /// True of a text whose name does not need the third word.
        var isText = false
        /// True of a text that is one of a few words, not the name of something that there may be many of.
        var isSteady = false
        /// True of a whole number whose name does not need the third word.
        var isInteger = false
        /// True of objects.
        var isObject = false
        /// The field; of objects nothing.
        var field = 0
        /// Bytes of the places of the fields before it.
        var offset = 0
        var kind = MemberTable.Kind.none
        /// The one to look for when it is not this one, or behind this one.
        var next: UnsafePointer<Entry>
        /// The object that it is in; of the record itself the record.
        var parent: UnsafePointer<Entry>
        /// The same for the reader that takes members in any order.
        var member: UnsafePointer<MemberTable.Member>
    }

    /// The record itself, an object; behind it its members.
    let root: UnsafePointer<Entry>

    static let shared = OrderedTable()

    private init() {
        let table = MemberTable.shared
        let count = 1 + Self.count(table, table.objects[0])
        let memory = UnsafeMutablePointer<Entry>.allocate(capacity: count)
        let root = UnsafePointer(memory)
        memory.initialize(to: Entry(next: root, parent: root, member: table.objects[0]))
        var place = memory + 1
        Self.fill(table, table.objects[0], parent: root, at: &place)
        self.root = root
    }

    /// Entries of an object's members, those within them, and the one behind them.
    private static func count(_ table: MemberTable, _ first: UnsafePointer<MemberTable.Member>) -> Int {
        var count = 1
        var member = first
        while member.pointee.kind != .none {
            count += 1 + (member.pointee.hasMembers ? Self.count(table, table.objects[member.pointee.object]) : 0)
            member += 1
        }
        return count
    }

    private static func fill(
        _ table: MemberTable, _ first: UnsafePointer<MemberTable.Member>, parent: UnsafePointer<Entry>,
        at place: inout UnsafeMutablePointer<Entry>
    ) {
        var member = first
        while member.pointee.kind != .none {
            let own = place
            place += 1
            own.initialize(to: entry(member, parent))
            if member.pointee.hasMembers {
                fill(table, table.objects[member.pointee.object], parent: UnsafePointer(own), at: &place)
            }
            own.pointee.next = UnsafePointer(place)
            member += 1
        }
        place.initialize(to: Entry(next: UnsafePointer(place), parent: parent, member: member))
        place += 1
    }

    /// Texts of which hardly two that follow each other are as long.
    private static let varying: Set<FieldNumber> = [
        .id, .sourceAddress, .workloadName, .workloadPod, .principalOwner, .httpPath, .destinationAddress,
        .destinationWorkloadName, .destinationWorkloadPod, .connectionOriginalAddress,
    ]

    private static func entry(_ member: UnsafePointer<MemberTable.Member>, _ parent: UnsafePointer<Entry>) -> Entry {
        let from = member.pointee
        var entry = Entry(
            words: SIMD2(from.words.0, from.words.1), masks: SIMD2(from.masks.0, from.masks.1),
            third: (from.words.2, from.masks.2), length: from.length,
            bits: (from.word == 0 ? from.bit : 0, from.word == 1 ? from.bit : 0, from.word == 2 ? from.bit : 0),
            isText: from.kind == .string && from.length <= 16,
            isSteady: from.kind == .string && !varying.contains(FieldNumber.allCases[from.field]),
            isInteger: from.kind == .integer && from.length <= 16, isObject: from.kind == .object, field: from.field,
            offset: from.field * MemoryLayout<LineReader.Place>.stride, kind: from.kind, next: parent,
            parent: parent, member: member)
        switch from.kind {
        case .object: entry.append("\"")
        case .steps: entry.append("{\"")
        default: break
        }
        return entry
    }
}

extension OrderedTable.Entry {
    /// Adds to what must stand there.
    fileprivate mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { bytes in
            for byte in bytes {
                precondition(length < 24, "a name of the schema is longer than three words")
                let (value, mask) = (UInt64(byte) << UInt64(length % 8 * 8), UInt64(0xff) << UInt64(length % 8 * 8))
                switch length / 8 {
                case 0: (words.x, masks.x) = (words.x | value, masks.x | mask)
                case 1: (words.y, masks.y) = (words.y | value, masks.y | mask)
                default: third = (third.word | value, third.mask | mask)
                }
                length += 1
            }
        }
    }
}

extension MemberTable.Member {
    /// True of objects and of arrays of objects.
    fileprivate var hasMembers: Bool { kind == .object || kind == .steps }
}
