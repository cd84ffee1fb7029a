/// Reads the text of a `PathPattern`: groups are written out while reading.
struct PathPatternReader {
    fileprivate enum Token: Hashable {
        case byte(UInt8)
        case capture(isModel: Bool, isRest: Bool)
    }

    private let bytes: [UInt8]
    private var at = 0
    private var depth = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    mutating func read() throws(PathPatternError) -> [PathPattern.Shape] {
        guard bytes.count <= PathPattern.mostBytes else {
            throw PathPatternError(message: "must have at most \(PathPattern.mostBytes) bytes")
        }
        let texts = try alternatives(until: nil)
        var shapes: [PathPattern.Shape] = []
        for text in texts {
            let shape = try Self.shape(text)
            if !shapes.contains(shape) { shapes.append(shape) }
        }
        return shapes
    }

    // MARK: Text to tokens

    /// What stands between two brackets, or the whole text: one list of tokens for each thing it can mean.
    private mutating func alternatives(until close: UInt8?) throws(PathPatternError) -> [[Token]] {
        var finished: [[Token]] = []
        var current: [[Token]] = [[]]
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            switch byte {
            case close: return finished + current
            case UInt8(ascii: "|") where close != nil:
                finished += current
                current = [[]]
            case UInt8(ascii: "("): current = try Self.product(current, group(UInt8(ascii: ")")))
            case UInt8(ascii: "["): current = try Self.product(current, [[]] + group(UInt8(ascii: "]")))
            case UInt8(ascii: "{"): current = try Self.product(current, [[capture()]])
            default: current = try Self.product(current, [[.byte(Self.checked(byte))]])
            }
        }
        guard close == nil else { throw PathPatternError(message: "must close every bracket that it opens") }
        return current
    }

    private mutating func group(_ close: UInt8) throws(PathPatternError) -> [[Token]] {
        guard depth < 8 else { throw PathPatternError(message: "must not nest brackets deeper than 8") }
        depth += 1
        defer { depth -= 1 }
        return try alternatives(until: close)
    }

    private static func product(_ heads: consuming [[Token]], _ tails: [[Token]]) throws(PathPatternError) -> [[Token]]
    {
        guard heads.count * tails.count <= PathPattern.mostShapes else {
            throw PathPatternError(message: "must not stand for more than \(PathPattern.mostShapes) paths")
        }
        if let only = tails.first, tails.count == 1 {
            for index in heads.indices { heads[index] += only }
            return heads
        }
        return heads.flatMap { head in tails.map { head + $0 } }
    }

    /// `name}` or `name...}`, after the brace.
    private mutating func capture() throws(PathPatternError) -> Token {
        guard let end = bytes[at...].firstIndex(of: UInt8(ascii: "}")) else {
            throw PathPatternError(message: "must close every '{' with '}'")
        }
        var name = bytes[at..<end]
        at = end + 1
        let isRest = name.count > 3 && name.suffix(3).elementsEqual("...".utf8)
        if isRest { name = name.dropLast(3) }
        let isName = name.allSatisfy { Names.isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
        guard isName, let first = name.first, !Names.isDigit(first) else {
            throw PathPatternError(message: "must have a name of letters, digits and '_' in each pair of braces")
        }
        return .capture(isModel: name.elementsEqual("model".utf8), isRest: isRest)
    }

    /// A byte that stands for itself. What a canonical path cannot hold, or what looks like a wildcard of another
    /// language, would never match and is refused.
    private static func checked(_ byte: UInt8) throws(PathPatternError) -> UInt8 {
        if Names.isAlphanumeric(byte) || "/-._~!$&'+,;=:@".utf8.contains(byte) { return byte }
        switch byte {
        case UInt8(ascii: "*"):
            throw PathPatternError(message: "must say {name} for one segment or {name...} for more, not '*'")
        case UInt8(ascii: "?"): throw PathPatternError(message: "must be a path without a query")
        case UInt8(ascii: "|"): throw PathPatternError(message: "must have '|' only inside (...) or [...]")
        case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
            throw PathPatternError(message: "must open every bracket that it closes")
        default: throw PathPatternError(message: "must hold only letters, digits, /-._~!$&'+,;=:@ and patterns")
        }
    }

    // MARK: Tokens to segments

    private static func shape(_ tokens: [Token]) throws(PathPatternError) -> PathPattern.Shape {
        guard tokens.first == .byte(UInt8(ascii: "/")) else { throw PathPatternError(message: "must begin with '/'") }
        let segments = tokens.dropFirst().split(
            separator: .byte(UInt8(ascii: "/")), maxSplits: .max, omittingEmptySubsequences: false)
        guard segments.count <= PathPattern.mostParts else {
            throw PathPatternError(message: "must have at most \(PathPattern.mostParts) segments")
        }
        guard segments.dropLast().allSatisfy({ !$0.isEmpty }) else {
            throw PathPatternError(message: "must not have an empty segment ('//')")
        }
        var parts: [PathPattern.Part] = []
        for segment in segments { parts.append(try part(segment)) }
        return PathPattern.Shape(parts: parts, model: try model(segments, parts))
    }

    /// Where the model is named. It must be clear which bytes of a path that is.
    private static func model(
        _ segments: [ArraySlice<Token>], _ parts: [PathPattern.Part]
    ) throws(PathPatternError) -> Int? {
        let rests = parts.indices.filter { parts[$0] == .rest }
        guard rests.count <= 2, rests.count < 2 || rests[0] + 1 < rests[1] else {
            throw PathPatternError(message: "must have at most two {name...}, with a segment between them")
        }
        let models = segments.indices.filter { segments[$0].contains(where: \.isModel) }
        guard models.count <= 1 else { throw PathPatternError(message: "must have at most one {model}") }
        if let model = models.first, let first = rests.first, rests.count == 2, (first...rests[1]).contains(model) {
            throw PathPatternError(message: "must not have {name...} on both sides of {model}, or beside {model...}")
        }
        return models.first
    }

    private static func part(_ segment: ArraySlice<Token>) throws(PathPatternError) -> PathPattern.Part {
        let captures = segment.indices.filter { segment[$0].byte == nil }
        guard let place = captures.first else {
            let text = segment.compactMap(\.byte)
            guard text != Array(".".utf8), text != Array("..".utf8) else {
                throw PathPatternError(message: "must not have '.' or '..' as a segment")
            }
            return .literal(text)
        }
        guard captures.count == 1 else {
            throw PathPatternError(message: "must have at most one pair of braces in a segment")
        }
        let before = segment[..<place].compactMap(\.byte)
        let after = segment[(place + 1)...].compactMap(\.byte)
        guard segment[place].isRest else { return .capture(before: before, after: after) }
        guard before.isEmpty, after.isEmpty else {
            throw PathPatternError(message: "must have {name...} alone between slashes")
        }
        return .rest
    }
}

extension PathPatternReader.Token {
    fileprivate var byte: UInt8? { if case .byte(let byte) = self { byte } else { nil } }
    fileprivate var isModel: Bool { if case .capture(true, _) = self { true } else { false } }
    fileprivate var isRest: Bool { if case .capture(_, true) = self { true } else { false } }
}
