import Kubernetes
import Testing

@testable import Routing

/// Checks lines of expectations against a table. One line, one assertion:
///
///     gateway NAME[:PORT]                       the Gateway that the requests that follow are sent to
///     METHOD [HOST]/PATH[?QUERY] [{a: b, c: d}] [sni NAME] -> OUTCOME
///     status KIND NAME[@SECTION] TYPE=True|False[/REASON] TYPE=absent ...     all parents, or those of a section or kind
///     status Gateway NAME sets=N                                              how many ListenerSets are attached
///     listener [ListenerSet:]GATEWAY/NAME [attached=N] [kinds=A,B] [clients=required|optional|none|not_served] TYPE=...
///
/// Names without a namespace are of gateway-conformance-infra; `web/x` and `app/x` are short too; `NAMESPACE//x` is whole.
struct ExpectationChecker {
    let table: RoutingTable
    private var gateway = NamespacedName("gateway-conformance-infra", "same-namespace")
    private var port: Int?

    init(_ table: RoutingTable) { self.table = table }

    /// Checks every line; gives how many there were.
    mutating func check(_ lines: String) -> Int {
        let all = lines.split(separator: "\n").map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }
        for line in all { check(line: String(line)) }
        return all.count
    }

    private mutating func check(line: String) {
        let words = line.split(separator: " ").map(String.init)
        switch words[0] {
        case "gateway":
            let parts = words[1].split(separator: ":")
            gateway = key(String(parts[0]))
            port = parts.count == 2 ? Int(parts[1]) : nil
        case "status": checkStatus(line, words)
        case "listener": checkListener(line, words)
        default: checkRequest(line)
        }
    }

    // MARK: Requests

    private func checkRequest(_ line: String) {
        let sides = line.split(separator: " -> ", maxSplits: 1).map(String.init)
        guard sides.count == 2, let request = request(sides[0]) else {
            Issue.record("not an expectation: \(line)")
            return
        }
        let ports = table.ports.filter { $0.gateway == gateway && (port == nil || $0.port == port) }
        guard let first = ports.first else {
            Issue.record("\(line): Gateway \(gateway) has no such port")
            return
        }
        let outcome = table.outcome(request, on: first)
        #expect(outcome == sides[1], "\(line)")
    }

    private func request(_ text: String) -> TestRequest? {
        let parts = text.split(separator: " ", maxSplits: 2).map(String.init)
        guard parts.count >= 2, let slash = parts[1].firstIndex(of: "/") else { return nil }
        var request = TestRequest()
        request.method = parts[0]
        if slash > parts[1].startIndex { request.host = String(parts[1][..<slash]) }
        let target = parts[1][slash...].split(separator: "?", maxSplits: 1).map(String.init)
        request.path = target[0]
        request.query = target.count == 2 ? target[1] : ""
        let rest = parts.count == 3 ? parts[2] : ""
        if let open = rest.firstIndex(of: "{"), let close = rest.firstIndex(of: "}") {
            for pair in rest[rest.index(after: open)..<close].split(separator: ",") {
                let sides = pair.split(separator: ":").map { $0.trimming(while: { $0 == " " }) }
                request.headers[String(sides[0])] = String(sides[1])
            }
        }
        if let name = rest.split(separator: "sni ").last, rest.contains("sni ") { request.serverName = String(name) }
        return request
    }

    // MARK: Conditions

    private func checkStatus(_ line: String, _ words: [String]) {
        let names = words[2].split(separator: "@").map(String.init)
        let object = key(names[0])
        let found = table.statuses.first {
            $0.object.reference.kind == words[1] && $0.object.reference.name == object.name
                && ($0.object.reference.namespace == object.namespace || $0.object.reference.namespace.isEmpty)
        }
        guard let status = found else {
            Issue.record("\(line): no status")
            return
        }
        let isOwn = ["Gateway", "GatewayClass", "ListenerSet"].contains(words[1])
        let parents = status.parents.filter {
            names.count == 1 || $0.parent.sectionName == names[1] || $0.parent.kind == names[1]
        }
        let sets = isOwn ? [status.object.conditions] : parents.map(\.conditions)
        #expect(!sets.isEmpty, "\(line): no parents")
        var words = words
        if let last = words.last, last.hasPrefix("sets=") {
            #expect("sets=\(status.attachedListenerSets)" == last, "\(line)")
            words.removeLast()
        }
        for conditions in sets { check(words.dropFirst(3), conditions, line) }
    }

    private func checkListener(_ line: String, _ words: [String]) {
        let kind = words[1].hasPrefix("ListenerSet:") ? "ListenerSet" : "Gateway"
        let path = words[1].replacing("ListenerSet:", with: "")
        let slash = path.lastIndex(of: "/") ?? path.endIndex
        let names = [String(path[..<slash]), String(path[slash...].dropFirst())]
        let object = key(names[0])
        let status = table.statuses.first {
            $0.object.reference.kind == kind && $0.object.reference.name == object.name
        }
        guard let listener = status?.listener(names[1]) else {
            Issue.record("\(line): no such listener")
            return
        }
        var conditions: [String] = []
        for word in words.dropFirst(2) {
            if word.hasPrefix("attached=") {
                #expect(String(listener.attachedRoutes) == word.dropFirst("attached=".count), "\(line)")
            } else if word.hasPrefix("kinds=") {
                let kinds = listener.supportedKinds.map(\.kind).joined(separator: ",")
                #expect(kinds == word.dropFirst("kinds=".count), "\(line)")
            } else if word.hasPrefix("clients=") {
                #expect(clients(object, names[1]) == word.dropFirst("clients=".count), "\(line)")
            } else {
                conditions.append(word)
            }
        }
        check(conditions[...], listener.conditions, line)
    }

    /// How a listener that is served checks client certificates.
    private func clients(_ gateway: NamespacedName, _ name: String) -> String {
        guard let listener = table.listeners.first(where: { $0.gateway == gateway && $0.name == name }) else {
            return "not_served"
        }
        guard let validation = listener.clientValidation else { return "none" }
        #expect(!validation.authorities.isEmpty)
        return validation.allowsInsecureFallback ? "optional" : "required"
    }

    private func check(_ wanted: ArraySlice<String>, _ conditions: [Condition], _ line: String) {
        for word in wanted {
            let sides = word.split(separator: "=").map(String.init)
            let condition = conditions.first { $0.type == sides[0] }
            if sides[1] == "absent" {
                #expect(condition == nil, "\(line)")
                continue
            }
            let value = sides[1].split(separator: "/").map(String.init)
            #expect(condition?.status.rawValue == value[0], "\(line): \(condition.map { "\($0)" } ?? "none")")
            if value.count == 2 { #expect(condition?.reason == value[1], "\(line)") }
        }
    }

    private func key(_ text: String) -> NamespacedName {
        let parts = text.split(separator: "/").map(String.init)
        if text.contains("//"), parts.count == 2 { return NamespacedName(parts[0], parts[1]) }
        guard parts.count == 2 else { return NamespacedName("gateway-conformance-infra", text) }
        return NamespacedName("gateway-conformance-\(parts[0])-backend", parts[1])
    }
}

extension Substring {
    fileprivate func trimming(while matches: (Character) -> Bool) -> Substring {
        var text = drop(while: matches)
        while let last = text.last, matches(last) { text.removeLast() }
        return text
    }
}
