/// One slip of the pen: an object of a world, written wrongly.
struct Slip: CustomStringConvertible {
    /// Which object of the world.
    var object: Int
    /// What stands there instead: texts, each a file of its own.
    var texts: [String]
    var description: String

    /// Every slip in one object that is known here. Many of them give an object that is valid and means something else;
    /// whoever asks looks at what is reported.
    ///
    /// - Parameter names: the names of other objects of its kind.
    static func all(in object: Node, at index: Int, names: [String]) -> [Slip] {
        var slips = object.paths.dropFirst().flatMap { path in
            changes(path, object[path[...]] ?? .null).map { words, change in
                Slip(
                    object: index, texts: [object.changing(path[...], change).json],
                    description: "\(title(object)): \(words) at \(show(path))")
            }
        }
        func add(_ words: String, _ texts: [String]) {
            slips.append(Slip(object: index, texts: texts, description: "\(title(object)): \(words)"))
        }
        add("written twice", [object.json, object.json])
        add("a broken document", [String(object.json.dropLast(3))])
        add("not text", ["\u{0}"])
        for kind in kinds where .text(kind) != object["kind"] {
            add("kind \(kind)", [object.changing([.key("kind")]) { [.init(key: $0.key, value: .text(kind))] }.json])
        }
        for version in versions where .text(version) != object["apiVersion"] {
            let changed = object.changing([.key("apiVersion")]) { [.init(key: $0.key, value: .text(version))] }
            add("apiVersion \(version)", [changed.json])
        }
        for name in names {
            let path: [Node.Step] = [.key("metadata"), .key("name")]
            add("the name \(name)", [object.changing(path[...]) { [.init(key: $0.key, value: .text(name))] }.json])
        }
        return slips
    }

    static let kinds = [
        "GatewayClass", "Gateway", "HTTPRoute", "GRPCRoute", "ReferenceGrant", "BackendTLSPolicy", "Service",
        "EndpointSlice", "Secret", "ConfigMap", "Namespace", "AccessPolicy", "AccessKey",
    ]
    static let versions = [
        "v1", "v9", "gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v9", "gateway.networking.k8s.oi/v1",
        "sallyport.dev/v1alpha1", "sallyport.dev/v1", "salyport.dev/v1alpha1", "discovery.k8s.io/v1", "v1alpha1",
    ]

    static func title(_ object: Node) -> String {
        guard case .text(let kind)? = object["kind"], case .text(let name)? = object["metadata", "name"] else {
            return "?"
        }
        return "\(kind) \(name)"
    }

    private static func show(_ path: [Node.Step]) -> String {
        path.map {
            switch $0 {
            case .key(let key): ".\(key)"
            case .index(let index): "[\(index)]"
            }
        }.joined()
    }

    private typealias Change = (words: String, change: (Node.Entry) -> [Node.Entry])

    /// What can go wrong at one place.
    private static func changes(_ path: [Node.Step], _ node: Node) -> [Change] {
        var changes: [Change] = [("removed", { _ in [] }), ("null", { [.init(key: $0.key, value: .null)] })]
        for (words, value) in values(node) { changes.append((words, { [.init(key: $0.key, value: value)] })) }
        if case .key(let key) = path.last {
            for name in misspelt(key) {
                changes.append(("misspelt \(name)", { [.init(key: name, value: $0.value)] }))
            }
            changes.append(("a strange field beside it", { [$0, .init(key: "strange", value: 1)] }))
        } else {
            changes.append(("written twice", { [$0, $0] }))
        }
        return changes
    }

    /// Other values: of another type, out of range, misspelt, empty.
    private static func values(_ node: Node) -> [(String, Node)] {
        switch node {
        case .text(let text):
            return [("a number", 7), ("a list", .list([node])), ("a map", [:]), ("empty", ""), ("flag", true)]
                + (misspelt(text) + [text + "#!", text.uppercased()]).map { ("the text \($0)", .text($0)) }
        case .number(let number):
            return [("text", .text("\(number)x")), ("too small", -1), ("too large", 9_999_999), ("a map", [:])]
        case .flag(let flag): return [("text", .text(flag ? "yes" : "no")), ("a number", 1)]
        case .list: return [("an empty list", []), ("text", "x"), ("a map", [:]), ("a list of text", ["x y"])]
        case .map: return [("an empty map", [:]), ("text", "x"), ("a list", .list([node]))]
        case .null: return []
        }
    }

    /// A letter missing, two swapped.
    private static func misspelt(_ text: String) -> [String] {
        guard text.count > 2 else { return [] }
        var letters = Array(text)
        letters.swapAt(letters.count - 2, letters.count - 1)
        return [String(text.dropLast()), String(letters)].filter { $0 != text }
    }
}
