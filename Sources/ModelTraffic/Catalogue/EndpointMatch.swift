/// What is known of a request from its method and path.
public struct EndpointMatch: Sendable, Hashable {
    /// What the request would do, as far as method and path tell; the body may add to it.
    public var classes: OperationClasses
    /// How the body is read; nil: it is not.
    public var dialect: Dialect?
    /// The bytes of the path that name the model; nil: the path names none.
    public var pathModel: Range<Int>?
    /// Which row of the server's table says so; where several with one pattern do, the first.
    public var row: Int

    /// A match.
    public init(classes: OperationClasses, dialect: Dialect?, pathModel: Range<Int>?, row: Int) {
        self.classes = classes
        self.dialect = dialect
        self.pathModel = pathModel
        self.row = row
    }
}

extension OperationClasses {
    /// Whether a rule that lists `allowed` allows a request of these classes: each class must be listed, and so must
    /// the mark. A request of no class at all is allowed by no list.
    public func isAllowed(by allowed: OperationClasses) -> Bool { !isEmpty && isSubset(of: allowed) }
}

/// Where in a path the part stands that names the model, found again after the match.
struct ModelPlace: Sendable, Hashable {
    /// Segments before it in the pattern.
    var before: Int
    /// Segments after it in the pattern.
    var after: Int
    /// It is `{model...}`.
    var isRest: Bool
    /// A `{name...}` stands before it, so that it is counted from the end.
    var isFromEnd: Bool
    /// Bytes of text before the name in its segment.
    var marginBefore: Int
    /// Bytes of text behind the name in its segment.
    var marginAfter: Int

    /// The bytes of a path that its pattern fits.
    func range(in path: UnsafeRawBufferPointer) -> Range<Int> {
        let start = isFromEnd ? Self.start(fromEnd: after, in: path) : Self.start(before, in: path)
        let end = isRest ? Self.end(fromEnd: after, in: path) : Self.end(of: start, in: path)
        let first = min(start + marginBefore, path.count)
        return first..<max(first, min(end, path.count) - marginAfter)
    }

    private static let slash = UInt8(ascii: "/")

    /// The first byte of a segment counted from 0.
    private static func start(_ segment: Int, in path: UnsafeRawBufferPointer) -> Int {
        var left = segment + 1
        for at in 0..<path.count where path[at] == slash {
            left -= 1
            if left == 0 { return at + 1 }
        }
        return path.count
    }

    /// The first byte of a segment counted from the last one, which is 0.
    private static func start(fromEnd segment: Int, in path: UnsafeRawBufferPointer) -> Int {
        var left = segment + 1
        for at in (0..<path.count).reversed() where path[at] == slash {
            left -= 1
            if left == 0 { return at + 1 }
        }
        return path.count
    }

    /// Where a segment ends that `segments` others follow.
    private static func end(fromEnd segments: Int, in path: UnsafeRawBufferPointer) -> Int {
        segments == 0 ? path.count : start(fromEnd: segments - 1, in: path) - 1
    }

    private static func end(of start: Int, in path: UnsafeRawBufferPointer) -> Int {
        var at = start
        while at < path.count, path[at] != slash { at += 1 }
        return at
    }
}
