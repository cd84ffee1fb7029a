import Addresses
import Kubernetes
import Records

// Who, to what and on what a record is about, in the words of records.

extension Record.Workload {
    /// The workload without its pod.
    var workloadName: WorkloadName { WorkloadName(kind: kind, namespace: namespace, name: name) }

    /// Labels by key; what has no `=` is left out.
    var labelTable: [String: String] {
        Dictionary(
            labels.compactMap { text -> (String, String)? in
                guard let equal = text.utf8.firstIndex(of: UInt8(ascii: "=")) else { return nil }
                return (String(text[..<equal]), String(text[text.index(after: equal)...]))
            }, uniquingKeysWith: { first, _ in first })
    }
}

extension Record.Principal {
    /// `access_key ai/alice`, or `certificate CN=chat`.
    var words: String { namespace.isEmpty ? "\(kind) \(name)" : "\(kind) \(namespace)/\(name)" }
}

extension Record.Endpoint {
    /// The node, the range, or the address.
    var words: String {
        if !node.isEmpty { return "node \(node)" }
        return range.isEmpty ? address : range
    }

    /// The same, with the address where the range alone says little.
    var exactWords: String {
        guard node.isEmpty, let named = NamedRange(rawValue: range) else { return words }
        return named.isGeneral || named == .cloudMetadata ? "\(address) (\(range))" : range
    }
}

extension Record {
    /// Who asked: the principal, else the workload, else the node or range of the address.
    var who: String {
        if let principal { return principal.words }
        if let workload { return workload.workloadName.description }
        return source?.words ?? "nobody"
    }

    /// What was asked for: the route of a request, the workload or address of a connection.
    var target: String {
        if connection == nil {
            if !place.route.isEmpty { return place.route }
            return place.gateway.isEmpty ? "nothing" : "Gateway \(place.gateway)"
        }
        guard let destination else { return "nothing" }
        return destination.workload?.workloadName.description ?? destination.endpoint.exactWords
    }

    /// On what: protocol and port of a connection; classes, model and tool of a request, else its method and path.
    var topic: String {
        if let connection {
            if let icmp = connection.icmp { return "\(connection.transport) type \(icmp.type)" }
            return destination?.endpoint.port.map { "\(connection.transport)/\($0)" } ?? connection.transport
        }
        var parts: [String] = []
        if let ai {
            if !ai.classes.isEmpty { parts.append(ai.classes.joined(separator: ",")) }
            if !ai.model.isEmpty { parts.append("model \(String(decoding: ai.model, as: UTF8.self))") }
            if !ai.mcpMethod.isEmpty { parts.append(String(decoding: ai.mcpMethod, as: UTF8.self)) }
            if !ai.tool.isEmpty { parts.append(String(decoding: ai.tool, as: UTF8.self)) }
        }
        guard parts.isEmpty, let http else { return parts.joined(separator: " ") }
        return "\(String(decoding: http.method, as: UTF8.self)) \(String(decoding: http.path, as: UTF8.self))"
    }

    /// The same of a request, as far as its method and path tell.
    var earlyTopic: String {
        guard connection == nil, let http else { return topic }
        return "\(String(decoding: http.method, as: UTF8.self)) \(String(decoding: http.path, as: UTF8.self))"
    }

    /// True of a request that names no model and no tool: it has none, or was decided before it could say so.
    var namesNothing: Bool { connection == nil && (ai?.model.isEmpty ?? true) && (ai?.tool.isEmpty ?? true) }

    /// Attempts that the record stands for.
    var attempts: UInt64 { (connection?.repeats ?? 0).saturating(adding: 1) }
}

extension NamespacedName {
    /// Of `namespace/name`; nil: it is no such text.
    init?(slashed text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        self.init(String(parts[0]), String(parts[1]))
    }
}

/// Kind, namespace and name, as records write them: `HTTPRoute ai/chat`.
struct KindName: Hashable, Sendable {
    let kind: String
    let name: NamespacedName

    init?(_ text: String) {
        let parts = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let name = NamespacedName(slashed: String(parts[1])) else { return nil }
        kind = String(parts[0])
        self.name = name
    }
}

/// The annotation that stages a policy.
let enforcementAnnotation = "sallyport.dev/enforcement"

extension KubernetesObject {
    /// True when it is only watched.
    var isMarkedStaged: Bool { metadata.annotations[enforcementAnnotation] == "staged" }
}
