import Addresses
import Kubernetes

/// Finds the endpoints of Services.
struct EndpointFinder {
    private let slices: [NamespacedName: [EndpointSlice]]
    private let options: RoutingOptions
    private let zone: String?
    private var allowsLocal: Bool { options.allowsLocalBackends }

    init(_ objects: Objects, _ options: RoutingOptions) {
        var slices: [NamespacedName: [EndpointSlice]] = [:]
        for slice in objects.endpointSlices.values {
            guard let service = slice.serviceName else { continue }
            slices[NamespacedName(slice.metadata.namespace, service), default: []].append(slice)
        }
        self.slices = slices
        self.options = options
        // A Node's own label is how its zone is known; the object may be missing.
        let node = options.node.flatMap { objects.nodes[NamespacedName("", $0)] }
        zone = options.zone ?? node?.metadata.labels["topology.kubernetes.io/zone"]
    }

    /// The endpoints of a Service's port, from all its slices, sorted, each once: those that are ready; where none is,
    /// those that end and still serve. Of these the near ones, if the Service prefers them and there are some.
    func endpoints(_ service: Service, _ port: Service.Port) -> [Endpoint] {
        let candidates = (slices[service.key] ?? []).flatMap { slice in
            ports(of: slice, for: port).flatMap { number in
                slice.endpoints.map { Candidate(endpoint: $0, port: number, type: slice.addressType) }
            }
        }
        let ready = candidates.filter(\.endpoint.ready)
        let usable = ready.isEmpty ? candidates.filter { $0.endpoint.serving && $0.endpoint.terminating } : ready
        var found: Set<Endpoint> = []
        for candidate in near(usable) {
            for text in candidate.endpoint.addresses {
                if let host = host(text, candidate.type) { found.insert(Endpoint(host, port: candidate.port)) }
            }
        }
        return found.sorted()
    }

    /// An endpoint of a slice, with a port that it has.
    private struct Candidate {
        let endpoint: EndpointSlice.Endpoint
        let port: Int
        let type: String
    }

    /// Those that are meant for this node, else those for this zone, else all. A hint counts only when all have one:
    /// slices that are half written would send everything to a few.
    private func near(_ candidates: [Candidate]) -> [Candidate] {
        if let node = options.node, candidates.allSatisfy({ !$0.endpoint.hints.nodes.isEmpty }) {
            let own = candidates.filter { $0.endpoint.hints.nodes.contains(node) }
            if !own.isEmpty { return own }
        }
        if let zone, candidates.allSatisfy({ !$0.endpoint.hints.zones.isEmpty }) {
            let own = candidates.filter { $0.endpoint.hints.zones.contains(zone) }
            if !own.isEmpty { return own }
        }
        return candidates
    }

    /// A slice without a port number has every port: then it is the Service's target port.
    private func ports(of slice: EndpointSlice, for port: Service.Port) -> [Int] {
        slice.ports.compactMap { candidate in
            guard candidate.name == port.name, candidate.protocolName == port.protocolName else { return nil }
            if let number = candidate.port { return number }
            if case .int(let number) = port.targetPort { return number }
            return nil
        }
    }

    private func host(_ text: String, _ type: String) -> Endpoint.Host? {
        if let address = Address(text) {
            return allowsLocal || !isLocal(address) ? .address(address) : nil
        }
        guard type == "FQDN", let name = dnsName(text) else { return nil }
        return allowsLocal || !isLocalName(name) ? .name(name) : nil
    }

    /// Where an `ExternalName` Service points; a name that points back into the cluster or the node is refused,
    /// because it would go around every ReferenceGrant.
    func externalName(_ service: Service, port: Int) -> Result<Endpoint, Problem> {
        let text = service.externalName ?? ""
        if let address = Address(text) {
            guard allowsLocal || !isLocal(address) else { return .failure(localProblem(service, text)) }
            return .success(Endpoint(.address(address), port: port))
        }
        guard let name = dnsName(text) else {
            return .failure(Problem("BackendNotFound", "externalName of Service \(service.key) is not a DNS name"))
        }
        guard allowsLocal || !isLocalName(name) else { return .failure(localProblem(service, name)) }
        return .success(Endpoint(.name(name), port: port))
    }

    private func localProblem(_ service: Service, _ name: String) -> Problem {
        Problem(
            "RefNotPermitted",
            "Service \(service.key) points to \(name), which is this machine or inside the cluster; refer to the "
                + "Service itself")
    }
}

/// Loopback, link-local (metadata services live there), unspecified, multicast.
func isLocal(_ address: Address) -> Bool {
    if address.isLoopback || address.isUnspecified { return true }
    if address.isIPv4 {
        let bytes = address.bytes
        return bytes[0] == 0 || (bytes[0] == 169 && bytes[1] == 254) || bytes[0] >= 224
    }
    let top = UInt16(truncatingIfNeeded: address.bits >> 112)
    return top & 0xffc0 == 0xfe80 || top & 0xff00 == 0xff00
}

/// Names that mean this machine, the cluster, or a metadata service.
func isLocalName(_ name: String) -> Bool {
    let last = name.split(separator: ".").last.map(String.init) ?? ""
    // A name without a dot is completed by the search list, which ends in the cluster.
    return !name.contains(".") || ["localhost", "local", "internal", "svc", "localdomain"].contains(last)
}

/// A lower-case DNS name without its final dot; nil when it is none.
private func dnsName(_ text: String) -> String? {
    var name = text.lowercased()
    if name.hasSuffix(".") { name.removeLast() }
    // A name of digits and dots only is an address that we do not understand, never a name.
    guard Names.subdomainProblem(name) == nil, !name.allSatisfy({ $0.isNumber || $0 == "." }) else { return nil }
    return name
}
