// What the numbers in a decision mean, for records.

/// Who called, in words.
public struct PrincipalText: Hashable, Sendable {
    /// `access_key`, `token`, `service_account` or `certificate`.
    public let kind: String
    /// Its name.
    public let name: String
    /// The namespace that the name is of; empty: of none.
    public let namespace: String
    /// Whose it is: the key's owner, the token's issuer; empty: not said.
    public let owner: String

    init(kind: String, name: String, namespace: String, owner: String) {
        self.kind = kind
        self.name = name
        self.namespace = namespace
        self.owner = owner
    }

    init(_ token: TokenIdentity) {
        if let account = token.serviceAccount {
            self.init(
                kind: "service_account", name: account.name, namespace: account.namespace,
                owner: token.issuer.description)
        } else {
            self.init(
                kind: "token", name: token.subject.description, namespace: token.issuer.namespace,
                owner: token.issuer.description)
        }
    }
}

extension AccessTable {
    /// Who the caller is, or whose credential was refused; nil: nobody knows.
    public func principal(of caller: Caller) -> PrincipalText? {
        guard caller.revision == revision else { return nil }
        if let key = caller.key {
            let details = keys[key].details
            return PrincipalText(
                kind: "access_key", name: details.name, namespace: details.namespace, owner: details.owner)
        }
        if let token = caller.token { return PrincipalText(token) }
        return caller.certificate.map {
            PrincipalText(kind: "certificate", name: $0.name, namespace: "", owner: "")
        }
    }

    /// `namespace/name` of the policy in force; nil when there is none.
    public func policyName(_ basis: Basis) -> String? {
        name(basis.enforced)
    }

    /// The rule that allowed or, when none did, the one that came nearest; nil when no rule was looked at.
    public func ruleName(_ basis: Basis) -> String? {
        ruleName(basis.enforced)
    }

    /// What a staged policy would have decided; nil when none is staged there.
    public func stagedVerdict(_ basis: Basis) -> StagedVerdict? {
        guard let policy = name(basis.staged) else { return nil }
        return StagedVerdict(policy: policy, rule: ruleName(basis.staged) ?? "", reason: basis.staged.reason)
    }

    /// The rules that were looked at, in order, those of the policy in force first. Of each policy the first 32.
    public func trace(_ basis: Basis) -> [TraceStep] {
        var steps: [TraceStep] = []
        forEachStep(basis) { steps.append(TraceStep(policy: $0, rule: $1, isStaged: $2, outcome: $3)) }
        return steps
    }

    /// The same, step by step, without an array of them.
    ///
    /// - Parameter body: gets the policy, the rule, whether the policy is only watched, and what the rule said.
    public func forEachStep(_ basis: Basis, _ body: (String, String, Bool, Outcome) -> Void) {
        forEachStep(basis.enforced, isStaged: false, body)
        forEachStep(basis.staged, isStaged: true, body)
    }

    private func forEachStep(
        _ evaluation: Evaluation, isStaged: Bool, _ body: (String, String, Bool, Outcome) -> Void
    ) {
        guard let policy = name(evaluation) else { return }
        for index in 0..<Int(evaluation.looked) {
            guard let outcome = evaluation.outcome(index) else { return }
            body(policy, policies[Int(evaluation.policy)].rules[index].name, isStaged, outcome)
        }
    }

    private func name(_ evaluation: Evaluation) -> String? {
        guard evaluation.policy >= 0, Int(evaluation.policy) < policies.count else { return nil }
        return policies[Int(evaluation.policy)].name
    }

    private func ruleName(_ evaluation: Evaluation) -> String? {
        guard evaluation.rule >= 0, name(evaluation) != nil else { return nil }
        let rules = policies[Int(evaluation.policy)].rules
        return Int(evaluation.rule) < rules.count ? rules[Int(evaluation.rule)].name : nil
    }
}
