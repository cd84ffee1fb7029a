import Kubernetes
import ModelTraffic

/// An entry of `to`: requests. Every condition that is there must hold.
final class RequestCondition: Sendable {
    let methods: MethodSet
    /// Empty: every path.
    let paths: [CompiledPath]
    /// nil: every class.
    let classes: OperationClasses?
    /// nil: every model.
    let models: [Pattern]?
    /// nil: everything that an MCP server offers.
    let mcp: MCPCondition?
    let media: MediaRule
    let isStrict: Bool

    /// What an entry of a rule says.
    init(_ entry: AccessPolicy.To) {
        methods = MethodSet(entry.methods)
        paths = entry.paths.compactMap(CompiledPath.init)
        // A word that is no class (decoding refuses it) admits nothing.
        classes =
            entry.classes.isEmpty
            ? nil : entry.classes.reduce(into: []) { $0.formUnion(OperationClasses(name: $1) ?? []) }
        models = entry.models.isEmpty ? nil : entry.models.map(Pattern.init)
        mcp = entry.mcp.map(MCPCondition.init)
        media = MediaRule(allowedHosts: entry.mediaHosts)
        isStrict = entry.isStrict
    }

    /// No conditions: what a rule without `to` means. Making a server fetch something is never meant by silence.
    static let everything = RequestCondition()

    private init() {
        methods = MethodSet([])
        paths = []
        (classes, models, mcp) = (nil, nil, nil)
        media = MediaRule(allowedHosts: [])
        isStrict = false
    }

    func evaluate(_ question: borrowing Question) -> Outcome {
        let path = question.path
        guard paths.isEmpty || paths.contains(where: { $0.matches(path) }) else { return .pathNotListed }
        guard methods.contains(question.methodCode, question.method) else { return .methodNotListed }
        if let classes, !(question.operation.classes?.isAllowed(by: classes) ?? false) { return .classNotListed }
        return question.operation.isBodyPending ? .matched : evaluate(question.operation)
    }

    /// What the body, or its absence, decides.
    private func evaluate(_ operation: borrowing Operation) -> Outcome {
        // Of a server that is not known nobody knows whether the request uses a model or a tool.
        guard operation.classes != nil else {
            if models != nil { return .modelNotListed }
            if mcp != nil { return .toolNotListed }
            return .matched
        }
        // Where classes are named, those that use no model are meant too; models alone mean requests that use one.
        if let models, operation.usesModel || classes == nil, !(operation.model.map(models.match) ?? false) {
            return .modelNotListed
        }
        if let mcp {
            guard operation.isMCP else { return .toolNotListed }
            if let request = operation.facts?.mcp, !mcp.allows(request) { return .toolNotListed }
        }
        if let fetched = operation.facts?.media, !fetched.isEmpty {
            guard fetched.allSatisfy({ media.check($0) == nil }) else { return .mediaHostNotListed }
        }
        return isStrict && operation.facts?.unknownFields.isEmpty == false ? .fieldNotKnown : .matched
    }
}

/// Which tools, prompts and resources of an MCP server may be used. What is not named here may not be.
struct MCPCondition: Sendable {
    private let tools: [Pattern]
    private let prompts: [Pattern]
    private let resources: [Pattern]

    init(_ selection: AccessPolicy.MCPSelection) {
        tools = selection.tools.map(Pattern.init)
        prompts = selection.prompts.map(Pattern.init)
        resources = selection.resources.map(Pattern.init)
    }

    /// Opening, listing and what goes on beside them is allowed to all who may come here; what is used is by name.
    /// Methods that are not known may use anything.
    func allows(_ message: MCPRequest) -> Bool {
        guard let method = message.method else { return true }
        switch method {
        case "tools/call": return message.tool.map(tools.match) ?? false
        case "prompts/get": return message.prompt.map(prompts.match) ?? false
        case "resources/read", "resources/subscribe", "resources/unsubscribe":
            return message.resource.map(resources.match) ?? false
        case "completion/complete":
            return message.prompt.map(prompts.match) ?? message.resource.map(resources.match) ?? false
        case "initialize", "server/discover", "ping", "tools/list", "prompts/list", "resources/list",
            "resources/templates/list",
            "logging/setLevel":
            return true
        default: return method.hasPrefix("notifications/")
        }
    }
}
