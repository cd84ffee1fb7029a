extension YAMLTree {
    /// The document as YAML in block style, with a newline at its end.
    public var yaml: String {
        var writer = YAMLWriter()
        writer.write(self, indentation: 0)
        return writer.lines.joined(separator: "\n") + "\n"
    }

    /// The document as JSON on one line.
    public var json: String {
        switch self {
        case .text(let text): YAMLWriter.quoted(text)
        case .integer(let number): String(number)
        case .flag(let flag): String(flag)
        case .list(let elements): "[" + elements.map(\.json).joined(separator: ",") + "]"
        case .map(let members):
            "{" + members.map { YAMLWriter.quoted($0.key) + ":" + $0.value.json }.joined(separator: ",") + "}"
        }
    }
}

/// Writes a tree line by line.
private struct YAMLWriter {
    private(set) var lines: [String] = []
    /// Texts that do not fit into a line of this length are folded at blanks.
    private static let width = 120

    mutating func write(_ tree: YAMLTree, indentation: Int, head: String = "") {
        switch tree {
        case .map(let members) where !members.isEmpty:
            write(members, indentation: indentation, head: head)
        case .list(let elements) where !elements.isEmpty:
            for (index, element) in elements.enumerated() {
                write(element, indentation: indentation + 2, head: (index == 0 ? head : blanks(indentation)) + "- ")
            }
        default: lines.append(head + Self.scalar(tree))
        }
    }

    /// The first member stands behind `head`, the others below it.
    private mutating func write(_ members: [YAMLTree.Member], indentation: Int, head: String) {
        for (index, member) in members.enumerated() {
            let start = (index == 0 && !head.isEmpty ? head : blanks(indentation)) + Self.key(member.key) + ":"
            switch member.value {
            case .map(let inner) where !inner.isEmpty:
                lines.append(start)
                write(member.value, indentation: indentation + 2)
            case .list(let elements) where !elements.isEmpty:
                lines.append(start)
                write(member.value, indentation: indentation, head: blanks(indentation))
            case .text(let text) where Self.isFolded(text, start.utf8.count):
                lines.append(start + " >-")
                fold(text, indentation + 2)
            default: lines.append(start + " " + Self.scalar(member.value))
            }
        }
    }

    private func blanks(_ count: Int) -> String { String(repeating: " ", count: count) }

    // MARK: Long texts

    /// Folding gives back the same text only where every blank is a single one between words.
    private static func isFolded(_ text: String, _ place: Int) -> Bool {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        return place + text.utf8.count > width && words.count > 1
            && words.allSatisfy { word in !word.isEmpty && word.unicodeScalars.allSatisfy { !isControl($0) } }
    }

    private mutating func fold(_ text: String, _ indentation: Int) {
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, indentation + line.utf8.count + 1 + word.utf8.count > Self.width {
                lines.append(blanks(indentation) + line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        lines.append(blanks(indentation) + line)
    }

    // MARK: One line

    private static func scalar(_ tree: YAMLTree) -> String {
        if case .text(let text) = tree { isPlain(text) ? text : quoted(text) } else { tree.json }
    }

    private static func key(_ text: String) -> String { isPlain(text) ? text : quoted(text) }

    /// Words that some readers take for something else than a string.
    private static let taken: Set<String> = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]

    /// True when every reader takes the bare text for that string.
    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, Names.isAlphanumeric(first), !Names.isDigit(first) else { return false }
        return text.utf8.allSatisfy { Names.isAlphanumeric($0) || "-_./".utf8.contains($0) }
            && !taken.contains(text.lowercased())
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value) || [0x2028, 0x2029, 0xfeff].contains(scalar.value)
    }

    /// The text in double quotes: the escapes of JSON, which YAML has too.
    static func quoted(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": escaped += "\\\(scalar)"
            case _ where isControl(scalar):
                let digits = String(scalar.value, radix: 16)
                escaped += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return "\"\(escaped)\""
    }
}
