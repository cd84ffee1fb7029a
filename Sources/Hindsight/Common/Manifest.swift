/// Text of a manifest, written line by line.
struct Manifest {
    private(set) var lines: [String] = []

    /// The whole text, with a newline at its end.
    var text: String { lines.joined(separator: "\n") + "\n" }

    /// One line.
    mutating func line(_ indentation: Int, _ text: String, comment: String = "") {
        let note = comment.isEmpty ? "" : "  # \(Self.harmless(comment))"
        lines.append(String(repeating: " ", count: indentation) + text + note)
    }

    /// A comment.
    mutating func comment(_ indentation: Int = 0, _ text: String) {
        line(indentation, "# \(Self.harmless(text))")
    }

    /// The head of an object that is staged.
    mutating func head(_ version: String, _ kind: String, _ name: String, _ namespace: String, isStaged: Bool) {
        line(0, "apiVersion: \(version)")
        line(0, "kind: \(kind)")
        line(0, "metadata:")
        line(2, "name: \(Self.quoted(name))")
        line(2, "namespace: \(Self.quoted(namespace))")
        if isStaged {
            line(2, "annotations:")
            line(4, "sallyport.dev/enforcement: staged")
        }
        line(0, "spec:")
    }

    /// `[a, "b c"]`
    static func list(_ texts: some Sequence<String>) -> String {
        "[\(texts.map(quoted).joined(separator: ", "))]"
    }

    /// A text as YAML reads it as that text.
    static func quoted(_ text: String) -> String {
        let isPlain =
            text.utf8.first.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) } ?? false
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-_./".utf8.contains(byte)
            } && text.utf8.last != UInt8(ascii: "-")
        let words = ["true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan", "inf"]
        if isPlain, !words.contains(text.lowercased()) { return text }
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": escaped += "\\\(scalar)"
            case _ where scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value) || isUnseen(scalar):
                let digits = String(scalar.value, radix: 16)
                let width = scalar.value > 0xffff ? 8 : 4
                escaped +=
                    (width == 8 ? "\\U" : "\\u") + String(repeating: "0", count: width - digits.utf8.count) + digits
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return "\"\(escaped)\""
    }

    /// What would break a line or turn its direction: that never stands in a text that people read.
    private static func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        default: scalar.value == 0xfeff || scalar.value >= 0xfffe && scalar.value <= 0xffff
        }
    }

    /// True when a text comes back from being read as it was written: readers take a byte order mark away.
    static func keeps(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7f..<0xa0).contains($0.value) && $0.value != 0xfeff }
    }

    /// A text for a comment.
    private static func harmless(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || isUnseen($0) ? " " : $0 }))
    }
}

/// Names for new objects.
struct FreeNames {
    private var taken: Set<String>

    init(_ taken: some Sequence<String>) { self.taken = Set(taken) }

    /// The wanted name, or that with a number, and nobody else's.
    mutating func take(_ wanted: String) -> String {
        var base = String(
            wanted.lowercased().unicodeScalars.map { Self.isAllowed($0) ? Character($0) : "-" }.prefix(200))
        while let last = base.last, !(last.isLetter || last.isNumber) { base.removeLast() }
        while let first = base.first, !(first.isLetter || first.isNumber) { base.removeFirst() }
        // Parts between dots must have letters at both ends.
        if base.isEmpty
            || base.split(separator: ".", omittingEmptySubsequences: false).contains(where: { part in
                part.isEmpty || part.hasPrefix("-") || part.hasSuffix("-")
            })
        {
            base = base.isEmpty ? "seen" : base.replacingDots()
        }
        var name = base
        var number = 2
        while !taken.insert(name).inserted {
            name = "\(base)-\(number)"
            number += 1
        }
        return name
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "-" || scalar == "."
    }
}

extension String {
    fileprivate func replacingDots() -> String { String(map { $0 == "." ? "-" : $0 }) }
}
