/// What a filter can ask: of one record, or of all records of a series.
protocol FilterFacts: ~Copyable {
    /// Whether a text of the field is one that the test takes. Empty texts are not there; of numbers it is the digits.
    func anyText(_ field: FieldNumber, _ test: (UnsafeRawBufferPointer) -> Bool) -> Ternary

    /// The number of a field.
    func number(_ field: FieldNumber) -> FilterNumber

    /// Whether the field is there.
    func isPresent(_ field: FieldNumber) -> Ternary
}

/// The number of a field: whether it is there, and whether that can be told.
enum FilterNumber {
    case number(Int64)
    case none
    case cannotTell
}

extension RecordScanner: FilterFacts {
    func anyText(_ field: FieldNumber, _ test: (UnsafeRawBufferPointer) -> Bool) -> Ternary {
        guard isSeen(field) else { return .no }
        switch field.shape {
        case .boolean: return .no
        case .number: return Ternary(has(field) && withBytes(place(field), isText: false, test))
        case .text: return Ternary(withBytes(place(field), isText: true) { $0.count > 0 && test($0) })
        case .texts:
            for index in entries(field) where withBytes(entry(index), isText: true, { $0.count > 0 && test($0) }) {
                return .yes
            }
            return .no
        }
    }

    func number(_ field: FieldNumber) -> FilterNumber {
        if field == .time { return .number(time) }
        return has(field) && field.shape == .number ? .number(place(field).number) : .none
    }

    func isPresent(_ field: FieldNumber) -> Ternary { Ternary(has(field)) }
}

extension Series: FilterFacts {
    func anyText(_ field: FieldNumber, _ test: (UnsafeRawBufferPointer) -> Bool) -> Ternary {
        guard let dimension = Dimension(field: field), !isCollapsed(dimension) else { return .cannotTell }
        guard field.shape != .boolean, let range = range(of: dimension) else { return .no }
        return encoded.withUnsafeBytes { bytes in
            let text = UnsafeRawBufferPointer(rebasing: bytes[range])
            guard field.shape == .texts else { return Ternary(test(text)) }
            return Ternary(text.split(separator: 0x1f).contains { test(UnsafeRawBufferPointer(rebasing: $0)) })
        }
    }

    func number(_ field: FieldNumber) -> FilterNumber {
        guard let dimension = Dimension(field: field), !isCollapsed(dimension) else { return .cannotTell }
        guard let range = range(of: dimension) else { return .none }
        let text = String(decoding: encoded[range], as: UTF8.self)
        // What does not fit is the nearest that does, as in a line that is read.
        return .number(Int64(text) ?? (text.hasPrefix("-") ? .min : .max))
    }

    func isPresent(_ field: FieldNumber) -> Ternary {
        guard let dimension = Dimension(field: field), !isCollapsed(dimension) else { return .cannotTell }
        return Ternary(range(of: dimension) != nil)
    }
}
