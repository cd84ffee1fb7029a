import Addresses
import Kubernetes
import ModelTraffic

/// What a rule says of a recorded request.
enum RecordedOutcome: Hashable {
    /// It says this, whatever the record leaves out.
    case certain(Outcome)
    /// It matches or not: that depends on what the record leaves out.
    case open(Set<RecordedGap>)

    /// Of two ways in one is enough.
    func or(_ other: Self) -> Self {
        switch (self, other) {
        case (.certain(.matched), _), (_, .certain(.matched)): .certain(.matched)
        case (.open(let a), .open(let b)): .open(a.union(b))
        case (.open, _): self
        case (_, .open): other
        case (.certain(let a), .certain(let b)): .certain(a.rawValue <= b.rawValue ? a : b)
        }
    }

    /// Both must hold.
    func and(_ other: @autoclosure () -> Self) -> Self {
        switch self {
        case .certain(.matched): return other()
        case .certain: return self
        case .open(let gaps):
            switch other() {
            case .certain(.matched): return self
            case .certain(let outcome): return .certain(outcome)
            case .open(let more): return .open(gaps.union(more))
            }
        }
    }
}

/// A recorded request, ready for asking all rules of a table.
struct RecordedQuestion {
    let request: RecordedRequest
    /// The number of the key in this table; nil: no key was shown.
    let key: KeyIndex?
    let pod: PodIdentity?
    /// The best and the worst that the record may have left out, and what would make the difference.
    let worlds: [(operation: Operation, gap: RecordedGap?)]

    init(_ request: RecordedRequest, key: KeyIndex?) {
        self.request = request
        self.key = key
        pod = request.workload.map { PodIdentity(workload: $0, pod: "", serviceAccount: "", labels: []) }
        worlds = Self.worlds(request)
    }

    /// Every condition of a rule asks for something that is there, so that one world in which a single thing is as bad
    /// as can be tells whether the answer depends on it.
    private static func worlds(_ request: RecordedRequest) -> [(Operation, RecordedGap?)] {
        var best = Operation(classes: request.classes)
        best.model = request.model
        best.isMCP = request.isMCP
        best.isBodyPending = !request.isBodyRead && request.classes != nil
        var facts = RequestFacts()
        facts.model = request.model
        let messages = request.isMCP && request.isBodyRead ? Self.messages(request) : []
        facts.mcp = messages.first
        best.facts = facts
        var worlds: [(Operation, RecordedGap?)] = [(best, nil)]
        func add(_ gap: RecordedGap, _ change: (inout Operation) -> Void) {
            var world = best
            change(&world)
            worlds.append((world, gap))
        }
        for message in messages.dropFirst() { add(.mcpName) { $0.facts?.mcp = message } }
        guard let classes = request.classes else { return worlds }
        if classes.contains(.serverFetch) {
            add(.mediaHosts) { $0.facts?.media = [MediaReference(kind: .file, url: "", path: "")] }
        }
        guard request.isBodyRead else {
            add(.body) { world in
                world.isBodyPending = false
                world.classes = OperationClass.allCases.reduce(into: .serverFetch) { $0.formUnion(.init($1)) }
                world.model = request.model ?? "\u{0}"
                world.facts?.media = [MediaReference(kind: .file, url: "", path: "")]
                world.facts?.unknownFields = [""]
                if request.isMCP { world.facts?.mcp = MCPRequest(callOf: "\u{0}") }
            }
            return worlds
        }
        add(.fields) { $0.facts?.unknownFields = [""] }
        return worlds
    }

    /// The messages that the record may be of; empty: an answer.
    private static func messages(_ request: RecordedRequest) -> [MCPRequest] {
        guard let method = request.mcpMethod else { return [] }
        func message(_ change: (inout MCPRequest) -> Void) -> MCPRequest {
            var message = MCPRequest(callOf: "")
            (message.method, message.tool) = (method, nil)
            change(&message)
            return message
        }
        switch method {
        case "tools/call": return [message { $0.tool = request.mcpName }]
        case "prompts/get": return [message { $0.prompt = request.mcpName }]
        case "completion/complete":
            return [message { $0.prompt = request.mcpName }, message { $0.resource = request.mcpName }]
        default: return [message { $0.resource = request.mcpName }]
        }
    }
}

extension CallerCondition {
    /// Whether the caller of a recorded request is meant.
    func judge(_ question: RecordedQuestion) -> RecordedOutcome {
        let request = question.request
        if let networks, !networks.contains(request.source) { return .certain(.networkNotListed) }
        if let workloads, !workloads.matches(question.pod) { return .certain(.workloadNotListed) }
        if asksForCredentials, request.credential == .none, !request.mayHaveCertificate { return .certain(.keyMissing) }
        return judgeKey(question).and(judgeToken(request)).and(judgeCertificate(request))
    }

    private func judgeKey(_ question: RecordedQuestion) -> RecordedOutcome {
        guard let keys else { return .certain(.matched) }
        if question.request.credential == .unknown { return .open([.credential]) }
        return .certain(question.key.map(keys.contains) ?? false ? .matched : .keyNotListed)
    }

    private func judgeToken(_ request: RecordedRequest) -> RecordedOutcome {
        guard let tokens else { return .certain(.matched) }
        switch request.credential {
        case .unknown: return .open([.credential])
        case .token(let issuer, let subject):
            guard tokens.mayMatch(issuer: issuer, subject: subject, account: nil) else {
                return .certain(.tokenNotListed)
            }
        case .serviceAccount(let issuer, let account):
            let subject = "system:serviceaccount:\(account.namespace):\(account.name)"
            guard tokens.mayMatch(issuer: issuer, subject: subject, account: account) else {
                return .certain(.tokenNotListed)
            }
        case .none, .key, .certificate: return .certain(.tokenNotListed)
        }
        return tokens.asksForClaims ? .open([.claims]) : .certain(.matched)
    }

    private func judgeCertificate(_ request: RecordedRequest) -> RecordedOutcome {
        guard let certificates else { return .certain(.matched) }
        switch request.credential {
        case .certificate(let name):
            if certificates.matches(recorded: name) { return .certain(.matched) }
            return certificates.asksForOther(than: name) ? .open([.certificate]) : .certain(.certificateNotListed)
        case .unknown: return .open([.certificate])
        case .none, .key, .token, .serviceAccount:
            return request.mayHaveCertificate ? .open([.certificate]) : .certain(.certificateNotListed)
        }
    }
}

extension CertificateMatcher {
    /// Whether the one name of a certificate that records tell is meant.
    func matches(recorded name: String) -> Bool {
        if let id = try? SPIFFEID(Array(name.utf8)) { return matches(id) }
        if name.hasPrefix("sha256:"), let print = CertificateFingerprint(hexadecimal: String(name.dropFirst(7))) {
            return fingerprints.contains(print)
        }
        let text = CertificateText(name)
        return subjects.contains(text) || dnsNames.contains(text)
    }

    /// Whether a certificate that is recorded by this name may be meant by another of its names. The name is the SPIFFE
    /// ID, else the subject, else the first DNS name, else the fingerprint: what would have come before is not there.
    func asksForOther(than name: String) -> Bool {
        if name.hasPrefix("sha256:") { return false }
        if !fingerprints.isEmpty { return true }
        let isID = name.hasPrefix("spiffe://")
        return !dnsNames.isEmpty || isID && !subjects.isEmpty
    }
}
