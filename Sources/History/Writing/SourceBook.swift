/// What is known of sources. Bounded: of each name the few lives that were seen last, and so many in all.
struct SourceBook {
    static let mostLives = 4
    static let most = 20_000

    private(set) var all: [SourceName: SourceStatus] = [:]
    /// What changed since `wereSaved`.
    private(set) var changed: Set<SourceName> = []
    private(set) var removed: Set<SourceName> = []
    private var lives: [String: [SourceName]] = [:]

    init(_ stored: [SourceStatus]) {
        for source in stored { insert(source) }
        changed = []
    }

    /// The last batch that was taken in, committed or not.
    func position(_ source: SourceName) -> UInt64 { all[source]?.position ?? 0 }

    /// Whether what it says of its clock agrees with ours.
    func isClockRight(_ source: SourceName) -> Bool { (all[source] ?? SourceStatus(source: source)).isClockRight }

    /// Changes what is known of a source, which may be a new one.
    mutating func update(_ name: SourceName, _ body: (inout SourceStatus) -> Void) {
        var source = all[name] ?? SourceStatus(source: name)
        body(&source)
        if all[name] == nil { insert(source) } else { all[name] = source }
        changed.insert(name)
    }

    mutating func wereSaved() {
        changed = []
        removed = []
    }

    /// Takes out what was not seen since.
    mutating func forget(before time: Int64) {
        for (name, source) in all where source.lastSeen < time { remove(name) }
    }

    private mutating func insert(_ source: SourceStatus) {
        let name = source.source
        removed.remove(name)
        all[name] = source
        lives[name.name, default: []].append(name)
        while let old = lives[name.name], old.count > Self.mostLives {
            guard let oldest = old.dropLast().min(by: { seen($0) < seen($1) }) else { break }
            remove(oldest)
        }
        if all.count > Self.most, let oldest = all.keys.filter({ $0 != name }).min(by: { seen($0) < seen($1) }) {
            remove(oldest)
        }
    }

    private func seen(_ name: SourceName) -> Int64 { all[name]?.lastSeen ?? .min }

    private mutating func remove(_ name: SourceName) {
        all[name] = nil
        changed.remove(name)
        removed.insert(name)
        lives[name.name]?.removeAll { $0 == name }
        if lives[name.name]?.isEmpty ?? false { lives[name.name] = nil }
    }
}
