/// The objects of a cluster while they change, one at a time: what a source keeps, and takes snapshots of.
///
/// What costs memory is kept once, in `Objects`; beside it there are the names of what each feed brought, and the
/// mistakes of the few objects that have some.
public struct LiveObjects: Sendable {
    /// What brings objects of one kind: all of them, those that a selector chooses, or one by its name. An object is
    /// gone when no feed has it any more.
    public struct Feed: Hashable, Sendable {
        /// Kind of its objects.
        public let kind: ServedKind
        /// What part of them; empty: all.
        public let part: String

        /// A feed.
        public init(_ kind: ServedKind, part: String = "") {
            self.kind = kind
            self.part = part
        }
    }

    private struct ID: Hashable {
        let kind: GroupKind
        let key: NamespacedName
    }

    /// What is said about an object beside itself.
    private struct Remarks: Equatable {
        var invalid: [InvalidObject] = []
        var mistakes: [Mistake] = []
        var notes: [Mistake] = []
    }

    private var objects = Objects()
    private var remarks: [ID: Remarks] = [:]
    private var keys: [Feed: Set<NamespacedName>] = [:]
    private var remarksChanged = false
    private var sorted: Remarks = Remarks()

    /// No objects.
    public init() {}

    /// How many objects a feed has brought.
    public func count(of feed: Feed) -> Int { keys[feed]?.count ?? 0 }

    /// What is known now, the objects that are wrong left out.
    public var current: Objects { objects }

    /// Takes an object in. False when it was there already, the same in all that is read.
    public mutating func put(_ object: ServedObject, from feed: Feed) -> Bool {
        keys[feed, default: []].insert(object.key)
        return store(object, feed.kind)
    }

    /// Takes an object away. False when it was not there, or another feed has it too.
    public mutating func remove(_ key: NamespacedName, from feed: Feed) -> Bool {
        guard keys[feed]?.remove(key) != nil, !isHeld(key, feed.kind) else { return false }
        forget(key, feed.kind)
        return true
    }

    /// Takes in all that a feed has, and takes away what it had and has no more. False when nothing is different.
    public mutating func replace(with all: [ServedObject], of feed: Feed) -> Bool {
        var changed = false
        let gone = (keys[feed] ?? []).subtracting(all.map(\.key))
        for object in all { changed = put(object, from: feed) || changed }
        for key in gone { changed = remove(key, from: feed) || changed }
        return changed
    }

    /// Ends a feed, with all that it alone had. False when nothing is different.
    public mutating func end(_ feed: Feed) -> Bool {
        defer { keys[feed] = nil }
        return replace(with: [], of: feed)
    }

    /// All that is known, as one state.
    ///
    /// - Parameter mistakes: what the source has to say beside what is wrong with objects.
    public mutating func snapshot(revision: UInt64, mistakes: [Mistake] = []) -> Snapshot {
        if remarksChanged { sortRemarks() }
        return Snapshot(
            revision: revision, objects: objects, mistakes: sorted.mistakes + mistakes, notes: sorted.notes)
    }

    private mutating func store(_ object: ServedObject, _ kind: ServedKind) -> Bool {
        let id = ID(kind: kind.id, key: object.key)
        var said = Remarks(mistakes: object.mistakes, notes: object.notes)
        var changed = false
        var isGood = false
        for part in object.objects {
            guard let good = part.good else {
                said.invalid.append(part.whenWrong)
                continue
            }
            isGood = true
            guard !good.isIn(objects) else { continue }
            good.insert(&objects)
            changed = true
        }
        // What is wrong now must not be there as it was before.
        if !isGood { discard(object.key, kind) }
        let new = said == Remarks() ? nil : said
        guard remarks[id] != new else { return changed }
        remarks[id] = new
        remarksChanged = true
        return true
    }

    private mutating func forget(_ key: NamespacedName, _ kind: ServedKind) {
        discard(key, kind)
        if remarks.removeValue(forKey: ID(kind: kind.id, key: key)) != nil { remarksChanged = true }
    }

    private mutating func discard(_ key: NamespacedName, _ kind: ServedKind) {
        kind.kind?.copy(key, Objects(), &objects)
    }

    private func isHeld(_ key: NamespacedName, _ kind: ServedKind) -> Bool {
        keys.contains { $0.key.kind == kind && $0.value.contains(key) }
    }

    private mutating func sortRemarks() {
        let all = remarks.sorted {
            ($0.key.kind.group, $0.key.kind.kind, $0.key.key) < ($1.key.kind.group, $1.key.kind.kind, $1.key.key)
        }
        sorted = Remarks(
            invalid: all.flatMap(\.value.invalid), mistakes: all.flatMap(\.value.mistakes),
            notes: all.flatMap(\.value.notes))
        objects.invalid = sorted.invalid
        remarksChanged = false
    }
}
