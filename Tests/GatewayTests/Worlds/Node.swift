/// A node of an object as it is written: what slips are made in.
indirect enum Node: Hashable, Sendable {
    case null
    case flag(Bool)
    case number(Int)
    case text(String)
    case list([Node])
    case map([Entry])

    struct Entry: Hashable, Sendable {
        var key: String
        var value: Node
    }

    /// One step from a node to one of its parts.
    enum Step: Hashable, Sendable {
        case key(String)
        case index(Int)
    }

    /// The text, as JSON, which is YAML too.
    var json: String {
        switch self {
        case .null: "null"
        case .flag(let flag): "\(flag)"
        case .number(let number): "\(number)"
        case .text(let text): Self.quoted(text)
        case .list(let nodes): "[" + nodes.map(\.json).joined(separator: ", ") + "]"
        case .map(let entries):
            "{" + entries.map { "\(Self.quoted($0.key)): \($0.value.json)" }.joined(separator: ", ") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
    }

    /// The paths of all nodes in it, itself first.
    var paths: [[Step]] {
        let parts: [(Step, Node)] =
            switch self {
            case .list(let nodes): nodes.enumerated().map { (.index($0), $1) }
            case .map(let entries): entries.map { (.key($0.key), $0.value) }
            default: []
            }
        return [[]] + parts.flatMap { step, node in node.paths.map { [step] + $0 } }
    }

    /// The node at a path; nil when there is none.
    subscript(path: ArraySlice<Step>) -> Node? {
        guard let step = path.first else { return self }
        switch (step, self) {
        case (.key(let key), .map(let entries)):
            return entries.first { $0.key == key }?.value[path.dropFirst()]
        case (.index(let index), .list(let nodes)) where nodes.indices.contains(index):
            return nodes[index][path.dropFirst()]
        default: return nil
        }
    }

    subscript(_ keys: String...) -> Node? { self[keys.map { .key($0) }[...]] }

    /// The same with the node at a path changed; what the change gives takes its place (nothing: it is removed).
    func changing(_ path: ArraySlice<Step>, _ change: (Entry) -> [Entry]) -> Node {
        guard let step = path.first else { return change(Entry(key: "", value: self)).first?.value ?? .null }
        let isLast = path.count == 1
        func changed(_ entry: Entry) -> [Entry] {
            isLast
                ? change(entry)
                : [Entry(key: entry.key, value: entry.value.changing(path.dropFirst(), change))]
        }
        switch (step, self) {
        case (.key(let key), .map(let entries)):
            return .map(entries.flatMap { $0.key == key ? changed($0) : [$0] })
        case (.index(let index), .list(let nodes)):
            return .list(
                nodes.enumerated().flatMap { place, node in
                    place == index ? changed(Entry(key: "", value: node)).map(\.value) : [node]
                })
        default: return self
        }
    }
}

extension Node: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    init(stringLiteral text: String) { self = .text(text) }
    init(integerLiteral number: Int) { self = .number(number) }
    init(booleanLiteral flag: Bool) { self = .flag(flag) }
    init(arrayLiteral nodes: Node...) { self = .list(nodes) }
    init(dictionaryLiteral entries: (String, Node)...) { self = .map(entries.map { Entry(key: $0, value: $1) }) }
}
