import Kubernetes

/// What a controller is to do.
public struct ControllerConfiguration: Sendable {
    /// Who it is in the election: no other controller may have that name, not even the one before in the same pod.
    public var identity: String
    /// How gateways are run; nil: others run them.
    public var gateways: GatewaySettings?
    /// What the command line knows and the controller asks for.
    public var judge: ClusterJudge
    /// Where API servers ask about objects; nil: they do not.
    public var webhook: Webhook?
    /// False: others make the certificates of our own parts.
    public var makesCertificates = true
    /// The domain of Services, for names in certificates.
    public var clusterDomain = "cluster.local"
    /// How leading changes hands, in milliseconds.
    var timing = LeaderElection.Timing()
    var lifetimes = CertificatePlan.Lifetimes()
    var pace = StatusBook.Pace()
    var clock = ControllerClock.system

    /// An address to listen at.
    public struct Endpoint: Hashable, Sendable {
        /// An IP address.
        public var host: String
        /// A port; 0: any that is free.
        public var port: Int

        /// That address.
        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// How API servers ask.
    public struct Webhook: Hashable, Sendable {
        /// Where.
        public var endpoint: Endpoint
        /// PEM file of the authorities that callers must have a certificate of; nil: anybody who reaches the port may
        /// ask.
        public var clientAuthorities: String?

        /// A webhook there.
        public init(endpoint: Endpoint, clientAuthorities: String? = nil) {
            self.endpoint = endpoint
            self.clientAuthorities = clientAuthorities
        }
    }

    /// A controller of that name.
    public init(identity: String, judge: ClusterJudge) {
        self.identity = identity
        self.judge = judge
    }
}
