import Foundation
import Kubernetes

/// The account of a cluster whose tokens open its hub for reading: whoever may make one of them may look.
enum ViewerAccount {
    /// Namespace and name.
    static let name = NamespacedName(Installation.Namespaces.system, Installation.Accounts.viewer)

    /// An issuer of such tokens, as if it stood among the objects: nobody has to know what a cluster calls itself.
    ///
    /// - Parameter issuer: `iss` of the cluster's service accounts.
    static func issuer(_ issuer: String) -> TokenIssuer? {
        let subject = YAMLText("system:serviceaccount:\(name.namespace):\(name.name)")
        let text = """
            apiVersion: \(TokenIssuer.group)/v1alpha1
            kind: \(TokenIssuer.kind)
            metadata: {name: \(name.name), namespace: \(name.namespace)}
            spec:
              issuer: \(YAMLText(issuer))
              audiences: [\(Installation.consoleAudience)]
              serviceAccounts: true
              jwks: {cluster: {}}
              requiredClaims: {sub: [\(subject)]}
              console: {grants: [{claim: sub, values: [\(subject)], role: Viewer}]}
            """
        let read = ObjectDecoder.combine([ObjectDecoder.decode(text: text, file: "the hub's own")], revision: 1)
        return read.mistakes.isEmpty ? read.objects.tokenIssuers[name] : nil
    }
}
