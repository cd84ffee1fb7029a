import Foundation

/// One of the two streams to the person: standard output for results, standard error for everything else.
struct Terminal: Sendable {
    /// How a text looks where colours are shown.
    enum Style: String {
        case strong = "1"
        case faint = "2"
        case good = "32"
        case careful = "33"
        case bad = "31"
    }

    /// Results.
    static let standardOutput = Terminal(descriptor: 1)
    /// Messages.
    static let standardError = Terminal(descriptor: 2)

    /// The file descriptor.
    let descriptor: Int32
    /// Whether styles are written; only on a terminal, and not where `NO_COLOR` is set or the terminal is dumb.
    let isColoured: Bool

    init(descriptor: Int32, environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.descriptor = descriptor
        isColoured = Self.colours(isTerminal: isatty(descriptor) == 1, environment: environment)
    }

    /// The rule of `isColoured`.
    static func colours(isTerminal: Bool, environment: [String: String]) -> Bool {
        isTerminal && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    }

    /// The text in a style, or as it is.
    func styled(_ text: String, _ style: Style) -> String {
        isColoured ? "\u{1b}[\(style.rawValue)m\(text)\u{1b}[0m" : text
    }

    /// Writes a line. A reader that went away is not an error: there is nobody left to tell.
    func line(_ text: String = "") {
        self.text(text + "\n")
    }

    /// Writes what moves the cursor; only for a terminal.
    func raw(_ text: String) { self.text(text) }

    /// Writes a line of a result. Half an answer is worse than none: where it cannot be written the command ends.
    func result(_ text: String) {
        if !bytes(Array((text + "\n").utf8)) { Self.endWithoutResult(errno) }
    }

    /// Ends the command because the system does not take its result.
    static func endWithoutResult(_ number: Int32) -> Never {
        let failure = Failure.system("write", path: "the result", errno: number)
        standardError.tell(failure)
        exit(failure.code.rawValue)
    }

    /// Writes text as it is.
    func text(_ text: String) { bytes(Array(text.utf8)) }

    /// Writes bytes as they are.
    ///
    /// - Returns: false when the system does not take all of them.
    @discardableResult
    func bytes(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }

    /// Writes why a command ended.
    func tell(_ failure: Failure) {
        line("\(styled("error:", .bad)) \(Printable.oneLine(failure.message))")
        if !failure.advice.isEmpty { line("  \(failure.advice)") }
    }

    /// Whether a person can be asked: both what they type and what they read are a terminal.
    static var canAsk: Bool { isatty(0) == 1 && isatty(2) == 1 }
}

/// Text from outside, made safe to show.
enum Printable {
    /// Control characters, which could rewrite what a terminal shows, become visible escapes.
    static func oneLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return text.unicodeScalars.reduce(into: "") { result, scalar in
            if isControl(scalar) {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .control || (0x202a...0x202e).contains(scalar.value)
            || (0x2066...0x2069).contains(scalar.value)
    }

    /// Columns aligned, two spaces between them; a row that is shorter ends early.
    static func table(_ rows: [[String]]) -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            let cells = row.enumerated().map { index, cell in
                index == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[index] - cell.count)
            }
            let line = cells.joined(separator: "  ")
            return String(line[..<(line.lastIndex { $0 != " " }.map { line.index(after: $0) } ?? line.startIndex)])
        }
    }
}
