/// Tables that every head needs, made once: classes of bytes, and the names of the fields that we know.
///
/// They are never written or freed after that, and indexed by a byte or by a `KnownField`, so that no index can be out
/// of bounds. A reader takes them once for each head instead of asking for a global each time.
struct WireTables {
    struct Slot {
        var start: UInt16 = 0
        /// 0 marks a free slot.
        var length: UInt8 = 0
        var known: KnownField = .other
    }

    static let slotCount = 1024

    /// Characters of a token in lower case at their own index, 0 where the byte cannot be in a token.
    let token: UnsafePointer<UInt8>
    /// 1 for the bytes that may stand in a request target: visible ASCII without `"`, `#`, `<`, `>` and `\`.
    let target: UnsafePointer<UInt8>
    /// Characters of a host name in lower case at their own index, 0 where the byte cannot be in one.
    let host: UnsafePointer<UInt8>
    let slots: UnsafePointer<Slot>
    /// All known names, one after the other, each with `: ` behind it.
    let names: UnsafePointer<UInt8>
    /// Where each known field's name is in `names`; the length is 0 where there is none.
    let places: UnsafePointer<Slot>
    let traits: UnsafePointer<FieldTraits>

    nonisolated(unsafe) static let shared = WireTables()

    private init() {
        token = Self.makeTable(others: "!#$%&'*+-.^_`|~")
        target = Self.makeTargetTable()
        host = Self.makeTable(others: "-._")
        (slots, names, places) = Self.makeNames()
        let traits = UnsafeMutablePointer<FieldTraits>.allocate(capacity: 256)
        traits.initialize(repeating: [], count: 256)
        for known in KnownField.allCases { traits[Int(known.rawValue)] = known.declaredTraits }
        self.traits = UnsafePointer(traits)
    }

    /// Letters, digits and the characters of `others`, letters in lower case.
    private static func makeTable(others: String) -> UnsafePointer<UInt8> {
        let table = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
        table.initialize(repeating: 0, count: 256)
        for byte in UInt8(ascii: "0")...UInt8(ascii: "9") { table[Int(byte)] = byte }
        for byte in UInt8(ascii: "a")...UInt8(ascii: "z") {
            table[Int(byte)] = byte
            table[Int(byte & 0xDF)] = byte
        }
        for byte in others.utf8 { table[Int(byte)] = byte }
        return UnsafePointer(table)
    }

    private static func makeTargetTable() -> UnsafePointer<UInt8> {
        let table = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
        table.initialize(repeating: 0, count: 256)
        for byte in 0x21...0x7E { table[byte] = 1 }
        for byte in "\"#<>\\".utf8 { table[Int(byte)] = 0 }
        return UnsafePointer(table)
    }

    private static func makeNames() -> (UnsafePointer<Slot>, UnsafePointer<UInt8>, UnsafePointer<Slot>) {
        let slots = UnsafeMutablePointer<Slot>.allocate(capacity: slotCount)
        slots.initialize(repeating: Slot(), count: slotCount)
        let names = UnsafeMutablePointer<UInt8>.allocate(
            capacity: KnownField.allCases.reduce(0) { $0 + ($1.name?.utf8CodeUnitCount ?? 0) + 2 })
        let places = UnsafeMutablePointer<Slot>.allocate(capacity: 256)
        places.initialize(repeating: Slot(), count: 256)
        var end = 0
        for known in KnownField.allCases {
            guard let name = known.name else { continue }
            let count = name.utf8CodeUnitCount
            (names + end).initialize(from: name.utf8Start, count: count)
            var slot = hash(UnsafeRawBufferPointer(start: names + end, count: count))
            while slots[slot].length != 0 { slot = (slot + 1) & (slotCount - 1) }
            slots[slot] = Slot(start: UInt16(end), length: UInt8(count), known: known)
            places[Int(known.rawValue)] = slots[slot]
            (names + end + count).initialize(to: Bytes.colon)
            (names + end + count + 1).initialize(to: Bytes.space)
            end += count + 2
        }
        return (UnsafePointer(slots), UnsafePointer(names), UnsafePointer(places))
    }

    /// A slot from the length and four bytes of a name that is not empty.
    @inline(__always)
    static func hash(_ name: UnsafeRawBufferPointer) -> Int {
        let count = name.count
        let mix =
            count &* 131 &+ Int(name[0]) &* 17 &+ Int(name[count &- 1]) &* 29 &+ Int(name[count &>> 1]) &* 71
            &+ Int(name[count &>> 2]) &* 7
        return (mix ^ (mix &>> 8)) & (slotCount &- 1)
    }

    /// `name: ` of a known field; nil for a family of names.
    @inline(__always)
    func prefix(_ known: KnownField) -> UnsafeBufferPointer<UInt8>? {
        let place = places[Int(known.rawValue)]
        guard place.length > 0 else { return nil }
        return UnsafeBufferPointer(start: names + Int(place.start), count: Int(place.length) &+ 2)
    }

    /// The known field with exactly this name: one hash, one slot, one comparison.
    @inline(__always)
    func find(_ name: UnsafeRawBufferPointer) -> KnownField {
        var slot = Self.hash(name)
        while true {
            let entry = slots[slot]
            if entry.length == 0 { return .other }
            let candidate = UnsafeRawBufferPointer(start: names + Int(entry.start), count: Int(entry.length))
            if Bytes.equal(candidate, name) { return entry.known }
            slot = (slot &+ 1) & (Self.slotCount &- 1)
        }
    }
}
