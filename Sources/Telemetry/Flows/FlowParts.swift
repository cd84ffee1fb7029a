import Addresses
import Records

extension Flow_Verdict {
    /// `AUDIT` where a staged policy would deny what was let through, `ERROR` where a request was let through and failed.
    init(_ record: Record) {
        if record.connection?.event == .cut || record.verdict == .denied {
            self = .dropped
        } else if record.staged?.verdict == .denied {
            self = .audit
        } else if record.connection == nil, record.reason != Record.ruleMatched {
            self = .error
        } else {
            self = .forwarded
        }
    }
}

extension Flow_DropReason {
    /// A rule that denies, a missing right to ask at all, or no rule that allows.
    init(_ record: Record) {
        if record.connection != nil, record.reason == Record.ruleMatched {
            self = .policyDeny
        } else if record.connection == nil, record.status == 401 {
            self = .authRequired
        } else {
            self = .policyDenied
        }
    }
}

extension Flow_Endpoint {
    init(of endpoint: Record.Endpoint?, workload: Record.Workload?, seenFrom node: String) {
        self.init()
        if let workload {
            namespace = workload.namespace
            podName = workload.pod
            labels = workload.labels.map { "k8s:" + $0 }
            if !workload.namespace.isEmpty {
                labels.append("k8s:io.kubernetes.pod.namespace=" + workload.namespace)
            }
            guard !workload.name.isEmpty else { return }
            var running = Flow_Workload()
            running.kind = workload.kind
            running.name = workload.name
            workloads = [running]
            return
        }
        guard let endpoint else { return }
        identity = Self.identity(of: endpoint, seenFrom: node)
        if let label = ReservedIdentity.label(identity) { labels = [label] }
    }

    private static func identity(of endpoint: Record.Endpoint, seenFrom node: String) -> UInt32 {
        if !endpoint.node.isEmpty { return endpoint.node == node ? ReservedIdentity.host : ReservedIdentity.remoteNode }
        return endpoint.range == NamedRange.public.rawValue ? ReservedIdentity.world : 0
    }
}

extension Flow_Service {
    /// A Service by `namespace/name`; nil: none.
    init?(_ name: String) {
        guard !name.isEmpty else { return nil }
        self.init()
        (namespace, self.name) = FlowNames.split(name)
    }
}

extension Flow_Policy {
    /// The policy that decided; nil: none did. Its rule stands among the labels, the only place that the API has for it.
    init?(_ record: Record) {
        guard !record.policy.isEmpty else { return nil }
        self.init()
        var path = record.policy[...]
        if let space = path.firstIndex(of: " ") {
            kind = String(path[..<space])
            path = path[path.index(after: space)...]
        } else {
            kind = "AccessPolicy"
        }
        (namespace, name) = FlowNames.split(String(path))
        revision = record.revision
        if !record.rule.isEmpty { labels = ["sallyport:rule=" + record.rule] }
    }
}

extension Flow_Layer4 {
    /// Nothing where the protocol has no place in the API.
    init(_ connection: Record.Connection, source: UInt16?, destination: UInt16?) {
        self.init()
        switch connection.transport {
        case "tcp":
            tcp.sourcePort = UInt32(source ?? 0)
            tcp.destinationPort = UInt32(destination ?? 0)
            tcp.flags = Flow_TCPFlags(connection)
        case "udp", "udplite":
            udp.sourcePort = UInt32(source ?? 0)
            udp.destinationPort = UInt32(destination ?? 0)
        case "sctp":
            sctp.sourcePort = UInt32(source ?? 0)
            sctp.destinationPort = UInt32(destination ?? 0)
        case "icmp":
            icmpv4.type = UInt32(connection.icmp?.type ?? 0)
            icmpv4.code = UInt32(connection.icmp?.code ?? 0)
        case "icmpv6":
            icmpv6.type = UInt32(connection.icmp?.type ?? 0)
            icmpv6.code = UInt32(connection.icmp?.code ?? 0)
        default: break
        }
    }
}

extension Flow_TCPFlags {
    /// Flags without which it would not have happened.
    init(_ connection: Record.Connection) {
        self.init()
        switch (connection.event, connection.end) {
        case (.opened, _), (.denied, _): syn = true
        case (.closed, .finished):
            fin = true
            ack = true
        case (.closed, .reset): rst = true
        default: break
        }
    }
}

extension Flow_HTTP {
    init(_ request: Record.HTTP, status: Int, isSecure: Bool) {
        self.init()
        code = UInt32(clamping: status)
        method = request.method.text
        let host = request.host.text
        let path = request.path.prefix { $0 != UInt8(ascii: "?") }
        url = (host.isEmpty ? "" : (isSecure ? "https://" : "http://") + host) + String(decoding: path, as: UTF8.self)
        self.protocol = request.version.isEmpty ? "" : "HTTP/" + request.version
        guard !request.userAgent.isEmpty else { return }
        var header = Flow_HTTPHeader()
        header.key = "User-Agent"
        header.value = request.userAgent.text
        headers = [header]
    }
}

/// Names as the API cuts them.
enum FlowNames {
    /// Namespace and name of `namespace/name`; a name alone has no namespace.
    static func split(_ path: String) -> (namespace: String, name: String) {
        guard let slash = path.firstIndex(of: "/") else { return ("", path) }
        return (String(path[..<slash]), String(path[path.index(after: slash)...]))
    }

    /// A host without its port, in small letters.
    static func withoutPort(_ host: String) -> String {
        let small = host.lowercased()
        guard let colon = small.lastIndex(of: ":"), !small.hasSuffix("]") else { return small }
        let isLoneAddress = small.first != "[" && small.firstIndex(of: ":") != colon
        return isLoneAddress ? small : String(small[..<colon])
    }
}
