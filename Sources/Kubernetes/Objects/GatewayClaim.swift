/// What a Gateway with mistakes had for itself: ports and host names that no other Gateway may answer for. Its requests
/// must not fall to a wider listener, whose routes and policies were written for others.
///
/// What could not be read is nil and stands for everything.
public struct GatewayClaim: Sendable, Hashable {
    /// A host name, as far as it could be read.
    public enum Hostname: Sendable, Hashable {
        /// It could not.
        case unknown
        /// None was written: the listener was for every host that no other listener names.
        case any
        /// In lower case, `*.` in front of wildcards.
        case name(String)
    }

    /// One of its listeners.
    public struct Listener: Sendable, Hashable {
        /// TCP port; nil: any.
        public var port: Int?
        /// Which hosts.
        public var hostname: Hostname
    }

    /// Its class; nil: any.
    public var className: String?
    /// Its listeners; nil: any.
    public var listeners: [Listener]?
    /// What its age is known by; nil: it may be older than all others.
    public var age: Age?

    /// Creation time and name: what settles disputes between Gateways.
    public struct Age: Sendable, Hashable {
        /// Seconds since 1970; nil: younger than all that have one.
        public var created: Int64?
        /// Namespace and name.
        public var key: NamespacedName
    }

    /// What it claims on a port; nil: perhaps everything.
    public func hostnames(on port: Int) -> [Hostname]? {
        listeners?.filter { $0.port == nil || $0.port == port }.map(\.hostname)
    }
}

extension GatewayClaim {
    /// What can be believed of the document of a Gateway.
    init(_ document: Value, _ reference: ObjectReference, _ soundness: Soundness) {
        let spec = document["spec"]
        className = soundness.holds("spec.gatewayClassName") ? spec?["gatewayClassName"]?.text : nil
        listeners = Self.listeners(spec?["listeners"], soundness)
        if soundness.holds("metadata"), !reference.name.isEmpty {
            age = Age(
                created: document["metadata"]?["creationTimestamp"]?.text.flatMap(secondsSince1970),
                key: NamespacedName(reference.namespace, reference.name))
        }
    }

    private static func listeners(_ list: Value?, _ soundness: Soundness) -> [Listener]? {
        guard case .list(let values)? = list?.content, !values.isEmpty else { return nil }
        return values.enumerated().map { index, value in
            let path = "spec.listeners[\(index)]"
            return Listener(
                port: soundness.holds("\(path).port") ? value["port"]?.integer : nil,
                hostname: hostname(value, path, soundness))
        }
    }

    private static func hostname(_ listener: Value, _ path: String, _ soundness: Soundness) -> Hostname {
        guard let written = listener["hostname"] else {
            // Where the name is missing too, more may be.
            let others: Set = ["name", "port", "protocol", "tls", "allowedRoutes"]
            let isLeftOut = listener["name"] != nil && soundness.holdsWithout(fieldOf: path, otherThan: others)
            return isLeftOut ? .any : .unknown
        }
        guard soundness.holds("\(path).hostname"), let text = written.text else { return .unknown }
        return .name(text.lowercased())
    }
}
