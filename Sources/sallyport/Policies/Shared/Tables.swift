/// Rows in the formats that tables have outside of terminals.
enum Tables {
    /// RFC 4180: commas, quotation marks where they are needed, lines that end in CR LF.
    static func csv(_ row: [String]) -> String {
        row.map { cell in
            let isPlain = !cell.utf8.contains { "\",\r\n".utf8.contains($0) }
            return isPlain
                ? cell
                : "\"\(cell.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\""
        }.joined(separator: ",") + "\r\n"
    }

    /// A row of a Markdown table: what would end a cell or a line, or be markup, is escaped.
    static func markdown(_ row: [String]) -> String {
        "| " + row.map(escaped).joined(separator: " | ") + " |"
    }

    /// The line below the head of a Markdown table.
    static func markdownRule(_ columns: Int) -> String {
        "|" + String(repeating: "---|", count: columns)
    }

    /// Text that is no markup.
    static func markdownText(_ text: String) -> String { escaped(text) }

    private static func escaped(_ cell: String) -> String {
        Printable.oneLine(cell).reduce(into: "") { text, character in
            if "|\\*_`<>[]".contains(character) { text.append("\\") }
            text.append(character)
        }
    }
}
