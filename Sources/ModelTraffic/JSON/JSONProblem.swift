/// Bounds of a JSON text.
public struct JSONLimits: Sendable, Hashable {
    /// How many arrays and objects may stand inside each other.
    public var depth = 64
    /// How many values a text may hold; a key is no value.
    public var nodes = 1_000_000

    /// 64 levels, a million values.
    public static let standard = JSONLimits()

    /// The bounds, each with its usual value.
    public init(depth: Int = 64, nodes: Int = 1_000_000) {
        self.depth = depth
        self.nodes = nodes
    }
}

/// Why a text is not the JSON that is accepted, and where.
public struct JSONProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong; the raw value is stable and goes into records.
    public enum Code: String, Sendable, CaseIterable {
        /// Nothing but white space.
        case empty
        /// A byte that cannot stand here.
        case unexpectedByte
        /// The text ends in the middle of a value.
        case unexpectedEnd
        /// Something follows the value.
        case trailingBytes
        /// A number that the grammar does not have: `01`, `1.`, `+1`, `.5`, `1e`.
        case badNumber
        /// A string without its closing quote.
        case badString
        /// A backslash with what may not follow it.
        case badEscape
        /// Half of a surrogate pair, escaped.
        case badSurrogate
        /// Bytes that are no UTF-8: overlong forms and raw surrogates too.
        case badUTF8
        /// A control character that is not escaped.
        case controlCharacter
        /// Two equal keys in one object, after unescaping.
        case duplicateKey
        /// Two keys in one object that differ only by case.
        case caseVariantKey
        /// More levels than `JSONLimits.depth`.
        case tooDeep
        /// More values than `JSONLimits.nodes`.
        case tooManyNodes
        /// A byte order mark before the text.
        case byteOrderMark
    }

    /// What is wrong.
    public let code: Code
    /// Where: bytes from the beginning of the text, at most its length.
    public let offset: Int

    /// A problem of this kind at this byte.
    public init(code: Code, offset: Int) {
        self.code = code
        self.offset = offset
    }

    /// The code and the place; nothing of the text.
    public var description: String { "\(code.rawValue) at byte \(offset)" }
}
