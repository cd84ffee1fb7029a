import Hub
import ModelTraffic
import Records

/// What would let a request through that was denied: the least that matches it, to be added to what is there. Rules are
/// alternatives to each other, and so are the entries of `to`, so that nothing that is allowed now is lost.
struct RequestAdvice {
    private let record: Record
    private let request: RequestSnippet

    init(_ record: Record) {
        self.record = record
        request = RequestSnippet(record)
    }

    /// Empty: nothing is known that would.
    var changes: [HubExplanation.Change] {
        (byReason ?? byRule).map { [$0] } ?? []
    }

    // MARK: Whatever the rules say

    /// Reasons that no rule changes.
    private var byReason: HubExplanation.Change? {
        switch record.reason {
        case "no_policy": newPolicy
        case "invalid_policy":
            Self.only("AccessPolicy \(record.policy) without mistakes: while it has some, it denies all.")
        case "missing_key":
            Self.only("A key, token or client certificate that AccessPolicy \(record.policy) lists: none was shown.")
        case "unknown_endpoint", "misnamed_server": endpoint
        case "budget_exhausted": Self.only("A higher limit in Budget \(budget), or waiting until its window ends.")
        case "unpriced_model":
            Self.only(
                "A price for \(request.model.isEmpty ? "the model" : request.model) in a Provider of its Service.")
        case "rate_limited": limit("requests")
        case "tokens_rate_limited": limit("tokens")
        case "too_many_concurrent": limit("concurrency")
        default:
            record.status == 401
                ? Self.only("A good credential: no rule lets a request pass that shows a bad one.") : nil
        }
    }

    private static func only(_ text: String) -> HubExplanation.Change { .init(text: text, yaml: "") }

    private var budget: String {
        let name = record.ai?.budget?.exhausted ?? ""
        return name.isEmpty ? "that applies there" : name
    }

    private func limit(_ field: String) -> HubExplanation.Change {
        Self.only("Waiting, or more in limits.\(field) of rule \(record.rule) of AccessPolicy \(record.policy).")
    }

    private var endpoint: HubExplanation.Change {
        Self.only(
            record.reason == "misnamed_server"
                ? "A Service whose annotation sallyport.dev/server names a server that is known."
                : "No rule: the table of the server that stands there has no \(request.line). A ModelServer can have it."
        )
    }

    private var newPolicy: HubExplanation.Change? {
        let words = record.place.route.split(separator: " ", maxSplits: 1)
        guard words.count == 2, let slash = words[1].firstIndex(of: "/") else { return nil }
        let (namespace, name) = (words[1][..<slash], words[1][words[1].index(after: slash)...])
        let text = "An AccessPolicy for \(record.place.route)"
        guard let rule = rule(in: String(namespace), networks: false) else {
            return Self.only("\(text), with a rule for who asks.")
        }
        return .init(
            text: "\(text), such as:",
            yaml: """
                apiVersion: sallyport.dev/v1alpha1
                kind: AccessPolicy
                metadata: {name: \(name), namespace: \(namespace)}
                spec:
                  targetRefs:
                  - {group: gateway.networking.k8s.io, kind: \(words[0]), name: \(name)}
                  rules:
                \(rule.indented)
                """)
    }

    // MARK: What the nearest rule wanted

    private var byRule: HubExplanation.Change? {
        let nearest = record.trace.first { $0.rule == record.rule && !$0.isStaged }
        let place = "rule \(record.rule) of AccessPolicy \(record.policy)"
        switch nearest?.result {
        case "class_not_listed", "model_not_listed", "tool_not_listed", "method_not_listed", "path_not_listed":
            return request.entry.map { .init(text: "One more entry in `to` of \(place):", yaml: $0) }
        case "media_host_not_listed":
            return Self.only("The host of the URL in `mediaHosts` of \(place), and ServerFetch in its `classes`.")
        case "field_not_known":
            return Self.only("The request without that field, or \(place) without `strict`.")
        case "key_not_listed", "token_not_listed", "certificate_not_listed", "workload_not_listed":
            return newRule(networks: false)
        case "network_not_listed": return newRule(networks: true)
        default: return nil
        }
    }

    private func newRule(networks: Bool) -> HubExplanation.Change? {
        let namespace = String(record.policy.prefix { $0 != "/" })
        guard let rule = rule(in: namespace, networks: networks) else {
            return record.principal.map {
                Self.only(
                    "A rule of AccessPolicy \(record.policy) that lists \($0.kind.replacing("_", with: " ")) \($0.name)."
                )
            }
        }
        return .init(text: "One more rule in AccessPolicy \(record.policy):", yaml: rule)
    }

