/// Small clusters for the well-known recipes of network policies, each with the policies of one: what is kept of their
/// rules in `Golden` is for people to read.
struct Recipe: Sendable, CustomStringConvertible {
    /// Name of the file in `Golden`.
    let name: String
    /// The cluster and its policies, in YAML.
    let manifests: String

    var description: String { name }

    private init(_ name: String, _ guests: [Guest], _ policies: String...) {
        self.name = name
        manifests = (Self.nodes + guests.map(\.manifest) + policies).joined(separator: "\n---\n")
    }

    /// The node whose rules are kept.
    static let node = "one"

    private static let nodes = [
        "{apiVersion: v1, kind: Node, metadata: {name: one}, spec: {podCIDRs: [10.0.1.0/24, 'fd00:1::/64']}}",
        "{apiVersion: v1, kind: Node, metadata: {name: two}, spec: {podCIDRs: [10.0.2.0/24, 'fd00:2::/64']}}",
        namespace("default"), namespace("shop"), namespace("kube-system"),
        namespace("prod", "purpose: production"), namespace("ops", "team: operations"),
    ]

    private static func namespace(_ name: String, _ labels: String = "") -> String {
        "{apiVersion: v1, kind: Namespace, metadata: {name: \(name), labels: {\(labels)}}}"
    }

    /// A pod of a Deployment of its own.
    private struct Guest {
        let manifest: String

        init(_ name: String, _ address: String, _ labels: String, in namespace: String = "default") {
            let node = address.hasPrefix("10.0.1.") ? "one" : "two"
            let addresses = address.split(separator: " ").map { "{ip: '\($0)'}" }.joined(separator: ", ")
            manifest = """
                {apiVersion: v1, kind: Pod,
                  metadata: {name: \(name)-7f9c-x, namespace: \(namespace),
                    labels: {\(labels), pod-template-hash: 7f9c},
                    ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: \(name)-7f9c, uid: u, controller: true}]},
                  spec: {nodeName: \(node), containers: [{name: c, image: i}]},
                  status: {phase: Running, podIPs: [\(addresses)]}}
                """
        }
    }

    private static func policy(_ name: String, in namespace: String = "default", _ spec: String) -> String {
        """
        {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: \(name), namespace: \(namespace)},
          spec: \(spec)}
        """
    }

    // MARK: Clusters

    private static let web = Guest("web", "10.0.1.1", "app: web")
    private static let client = Guest("client", "10.0.1.2", "app: client")
    private static let farClient = Guest("far", "10.0.2.2", "app: client")
    private static let foreign = Guest("foreign", "10.0.2.3", "app: client", in: "shop")
    private static let webAndCallers = [web, client, farClient, foreign]
    private static let foo = Guest("foo", "10.0.1.5", "app: foo")
    private static let dns = Guest("coredns", "10.0.2.53", "k8s-app: kube-dns", in: "kube-system")

    private static let toDNS = """
        {to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}},
               podSelector: {matchLabels: {k8s-app: kube-dns}}}],
         ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]}
        """

    // MARK: Recipes

