import Addresses
import Kubernetes
import ModelTraffic
import Policy
import Reachability

/// How both ends of connections, and what goes between them, are written as JSON.
enum PartyJSON {
    static func value(_ entity: Entity) -> JSONLiteral {
        switch entity {
        case .workload(let name): value(name)
        case .addresses(let range): value(range)
        case .name(let pattern): .object([("kind", .string("name")), ("name", .string(pattern.description))])
        }
    }

    /// Addresses, and what more is known of them.
    static func value(_ range: ClosedRange<Address>, more: [(String, JSONLiteral)] = []) -> JSONLiteral {
        .object(
            [
                ("kind", .string("addresses")), ("first", .string(range.lowerBound.description)),
                ("last", .string(range.upperBound.description)),
            ] + more)
    }

    static func value(_ name: WorkloadName) -> JSONLiteral {
        .object([
            ("kind", .string("workload")), ("namespace", .string(name.namespace)), ("name", .string(name.name)),
            ("workloadKind", .string(name.kind)),
        ])
    }

    /// `TCP 80,443; UDP 53`, `all`, and nothing for nothing.
    static func text(_ traffic: TrafficSet) -> JSONLiteral { .string(traffic.isEmpty ? "" : traffic.description) }

    /// Ranges of ports; protocols without ports by name, those without a name together. Empty for everything.
    static func ports(_ traffic: TrafficSet) -> JSONLiteral {
        if traffic.isAll { return .array([]) }
        var entries: [JSONLiteral] = []
        var hasOthers = false
        let present = traffic.protocols
        for proto in present where !IPProtocol.withPorts.contains(proto) {
            if named.contains(proto) {
                entries.append(.object([("protocol", .string(proto.description))]))
            } else {
                hasOthers = true
            }
        }
        if hasOthers { entries.append(.object([("protocol", .string("other"))])) }
        let ranges = IPProtocol.withPorts.filter(present.contains).flatMap { proto in
            traffic.ports(of: proto).map { range -> JSONLiteral in
                .object([
                    ("protocol", .string(proto.description)), ("first", .integer(Int64(range.first))),
                    ("last", .integer(Int64(range.last))),
                ])
            }
        }
        return .array(ranges + entries)
    }

    private static let named: [IPProtocol] = [.icmp, .icmpv6, .udplite]

    /// An object by kind, namespace and name.
    static func value(_ reference: ObjectReference) -> JSONLiteral {
        .object([
            ("group", .string(reference.group)), ("kind", .string(reference.kind)),
            ("namespace", .string(reference.namespace)), ("name", .string(reference.name)),
        ])
    }
}
