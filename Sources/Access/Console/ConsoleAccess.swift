import Kubernetes
import ModelTraffic

extension TokenIssuer.Console {
    /// What a token with these claims opens: what the first grant that fits says; nil: nothing.
    func grant(for token: TokenIdentity) -> ConsoleGrant? {
        grants.first { entry in
            entry.claim.isEmpty || token.has(entry.claim, oneOf: Set(entry.values.map(ExactText.init)))
        }?.grant
    }

    /// The claims that its grants ask for.
    var claims: [String] { grants.map(\.claim).filter { !$0.isEmpty } }
}

extension TokenVerifier {
    /// What a token opens in the console, by the issuer that verified it.
    func console(of token: TokenIdentity) -> ConsoleGrant? {
        issuers.first { $0.name == token.issuer }?.object.console?.grant(for: token)
    }

    /// Whether an issuer opens the console to anybody.
    var opensConsole: Bool { issuers.contains { $0.object.console != nil } }

    /// The issuers with which people log in to the console by their browser, by name.
    public var logins: [(issuer: NamespacedName, login: TokenIssuer.Login)] {
        issuers.compactMap { issuer in issuer.object.console?.login.map { (issuer.name, $0) } }
            .sorted { $0.issuer < $1.issuer }
    }
}

extension AccessTable {
    /// What the caller may look at in the console; nil: nothing. Only keys and tokens open it, and only those whose object
    /// says so: a caller who was refused opens nothing.
    public func console(of caller: Caller) -> ConsoleGrant? {
        guard caller.revision == revision, caller.refusal == nil else { return nil }
        if let key = caller.key { return keys[key].console }
        if let token = caller.token { return tokens.console(of: token) }
        return nil
    }

    /// Whether any key or issuer opens the console. Where none does, only the link that is shown at the start opens it.
    public var hasConsoleGrants: Bool {
        keys.entries.contains { $0.console != nil && $0.refusal == nil } || tokens.opensConsole
    }
}
