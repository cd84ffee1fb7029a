/// Which parts of an object with mistakes can still be believed: those that no mistake touches.
struct Soundness {
    /// Where the mistakes are.
    private let paths: [String]
    /// False when there may be more mistakes than were noted.
    private let isComplete: Bool

    /// An object without mistakes.
    static let whole = Soundness(paths: [], isComplete: true)

    /// What is left of an object after these mistakes.
    init(_ mistakes: [Mistake]) {
        self.init(paths: mistakes.map(\.path), isComplete: mistakes.count < ReadingContext.mostMistakes)
    }

    private init(paths: [String], isComplete: Bool) {
        self.paths = paths
        self.isComplete = isComplete
    }

    /// Whether a field can be believed: no mistake is at it, in it, or in what it is a part of.
    func holds(_ path: String) -> Bool {
        isComplete && !paths.contains { Self.isInside($0, path) || Self.isInside(path, $0) }
    }

    /// Whether it can be believed that a field was left out on purpose: no other field of that map is wrong, which may
    /// have been meant for it, but those that are known to mean something else.
    func holdsWithout(fieldOf map: String, otherThan known: Set<String>) -> Bool {
        isComplete
            && !paths.contains { path in
                if Self.isInside(map, path) { return true }
                guard Self.isInside(path, map) else { return false }
                let field = path.dropFirst(map.utf8.count).drop { $0 == "." }.prefix { $0 != "." && $0 != "[" }
                return !known.contains(String(field))
            }
    }

    /// True for `spec.rules[0].name` in `spec.rules` or `spec`, and for everything in itself and in the empty path.
    private static func isInside(_ path: String, _ whole: String) -> Bool {
        guard !whole.isEmpty else { return true }
        guard path.hasPrefix(whole) else { return false }
        let next = path.utf8.dropFirst(whole.utf8.count).first
        return next == nil || next == UInt8(ascii: ".") || next == UInt8(ascii: "[")
    }
}
