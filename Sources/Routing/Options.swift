import Kubernetes

/// What `compile` must know that the objects do not say.
public struct RoutingOptions: Sendable {
    /// A GatewayClass with this controller is ours.
    public var controllerName = "sallyport.dev/gateway"
    /// A class of this name is ours even when there is no such GatewayClass object (no cluster: nobody to make one).
    public var className = "sallyport"
    /// True: all Gateways listen on the same addresses, so that their listeners can conflict with each other, and the
    /// oldest Gateway keeps a disputed port. False: each Gateway has addresses of its own.
    public var gatewaysShareAddresses = true
    /// True: endpoints and `ExternalName` services may be loopback, link-local or cluster-internal. Only where the
    /// person who writes the objects owns the machine; in a cluster it would let a Service reach the node itself.
    public var allowsLocalBackends = false
    /// Addresses that the gateway is reached at, for `status.addresses` of Gateways that name none.
    public var addresses: [Gateway.Address] = []
    /// Where the gateway runs, for Services that prefer what is near; nil: not known.
    public var zone: String?
    /// The node that it runs on; nil: not known.
    public var node: String?

    /// The same for single Gateways, where each has addresses of its own.
    public var gatewayAddresses: [NamespacedName: [Gateway.Address]] = [:]

    /// Addresses that a Gateway is reached at.
    func addresses(of gateway: NamespacedName) -> [Gateway.Address] { gatewayAddresses[gateway] ?? addresses }

    /// Options of a gateway in a cluster.
    public init() {}
}
