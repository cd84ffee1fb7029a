/// `ExecCredential`: what a credential program answers.
public struct ExecCredential: Hashable, Sendable {
    /// A bearer token.
    public let token: SecretBytes?
    /// A client certificate, PEM, with its key.
    public let certificate: SecretBytes?
    /// The key of that certificate, PEM.
    public let key: SecretBytes?
    /// Seconds since 1970; nil: it does not say.
    public let expires: Int64?

    /// Reads what the program wrote. What is wrong is said without showing any of it.
    public init(_ bytes: [UInt8], apiVersion: String) throws(ServedProblem) {
        let value = try ServedProblem.reading(bytes)
        guard value["kind"]?.text == "ExecCredential" else { throw .malformed("it is no ExecCredential") }
        guard value["apiVersion"]?.text == apiVersion else {
            throw .malformed("its apiVersion is not \(apiVersion), which the kubeconfig asks for")
        }
        guard let status = value["status"] else { throw .malformed("it has no status") }
        func secret(_ key: String) -> SecretBytes? {
            status[key]?.text.flatMap { $0.isEmpty ? nil : SecretBytes(Array($0.utf8)) }
        }
        token = secret("token")
        certificate = secret("clientCertificateData")
        key = secret("clientKeyData")
        guard token != nil || certificate != nil else {
            throw .malformed("its status has neither token nor clientCertificateData")
        }
        guard (certificate == nil) == (key == nil) else {
            throw .malformed("its status has only one of clientCertificateData and clientKeyData")
        }
        guard let time = status["expirationTimestamp"]?.text else {
            expires = nil
            return
        }
        guard let seconds = secondsSince1970(time) else { throw .malformed("its expirationTimestamp is no time") }
        expires = seconds
    }
}
