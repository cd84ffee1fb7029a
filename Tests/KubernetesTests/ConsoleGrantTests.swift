import Testing

@testable import Kubernetes

@Suite struct ConsoleGrantTests {
    private static let hash = String(repeating: "a", count: 64)

    private func key(_ console: String) -> String {
        "apiVersion: sallyport.dev/v1alpha1\nkind: AccessKey\nmetadata: {name: k, namespace: ai}\nspec:\n"
            + "  sha256: \(Self.hash)\n\(console)"
    }

    private func issuer(_ console: String, audiences: String = "[sallyport]") -> String {
        "apiVersion: sallyport.dev/v1alpha1\nkind: TokenIssuer\nmetadata: {name: i, namespace: ai}\nspec:\n"
            + "  issuer: https://a.example\n  audiences: \(audiences)\n  jwks: {url: \"https://a.example/keys\"}\n\(console)"
    }

    private func grant(_ text: String) -> ConsoleGrant? {
        snapshot(key(text)).objects.accessKeys[NamespacedName("ai", "k")]?.console
    }

    @Test func keysOpenWhatTheySay() {
        #expect(grant("") == nil)
        #expect(grant("  console: {role: Viewer}\n") == ConsoleGrant(role: .viewer))
        #expect(
            grant("  console: {role: Operator, namespaces: [ai, data]}\n")
                == ConsoleGrant(role: .operator, namespaces: ["ai", "data"]))
        #expect(grant("  console: {role: Viewer, content: true}\n") == ConsoleGrant(role: .viewer, content: true))
        #expect(grant("  console: {role: Operator, content: false}\n") == ConsoleGrant(role: .operator))
    }

    /// An empty list could mean all or none.
    @Test(arguments: [
        "{}", "{role: Admin}", "{role: viewer}", "{role: Viewer, namespaces: []}", "{role: Viewer, namespaces: [A]}",
        "{role: Viewer, namespaces: [a, a]}", "{role: Viewer, write: true}", "Viewer",
        "{role: Viewer, content: yes please}",
    ])
    func wrongGrantsAreMistakes(console: String) {
        #expect(mistakes(key("  console: \(console)\n")).count > 0, "\(console)")
    }

    @Test func issuersGrantByClaim() throws {
        let text = issuer(
            """
              console:
                grants:
                - {claim: groups, values: [platform], role: Operator}
                - {role: Viewer, namespaces: [ai]}
                login:
                  clientID: sallyport
                  authorizationEndpoint: https://a.example/auth
                  tokenEndpoint: https://a.example/token
                  redirectURL: https://hub.example/login/issuer
                  scopes: [groups]
                  clientSecretRef: {name: client}

            """)
        #expect(mistakes(text) == [])
        let console = try #require(snapshot(text).objects.tokenIssuers[NamespacedName("ai", "i")]?.console)
        #expect(console.grants.map(\.claim) == ["groups", ""])
        #expect(console.grants.map(\.grant.role) == [.operator, .viewer])
        #expect(console.login?.clientSecret == TokenIssuer.KeyReference(name: "client", key: "clientSecret"))
    }

    @Test(arguments: [
        "{grants: []}", "{grants: [{claim: groups, role: Viewer}]}", "{grants: [{values: [a], role: Viewer}]}",
        "{grants: [{claim: groups, values: [], role: Viewer}]}", "{}",
        "{grants: [{role: Viewer}], login: {clientID: sallyport}}",
        "{grants: [{role: Viewer}], login: {clientID: sallyport, authorizationEndpoint: \"http://a.example\", tokenEndpoint: \"https://a.example\", redirectURL: \"https://a.example\"}}",
    ])
    func wrongConsolesAreMistakes(console: String) {
        #expect(mistakes(issuer("  console: \(console)\n")).count > 0, "\(console)")
    }

    @Test func theClientMustBeAnAudience() {
        let console = """
              console:
                grants: [{role: Viewer}]
                login:
                  clientID: other
                  authorizationEndpoint: https://a.example/auth
                  tokenEndpoint: https://a.example/token
                  redirectURL: https://hub.example/login/issuer

            """
        #expect(mistakes(issuer(console)).contains { $0.contains("spec.audiences") })
        #expect(mistakes(issuer(console, audiences: "[other]")) == [])
    }
}
