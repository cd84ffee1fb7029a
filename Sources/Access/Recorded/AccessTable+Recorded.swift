import Kubernetes
import ModelTraffic

extension AccessTable {
    /// What the policies say of a request that was decided before: of limits, budgets and sessions they say nothing.
    ///
    /// - Parameters:
    ///   - policy: what is in force where the request came in, in this table.
    ///   - staged: by the staged policy there; where none is, by the one in force.
    public func judge(_ policy: PolicyID, _ request: RecordedRequest, staged: Bool = false) -> RecordedVerdict {
        let index = staged && policy.staged >= 0 ? policy.staged : policy.enforced
        guard policy.revision == revision, index >= 0, Int(index) < policies.count else {
            return RecordedVerdict(answer: .denied(.noPolicy), policy: "", rule: "")
        }
        let compiled = policies[Int(index)]
        func verdict(_ answer: RecordedVerdict.Answer, rule: Int? = nil) -> RecordedVerdict {
            RecordedVerdict(answer: answer, policy: compiled.name, rule: rule.map { compiled.rules[$0].name } ?? "")
        }
        if compiled.isInvalid { return verdict(.denied(.invalidPolicy)) }
        let question: RecordedQuestion
        var doubt: Set<RecordedGap> = []
        switch standing(of: request) {
        case .refused(let reason): return verdict(.denied(reason))
        case .doubtful(let key, let gaps): (question, doubt) = (RecordedQuestion(request, key: key), gaps)
        case .good(let key): question = RecordedQuestion(request, key: key)
        }
        let (found, rule) = Self.judge(compiled, question)
        switch found {
        case .certain(.matched): return verdict(doubt.isEmpty ? .allowed : .cannotTell(doubt), rule: rule)
        case .open(let gaps): return verdict(.cannotTell(gaps.union(doubt)), rule: rule)
        case .certain(let outcome):
            let isMissing = request.credential == .none && compiled.asksForKeys
            return verdict(.denied(isMissing ? .missingKey : outcome.reason), rule: rule)
        }
    }

    /// The first rule that allows; else what the rules may say; else the nearest.
    private static func judge(_ policy: CompiledPolicy, _ question: RecordedQuestion) -> (RecordedOutcome, Int?) {
        var found: (outcome: RecordedOutcome, rule: Int?) = (.certain(.networkNotListed), nil)
        for (index, rule) in policy.rules.enumerated() {
            let outcome = rule.judge(question)
            let joined = found.outcome.or(outcome)
            if joined != found.outcome || found.rule == nil { found = (joined, index) }
            if joined == .certain(.matched) { break }
        }
        return found
    }

    private enum Standing {
        case good(KeyIndex?)
        case doubtful(KeyIndex?, Set<RecordedGap>)
        case refused(Reason)
    }

    /// Whether what the caller had shown would still be taken.
    private func standing(of request: RecordedRequest) -> Standing {
        let place = CallerPlace(source: request.source)
        let pod = request.workload.map { PodIdentity(workload: $0, pod: "", serviceAccount: "", labels: []) }
        func standing(_ slip: SourceBinding.Slip?, _ key: KeyIndex?, _ reasons: [SourceBinding.Slip: Reason])
            -> Standing
        {
            guard let slip else { return .good(key) }
            if slip == .certificate, request.mayHaveCertificate { return .doubtful(key, [.certificate]) }
            return .refused(reasons[slip] ?? .internalError)
        }
        switch request.credential {
        case .none, .certificate: return .good(nil)
        // One that is wrong is never passed over, also where a rule would let it pass with none.
        case .unknown: return .doubtful(nil, [.credential])
        case .key(let name):
            guard let position = keys.position(of: name.name, in: keys.namespaces[name.namespace] ?? 0..<0) else {
                return .refused(.unknownKey)
            }
            let key = KeyIndex(value: Int32(position))
            let entry = keys[key]
            if let refusal = entry.refusal { return .refused(refusal) }
            if request.seconds >= entry.expires { return .refused(.expiredKey) }
            return standing(
                entry.binding?.slip(at: place, pod: pod), key,
                [
                    .network: .keyNotBoundToNetwork, .workload: .keyNotBoundToWorkload,
                    .certificate: .keyNotBoundToCertificate,
                ])
        case .token(let issuer, _), .serviceAccount(let issuer, _):
            guard let compiled = tokens.issuers.first(where: { $0.name == issuer }) else {
                return .refused(.tokenIssuerUnknown)
            }
            return standing(
                compiled.binding?.slip(at: place, pod: pod), nil,
                [
                    .network: .tokenNotBoundToNetwork, .workload: .tokenNotBoundToWorkload,
                    .certificate: .tokenNotBoundToCertificate,
                ])
        }
    }
}

extension CompiledRule {
    /// What the rule says of a recorded request.
    fileprivate func judge(_ question: RecordedQuestion) -> RecordedOutcome {
        let caller = from.reduce(RecordedOutcome.certain(.networkNotListed)) { $0.or($1.judge(question)) }
        return caller.and(judgeRequest(question))
    }

    private func judgeRequest(_ question: RecordedQuestion) -> RecordedOutcome {
        var gaps: Set<RecordedGap> = []
        var base = Outcome.matched
        for (index, world) in question.worlds.enumerated() {
            let outcome = judge(question.request, world.operation)
            if index == 0 { base = outcome }
            guard let gap = world.gap, (outcome == .matched) != (base == .matched) else { continue }
            // What is denied at its best is denied at its worst; only of two meanings of one name neither is better.
            if base == .matched || gap == .mcpName { gaps.insert(gap) }
        }
        return gaps.isEmpty ? .certain(base) : .open(gaps)
    }

    /// What the entries of `to` say, in one of the worlds.
    private func judge(_ request: RecordedRequest, _ operation: Operation) -> Outcome {
        let nobody = Caller(revision: 0)
        return request.method.withUnsafeBytes { method in
            request.path.withUnsafeBytes { path in
                let question = Question(
                    AccessRequest(source: request.source, method: method, path: path, operation: operation), nobody)
                var best = Outcome.pathNotListed
                for entry in to {
                    let outcome = entry.evaluate(question)
                    if outcome.rawValue < best.rawValue { best = outcome }
                }
                return best
            }
        }
    }
}
