/// A request body that has been judged, and is sent on as what was judged: written anew from what was read.
public struct JudgedContent: Sendable {
    private enum Body: Sendable {
        case json(JSONDocument)
        case form(FormBody)
    }

    private let body: Body
    private let model: String?
    /// Where the model stands in a body of JSON; nil: nowhere.
    private let modelNode: JSONNode?

    private init(_ body: Body, _ facts: RequestFacts) {
        self.body = body
        model = facts.model
        modelNode = facts.modelNode
    }

    /// Reads a body.
    ///
    /// - Parameters:
    ///   - contentType: value of `Content-Type`; empty when there is none.
    ///   - pathModel: the model that the path names, when it does.
    ///   - fetchesMarkdown: the server fetches images that stand as `![](URL)` in text.
    /// - Throws: why it is refused.
    public static func read(
        _ bytes: [UInt8], _ dialect: Dialect, contentType: String, pathModel: String?, fetchesMarkdown: Bool
    ) throws(RequestProblem) -> (content: JudgedContent, facts: RequestFacts) {
        if dialect.isForm {
            let form = try FormBody(bytes, contentType: contentType)
            let facts = try judge(dialect, form, pathModel: pathModel)
            return (JudgedContent(.form(form), facts), facts)
        }
        let document: JSONDocument
        do throws(JSONProblem) {
            document = try JSONDocument(bytes)
        } catch {
            throw .json(error)
        }
        let facts = try judge(dialect, document, pathModel: pathModel, fetchesMarkdown: fetchesMarkdown)
        return (JudgedContent(.json(document), facts), facts)
    }

    /// The body as it is sent on.
    ///
    /// - Parameters:
    ///   - rename: what the server is asked for instead of the model that the caller named; nil: the same.
    ///   - asksForUsage: whether the server is asked to count the tokens of a stream.
    public func serialise(rename: String?, asksForUsage: Bool) -> [UInt8] {
        switch body {
        case .json(let document): document.serialise(edits(document, rename, asksForUsage))
        case .form(let form): form.serialise(replacing: "model", with: rename ?? model ?? "")
        }
    }

    /// True when `serialise` gives the very bytes that were read.
    public func goesAsItCame(rename: String?, asksForUsage: Bool) -> Bool {
        guard case .json(let document) = body, document.isCompact, !asksForUsage else { return false }
        return rename == nil || modelNode == nil
    }

    private func edits(_ document: JSONDocument, _ rename: String?, _ asksForUsage: Bool) -> [JSONEdit] {
        var edits: [JSONEdit] = []
        if let rename, let node = modelNode { edits.append(.replace(node, with: .string(rename))) }
        guard asksForUsage else { return edits }
        if let options = document.root["stream_options"], options.kind == .object {
            edits.append(.set(in: options, key: "include_usage", to: .bool(true)))
        } else {
            let options = JSONLiteral.object([("include_usage", .bool(true))])
            edits.append(.set(in: document.root, key: "stream_options", to: options))
        }
        return edits
    }
}

extension Dialect {
    /// Bodies are forms, not JSON.
    public var isForm: Bool { self == .openAIImageForm || self == .openAITranscription }
}

extension MCPRequest {
    /// A call of a tool, for the question whether that would be allowed.
    public init(callOf tool: String) {
        self.init(kind: .request, method: "tools/call", id: .integer(0), tool: tool)
    }

    /// The tool, prompt or resource that it names.
    public var target: String? { tool ?? prompt ?? resource }

    /// The identifier as JSON; nil: it has none.
    public var idText: String? { id.map { String(decoding: $0.text, as: UTF8.self) } }
}
