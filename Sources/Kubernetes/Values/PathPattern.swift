/// A pattern for the path of a request, as endpoint tables have it.
///
/// | written | matches |
/// |---|---|
/// | `/api/tags` | these segments |
/// | `{name}` | one segment that is not empty; with text around it (`get_{what}`, `{model}:predict`) the rest of one |
/// | `{name...}` | one segment or more, the first not empty; may stand before more segments, and twice |
/// | `(a\|b)` | either text; may hold slashes |
/// | `[/x]`, `[a\|b]` | the text, one of the texts, or nothing |
///
/// The names `{model}` and `{model...}` mark what names the model. A pattern is for a canonical path without query;
/// its bytes are compared as they are.
public struct PathPattern: Hashable, Sendable {
    /// As it was written.
    public let text: String
    /// What it stands for when all groups are written out, each as segments; never empty.
    public let shapes: [Shape]

    /// One segment of a shape, or several.
    public enum Part: Hashable, Sendable {
        /// This text; empty only for the last segment, after a final slash.
        case literal([UInt8])
        /// One segment: `before`, a byte at least, `after`.
        case capture(before: [UInt8], after: [UInt8])
        /// One segment or more.
        case rest
    }

    /// A pattern without groups.
    public struct Shape: Hashable, Sendable {
        /// The segments, from the first slash on; `/` alone is one empty literal.
        public let parts: [Part]
        /// Index of the part that names the model.
        public let model: Int?

        /// A shape of parts.
        public init(parts: [Part], model: Int?) {
            self.parts = parts
            self.model = model
        }
    }

    /// What one pattern may stand for at most, so that a short text cannot become a long table.
    public static let mostShapes = 256
    /// Segments of a shape at most.
    public static let mostParts = 24
    /// Bytes of a pattern at most.
    public static let mostBytes = 512

    /// Reads a pattern.
    ///
    /// - Throws: what would be right, as the end of a sentence ("must begin with '/'").
    public init(_ text: String) throws(PathPatternError) {
        var reader = PathPatternReader(text)
        shapes = try reader.read()
        self.text = text
    }
}

/// Why a text is no pattern.
public struct PathPatternError: Error, Hashable, Sendable {
    /// What would be right.
    public let message: String
}

extension PathPattern.Shape {
    /// How much this says about a path, to be compared as lists are: of two shapes that fit one path, the larger wins.
    /// Segment by segment, text says more than a capture, a capture with much text around it more than one with
    /// little, one segment more than several; where all that is the same, the longer shape says more.
    public var specificity: [Int] {
        parts.flatMap { part in
            switch part {
            case .literal: [2, 0, 0]
            case .capture(let before, let after): [1, before.count + after.count, before.count]
            case .rest: [0, 0, 0]
            }
        }
    }
}
