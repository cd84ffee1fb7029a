/// A request body that has been judged, and is sent on as what was judged: written anew from what was read.
public struct JudgedContent: Sendable {
    private let document: JSONDocument
    private let facts: RequestFacts

    /// Reads a body.
    ///
    /// - Parameters:
    ///   - contentType: value of `Content-Type`; empty when there is none.
    ///   - pathModel: the model that the path names, when it does.
    /// - Throws: why it is refused.
    public static func read(
        _ bytes: [UInt8], _ dialect: Dialect, contentType: String, pathModel: String?
    ) throws(RequestProblem) -> (content: JudgedContent, facts: RequestFacts) {
        let document: JSONDocument
        do throws(JSONProblem) {
            document = try JSONDocument(bytes)
        } catch {
            throw .json(error)
        }
        let facts = try judge(dialect, document, pathModel: pathModel)
        return (JudgedContent(document: document, facts: facts), facts)
    }

    /// The body as it is sent on.
    ///
    /// - Parameters:
    ///   - rename: what the server is asked for instead of the model that the caller named; nil: the same.
    ///   - asksForUsage: whether the server is asked to count the tokens of a stream.
    public func serialise(rename: String?, asksForUsage: Bool) -> [UInt8] {
        var edits: [JSONEdit] = []
        if let rename, let node = facts.modelNode { edits.append(.replace(node, with: .string(rename))) }
        if asksForUsage {
            if let options = document.root["stream_options"], options.kind == .object {
                edits.append(.set(in: options, key: "include_usage", to: .bool(true)))
            } else {
                let options = JSONLiteral.object([("include_usage", .bool(true))])
                edits.append(.set(in: document.root, key: "stream_options", to: options))
            }
        }
        return document.serialise(edits)
    }
}

extension MCPRequest {
    /// A call of a tool, for the question whether that would be allowed.
    public init(callOf tool: String) {
        self.init(kind: .request, method: "tools/call", id: .integer(0), tool: tool)
    }

    /// The tool, prompt or resource that it names.
    public var target: String? { tool ?? prompt ?? resource }

    /// The identifier as JSON; nil: it has none.
    public var idText: String? {
        switch id {
        case .integer(let number)?: "\(number)"
        case .string(let text)?: quotedJSON(text)
        default: nil
        }
    }
}

/// A text as a JSON string.
private func quotedJSON(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case _ where scalar.value < 0x20:
            let digits = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
