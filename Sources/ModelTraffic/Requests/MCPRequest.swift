/// One JSON-RPC message of the Model Context Protocol, as a caller sent it over HTTP.
public struct MCPRequest: Sendable, Hashable {
    /// What a message can be.
    public enum Kind: String, Sendable, Hashable { case request, notification, response }
    /// What this one is.
    public var kind: Kind
    /// The method; nil for answers.
    public var method: String?
    /// The identifier, to be sent back: a string or a whole number; nil for notifications.
    public var id: JSONLiteral?
    /// The tool that is called.
    public var tool: String?
    /// The prompt that is asked for.
    public var prompt: String?
    /// The resource that is read, watched, or no longer watched.
    public var resource: String?
    /// The version of the protocol that the message names: of `initialize`, or in `_meta`.
    public var protocolVersion: String?

    /// Throws when the headers `Mcp-Method` and `Mcp-Name`, where they are there, say something else than the body.
    public func check(methodHeader: String?, nameHeader: String?) throws(RequestProblem) {
        if let methodHeader, methodHeader != method { throw .field(path: "method", what: .headerMismatch) }
        guard let nameHeader else { return }
        let path = resource == nil ? "params.name" : "params.uri"
        guard let name = tool ?? prompt ?? resource else { throw .field(path: path, what: .headerMismatch) }
        // A name that cannot stand in a header as it is comes in base64.
        guard nameHeader == name || nameHeader == "=?base64?\(base64(Array(name.utf8)))?=" else {
            throw .field(path: path, what: .headerMismatch)
        }
    }
}

/// Reads a message. A body of several is refused, since what is said of one may not hold for the next.
func judgeMessage(_ root: JSONNode) throws(RequestProblem) -> RequestFacts {
    guard root.kind != .array else { throw .field(path: "", what: .batch) }
    guard root.kind == .object else { throw .field(path: "", what: .notAMessage) }
    let unknown = try KnownFields.message.unknown(in: root)
    guard root["jsonrpc"]?.isString("2.0") == true else { throw .field(path: "jsonrpc", what: .notAMessage) }
    var facts = RequestFacts()
    facts.unknownFields = KnownFields.names(unknown)
    facts.maxOutputTokens = 0
    facts.mcp = try root["method"] == nil ? answer(root) : call(root)
    return facts
}

/// An answer to a question of the server: a result or an error, and an identifier.
private func answer(_ root: JSONNode) throws(RequestProblem) -> MCPRequest {
    guard (root["result"] == nil) != (root["error"] == nil), root["params"] == nil else {
        throw .field(path: "method", what: .notAMessage)
    }
    guard let id = try identifier(root) else { throw .field(path: "id", what: .missing) }
    return MCPRequest(kind: .response, id: id)
}

private func call(_ root: JSONNode) throws(RequestProblem) -> MCPRequest {
    guard let method = root["method"]?.string else { throw .field(path: "method", what: .wrongType) }
    guard (1...128).contains(method.utf8.count), method.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
        throw .field(path: "method", what: .badName)
    }
    guard root["result"] == nil, root["error"] == nil else { throw .field(path: "method", what: .contradiction) }
    let id = try identifier(root)
    var message = MCPRequest(kind: id == nil ? .notification : .request, method: method, id: id)
    try parameters(root, method, &message)
    return message
}

/// A string or a whole number; nil when there is none.
private func identifier(_ root: JSONNode) throws(RequestProblem) -> JSONLiteral? {
    guard let node = root["id"] else { return nil }
    if let number = node.integer { return .integer(number) }
    guard node.kind == .string else { throw .field(path: "id", what: .wrongType) }
    guard node.textBytes.count <= 1024 else { throw .field(path: "id", what: .badName) }
    return .string(node.string ?? "")
}

private let parameterFields = KnownFields(["name", "arguments", "uri", "cursor", "protocolVersion", "_meta", "ref"])
private let metaFields = KnownFields(["io.modelcontextprotocol/protocolVersion"])

/// What the method is about. A notification with the name of a request is read in the same way: a server may obey it.
private func parameters(_ root: JSONNode, _ method: String, _ message: inout MCPRequest) throws(RequestProblem) {
    let needed = neededParameter(method)
    guard let params = root["params"] else {
        if let needed { throw .field(path: "params.\(needed)", what: .missing) }
        return
    }
    guard params.kind == .object else { throw .field(path: "params", what: .wrongType) }
    try parameterFields.check(params, "params")
    let reader = BodyReader(params, "params")
    switch method {
    case "tools/call": message.tool = try name(reader, "name")
    case "prompts/get": message.prompt = try name(reader, "name")
    case "resources/read", "resources/subscribe", "resources/unsubscribe": message.resource = try name(reader, "uri")
    case "completion/complete": try completion(reader, &message)
    case "initialize": message.protocolVersion = try name(reader, "protocolVersion")
    default: break
    }
    if let meta = try reader.nested("_meta", metaFields),
        let version = try meta.string("io.modelcontextprotocol/protocolVersion")
    {
        if let named = message.protocolVersion, named != version {
            throw .field(path: "params.protocolVersion", what: .contradiction)
        }
        message.protocolVersion = version
    }
}

/// The parameter without which a method means nothing.
private func neededParameter(_ method: String) -> String? {
    switch method {
    case "tools/call", "prompts/get": "name"
    case "resources/read", "resources/subscribe", "resources/unsubscribe": "uri"
    case "completion/complete": "ref"
    case "initialize": "protocolVersion"
    default: nil
    }
}

/// Completion is asked for an argument of a prompt, or of a resource.
private func completion(_ reader: BodyReader, _ message: inout MCPRequest) throws(RequestProblem) {
    guard let ref = try reader.nested("ref", KnownFields(["type", "name", "uri"])) else {
        throw reader.problem("ref", .missing)
    }
    if ref.object["name"] != nil { message.prompt = try name(ref, "name") }
    if ref.object["uri"] != nil { message.resource = try name(ref, "uri") }
    if message.prompt != nil, message.resource != nil { throw reader.problem("ref", .contradiction) }
    if message.prompt == nil, message.resource == nil { throw ref.problem("name", .missing) }
}

/// A name or URI: text without control characters.
private func name(_ reader: BodyReader, _ member: StaticString) throws(RequestProblem) -> String {
    guard let name = try reader.string(member) else { throw reader.problem(member, .missing) }
    let longest = member.utf8CodeUnitCount == 3 ? 8192 : ModelName.longest
    guard (1...longest).contains(name.utf8.count),
        name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
    else { throw reader.problem(member, .badName) }
    return name
}

/// Base64 with padding.
private func base64(_ bytes: [UInt8]) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let group = bytes[start..<min(start + 3, bytes.count)]
        let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
        for place in 0..<4 {
            text.append(place <= group.count ? digits[bits >> (18 - 6 * place) & 0x3F] : UInt8(ascii: "="))
        }
    }
    return String(decoding: text, as: UTF8.self)
}