    private func rule(in namespace: String, networks: Bool) -> String? {
        guard let caller = CallerSnippet(record, namespace: namespace, networks: networks), let entry = request.entry
        else { return nil }
        return """
            - name: \(YAMLText(caller.name))
              from:
            \(caller.entry.indented)
              to:
            \(entry.indented)
            """
    }
}

/// An entry of `to` that matches one request, and as little else as can be said.
private struct RequestSnippet {
    /// Empty: none was asked for, or it was not looked for.
    let model: String
    /// Method and path, for people.
    let line: String
    /// nil: it cannot be written down.
    let entry: String?

    init(_ record: Record) {
        model = record.ai.flatMap { String(validating: $0.model, as: UTF8.self) } ?? ""
        let method = record.http.flatMap { String(validating: $0.method, as: UTF8.self) } ?? ""
        let path = record.http.flatMap { String(validating: $0.path, as: UTF8.self) } ?? ""
        line = "\(method) \(path)"
        if let ai = record.ai, !ai.classes.isEmpty {
            entry = Self.entry(ai, model: model)
        } else {
            let isWhole = !method.isEmpty && path.hasPrefix("/")
            entry =
                isWhole
                ? "- methods: [\(YAMLText(method))]\n  paths: [{type: Exact, value: \(YAMLText(path))}]" : nil
        }
    }

    private static func entry(_ ai: Record.AI, model: String) -> String? {
        var lines = ["- classes: [\(ai.classes.joined(separator: ", "))]"]
        guard let used = String(validating: ai.tool, as: UTF8.self) else { return nil }
        // A star in a name would be any name.
        guard !model.contains("*"), !used.contains("*") else { return nil }
        if !model.isEmpty { lines.append("  models: [\(YAMLText(model))]") }
        if !used.isEmpty, let list = list(String(decoding: ai.mcpMethod, as: UTF8.self)) {
            lines.append("  \(list): [\(YAMLText(used))]")
        }
        return lines.joined(separator: "\n")
    }

    /// Where what a method of MCP uses is listed.
    private static func list(_ method: String) -> String? {
        switch method {
        case "tools/call": "tools"
        case "prompts/get": "prompts"
        case "resources/read", "resources/subscribe", "resources/unsubscribe": "resources"
        default: nil
        }
    }
}

/// An entry of `from` that matches one caller.
private struct CallerSnippet {
    /// What a rule for it may be called.
    let name: String
    let entry: String

    /// - Parameters:
    ///   - namespace: of the policy, whose keys and issuers count.
    ///   - networks: the address is to be listed, too.
    init?(_ record: Record, namespace: String, networks: Bool) {
        var parts: [String] = []
        if let who = record.principal {
            guard let part = Self.credential(who, namespace) else { return nil }
            parts.append(part)
        }
        if let pod = record.workload, record.principal == nil {
            parts.append(
                "workloads: {names: [{kind: \(pod.kind), namespace: \(YAMLText(pod.namespace)), name: \(YAMLText(pod.name))}]}"
            )
        }
        if networks, let address = record.source?.address {
            parts.append("networks: [\(YAMLText("\(address)/\(address.contains(":") ? 128 : 32)"))]")
        }
        guard !parts.isEmpty else { return nil }
        name = "allow-\(record.principal?.name ?? record.workload?.name ?? "address")"
        entry = "- " + parts.joined(separator: "\n  ")
    }

    private static func credential(_ who: Record.Principal, _ namespace: String) -> String? {
        let issuer = who.owner.split(separator: "/", maxSplits: 1)
        switch who.kind {
        case "access_key" where who.namespace == namespace: return "accessKeys: {names: [\(YAMLText(who.name))]}"
        case "token" where who.namespace == namespace && issuer.count == 2 && !who.name.contains("*"):
            return "tokens: {issuers: [\(YAMLText(String(issuer[1])))], subjects: [\(YAMLText(who.name))]}"
        case "service_account" where issuer.first.map(String.init) == namespace:
            return "serviceAccounts: [{namespace: \(YAMLText(who.namespace)), name: \(YAMLText(who.name))}]"
        default: return nil
        }
    }
}

/// Text from outside as a scalar of YAML.
struct YAMLText: CustomStringConvertible {
    let description: String

    init(_ text: String) {
        description = Self.isPlain(text) ? text : String(decoding: JSONLiteral.string(text).text, as: UTF8.self)
    }

    /// Nothing that YAML would read as anything but this text, also between brackets.
    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, first == 0x2F || isLetter(first) else { return false }
        let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
        return !words.contains(text.lowercased())
            && text.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || "-_./".utf8.contains($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}

extension String {
    /// Every line two to the right.
    fileprivate var indented: String {
        split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }.joined(separator: "\n")
    }
}
