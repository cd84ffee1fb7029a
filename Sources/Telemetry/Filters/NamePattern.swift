/// Names with stars, as filters for domains and nodes have them.
struct NamePattern: Sendable, Hashable {
    private let pieces: [[UInt8]]

    /// Reads `*.example.com`: small letters, digits, `-`, `_`, `.`, and `*` for any number of those. A dot at the end and
    /// capital letters do not matter.
    init(domain text: String) throws(PatternError) {
        var name = LabelQuery.trim(text[...]).lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        guard !name.isEmpty else { throw PatternError(description: "a name is empty") }
        guard
            let wrong = name.unicodeScalars.first(where: {
                !PatternClass.isWord($0) && $0 != "-" && $0 != "." && $0 != "*"
            })
        else {
            pieces = name.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map(Array.init)
            return
        }
        throw PatternError(description: "\(wrong) cannot be in a name: letters, digits, - _ . and * can")
    }

    /// True when the whole name fits.
    func matches(_ name: some StringProtocol) -> Bool {
        var rest = Array(name.lowercased().utf8)[...]
        guard rest.starts(with: pieces[0]) else { return false }
        guard pieces.count > 1 else { return rest.count == pieces[0].count }
        rest = rest.dropFirst(pieces[0].count)
        for piece in pieces[1..<(pieces.count - 1)] where !piece.isEmpty {
            guard let place = rest.firstRange(of: piece) else { return false }
            rest = rest[place.upperBound...]
        }
        let last = pieces[pieces.count - 1]
        return rest.count >= last.count && rest.suffix(last.count).elementsEqual(last)
    }
}

/// Names of nodes, with that of their cluster before a slash where it matters.
struct NodePattern: Sendable, Hashable {
    /// What a cluster is called when nobody called it anything.
    private static let unnamedCluster = "default"

    private let cluster: NamePattern?
    private let node: NamePattern?

    init(_ text: String) throws(PatternError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard !text.isEmpty, parts.count <= 2, let last = parts.last else {
            throw PatternError(description: text.isEmpty ? "a name is empty" : "more than one / in \(text)")
        }
        cluster = parts.count == 2 && !parts[0].isEmpty ? try NamePattern(domain: parts[0]) : nil
        node = last.isEmpty ? nil : try NamePattern(domain: last)
    }

    func matches(_ name: String) -> Bool {
        guard !name.isEmpty else { return false }
        let parts = name.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let own = parts.count == 2 ? String(parts[0]) : Self.unnamedCluster
        guard cluster?.matches(own) ?? true else { return false }
        return node?.matches(parts[parts.count - 1]) ?? true
    }
}
