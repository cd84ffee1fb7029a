/// Takes tools out of the answer to `tools/list`.
public struct MCPToolList: Sendable {
    /// The answer without them, canonical and in one line.
    public let text: [UInt8]
    /// How many tools were taken out.
    public let removed: Int

    /// Filters one JSON-RPC message: the body of a plain answer, or the data of one event of a stream. A message that is
    /// no list of tools stays as it is, but for its white space. A tool without a readable name is taken out.
    ///
    /// Throws when the message could be read as a list by a client and not by us (several messages, `Tools`).
    public init(_ document: JSONDocument, mayCall: (String) -> Bool) throws(RequestProblem) {
        let root = document.root
        guard root.kind != .array else { throw .field(path: "", what: .batch) }
        try KnownFields.message.check(root)
        var edits: [JSONEdit] = []
        if let result = root["result"] {
            try Self.resultFields.check(result, "result")
            if let tools = result["tools"], !tools.isNull {
                guard tools.kind == .array else { throw .field(path: "result.tools", what: .wrongType) }
                for tool in tools.elements {
                    try Self.toolFields.check(tool, "result.tools[]")
                    if let name = tool["name"]?.string, mayCall(name) { continue }
                    edits.append(.removeElement(tool))
                }
            }
        }
        text = document.serialise(edits)
        removed = edits.count
    }

    private static let resultFields = KnownFields(["tools", "nextCursor", "_meta"])
    private static let toolFields = KnownFields(["name", "title", "description", "inputSchema", "outputSchema"])
}
