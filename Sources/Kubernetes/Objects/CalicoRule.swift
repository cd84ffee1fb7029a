import Addresses

/// One entry of `ingress` or `egress` of a Calico policy: all that is written must hold.
public struct CalicoRule: Hashable, Sendable {
    /// `spec.ingress[0]`.
    public var path: String
    public var action: Action
    /// nil: both.
    public var ipVersion: IPVersion?
    /// nil: every protocol.
    public var proto: IPProtocol?
    public var notProto: IPProtocol?
    /// nil: every message.
    public var icmp: ICMP?
    public var notICMP: ICMP?
    public var source: CalicoEntity
    public var destination: CalicoEntity
    /// True when `http` is there: methods and paths of requests.
    public var asksForHTTP: Bool
    /// Paths of fields that are not known.
    public var unknown: [String]
    public var position: Position?

    /// What it says of what it matches.
    public enum Action: String, Hashable, Sendable, CaseIterable {
        case allow = "Allow"
        case deny = "Deny"
        /// The next tier decides.
        case pass = "Pass"
        /// It is noted, and the next rule asked.
        case log = "Log"
    }

    /// `ipVersion`.
    public enum IPVersion: Int, Hashable, Sendable {
        case four = 4
        case six = 6
    }

    /// `icmp`: without a type every message.
    public struct ICMP: Hashable, Sendable {
        /// 0...254.
        public var type: UInt8?
        /// Never there without a type.
        public var code: UInt8?
    }
}

/// `source` or `destination` of a rule: all that is written must hold.
public struct CalicoEntity: Hashable, Sendable {
    /// Empty: every address.
    public var nets: [Prefix]
    public var notNets: [Prefix]
    /// nil: absent or empty.
    public var selector: CalicoSelector?
    /// nil: absent or empty.
    public var notSelector: CalicoSelector?
    /// nil: absent or empty.
    public var namespaceSelector: CalicoSelector?
    /// `serviceAccounts.names`; empty: every name.
    public var serviceAccountNames: [String]
    /// `serviceAccounts.selector`; nil: absent or empty.
    public var serviceAccountSelector: CalicoSelector?
    /// Empty: every port.
    public var ports: [CalicoPort]
    public var notPorts: [CalicoPort]
    /// `services`, as `namespace/name`; the namespace is empty when absent.
    public var service: NamespacedName?
    /// Empty: none are asked for.
    public var domains: [String]

    /// Everything.
    public static let everything = CalicoEntity(
        nets: [], notNets: [], serviceAccountNames: [], ports: [], notPorts: [], domains: [])
}

/// `80`, `"8000:8080"` or the name of a container port.
public enum CalicoPort: Hashable, Sendable {
    case range(PortRange)
    case named(String)
}
