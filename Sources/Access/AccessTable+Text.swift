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

    init(_ key: KeyDetails) {
        self.init(kind: "access_key", name: key.name, namespace: key.namespace, owner: key.owner)
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

/// A policy and its rules, in words.
public struct PolicyText: Hashable, Sendable {
    /// `namespace/name`.
    public let name: String
    /// In order.
    public let rules: [String]
}

/// A rule of one `AccessTable`: the places of its policy in `AccessTable.policyTexts`, and its own in that.
public struct RuleNumber: Hashable, Sendable {
    /// Place of the policy.
    public let policy: Int
    /// Place of the rule.
    public let rule: Int
}

extension AccessTable {
    /// Who the caller is, or whose credential was refused; nil: nobody knows.
    public func principal(of caller: Caller) -> PrincipalText? {
        guard caller.revision == revision else { return nil }
        if let key = caller.key {
            return PrincipalText(keys.details(key))
        }
        if let token = caller.token { return PrincipalText(token) }
        return caller.certificate.map {
            PrincipalText(kind: "certificate", name: $0.name, namespace: "", owner: "")
        }
    }

    /// Who each access key is, by its number (`keyNumber`).
    public var keyPrincipals: [PrincipalText] { keys.entries.map { PrincipalText($0.details) } }

    /// The number of the caller's key, or of the one that was refused; nil: it has shown none that is known.
    public func keyNumber(of caller: Caller) -> Int? {
        guard caller.revision == revision, let key = caller.key else { return nil }
        return Int(key.value)
    }

    /// The policies, by number, with the names of their rules.
    public var policyTexts: [PolicyText] {
        policies.map { PolicyText(name: $0.name, rules: $0.rules.map(\.name)) }
    }

    /// The numbers of policy and rule that `policyName` and `ruleName` name; nil: one of them names none.
    public func ruleInForce(_ basis: Basis) -> RuleNumber? {
        let (policy, rule) = (Int(basis.enforced.policy), Int(basis.enforced.rule))
        guard policy >= 0, rule >= 0, policy < policies.count, rule < policies[policy].rules.count else { return nil }
        return RuleNumber(policy: policy, rule: rule)
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
        forEachStep(basis) { number, isStaged, outcome in
            let policy = policies[number.policy]
            steps.append(
                TraceStep(
                    policy: policy.name, rule: policy.rules[number.rule].name, isStaged: isStaged, outcome: outcome))
        }
        return steps
    }

    /// The same, step by step, without texts.
    ///
    /// - Parameter body: gets policy and rule, whether the policy is only watched, and what the rule said.
    public func forEachStep(_ basis: Basis, _ body: (RuleNumber, Bool, Outcome) -> Void) {
        forEachStep(basis.enforced, isStaged: false, body)
        forEachStep(basis.staged, isStaged: true, body)
    }

    private func forEachStep(_ evaluation: Evaluation, isStaged: Bool, _ body: (RuleNumber, Bool, Outcome) -> Void) {
        let policy = Int(evaluation.policy)
        guard policy >= 0, policy < policies.count else { return }
        for index in 0..<Int(evaluation.looked) {
            guard let outcome = evaluation.outcome(index) else { return }
            body(RuleNumber(policy: policy, rule: index), isStaged, outcome)
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
