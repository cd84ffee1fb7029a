extension YAMLTree {
    /// The documents of a YAML text. What has no value (`null`) is left out.
    ///
    /// - Throws: `SyntaxError` where a document is not well-formed, or has something that no tree has.
    public static func documents(_ bytes: [UInt8]) throws(SyntaxError) -> [YAMLTree] {
        try trees(of: YAMLReader.read(bytes))
    }

    /// A JSON text. What has no value (`null`) is left out.
    ///
    /// - Throws: `SyntaxError` where it is not well-formed, or has something that no tree has.
    public init(json bytes: [UInt8]) throws(SyntaxError) {
        self = try tree(of: JSONReader.read(bytes)) ?? .map([])
    }
}

/// The tree of what was read; nil: it has no value. Numbers that are not whole become texts.
private func tree(of value: Value) throws(SyntaxError) -> YAMLTree? {
    switch value.content {
    case .null: return nil
    case .bool(let flag): return .flag(flag)
    case .integer(let number): return .integer(Int(number))
    case .number(let text), .string(let text): return .text(text)
    case .list(let values): return .list(try trees(of: values))
    case .map(let members):
        var kept: [YAMLTree.Member] = []
        for member in members {
            if let tree = try tree(of: member.value) { kept.append(.init(member.key, tree)) }
        }
        return .map(kept)
    case .broken(let problem): throw SyntaxError(mark: value.mark, message: problem)
    }
}

private func trees(of values: [Value]) throws(SyntaxError) -> [YAMLTree] {
    var trees: [YAMLTree] = []
    for value in values { if let tree = try tree(of: value) { trees.append(tree) } }
    return trees
}
