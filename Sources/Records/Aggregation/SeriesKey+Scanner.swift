/// Which fields are dimensions, by their numbers.
struct DimensionTable: @unchecked Sendable {
    /// How a field becomes part of the key.
    enum Role: UInt8 {
        /// A status of 0 is none.
        case text, number, status, boolean, texts
    }

    /// A bit for each field that is a dimension.
    let mask: UInt128
    /// For each field the dimension.
    let dimensions: UnsafePointer<UInt8>
    /// For each field its role.
    let roles: UnsafePointer<Role>
    /// For each field whether its role is `text`.
    let isText: UnsafePointer<Bool>

    static let shared = DimensionTable()

    private init() {
        let count = Record.fields.count
        let dimensions = UnsafeMutablePointer<UInt8>.allocate(capacity: count)
        dimensions.initialize(repeating: 0, count: count)
        let roles = UnsafeMutablePointer<Role>.allocate(capacity: count)
        roles.initialize(repeating: .text, count: count)
        var mask: UInt128 = 0
        for dimension in Dimension.inOrder {
            guard let field = dimension.field else { continue }
            mask |= 1 << UInt128(field.rawValue)
            dimensions[Int(field.rawValue)] = dimension.rawValue
            roles[Int(field.rawValue)] =
                switch field.shape {
                case .text: .text
                case .number: field == .status ? .status : .number
                case .boolean: .boolean
                case .texts: .texts
                }
        }
        let isText = UnsafeMutablePointer<Bool>.allocate(capacity: count)
        for field in 0..<count { (isText + field).initialize(to: roles[field] == .text) }
        self.isText = UnsafePointer(isText)
        self.mask = mask
        self.dimensions = UnsafePointer(dimensions)
        self.roles = UnsafePointer(roles)
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
        while rest != 0 {
            let field = rest.trailingZeroBitCount &+ offset
            rest &= rest &- 1
            let place = scanner.places[field]
            let length = Int(place.end &- place.start)
            // Most are texts: asked first, as a question of its own, that costs less than a jump to one of all.
            if table.isText[field] {
                guard place.number == 0, length <= Series.longestValue else { return false }
                if length > 0 { appendWords(table.dimensions[field], line + Int(place.start), length) }
                continue
            }
            switch table.roles[field] {
            case .text: return false
            case .number, .status:
                guard length <= Series.longestValue else { return false }
                if place.number != 0 || table.roles[field] == .number {
                    appendWords(table.dimensions[field], line + Int(place.start), length)
                }
            case .boolean:
                if place.number == 1 { appendWords(table.dimensions[field], line + Int(place.start), length) }
            case .texts:
                // Nearly always one class.
                guard length == 1 else { return length == 0 }
                let entry = scanner.entry(Int(place.start))
                let entryLength = Int(entry.end &- entry.start)
                guard entry.number == 0, entryLength <= Series.longestValue, entryLength > 0 else { return false }
                appendWords(table.dimensions[field], line + Int(entry.start), entryLength)
            }
        }
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
