import Kubernetes
import Testing

@testable import sallyport

@Suite("The account whose tokens open a cluster's hub")
struct ViewerAccountTests {
    @Test(
        "whatever a cluster calls itself, only tokens of this one account count",
        arguments: [
            "https://kubernetes.default.svc", "kubernetes/serviceaccount", "https://oidc.example.com/id/\"a': b",
        ])
    func issuer(name: String) throws {
        let issuer = try #require(ViewerAccount.issuer(name))
        #expect(issuer.issuer == name)
        #expect(issuer.metadata.key == NamespacedName("sallyport-system", "sallyport-viewer"))
        #expect(issuer.audiences == [Installation.consoleAudience])
        #expect(issuer.serviceAccounts)
        let subject = "system:serviceaccount:sallyport-system:sallyport-viewer"
        #expect(issuer.requiredClaims == ["sub": [subject]])
        guard case .fetched(let source) = issuer.jwks, case .cluster = source.place else {
            Issue.record("its keys are the cluster's")
            return
        }
        #expect(issuer.console != nil)
    }
}
