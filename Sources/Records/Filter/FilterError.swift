/// Why a text is no filter.
public struct FilterError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where: bytes of the text, from 0; empty at its end where something is missing.
    public var range: Range<Int>
    /// What is wrong, and what was expected.
    public var message: String
    /// What may have been meant, nearest first.
    public var suggestions: [String]

    /// A text that is no filter.
    public init(range: Range<Int>, message: String, suggestions: [String] = []) {
        self.range = range
        self.message = message
        self.suggestions = suggestions
    }

    /// One line that says so.
    public var description: String {
        let place = "at \(range.lowerBound + 1): \(message)"
        guard !suggestions.isEmpty else { return place }
        return "\(place); did you mean \(suggestions.map { "`\($0)`" }.joined(separator: " or "))?"
    }
}
