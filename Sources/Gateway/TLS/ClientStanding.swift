import Access
import Kubernetes

/// What the certificate of a connection is worth for one of its requests.
enum ClientStanding: Hashable {
    /// None was shown, or none was asked for.
    case none
    case identity(ClientIdentity)
    /// It has expired since the connection was opened.
    case outOfDate
    /// Another Gateway asked for it, and checked it with authorities of its own: it says nothing here. That happens
    /// when a host name goes from one Gateway to another while connections are open.
    case elsewhere
}

extension TLSSession {
    /// Who the client is for a request to a listener of `gateway` at `now` (seconds since 1970). To be asked for each
    /// request.
    func client(askedBy gateway: NamespacedName, atSeconds now: Int64) -> ClientStanding {
        guard let client else { return .none }
        guard self.gateway == gateway else { return .elsewhere }
        return client.isValid(atSeconds: now) ? .identity(client) : .outOfDate
    }
}
