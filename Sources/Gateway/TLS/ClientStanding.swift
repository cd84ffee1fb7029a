import Access
import Kubernetes
import Routing

/// What the certificate of a connection is worth for one of its requests. Everything but the first two asks for
/// another connection (421): the handshake of a new one settles it.
enum ClientStanding: Hashable {
    /// None was shown, or none was asked for.
    case none
    case identity(ClientIdentity)
    /// None was shown, and one is required now: that was not so when the connection was opened.
    case missing
    /// It has expired since the connection was opened.
    case outOfDate
    /// Another Gateway asked for it, and checked it with authorities of its own: it says nothing here. That happens
    /// when a host name goes from one Gateway to another while connections are open.
    case elsewhere
}

extension TLSSession {
    /// Who the client is for a request to `listener` at `now` (seconds since 1970). To be asked for each request.
    func client(for listener: CompiledListener, atSeconds now: Int64) -> ClientStanding {
        let isRequired = listener.clientValidation.map { !$0.allowsInsecureFallback } ?? false
        return client(askedBy: listener.gateway, isRequired: isRequired, atSeconds: now)
    }

    /// The same for a listener of `gateway`.
    func client(askedBy gateway: NamespacedName, isRequired: Bool, atSeconds now: Int64) -> ClientStanding {
        guard let client else { return isRequired ? .missing : .none }
        guard self.gateway == gateway else { return .elsewhere }
        return client.isValid(atSeconds: now) ? .identity(client) : .outOfDate
    }
}
