/// The names that a dialect has for the members of one object, and how near misses are found.
struct KnownFields: Sendable {
    private let entries: [(hash: UInt32, name: StaticString)]

    init(_ names: [StaticString]) {
        entries = names.map { name in
            let text = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
            return (text.reduce(keyHashStart, keyHash), name)
        }
    }

    /// The first 64 of these keys, sorted.
    static func names(_ keys: [JSONNode]) -> [String] { keys.prefix(64).compactMap(\.string).sorted() }

    /// The names as text.
    var names: [String] { entries.map { "\($0.name)" } }

    /// What a key is to this object.
    enum Match {
        case known, unknown
        case variant(of: StaticString)
    }

    /// Keys have a hash that does not see case, so most of them are never compared.
    func match(_ key: JSONNode) -> Match {
        let hash = key.entry.link
        for entry in entries where entry.hash == hash {
            let name = UnsafeBufferPointer(start: entry.name.utf8Start, count: entry.name.utf8CodeUnitCount)
            if key.storage.isText(key.entry, name) { return .known }
            var folded = key.storage.text(of: key.entry)
            foldCase(&folded)
            var lower = Array(name)
            foldCase(&lower)
            if folded == lower { return .variant(of: entry.name) }
        }
        return .unknown
    }

    /// Throws when a key of the object differs from a known name only by case; gives the keys that are not known.
    @discardableResult
    func check(_ object: JSONNode, _ path: @autoclosure () -> String = "") throws(RequestProblem) -> [JSONNode] {
        var unknown: [JSONNode] = []
        for (key, _) in object.memberNames {
            switch match(key) {
            case .known: break
            case .unknown: unknown.append(key)
            case .variant(let name): throw .field(path: join(path(), "\(name)"), what: .caseVariant)
            }
        }
        return unknown
    }
}

/// The path of a member: `options.num_predict`.
func join(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
