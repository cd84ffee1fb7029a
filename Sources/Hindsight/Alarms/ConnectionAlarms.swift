import Addresses
import Kubernetes
import Policy
import Records

/// A denied connection to an address where clouds keep configuration and credentials.
struct MetadataAddress: AlarmDetector {
    init(_ facts: AlarmFacts) {}

    mutating func take(_ record: Record, at time: Int64) -> AlarmFinding? {
        guard record.point == .node, record.verdict == .denied, record.connection?.event != .closed,
            let end = record.destination?.endpoint, end.range == NamedRange.cloudMetadata.rawValue
        else { return nil }
        return AlarmFinding(
            subject: record.who,
            text: "\(record.who) tried to reach \(end.address), where clouds keep credentials, and was denied",
            evidence: [record.id], time: time)
    }
}

/// A connection from a pod to a model provider that does not come from the gateway.
struct ProviderBypass: AlarmDetector {
    private var facts: AlarmFacts

    init(_ facts: AlarmFacts) { self.facts = facts }

    mutating func update(_ facts: AlarmFacts) { self.facts = facts }

    mutating func take(_ record: Record, at time: Int64) -> AlarmFinding? {
        guard record.point == .node, let verdict = record.verdict, record.connection?.event != .closed,
            let workload = record.workload?.workloadName, let destination = record.destination,
            destination.workload == nil, let to = Address(destination.endpoint.address),
            let from = record.source.flatMap({ Address($0.address) }), !facts.isGateway(workload, from),
            let provider = facts.provider(at: to)
        else { return nil }
        let end = verdict == .allowed ? "past the gateway" : "past the gateway, and was denied"
        return AlarmFinding(
            subject: "\(workload) to \(provider)", text: "\(workload) called \(provider) (\(to)) \(end)",
            evidence: [record.id], time: time, severity: verdict == .allowed ? nil : .warning)
    }
}

/// An allowed connection from outside to a port that no object opens, or from a pod to a model server past the gateway.
struct ExposedListener: AlarmDetector {
    private var facts: AlarmFacts

    init(_ facts: AlarmFacts) { self.facts = facts }

    mutating func update(_ facts: AlarmFacts) { self.facts = facts }

    mutating func take(_ record: Record, at time: Int64) -> AlarmFinding? {
        guard record.point == .node, record.verdict == .allowed, record.connection?.event == .opened,
            record.reason != "own_node", record.reason != "same_pod",
            let source = record.source, let from = Address(source.address),
            let to = record.destination?.workload?.workloadName,
            let traffic = record.connection?.traffic(port: record.destination?.endpoint.port),
            traffic.proto.hasPorts
        else { return nil }
        if let workload = record.workload?.workloadName { return bypass(workload, from, to, traffic, record, at: time) }
        // A node passes on what comes from elsewhere, and asks pods how they are.
        guard source.node.isEmpty, facts.known.contains(to), !facts.gatewayAddresses.contains(from),
            !facts.gatewayWorkloads.contains(to), facts.exposed[to]?.contains(traffic) != true
        else { return nil }
        return AlarmFinding(
            subject: "\(to) \(record.topic)",
            text: "\(source.exactWords) reached \(to) on \(record.topic), which no object opens to the outside",
            evidence: [record.id], time: time, severity: source.range == "public" ? .critical : nil)
    }

    private func bypass(
        _ workload: WorkloadName, _ from: Address, _ to: WorkloadName, _ traffic: Traffic, _ record: Record,
        at time: Int64
    ) -> AlarmFinding? {
        guard facts.knowsGateway, !facts.isGateway(workload, from), workload != to,
            facts.modelServers[to]?.contains(traffic) == true
        else { return nil }
        return AlarmFinding(
            subject: "\(workload) to \(to)",
            text: "\(workload) called the model server \(to) on \(record.topic) past the gateway",
            evidence: [record.id], time: time)
    }
}

/// A right key or token from a wrong place.
struct StolenKey: AlarmDetector {
    init(_ facts: AlarmFacts) {}

    mutating func take(_ record: Record, at time: Int64) -> AlarmFinding? {
        guard record.isSuspectedTheft else { return nil }
        let principal = record.principal?.words ?? "a credential"
        let place = record.workload?.workloadName.description ?? record.source?.exactWords ?? "an unknown address"
        let address = record.source?.address ?? ""
        return AlarmFinding(
            subject: principal,
            text: "\(principal) was used by \(place) (\(address)), where it is not bound: \(record.reason)",
            evidence: [record.id], time: time)
    }
}

/// History that is not kept.
struct HistoryDegraded: AlarmDetector {
    init(_ facts: AlarmFacts) {}

    mutating func take(_ event: HubEvent) -> AlarmFinding? {
        guard case .historyDegraded(let reason, let time) = event else { return nil }
        return AlarmFinding(
            subject: "history", text: "history is not being kept on disk: \(reason)", evidence: [], time: time)
    }
}

/// A source whose clock is wrong.
struct SourceClock: AlarmDetector {
    init(_ facts: AlarmFacts) {}

    mutating func take(_ event: HubEvent) -> AlarmFinding? {
        guard case .sourceClock(let source, let ahead, let time) = event else { return nil }
        let seconds = ahead.magnitude / 1_000_000
        return AlarmFinding(
            subject: source,
            text: "the clock of \(source) is \(seconds) seconds \(ahead < 0 ? "behind" : "ahead")",
            evidence: [], time: time)
    }
}
