extension YAMLTree {
    /// What is at the end of a path of keys.
    public func at(_ path: String...) -> YAMLTree? {
        path.reduce(Optional(self)) { tree, key in tree?[key] }
    }

    /// The number, when this is one.
    public var number: Int? {
        if case .integer(let number) = self { number } else { nil }
    }

    /// True when this is `true`.
    public var isTrue: Bool { self == .flag(true) }

    /// The members; none when this is no map.
    public var members: [Member] {
        if case .map(let members) = self { members } else { [] }
    }

    /// The same with what is at the end of a path changed.
    ///
    /// - Parameter change: is given what is there, nil where nothing is, and gives what is to be there; nil takes it away.
    ///   Maps on the way that are missing are made.
    public func changing(_ path: some Collection<String>, _ change: (YAMLTree?) -> YAMLTree?) -> YAMLTree? {
        guard let key = path.first else { return change(self) }
        var members = members
        let index = members.firstIndex { $0.key == key }
        let rest = path.dropFirst()
        let old = index.map { members[$0].value }
        let new = rest.isEmpty ? change(old) : (old ?? .map([])).changing(rest, change)
        switch (index, new) {
        case (let index?, let new?): members[index].value = new
        case (let index?, nil): members.remove(at: index)
        case (nil, let new?): members.append(Member(key, new))
        case (nil, nil): break
        }
        return .map(members)
    }

    /// The same with a value at the end of a path; nil takes away what is there.
    public func setting(_ path: String..., to value: YAMLTree?) -> YAMLTree {
        // What is taken away is below this, so that something is left.
        changing(path) { _ in value } ?? self
    }

    /// The same with the elements of the list at the end of a path changed; where no list is, nothing is done.
    public func mapping(_ path: String..., change: (YAMLTree) -> YAMLTree?) -> YAMLTree {
        guard case .list(let elements)? = path.reduce(Optional(self), { $0?[$1] }) else { return self }
        return changing(path) { _ in .list(elements.compactMap(change)) } ?? self
    }
}
