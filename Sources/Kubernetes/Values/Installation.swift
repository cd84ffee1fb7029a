/// Names, places and ports of an installation in a cluster: what the manifests, the controller, and the parts that it
/// starts must agree about.
public enum Installation {
    /// `spec.controllerName` of GatewayClasses that are ours.
    public static let controllerName = "sallyport.dev/gateway"
    /// The GatewayClass that the manifests bring.
    public static let className = "sallyport"
    /// The owner of the fields that the controller applies.
    public static let fieldManager = "sallyport-controller"
    /// The owner of the fields that `sallyport install` applies.
    public static let installer = "sallyport-install"

    /// The namespaces of our own parts. Each has only the rights that its parts need.
    public enum Namespaces {
        /// Controller and hub. Pod Security: restricted.
        public static let system = "sallyport-system"
        /// One Deployment for each Gateway of ours. Pod Security: restricted.
        public static let gateways = "sallyport-gateways"
        /// The agent of every node. Pod Security: privileged, since it is on its node's network.
        public static let agents = "sallyport-agents"
        /// All three.
        public static let all = [system, gateways, agents]
    }

    /// Service accounts; those of gateways are made by the controller, one for each.
    public enum Accounts {
        /// Of the controller.
        public static let controller = "sallyport-controller"
        /// Of the hub.
        public static let hub = "sallyport-hub"
        /// Of people who look at the hub's console and ask it on the command line: no pod has it. Who may make tokens for it
        /// may look.
        public static let viewer = "sallyport-viewer"
        /// Of the agents.
        public static let agent = "sallyport-agent"
        /// All accounts of the gateways' namespace: what gateways may read is given to this group.
        public static let gateways = "system:serviceaccounts:\(Namespaces.gateways)"
    }

    /// Services of our own parts, in the system's namespace.
    public enum Services {
        /// Console and intake of records.
        public static let hub = "sallyport-hub"
        /// Admission, on port 443.
        public static let webhook = "sallyport-webhook"
    }

    /// Ports that our parts listen on.
    public enum Ports {
        /// Intake of records.
        public static let intake = 9481
        /// The console and its API.
        public static let console = 9480
        /// Admission, in the controller's pod.
        public static let webhook = 9443
        /// `/livez`, `/readyz`, `/metrics` and `/status` of controller, gateway and agent.
        public static let admin = 9090
    }

    /// Secrets that the controller keeps.
    public enum Secrets {
        /// The authority of our own parts, with its key; in the system's namespace, read by the controller only.
        public static let authority = "sallyport-authority"
        /// Certificate of the hub, in the system's namespace.
        public static let hub = "sallyport-hub-cert"
        /// Certificate of the webhook, in the system's namespace.
        public static let webhook = "sallyport-webhook-cert"
        /// Certificate of the gateways, in their namespace.
        public static let gateways = "sallyport-gateway-cert"
        /// Certificate of the agents, in their namespace.
        public static let agents = "sallyport-agent-cert"

        /// Members of all of them: chain, key, and the authorities to trust.
        public static let certificate = "tls.crt"
        /// Its key.
        public static let key = "tls.key"
        /// The authorities to trust: more than one while one follows another.
        public static let authorities = "ca.crt"
    }

    /// The audience of tokens that the console takes.
    public static let consoleAudience = "sallyport-console"

    /// Names in the certificates of our own parts that are no servers.
    public enum Peers {
        /// Of all gateways.
        public static let gateways = "gateway.\(Namespaces.gateways)"
        /// Of all agents.
        public static let agents = "agent.\(Namespaces.agents)"
    }

    /// The Lease that the leading controller holds, in the system's namespace.
    public static let lease = "sallyport-controller"

    /// The ValidatingWebhookConfiguration and its two webhooks. The controller fills in `caBundle`.
    public enum Webhook {
        /// The configuration's name.
        public static let configuration = "sallyport"
        /// The webhook of our kinds: `failurePolicy: Fail`.
        public static let own = "own.admission.sallyport.dev"
        /// The webhook of standard kinds that we read: `failurePolicy: Ignore`.
        public static let others = "others.admission.sallyport.dev"
        /// `clientConfig.service.path` of the first.
        public static let ownPath = "/admit/own"
        /// `clientConfig.service.path` of the second.
        public static let othersPath = "/admit/others"
        /// `timeoutSeconds` of both.
        public static let timeoutSeconds = 5
    }

    /// Labels of what is ours.
    public enum Labels {
        /// `sallyport` on everything.
        public static let name = "app.kubernetes.io/name"
        /// `controller`, `hub`, `agent` or `gateway`.
        public static let component = "app.kubernetes.io/component"
        /// Who keeps it: the controller, for what it makes.
        public static let managedBy = "app.kubernetes.io/managed-by"
        /// Name of the Gateway that something was made for.
        public static let gatewayName = "gateway.networking.k8s.io/gateway-name"
        /// Name of its class.
        public static let gatewayClass = "gateway.networking.k8s.io/gateway-class-name"
        /// Namespace of that Gateway: what is made for it is in another.
        public static let gatewayNamespace = "sallyport.dev/gateway-namespace"
        /// `true` on a namespace whose objects are never asked about at admission.
        public static let skipAdmission = "sallyport.dev/skip-admission"

        /// Value of `name`.
        public static let ourName = "sallyport"
        /// Value of `managedBy`.
        public static let controller = "sallyport-controller"
    }

    /// Annotations of a GatewayClass or Gateway about what is made for it; the Gateway's own comes first.
    public enum Annotations {
        /// `ClusterIP`, `NodePort` or `LoadBalancer`.
        public static let serviceType = "sallyport.dev/service-type"
        /// A number of pods, or `auto`: an autoscaler decides.
        public static let replicas = "sallyport.dev/replicas"
        /// On what is made: the Gateway that it is for, as `NAMESPACE/NAME`. Labels have no room for long names.
        public static let madeFor = "sallyport.dev/made-for"
        /// On what is made: a digest of what it should be.
        public static let wish = "sallyport.dev/wish"
        /// What the controller writes on objects of its own; kinds of others have it too, and it means nothing there.
        public static let onWhatIsMade = [madeFor, wish]
    }

    /// Folders in our containers.
    public enum Folders {
        /// `tls.crt`, `tls.key` and `ca.crt`.
        public static let certificates = "/etc/sallyport/tls"
        /// What may be written.
        public static let state = "/var/lib/sallyport"
    }

    /// The host name of a Service of the system's namespace inside the cluster.
    public static func host(_ service: String) -> String { "\(service).\(Namespaces.system).svc" }

    /// Where gateways and agents send their records.
    public static let intake = "\(host(Services.hub)):\(Ports.intake)"

    /// The ports that a gateway listens on inside its pod, by listener port. It has no right to ports below 1024 there,
    /// and its own pages have theirs: such a port is moved by 10000, and further while another listener is there. The
    /// Service maps them back.
    public static func podPorts(_ listeners: some Sequence<Int>) -> [Int: Int] {
        let wanted = Set(listeners)
        let moves = { (port: Int) in port < 1024 || port == Ports.admin }
        var taken = wanted.filter { !moves($0) }
        var places = Dictionary(uniqueKeysWithValues: taken.map { ($0, $0) })
        for port in wanted.sorted() where moves(port) {
            guard let place = (1...5).map({ port + $0 * 10_000 }).first(where: { !taken.contains($0) }) else {
                continue
            }
            taken.insert(place)
            places[port] = place
        }
        return places
    }
}
