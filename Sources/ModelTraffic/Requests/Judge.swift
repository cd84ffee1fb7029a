/// Reads what a request body says, for the dialect of its endpoint.
///
/// What is judged is judged strictly: wrong types, absurd numbers, contradictions and names in another case are refused,
/// because servers differ in what they make of them. What is not judged is passed on as it is.
///
/// - `pathModel`: the model that the path names, when it does. A body that names another one is refused.
/// - `fetchesMarkdown`: the server fetches images that stand as `![](URL)` in text, as Text Generation Inference does.
public func judge(
    _ dialect: Dialect, _ document: JSONDocument, pathModel: String?, fetchesMarkdown: Bool = false
) throws(RequestProblem) -> RequestFacts {
    if dialect == .mcp { return try judgeMessage(document.root) }
    guard document.root.kind == .object else { throw .field(path: "", what: .wrongType) }
    var judgement = Judgement(dialect, BodyReader(document.root), fetchesMarkdown)
    try judgement.common(pathModel)
    try judgement.specific()
    return judgement.finished()
}

/// One body on its way to facts.
struct Judgement {
    let dialect: Dialect
    let body: BodyReader
    var facts = RequestFacts()
    var walk: InputWalk
    var limits = TokenLimits()

    init(_ dialect: Dialect, _ body: BodyReader, _ fetchesMarkdown: Bool) {
        self.dialect = dialect
        self.body = body
        self.walk = InputWalk(readsMarkdown: fetchesMarkdown || dialect == .tgiGenerate)
    }

    /// What all bodies have: names, the model, the stream switch, limits.
    mutating func common(_ pathModel: String?) throws(RequestProblem) {
        let unknown = try dialect.knownFields.unknown(in: body.object)
        try KnownFields.anywhere.check(body.object)
        facts.unknownFields = KnownFields.names(unknown)
        try takeModel(pathModel)
        facts.isStreaming = try body.bool("stream") ?? dialect.streamsByDefault
        if let options = try body.nested("stream_options", .streamOptions) {
            facts.wantsUsage = try options.bool("include_usage") ?? false
        }
        try limits.take(body, least: dialect.leastTokens, unlimited: dialect.unlimitedTokens)
    }

    private mutating func takeModel(_ pathModel: String?) throws(RequestProblem) {
        if let node = body.node("model") {
            let model = try ModelName.read(node, "model")
            if let pathModel, pathModel != model { throw body.problem("model", .contradiction) }
            facts.model = model
            facts.modelNode = node
        } else if let pathModel {
            guard ModelName.isName(pathModel.utf8) else { throw body.problem("model", .badName) }
            facts.model = pathModel
        }
        if let model = facts.model { noteRegistry(model) }
    }

    /// A model that is named with where it comes from may be fetched from there.
    mutating func noteRegistry(_ name: String) {
        if ModelName.hasRegistry(name, threeParts: dialect.isOllama) {
            facts.extraClasses.formUnion([.modelMutation, .serverFetch])
        }
    }

    mutating func specific() throws(RequestProblem) {
        switch dialect {
        case .openAIChat: try chat()
        case .openAICompletions, .openAISpeech, .llamaCompletion: try completion()
        case .openAIResponses: try responses()
        case .openAIImages: try images()
        case .anthropicMessages, .anthropicCount: try anthropic()
        case .ollamaChat, .ollamaGenerate, .ollamaEmbed, .ollamaModel: try ollama()
        case .tgiGenerate: try textGeneration()
        case .tritonGenerate, .kserveInfer: try inference()
        case .tritonLoad: try load()
        case .jsonModel: try anyModel()
        case .openAIEmbeddings, .openAIImageForm, .openAITranscription, .mcp: try takeAll()
        }
    }

    /// All members are input: of embeddings and their like, and of what is not known better.
    mutating func takeAll() throws(RequestProblem) {
        for (key, value) in body.object.memberNames where !key.isString("model") && !key.isString("stream_options") {
            var path = "*"
            if case .known = dialect.knownFields.match(key) { path = key.string ?? "*" }
            try walk.takeMember(key, value, path, of: body.object)
        }
    }

    mutating func finished() -> RequestFacts {
        facts.maxOutputTokens = dialect.generates ? limits.total : 0
        facts.inputBound = walk.bound
        facts.media = walk.media
        if !walk.media.isEmpty { facts.extraClasses.insert(.serverFetch) }
        return facts
    }
}

extension Dialect {
    fileprivate var streamsByDefault: Bool { self == .ollamaChat || self == .ollamaGenerate || self == .ollamaModel }

    var isOllama: Bool { [.ollamaChat, .ollamaGenerate, .ollamaEmbed, .ollamaModel].contains(self) }

    /// 0 where a request that generates nothing makes sense: scoring a prompt.
    fileprivate var leastTokens: Int64 { self == .openAICompletions || self == .llamaCompletion ? 0 : 1 }

    /// llama.cpp's own web page sends -1 for no limit, also to the OpenAI paths.
    fileprivate var unlimitedTokens: [Int64] {
        switch self {
        case .llamaCompletion, .openAIChat, .openAICompletions: [-1]
        default: []
        }
    }

    /// Whether tokens come out.
    fileprivate var generates: Bool {
        switch self {
        case .openAIEmbeddings, .ollamaEmbed, .anthropicCount, .ollamaModel, .tritonLoad: false
        default: true
        }
    }
}
