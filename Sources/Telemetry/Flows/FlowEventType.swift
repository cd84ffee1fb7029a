/// The kinds of events that Hubble's public API tells apart, by their numbers.
enum FlowEventType {
    /// A packet was dropped.
    static let drop: Int32 = 1
    /// A packet passed a point.
    static let trace: Int32 = 4
    /// A policy decided.
    static let policyVerdict: Int32 = 5
    /// A request.
    static let accessLog: Int32 = 129
}

/// Numbers of identities that the API reserves; we number no others.
enum ReservedIdentity {
    /// The node itself.
    static let host: UInt32 = 1
    /// Anybody outside the cluster.
    static let world: UInt32 = 2
    /// Another node.
    static let remoteNode: UInt32 = 6

    /// The label that goes with it.
    static func label(_ identity: UInt32) -> String? {
        switch identity {
        case host: "reserved:host"
        case world: "reserved:world"
        case remoteNode: "reserved:remote-node"
        default: nil
        }
    }
}