    static let all: [Recipe] = [
        Recipe(
            "01-nobody-to-an-application", webAndCallers,
            policy("web-deny-all", "{podSelector: {matchLabels: {app: web}}, ingress: []}")),
        Recipe(
            "02-own-application-only",
            [
                Guest("api", "10.0.1.1", "app: bookstore, role: api"),
                Guest("search", "10.0.1.2", "app: bookstore, role: search"),
                Guest("front", "10.0.2.1", "app: bookstore, role: front"), farClient,
            ],
            policy(
                "api-allow",
                """
                {podSelector: {matchLabels: {app: bookstore, role: api}},
                 ingress: [{from: [{podSelector: {matchLabels: {app: bookstore}}}]}]}
                """)),
        Recipe(
            "02a-everybody-to-an-application", webAndCallers,
            policy("default-deny-all", "{podSelector: {}, ingress: []}"),
            policy("web-allow-all", "{podSelector: {matchLabels: {app: web}}, ingress: [{}]}")),
        Recipe(
            "03-nobody-in-the-namespace", webAndCallers,
            policy("default-deny-all", "{podSelector: {}, ingress: []}")),
        Recipe(
            "04-nobody-from-other-namespaces", webAndCallers,
            policy("deny-from-other-namespaces", "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}")),
        Recipe(
            "05-pods-of-all-namespaces", webAndCallers,
            policy(
                "web-allow-all-namespaces",
                "{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{namespaceSelector: {}}]}]}")),
        Recipe(
            "06-pods-of-a-namespace", webAndCallers + [Guest("shop", "10.0.2.9", "app: shop", in: "prod")],
            policy(
                "web-allow-prod",
                """
                {podSelector: {matchLabels: {app: web}},
                 ingress: [{from: [{namespaceSelector: {matchLabels: {purpose: production}}}]}]}
                """)),
        Recipe(
            "07-some-pods-of-another-namespace",
            webAndCallers + [
                Guest("probe", "10.0.2.8", "type: monitoring", in: "ops"),
                Guest("batch", "10.0.2.9", "type: batch", in: "ops"),
            ],
            policy(
                "web-allow-all-ns-monitoring",
                """
                {podSelector: {matchLabels: {app: web}},
                 ingress: [{from: [{namespaceSelector: {matchLabels: {team: operations}},
                                    podSelector: {matchLabels: {type: monitoring}}}]}]}
                """)),
        Recipe(
            "08-the-world-outside", webAndCallers,
            policy("default-deny-all", "{podSelector: {}, ingress: []}"),
            policy("web-allow-external", "{podSelector: {matchLabels: {app: web}}, ingress: [{}]}")),
        Recipe(
            "09-one-port-both-families",
            [
                Guest("apiserver", "10.0.1.1 fd00:1::1", "app: apiserver"),
                Guest("prometheus", "10.0.2.1 fd00:2::1", "role: monitoring"),
                Guest("far", "10.0.2.2 fd00:2::2", "app: client"),
            ],
            policy(
                "api-allow-5000",
                """
                {podSelector: {matchLabels: {app: apiserver}},
                 ingress: [{ports: [{port: 5000}], from: [{podSelector: {matchLabels: {role: monitoring}}}]}]}
                """)),
        Recipe(
            "10-several-selectors",
            [
                Guest("redis", "10.0.1.1", "app: bookstore, role: db"),
                Guest("search", "10.0.2.1", "app: bookstore, role: search"),
                Guest("api", "10.0.2.2", "app: bookstore, role: api"),
                Guest("catalog", "10.0.2.3", "app: inventory, role: web"),
                Guest("front", "10.0.2.4", "app: bookstore, role: front"),
            ],
            policy(
                "redis-allow-services",
                """
                {podSelector: {matchLabels: {app: bookstore, role: db}},
                 ingress: [{from: [{podSelector: {matchLabels: {app: bookstore, role: search}}},
                                   {podSelector: {matchLabels: {app: bookstore, role: api}}},
                                   {podSelector: {matchLabels: {app: inventory, role: web}}}]}]}
                """)),
        Recipe(
            "11-nothing-from-an-application", [foo, web, dns],
            policy(
                "foo-deny-egress", "{podSelector: {matchLabels: {app: foo}}, policyTypes: [Egress], egress: []}")),
        Recipe(
            "11a-only-names-from-an-application", [foo, web, dns],
            policy(
                "foo-deny-egress", "{podSelector: {matchLabels: {app: foo}}, policyTypes: [Egress], egress: [\(toDNS)]}"
            )
        ),
        Recipe(
            "12-nothing-from-the-namespace", [foo, web, dns],
            policy("default-deny-all-egress", "{podSelector: {}, policyTypes: [Egress], egress: []}")),
        Recipe(
            "14-nothing-to-the-world-outside", [foo, web, dns, foreign],
            policy(
                "foo-deny-external-egress",
                """
                {podSelector: {matchLabels: {app: foo}}, policyTypes: [Egress],
                 egress: [\(toDNS), {to: [{namespaceSelector: {}}]}]}
                """)),
    ]
}
