import Addresses
import Kubernetes
import ModelTraffic
import Policy
import Reachability

/// What is open, for programs.
struct ExposureJSON {
    private let exposure: Exposure
    private let workloads: [WorkloadExposure]
    private let names: EntityNames

    init(_ exposure: Exposure, _ names: EntityNames, where wanted: (WorkloadName) -> Bool) {
        self.names = names
        self.exposure = exposure
        workloads = exposure.workloads.filter { wanted($0.workload) }
    }

    func write(_ stream: inout ResultStream) {
        stream.write("{")
        stream.member("workloads", workloads.lazy.map(value))
        stream.member("waysIn", exposure.waysIn.lazy.map(Self.value), isLast: true)
        stream.line("}")
    }

    private func value(_ workload: WorkloadExposure) -> JSONLiteral {
        .object([
            ("workload", PartyJSON.value(workload.workload)), ("ingress", value(workload.ingress)),
            ("egress", value(workload.egress)),
            ("waysIn", .array(workload.waysIn.map { .integer(Int64($0)) })),
        ])
    }

    private func value(_ direction: DirectionExposure) -> JSONLiteral {
        .object([
            ("isSelected", .bool(direction.isSelected)), ("outside", .array(direction.outside.map(value))),
            ("namespaces", .array(direction.namespaces.map(Self.value))),
            ("hypothetical", .array(direction.hypothetical.map(Self.value))),
            (
                "names",
                .array(
                    direction.names.map {
                        .object([("name", .string($0.pattern.description))] + Self.traffic($0.traffic))
                    })
            ),
        ])
    }

    private func value(_ outside: DirectionExposure.Outside) -> JSONLiteral {
        let ranges = outside.addresses.ranges.map {
            names.json(.addresses(Address(bits: $0.lowerBound)...Address(bits: $0.upperBound)))
        }
        return .object(
            [("isAnywhere", .bool(outside.isAnywhere)), ("addresses", .array(ranges))] + Self.traffic(outside.traffic)
                + [("reason", Self.value(outside.reason))])
    }

    private static func value(_ namespaces: DirectionExposure.Namespaces) -> JSONLiteral {
        let scope: (String, JSONLiteral) =
            switch namespaces.scope {
            case .every(let except): ("everyExcept", .array(except.map { .string($0) }))
            case .named(let names): ("namespaces", .array(names.map { .string($0) }))
            }
        return .object(
            [scope, ("isWhole", .bool(namespaces.isWhole))] + traffic(namespaces.traffic)
                + [("reason", value(namespaces.reason))])
    }

    private static func value(_ possible: DirectionExposure.Hypothetical) -> JSONLiteral {
        var pod: [(String, JSONLiteral)] = []
        if let namespace = possible.pod.namespace { pod.append(("namespace", .string(namespace))) }
        pod += [("namespaceLabels", labels(possible.pod.namespaceLabels)), ("labels", labels(possible.pod.labels))]
        return .object([("pod", .object(pod))] + traffic(possible.traffic) + [("reason", value(possible.reason))])
    }

    private static func labels(_ labels: [String: String]) -> JSONLiteral {
        .object(labels.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
    }

    private static func traffic(_ traffic: TrafficSet) -> [(String, JSONLiteral)] {
        [
            ("traffic", PartyJSON.text(traffic)), ("ports", PartyJSON.ports(traffic)),
            ("isAll", .bool(traffic.isAll)),
        ]
    }

    private static func value(_ reason: ExposureReason) -> JSONLiteral {
        func said(_ text: String, _ more: [(String, JSONLiteral)] = []) -> JSONLiteral {
            .object([("reason", .string(text))] + more)
        }
        switch reason {
        case .unselected: return said("unselected")
        case .undecided: return said("undecided")
        case .outside: return said("outside")
        case .isolated(let policy): return said("isolated", [("policy", PartyJSON.value(policy))])
        case .rule(let policy, let path):
            return said("rule", [("policy", PartyJSON.value(policy)), ("path", .string(path))])
        }
    }

    // MARK: Ways in

    private static func value(_ way: WayIn) -> JSONLiteral {
        .object([
            ("kind", .string(way.kind.rawValue)), ("source", PartyJSON.value(way.source)),
            ("isBlocked", .bool(way.isBlocked)), ("targets", .array(way.targets.map(value))),
            ("problems", .array(way.problems.map { .string($0) })),
        ])
    }

    private static func value(_ target: WayIn.Target) -> JSONLiteral {
        var members: [(String, JSONLiteral)] = []
        if let workload = target.workload { members.append(("workload", PartyJSON.value(workload))) }
        if let address = target.address { members.append(("address", .string(address.description))) }
        if let service = target.service { members.append(("service", .string(service.description))) }
        if !target.hostPorts.isEmpty { members.append(("hostPorts", PartyJSON.text(target.hostPorts))) }
        members += [
            ("wanted", PartyJSON.text(target.wanted)),
            ("allowed", PartyJSON.text(target.allowed)),
        ]
        if let blocked = target.blockedBy { members.append(("blockedBy", value(blocked))) }
        return .object(members)
    }
}
