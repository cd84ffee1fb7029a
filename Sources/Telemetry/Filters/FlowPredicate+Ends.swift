import Addresses

// Source and destination.

extension FlowFilterReader {
    mutating func ends(_ filter: Flow_FlowFilter) throws(FlowFilterError) {
        try addresses("source_ip", filter.sourceIp) { $0.ip.source }
        try addresses("destination_ip", filter.destinationIp) { $0.ip.destination }
        try addresses("source_ip_xlated", filter.sourceIpXlated) { $0.ip.sourceXlated }
        try names("source_pod", filter.sourcePod) { ($0.source.namespace, $0.source.podName) }
        try names("destination_pod", filter.destinationPod) { ($0.destination.namespace, $0.destination.podName) }
        try names("source_service", filter.sourceService) { ($0.sourceService.namespace, $0.sourceService.name) }
        try names("destination_service", filter.destinationService) {
            ($0.destinationService.namespace, $0.destinationService.name)
        }
        try domains("source_fqdn", filter.sourceFqdn) { $0.sourceNames }
        try domains("destination_fqdn", filter.destinationFqdn) { $0.destinationNames }
        try labels("source_label", filter.sourceLabel) { $0.source.labels }
        try labels("destination_label", filter.destinationLabel) { $0.destination.labels }
        workloads(filter.sourceWorkload) { $0.source.workloads }
        workloads(filter.destinationWorkload) { $0.destination.workloads }
        oneOf(filter.sourceIdentity) { $0.source.identity }
        oneOf(filter.destinationIdentity) { $0.destination.identity }
        oneOf(filter.sourceClusterName) { $0.source.clusterName }
        oneOf(filter.destinationClusterName) { $0.destination.clusterName }
    }

    private mutating func addresses(
        _ field: String, _ values: [String], of end: @escaping @Sendable (Flow_Flow) -> String
    ) throws(FlowFilterError) {
        try any(field, values) { text throws(PatternError) in
            if let address = Address(text) { return Prefix(address) }
            guard let prefix = Prefix(text) else {
                throw PatternError(description: "\(text) is neither an address nor a prefix")
            }
            return prefix
        } fits: { prefix, flow in
            Address(end(flow)).map { prefix.contains($0) } ?? false
        }
    }

    /// `prefix` is in the namespace `default`, `namespace/` all of it, `/prefix` in any.
    private mutating func names(
        _ field: String, _ values: [String], of end: @escaping @Sendable (Flow_Flow) -> (String, String)
    ) throws(FlowFilterError) {
        try any(field, values) { text throws(PatternError) in
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let namespace = parts.count == 2 ? parts[0] : "default"
            let prefix = parts.last ?? ""
            guard !prefix.isEmpty || (parts.count == 2 && !namespace.isEmpty) else {
                throw PatternError(description: "expected [NAMESPACE/][NAME], not \"\(text)\"")
            }
            return (namespace, prefix)
        } fits: { wanted, flow in
            let (namespace, name) = end(flow)
            guard !namespace.isEmpty || !name.isEmpty else { return false }
            return (wanted.0.isEmpty || wanted.0 == namespace) && name.hasPrefix(wanted.1)
        }
    }

    private mutating func domains(
        _ field: String, _ values: [String], of end: @escaping @Sendable (Flow_Flow) -> [String]
    ) throws(FlowFilterError) {
        try any(field, values) { text throws(PatternError) in
            try NamePattern(domain: text)
        } fits: { pattern, flow in
            end(flow).contains { pattern.matches($0) }
        }
    }

    mutating func labels(
        _ field: String, _ values: [String], of end: @escaping @Sendable (Flow_Flow) -> [String]
    ) throws(FlowFilterError) {
        try any(field, values) { text throws(PatternError) in
            try LabelQuery(text)
        } fits: { query, flow in
            query.matches(end(flow))
        }
    }

    private mutating func workloads(
        _ wanted: [Flow_Workload], of end: @escaping @Sendable (Flow_Flow) -> [Flow_Workload]
    ) {
        guard !wanted.isEmpty else { return }
        add { flow in
            end(flow).contains { own in
                wanted.contains {
                    ($0.name.isEmpty || $0.name == own.name) && ($0.kind.isEmpty || $0.kind == own.kind)
                }
            }
        }
    }
}
