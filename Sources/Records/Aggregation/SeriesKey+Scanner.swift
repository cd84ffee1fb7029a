/// Which fields are dimensions, by their numbers.
struct DimensionTable: @unchecked Sendable {
    /// How a field becomes part of the key.
    enum Role: UInt8 {
        /// A status of 0 is none. Texts are the least.
        case text, number, status, boolean, texts
    }

    /// A bit for each field that is a dimension.
    let mask: UInt128
    /// For each field the dimension and, above it, the role.
    let heads: UnsafePointer<UInt16>

    static let shared = DimensionTable()

    private init() {
        let count = Record.fields.count
        let heads = UnsafeMutablePointer<UInt16>.allocate(capacity: count)
        heads.initialize(repeating: 0, count: count)
        var mask: UInt128 = 0
        for dimension in Dimension.inOrder {
            guard let field = dimension.field else { continue }
            mask |= 1 << UInt128(field.rawValue)
            let role: Role =
                switch field.shape {
                case .text: .text
                case .number: field == .status ? .status : .number
                case .boolean: .boolean
                case .texts: .texts
                }
            heads[Int(field.rawValue)] = UInt16(dimension.rawValue) | UInt16(role.rawValue) << 8
        }
        self.mask = mask
        self.heads = UnsafePointer(heads)
    }
}

extension SeriesKey {
    /// Dimensions whose values callers choose, so that one of them can make as many as he likes.
    static let chosen: [Dimension] = [
        .httpMethod, .destinationPort, .aiModel, .aiUpstreamModel, .aiMCPMethod, .aiTool,
    ]

    /// Puts together the key of a scanned line.
    mutating func read(_ scanner: borrowing RecordScanner, _ table: DimensionTable) {
        begin()
        let seen = scanner.seen & table.mask
        guard add(scanner, table, UInt64(truncatingIfNeeded: seen), 0),
            add(scanner, table, UInt64(truncatingIfNeeded: seen >> 64), 64)
        else { return readSlowly(scanner, collapsing: []) }
    }

    /// Adds the fields of one word of bits; false: there is one that takes more care.
    @inline(__always)
    private mutating func add(
        _ scanner: borrowing RecordScanner, _ table: DimensionTable, _ bits: UInt64, _ offset: Int
    ) -> Bool {
        var rest = bits
        let line = scanner.bytes
        let places = scanner.places + offset
        let heads = table.heads + offset
        var end = count
        while rest != 0 {
            let field = rest.trailingZeroBitCount
            rest &= rest &- 1
            var place = places[field]
            var head = heads[field]
            // Most are texts: asked first, as a question of its own, that costs less than a jump to one of all.
            if head > 0xff {
                switch DimensionTable.Role(rawValue: UInt8(truncatingIfNeeded: head >> 8)) {
                case .number: break
                case .status: if place.number == 0 { continue }
                case .boolean: if place.number != 1 { continue }
                case .texts:
                    // Nearly always one class.
                    if place.end == place.start { continue }
                    guard place.end &- place.start == 1 else { return false }
                    place = scanner.entry(Int(place.start))
                    guard place.number == 0, place.end > place.start else { return false }
                case .text, nil: return false
                }
                place.number = 0
                head &= 0xff
            }
            let length = UInt64(place.end &- place.start)
            guard place.number == 0, length &- 1 < 0x7f else {
                if length == 0 { continue }
                return false
            }
            appendWords(head, line + Int(place.start), Int(length), at: &end)
        }
        count = end
        return true
    }

    /// The same for whatever values, and without those of some dimensions.
    mutating func readSlowly(_ scanner: borrowing RecordScanner, collapsing collapsed: [Dimension]) {
        begin()
        for dimension in collapsed { collapse(dimension) }
        for dimension in Dimension.inOrder where !collapsed.contains(dimension) {
            guard let field = dimension.field, scanner.has(field) else { continue }
            guard field.shape == .texts else {
                scanner.withBytes(field) { append(dimension, $0) }
                continue
            }
            let texts = scanner.keptTexts(field)
            // Between classes there is a character that is in none.
            if texts.contains(where: { $0.isEmpty || $0.contains("\u{1f}") }) {
                collapse(dimension)
            } else {
                Array(texts.joined(separator: "\u{1f}").utf8).withUnsafeBytes { append(dimension, $0) }
            }
        }
    }
}
