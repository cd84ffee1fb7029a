/// What a filter asks about: a field, or several under one name.
struct FilterSubject: Sendable, Hashable {
    /// The name by which it is asked for, always the same.
    let name: String
    /// What can be compared with it.
    let kind: Kind
    /// Where it is; any of these is enough.
    let sources: [Source]
    /// It is only there where this field is that text; nil: wherever it is.
    var condition: Condition?

    enum Kind: Sendable, Hashable {
        case text, address, integer, status, duration, time, cost, boolean
        /// Parts of the record of which can only be asked whether they are there.
        case object
    }

    enum Source: Sendable, Hashable {
        case field(FieldNumber)
        /// What is before the `/` of a name.
        case namespace(FieldNumber)
        /// The value of a label.
        case label(FieldNumber, key: String)
        /// The numbers of these together.
        case sum([FieldNumber])

        /// The fields that are asked.
        var fields: [FieldNumber] {
            switch self {
            case .field(let field), .namespace(let field), .label(let field, _): [field]
            case .sum(let fields): fields
            }
        }
    }

    struct Condition: Sendable, Hashable {
        var field: FieldNumber
        var text: String
    }

    /// True when series are told apart by it.
    var isDecidedBySeries: Bool {
        sources.allSatisfy { source in
            if case .label = source { return false }
            return source.fields.allSatisfy { Dimension(field: $0) != nil }
        }
    }

    /// What a name asks about; nil: nothing has the name.
    static func named(_ text: String) -> FilterSubject? {
        if let there = table[text] { return there }
        for (prefix, fields) in labels where text.hasPrefix(prefix) && text.utf8.count > prefix.utf8.count {
            let key = String(text.dropFirst(prefix.count))
            return FilterSubject(name: text, kind: .text, sources: fields.map { .label($0, key: key) })
        }
        return nil
    }

    /// Names that begin a label's.
    static let labels: [(prefix: String, fields: [FieldNumber])] = [
        ("label.", [.workloadLabels, .destinationWorkloadLabels]),
        ("workload.label.", [.workloadLabels]),
        ("destination.label.", [.destinationWorkloadLabels]),
    ]

    /// What can be compared with the name, in the words of the documentation; nil: nothing has the name.
    static func kindInWords(_ name: String) -> String? {
        switch named(name)?.kind {
        case .text: "text"
        case .address: "address"
        case .integer: "number"
        case .status: "status"
        case .duration: "length of time"
        case .time: "time"
        case .cost: "dollars"
        case .boolean: "`true`, `false`"
        case .object: "nothing; it is there or not"
        case nil: nil
        }
    }

    /// All names but those of labels.
    static var names: [String] { Array(table.keys) }

    private static let table: [String: FilterSubject] = {
        var table: [String: FilterSubject] = [:]
        for field in FieldNumber.allCases {
            let name = field.filterName
            table[name] = FilterSubject(name: name, kind: field.filterKind, sources: [.field(field)])
        }
        for name in MemberTable.shared.objectNames.dropFirst() where !name.isEmpty {
            let plain = name.replacingBrackets
            let fields = FieldNumber.allCases.filter { $0.filterName.hasPrefix(plain + ".") }
            table[plain] = FilterSubject(name: plain, kind: .object, sources: fields.map { .field($0) })
        }
        for alias in FilterAlias.all { table[alias.name] = alias.subject }
        return table
    }()
}

extension FieldNumber {
    /// Its name in a filter: without the brackets of arrays.
    var filterName: String { name.replacingBrackets }

    /// What can be compared with it.
    var filterKind: FilterSubject.Kind {
        switch self {
        case .time: .time
        case .status: .status
        case .aiCostUSD: .cost
        case .sourceAddress, .destinationAddress, .connectionOriginalAddress: .address
        default:
            switch field.kind {
            case .string: .text
            case .integer: .integer
            case .boolean: .boolean
            case .seconds: .duration
            }
        }
    }
}

extension String {
    fileprivate var replacingBrackets: String { String(filter { $0 != "[" && $0 != "]" }) }
}
