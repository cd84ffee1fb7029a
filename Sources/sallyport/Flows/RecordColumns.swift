import ArgumentParser
import Records

/// Columns in which records are shown: some that say the most in little room, and every field by its name.
struct RecordColumns {
    /// A column.
    enum Column: Equatable {
        /// One of ours.
        case usual(Usual)
        /// A field of the schema.
        case field(FieldNumber)

        /// As it is asked for; nil: there is none of that name.
        init?(_ name: String) {
            if let usual = Usual(rawValue: name) {
                self = .usual(usual)
            } else if let field = FieldNumber(name: name) {
                self = .field(field)
            } else {
                return nil
            }
        }

        /// Its name.
        var name: String {
            switch self {
            case .usual(let usual): usual.rawValue
            case .field(let field): field.name
            }
        }

        /// Letters that are kept free for it; what is longer makes the line longer.
        var width: Int {
            switch self {
            case .usual(let usual): usual.width
            case .field: 16
            }
        }
    }

    /// Columns that say the most in little room.
    enum Usual: String, CaseIterable {
        case time, verdict, from, to, what, why, size, cost, id

        var width: Int {
            switch self {
            case .time: 12
            case .verdict: 7
            case .from, .to: 26
            case .what: 30
            case .why: 28
            case .size: 15
            case .cost: 9
            case .id: 16
            }
        }
    }

    /// In this order.
    let columns: [Column]

    /// Those that are shown unless others are asked for.
    static let standard = RecordColumns(columns: [.time, .verdict, .from, .to, .what, .why].map(Column.usual))

    private init(columns: [Column]) { self.columns = columns }

    /// - Throws: `Failure` with the name that is none.
    init(_ text: String) throws(Failure) {
        var columns: [Column] = []
        for name in text.split(separator: ",").map({ $0.filter { $0 != " " } }) {
            guard let column = Column(name) else {
                let usual = Usual.allCases.map(\.rawValue).joined(separator: ", ")
                throw Failure(
                    .usage, "there is no column '\(name)'",
                    advice: "one of \(usual), or a field of docs/records.md such as ai.model")
            }
            columns.append(column)
        }
        guard !columns.isEmpty else { throw Failure(.usage, "--columns names none") }
        self.columns = columns
    }

    /// The line above all.
    var head: String { Self.row(columns.map { ($0.name.uppercased(), $0.width) }) }

    /// A record; nil: it is none.
    func line(_ bytes: [UInt8], _ terminal: Terminal) -> String? {
        guard let record = try? Record(line: bytes) else { return nil }
        let words = RecordWords(record)
        let cells = columns.map { column -> (String, Int) in
            switch column {
            case .usual(let usual): (words.text(usual), usual.width)
            case .field(let field): (Self.text(field, bytes), column.width)
            }
        }
        let line = Self.row(cells)
        return record.verdict == .denied ? terminal.styled(line, .bad) : line
    }

    private static func text(_ field: FieldNumber, _ bytes: [UInt8]) -> String {
        bytes.withUnsafeBytes { line in
            var scanner = RecordScanner()
            guard (try? scanner.scan(line)) != nil, scanner.has(field) else { return "-" }
            if let text = scanner.text(field, in: line) { return text }
            let texts = scanner.texts(field, in: line)
            if !texts.isEmpty { return texts.joined(separator: ",") }
            return scanner.raw(field, in: line).map { String(decoding: $0, as: UTF8.self) } ?? "-"
        }
    }

    private static func row(_ cells: [(text: String, width: Int)]) -> String {
        let texts = cells.enumerated().map { index, cell in
            let text = Printable.oneLine(cell.text.isEmpty ? "-" : cell.text)
            let isLast = index == cells.count - 1
            return isLast ? text : text + String(repeating: " ", count: max(0, cell.width - text.count))
        }
        return texts.joined(separator: "  ")
    }
}
