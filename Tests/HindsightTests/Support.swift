import Addresses
import Kubernetes
import Policy
import PolicyWorlds
import Records
import Testing

@testable import Hindsight

/// The objects of a text, which must have no mistakes.
func objects(_ text: String, at location: SourceLocation = #_sourceLocation) -> Objects {
    let snapshot = ObjectDecoder.combine([ObjectDecoder.decode(text: text, file: "test.yaml")], revision: 1)
    #expect(snapshot.mistakes.isEmpty, "\(snapshot.mistakes)\n\(text)", sourceLocation: location)
    #expect(snapshot.unreadable.isEmpty, sourceLocation: location)
    return snapshot.objects
}

/// Microseconds since 1970 of a Monday, and so many seconds later.
func moment(_ seconds: Int64 = 0) -> Int64 { (1_763_942_400 + seconds) * 1_000_000 }

/// Runs a test with seeds that are told when it fails.
func withSeeds(_ count: Int, _ body: (UInt64, inout WorldDice) -> Void) {
    var start = SystemRandomNumberGenerator()
    let first = start.next() >> 16
    for seed in first..<(first + UInt64(count)) {
        var dice = WorldDice(seed: seed)
        body(seed, &dice)
    }
}

extension Record.Workload {
    init(_ text: String, pod: String = "", labels: [String] = []) {
        let parts = text.split(separator: " ").flatMap { $0.split(separator: "/") }.map(String.init)
        self.init(kind: parts[0], namespace: parts[1], name: parts[2], pod: pod, labels: labels)
    }
}

/// A record of a connection.
func connection(
    _ id: String = "c", from source: String, _ workload: Record.Workload? = nil, to destination: String,
    _ other: Record.Workload? = nil, port: UInt16 = 80, transport: String = "tcp",
    verdict: Record.Verdict = .allowed, event: Record.ConnectionEvent? = nil,
    direction: Record.ConnectionDirection? = nil, node: String = "n1", at time: Int64 = moment()
) -> Record {
    var record = Record(
        time: time, id: id, verdict: verdict, reason: Record.ruleMatched,
        source: Record.Endpoint(address: source, port: 40_000))
    record.point = .node
    record.node = node
    record.bytes = nil
    record.timing = nil
    record.workload = workload
    if workload == nil { record.source?.range = Address(source).map { NamedRange(of: $0).rawValue } ?? "" }
    var end = Record.Destination(
        service: "", endpoint: Record.Endpoint(address: destination, port: port), attempts: 0)
    end.workload = other
    if other == nil { end.endpoint.range = Address(destination).map { NamedRange(of: $0).rawValue } ?? "" }
    record.destination = end
    record.connection = Record.Connection(
        event: event ?? (verdict == .allowed ? .opened : .denied), transport: transport)
    record.connection?.direction = direction
    return record
}

/// A record of a request.
func request(
    _ id: String = "r", key: String? = "alice", model: String = "", classes: [String] = ["Inference"],
    server: String = "ollama", verdict: Record.Verdict = .allowed, reason: String = Record.ruleMatched,
    method: String = "POST", path: String = "/api/chat", at time: Int64 = moment()
) -> Record {
    var record = Record(
        time: time, id: id, verdict: verdict, reason: reason,
        source: Record.Endpoint(address: "10.0.0.7", port: 40_000))
    record.principal = key.map { Record.Principal(kind: "access_key", name: $0, namespace: "ai", owner: "") }
    record.place.gateway = "ai/front"
    record.place.listener = "web"
    record.place.route = "HTTPRoute ai/chat"
    record.place.routeRule = "0"
    record.policy = "ai/team"
    record.rule = "chat"
    record.http = Record.HTTP()
    record.http?.method = Array(method.utf8)
    record.http?.path = Array(path.utf8)
    if !server.isEmpty {
        record.ai = Record.AI()
        record.ai?.server = server
        record.ai?.classes = classes
        record.ai?.model = Array(model.utf8)
    }
    return record
}

/// A gateway with a route, and keys.
let frontDoor = """
    {apiVersion: gateway.networking.k8s.io/v1, kind: GatewayClass, metadata: {name: sallyport}, spec: {controllerName: sallyport.dev/gateway}}
    ---
    {apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: front, namespace: ai}, spec: {gatewayClassName: sallyport, listeners: [{name: web, port: 80, protocol: HTTP}]}}
    ---
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata: {name: chat, namespace: ai}
    spec: {parentRefs: [{name: front}], rules: [{backendRefs: [{name: ollama, port: 11434}]}]}
    ---
    {apiVersion: v1, kind: Service, metadata: {name: ollama, namespace: ai, annotations: {sallyport.dev/server: ollama}}, spec: {selector: {app: ollama}, ports: [{port: 11434}]}}
    ---

    """
    + ["alice", "bob", "carol"].enumerated().map { index, name in
        let digest = String(repeating: "\(index + 1)", count: 64)
        return
            "{apiVersion: sallyport.dev/v1alpha1, kind: AccessKey, metadata: {name: \(name), namespace: ai}, spec: {sha256: \"\(digest)\"}}\n---\n"
    }.joined()

/// An access policy of the route.
func accessPolicy(_ rules: String, annotations: String = "{}") -> String {
    """
    apiVersion: sallyport.dev/v1alpha1
    kind: AccessPolicy
    metadata: {name: team, namespace: ai, annotations: \(annotations)}
    spec:
      targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: chat}]
      rules: \(rules)
    ---

    """
}

/// A record as its line, for messages of tests.
func encoded(_ record: Record) -> String {
    var lines: [UInt8] = []
    RecordEncoder.append(record, to: &lines)
    return String(decoding: lines, as: UTF8.self)
}
