/// Typed access to the members of one object of a body. Null is as good as absent, because clients send it so.
struct BodyReader {
    let object: JSONNode
    let path: String

    init(_ object: JSONNode, _ path: String = "") {
        self.object = object
        self.path = path
    }

    /// The member, unless it is null.
    func node(_ name: StaticString) -> JSONNode? {
        guard let node = object[name], !node.isNull else { return nil }
        return node
    }

    func bool(_ name: StaticString) throws(RequestProblem) -> Bool? {
        guard let node = node(name) else { return nil }
        guard let bool = node.bool else { throw problem(name, .wrongType) }
        return bool
    }

    func string(_ name: StaticString) throws(RequestProblem) -> String? {
        guard let node = node(name) else { return nil }
        guard let string = node.string else { throw problem(name, .wrongType) }
        return string
    }

    /// A whole number in a range; a number that is none of them, or too large for any counter, is out of range.
    func integer(_ name: StaticString, _ range: ClosedRange<Int64>) throws(RequestProblem) -> Int64? {
        guard let node = node(name) else { return nil }
        guard node.kind == .number else { throw problem(name, .wrongType) }
        guard let number = node.integer, range.contains(number) else { throw problem(name, .outOfRange) }
        return number
    }

    /// An object inside this one, whose near misses of `fields` are refused.
    func nested(_ name: StaticString, _ fields: KnownFields) throws(RequestProblem) -> BodyReader? {
        guard let node = node(name) else { return nil }
        guard node.kind == .object else { throw problem(name, .wrongType) }
        let reader = BodyReader(node, join(path, "\(name)"))
        try fields.check(node, reader.path)
        return reader
    }

    /// One of the kinds, or absent.
    func require(_ name: StaticString, _ kinds: JSONNode.Kind...) throws(RequestProblem) {
        guard let node = node(name) else { return }
        guard kinds.contains(node.kind) else { throw problem(name, .wrongType) }
    }

    func problem(_ name: StaticString, _ fault: RequestProblem.Fault) -> RequestProblem {
        .field(path: join(path, "\(name)"), what: fault)
    }
}
