/// The names that a dialect has for the members of one object, and how near misses are found.
struct KnownFields: Sendable {
    private let entries: [(hash: UInt32, name: StaticString)]
    /// Where to look for a hash: numbers of entries, counted from one; 0 is a free place. At most half of it is taken.
    private let places: [UInt8]

    /// - Parameter names: at most 255.
    init(_ names: [StaticString]) {
        precondition(names.count < 256, "more names than places can count")
        entries = names.map { name in
            let text = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
            return (text.reduce(keyHashStart, keyHash), name)
        }
        var places: [UInt8] = [0, 0]
        while places.count < names.count * 2 { places += places }
        for index in entries.indices {
            var place = Int(entries[index].hash) & (places.count - 1)
            while places[place] != 0 { place = (place + 1) & (places.count - 1) }
            places[place] = UInt8(index + 1)
        }
        self.places = places
    }

    /// The first 64 of these keys, sorted.
    static func names(_ keys: [JSONNode]) -> [String] {
        keys.isEmpty ? [] : keys.prefix(64).compactMap(\.string).sorted()
    }

    /// The names as text.
    var names: [String] { entries.map { "\($0.name)" } }

    /// What a key is to this object.
    enum Match {
        /// The name with this number.
        case known(Int)
        case unknown
        case variant(of: StaticString)
    }

    /// Keys have a hash that does not see case, so most of them are never compared.
    func match(_ key: JSONNode) -> Match {
        let hash = key.entry.link
        var place = Int(hash) & (places.count - 1)
        while places[place] != 0 {
            let index = Int(places[place]) - 1
            place = (place + 1) & (places.count - 1)
            let entry = entries[index]
            guard entry.hash == hash else { continue }
            let name = UnsafeBufferPointer(start: entry.name.utf8Start, count: entry.name.utf8CodeUnitCount)
            if key.storage.isText(key.entry, name) { return .known(index) }
            var folded = key.storage.text(of: key.entry)
            foldCase(&folded)
            var lower = Array(name)
            foldCase(&lower)
            if folded == lower { return .variant(of: entry.name) }
        }
        return .unknown
    }

    /// Throws when a key of the object differs from a known name only by case.
    func check(_ object: JSONNode, _ path: @autoclosure () -> String = "") throws(RequestProblem) {
        for (key, _) in object.memberNames {
            guard case .variant(let name) = match(key) else { continue }
            throw .field(path: join(path(), "\(name)"), what: .caseVariant)
        }
    }

    /// The same, and gives the keys that are not known.
    func unknown(in object: JSONNode) throws(RequestProblem) -> [JSONNode] {
        var unknown: [JSONNode] = []
        for (key, _) in object.memberNames {
            switch match(key) {
            case .known: break
            case .unknown: unknown.append(key)
            case .variant(let name): throw .field(path: "\(name)", what: .caseVariant)
            }
        }
        return unknown
    }

    /// The numbers of the names that the object has, as bits; of the first 64 names.
    func present(in object: JSONNode) -> UInt64 {
        var present: UInt64 = 0
        for (key, _) in object.memberNames {
            if case .known(let number) = match(key), number < 64 { present |= 1 << UInt64(number) }
        }
        return present
    }
}

/// The path of a member: `options.num_predict`.
func join(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
