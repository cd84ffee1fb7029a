import Addresses

// Who is charged, and what the rule that allowed says about tokens.

extension AccessTable {
    /// Who is charged for what the caller does.
    ///
    /// - Parameter text: the source as records have it.
    public func spender(of caller: Caller, at source: Address, text: String) -> Spender {
        if let key = caller.key { return keys.spender(key) }
        if let token = caller.token {
            if let account = token.serviceAccount {
                return Spender(kind: "ServiceAccount", namespace: account.namespace, name: account.name)
            }
            // Two issuers of a namespace may both know a subject: they are two principals.
            return Spender(
                kind: "Token", namespace: token.issuer.namespace,
                name: "\(token.issuer.name)/\(token.subject.description)")
        }
        if let certificate = caller.certificate {
            return Spender(kind: "Certificate", namespace: "", name: certificate.name)
        }
        return Spender(address: source, text: text)
    }

    /// Whether the rule that allowed limits tokens.
    public func limitsTokens(_ basis: Basis) -> Bool { rule(basis)?.tokens != nil }

    /// What the rule that allowed asks for its limit of tokens; nil: it has none.
    public func tokenLine(_ basis: Basis, _ spender: Spender, _ estimate: SpendEstimate) -> SpendLine? {
        guard let rule = rule(basis), let tokens = rule.tokens else { return nil }
        return SpendLine.tokens(
            ofPolicy: policies[Int(basis.enforced.policy)].name, ruleID: rule.limiterID, count: Int64(tokens.count),
            window: tokens.window, spender, estimate)
    }

    /// The rule that allowed; nil: none did.
    func rule(_ basis: Basis) -> CompiledRule? {
        guard basis.enforced.reason == nil, basis.caller.revision == revision, basis.enforced.policy >= 0 else {
            return nil
        }
        return policies[Int(basis.enforced.policy)].rules[Int(basis.enforced.rule)]
    }
}
