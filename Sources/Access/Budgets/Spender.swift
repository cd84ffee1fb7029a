import Addresses

/// Who is charged for a request. Made once for each principal, where that is possible: it is hashes of names.
public struct Spender: Sendable, Hashable {
    /// The principal: an access key, a service account, the subject of a token, a certificate's identity, an address.
    public let subject: SpendSubject
    let id: UInt128
    /// Of the namespace that the principal belongs to; all that have none share one.
    let namespaceID: UInt128
    let isAccessKey: Bool

    /// A principal of that kind.
    ///
    /// - Parameters:
    ///   - kind: `AccessKey`, or the kind of another principal.
    ///   - namespace: of the key, the service account or the object that names the token's issuer; empty: none.
    ///   - name: unique for the kind in the namespace.
    public init(kind: String, namespace: String, name: String) {
        subject = SpendSubject(kind: kind, namespace: namespace, name: name)
        id = identity(kind, namespace, name)
        namespaceID = Self.id(ofNamespace: namespace)
        isAccessKey = kind == "AccessKey"
    }

    /// A caller of whom only the address is known. Of IPv6 the /64 counts: whoever has one address of it has them all.
    ///
    /// - Parameter text: the address as records have it.
    public init(address: Address, text: String) {
        subject = SpendSubject(kind: "Address", namespace: "", name: text)
        id = address.isIPv4 ? address.bits : address.bits & ~UInt128(UInt64.max)
        namespaceID = Self.id(ofNamespace: "")
        isAccessKey = false
    }

    private static func id(ofNamespace name: String) -> UInt128 { identity("Namespace", name) }
}
