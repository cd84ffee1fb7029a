import ArgumentParser

/// A time on the command line: RFC 3339, or how far back from now, such as `15m`, `24h` or `7d`.
struct TimeOption: ExpressibleByArgument {
    /// As the hub is asked.
    let text: String

    init?(argument: String) {
        let span = argument.hasPrefix("-") ? argument.dropFirst() : argument[...]
        let isSpan =
            span.first?.isNumber == true && span.last.map { "smhd".contains($0) } == true
            && span.dropLast().allSatisfy { $0.isASCII && $0.isNumber }
        guard isSpan || argument.contains("T") || argument.contains("t") || argument == "now" else { return nil }
        text = isSpan ? "-\(span)" : argument
    }

    init(_ text: String) { self.text = text }

    var defaultValueDescription: String { text.hasPrefix("-") ? String(text.dropFirst()) : text }
}
