/// The elements of an array, in order.
public struct JSONElements: Sequence, Sendable {
    let array: JSONNode?

    /// One element after another.
    public struct Iterator: IteratorProtocol {
        let storage: JSONStorage?
        var at: Int
        let end: Int

        /// The next element.
        public mutating func next() -> JSONNode? {
            guard let storage, at < end else { return nil }
            defer { at = storage.next(at) }
            return JSONNode(storage, at)
        }
    }

    /// From the first element on.
    public func makeIterator() -> Iterator {
        guard let array else { return Iterator(storage: nil, at: 0, end: 0) }
        return Iterator(storage: array.storage, at: array.index + 1, end: Int(array.entry.link))
    }

    /// How many there are.
    public var underestimatedCount: Int { array?.count ?? 0 }
}

/// The members of an object, in order.
public struct JSONMembers: Sequence, Sendable {
    let object: JSONNode?

    /// One member after another.
    public struct Iterator: IteratorProtocol {
        var names: JSONMemberNames

        /// The next member; its key unescaped.
        public mutating func next() -> (key: String, value: JSONNode)? {
            guard let (name, value) = names.next() else { return nil }
            return (name.string ?? "", value)
        }
    }

    /// From the first member on.
    public func makeIterator() -> Iterator { Iterator(names: JSONMemberNames(object)) }

    /// How many there are.
    public var underestimatedCount: Int { object?.count ?? 0 }
}

/// The members of an object with their keys as nodes: no string is made.
struct JSONMemberNames: Sequence, IteratorProtocol {
    private let storage: JSONStorage?
    private var at = 0
    private var end = 0

    init(_ object: JSONNode?) {
        guard let object, object.entry.kind == .object else {
            storage = nil
            return
        }
        storage = object.storage
        at = object.index + 1
        end = Int(object.entry.link)
    }

    mutating func next() -> (name: JSONNode, value: JSONNode)? {
        guard let storage, at < end else { return nil }
        defer { at = storage.next(at + 1) }
        return (JSONNode(storage, at), JSONNode(storage, at + 1))
    }
}

extension JSONNode {
    /// The elements of an array; none when this is no array.
    public var elements: JSONElements { JSONElements(array: entry.kind == .array ? self : nil) }

    /// The members of an object; none when this is no object.
    public var members: JSONMembers { JSONMembers(object: entry.kind == .object ? self : nil) }

    /// The members of an object, with keys as nodes.
    var memberNames: JSONMemberNames { JSONMemberNames(self) }
}
