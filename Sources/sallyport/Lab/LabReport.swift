#if os(Linux)
    import Addresses
    import Kubernetes
    import Lab

    /// What there is in a lab, for people and for programs.
    struct LabReport {
        private let plan: LabPlan
        private let services: [Service]

        init(_ record: LabRecord, _ cluster: LabCluster) {
            plan = record.plan
            services = cluster.objects.services.values.filter { !$0.clusterIPs.contains("None") }
                .sorted { $0.key < $1.key }
        }

        var lines: [String] {
            var rows = plan.nodes.map { ["node/\($0.name)", Self.list($0.addresses), ""] }
            rows += plan.pods.map { pod in
                let place = pod.usesHostNetwork ? "the network of node/\(plan.nodes[pod.node].name)" : nil
                let command = pod.commands.first.map { "runs \(Printable.oneLine($0.joined(separator: " ")))" }
                return [pod.name.description, place ?? Self.list(pod.addresses), command ?? Self.list(pod.ports)]
            }
            rows += services.filter { !$0.clusterIPs.isEmpty }.map { service in
                [
                    "\(service.key.name).\(service.key.namespace).svc", service.clusterIPs.joined(separator: " "),
                    service.ports.map { "\($0.protocolName) \($0.port)" }.joined(separator: ", "),
                ]
            }
            rows.append(["outside", Self.list(plan.outside.addresses), Self.list(plan.outside.ports)])
            let count = plan.pods.count
            return ["The lab \(plan.name) is up: \(count) \(count == 1 ? "pod" : "pods")", ""]
                + Printable.table(rows).map { "  " + $0 }
        }

        struct Place: Encodable {
            let name: String
            let namespace: String?
            let node: String?
            let addresses: [String]
            let ports: [String]
        }

        struct Whole: Encodable {
            let name: String
            let wiring: String
            let nodes: [Place]
            let pods: [Place]
            let services: [Place]
            let outside: Place
        }

        var json: Whole {
            Whole(
                name: plan.name, wiring: plan.wiring.rawValue,
                nodes: plan.nodes.map {
                    Place(
                        name: $0.name, namespace: $0.namespace, node: nil,
                        addresses: $0.addresses.map(\.description), ports: [])
                },
                pods: plan.pods.map {
                    Place(
                        name: $0.name.description, namespace: $0.namespace, node: plan.nodes[$0.node].name,
                        addresses: $0.addresses.map(\.description), ports: $0.ports.map(Self.text))
                },
                services: services.map {
                    Place(
                        name: $0.key.description, namespace: nil, node: nil, addresses: $0.clusterIPs,
                        ports: $0.ports.map { "\($0.protocolName) \($0.port)" })
                },
                outside: Place(
                    name: "outside", namespace: plan.outside.namespace, node: nil,
                    addresses: plan.outside.addresses.map(\.description), ports: plan.outside.ports.map(Self.text)))
        }

        /// `TCP 80`, or `ICMP` alone.
        static func text(_ traffic: Traffic) -> String {
            traffic.proto.hasPorts ? "\(traffic.proto) \(traffic.port)" : traffic.proto.description
        }

        private static func list(_ ports: [Traffic]) -> String { ports.map(text).joined(separator: ", ") }

        /// At most four, so that a line stays one.
        private static func list(_ addresses: [Address]) -> String {
            addresses.prefix(4).map(\.description).joined(separator: " ")
                + (addresses.count > 4 ? " and \(addresses.count - 4) more" : "")
        }
    }
#endif
