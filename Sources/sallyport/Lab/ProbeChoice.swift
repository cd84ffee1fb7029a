#if os(Linux)
    import Addresses
    import Kubernetes
    import Lab
    import Policy

    /// Who is meant on the command line of `lab probe`.
    struct ProbeChoice {
        private let plan: LabPlan
        private let cluster: LabCluster
        private let services: ServiceTable
        /// nil: those that are declared.
        private let ports: [Port]?

        /// A port on the command line.
        enum Port: Equatable {
            case traffic(Traffic)
            /// A request for an echo, of the family of the address.
            case echo

            /// `80`, `53/UDP`, `icmp`; nil for all else.
            init?(_ text: String) {
                if text.lowercased() == "icmp" {
                    self = .echo
                    return
                }
                let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
                guard (1...2).contains(parts.count), let range = PortRange(parts[0]), range.first == range.last,
                    range.first > 0, let proto = parts.count == 1 ? .tcp : IPProtocol(parts[1]),
                    IPProtocol.withPorts.contains(proto)
                else { return nil }
                self = .traffic(Traffic(proto, port: range.first))
            }
        }

        init(_ plan: LabPlan, _ cluster: LabCluster, ports: [String]) throws {
            self.plan = plan
            self.cluster = cluster
            services = ServiceTable(cluster.objects, cluster.inventory)
            let read = try ports.map { text in
                guard let port = Port(text) else {
                    throw Failure(.usage, "--port \(text) is no port", advice: "write 80, 53/UDP or icmp")
                }
                return port
            }
            self.ports = read.isEmpty ? nil : read
        }

        /// The places of a word: `ns/pod`, `ns/workload`, `ns/*`, `node/name`, `outside`.
        ///
        /// - Throws: `Failure` when nobody is called so.
        func places(_ text: String) throws -> [LabPlace] {
            if text == "outside" || text.hasPrefix("node/") {
                let place = try Failure.ofLab { () throws(LabError) in try LabPlace(text) }
                _ = try Failure.ofLab { () throws(LabError) in try plan.find(place) }
                return [place]
            }
            guard let pattern = WorkloadPattern(argument: text) else {
                throw Failure(.usage, "\(text) is no place", advice: "write namespace/pod, node/name or outside")
            }
            let found = Set(cluster.inventory.endpoints.filter(pattern.matches).map(\.name))
            let places = plan.pods.filter { found.contains($0.name) }.map { LabPlace.pod($0.name) }
            guard !places.isEmpty else {
                let known = plan.pods.prefix(5).map(\.name.description).joined(separator: ", ")
                throw Failure(.usage, "no pod of the lab is called \(text)", advice: "there are: \(known)")
            }
            return places
        }

        /// Whom a word means, and on which ports: a place, an address, or the name of a Service.
        ///
        /// - Throws: `Failure` when nobody is called so.
        func targets(_ text: String) throws -> [ProbeMatrix.Target] {
            if let address = Address(text) {
                let known = services.services(at: address).flatMap { $0.ports.map(\.traffic) }
                guard ports != nil || !known.isEmpty else {
                    throw Failure(.usage, "\(text) has no ports that are known", advice: "name one with --port")
                }
                return wanted(address, known).map { ProbeMatrix.Target(text, address, $0) }
            }
            guard let service = services.service(named: text) else { return try targets(places(text)) }
            return service.addresses.flatMap { address in
                wanted(address, service.ports.map(\.traffic)).map { ProbeMatrix.Target(text, address, $0) }
            }
        }

        /// Everything that places listen on, or the ports of the command line.
        func targets(_ places: [LabPlace]) throws -> [ProbeMatrix.Target] {
            try Failure.ofLab { () throws(LabError) in
                try ProbeMatrix(plan).targets(
                    places,
                    ports: ports.map { $0.flatMap { [Self.traffic($0, true), Self.traffic($0, false)] } }
                        .map { list in
                            list.enumerated().filter { !list[..<$0.offset].contains($0.element) }.map(\.element)
                        })
            }
        }

        private func wanted(_ address: Address, _ known: [Traffic]) -> [Traffic] {
            ports.map { $0.map { Self.traffic($0, address.isIPv4) } } ?? known
        }

        private static func traffic(_ port: Port, _ isIPv4: Bool) -> Traffic {
            switch port {
            case .traffic(let traffic): traffic
            case .echo: Probe.echo(isIPv4)
            }
        }
    }
#endif
