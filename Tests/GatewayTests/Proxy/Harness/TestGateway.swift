import Foundation
import Kubernetes
import Logging
import Testing

@testable import Gateway

/// The objects of a test: one Gateway, one route, its Services, one policy.
struct World {
    var annotations: [String: String] = [:]
    /// Rules of the route, YAML in one line each; `a` is a Service with port 80.
    var rules = ["{backendRefs: [{name: a, port: 80}]}"]
    /// Ports of the endpoints, by Service.
    var services: [String: [Int]] = [:]
    var serviceAnnotations: [String: String] = [:]
    /// What the servers behind Services are, by Service: the annotation `sallyport.dev/server`.
    var servers: [String: String] = [:]
    /// More listeners, YAML in one line each.
    var listeners: [String] = []
    /// `spec.tls` of the Gateway; empty: there is none.
    var tls = ""
    /// `spec` of the policy; nil: there is none.
    var policy: String? = World.everyone
    /// Other objects.
    var extra = ""
    /// The objects are wrong on purpose.
    var mayHaveMistakes = false

    static let everyone = "{targetRefs: [\(gateway)], rules: [{name: all, from: [{networks: [0.0.0.0/0]}]}]}"
    static let gateway = "{group: gateway.networking.k8s.io, kind: Gateway, name: gw}"
    static let file = "world.yaml"

    /// One Service, `a`, with these endpoints.
    init(_ upstreams: Upstream..., rules: [String]? = nil, annotations: [String: String] = [:]) {
        services = ["a": upstreams.map(\.port)]
        self.annotations = annotations
        if let rules { self.rules = rules }
    }

    /// Limits of the Gateway, by their names.
    init(_ upstreams: Upstream..., limits: [String: String], rules: [String]? = nil) {
        services = ["a": upstreams.map(\.port)]
        annotations = Dictionary(uniqueKeysWithValues: limits.map { ("limits.sallyport.dev/\($0.key)", $0.value) })
        if let rules { self.rules = rules }
    }

    func yaml(port: Int) -> String {
        let listeners = (["{name: http, protocol: HTTP, port: \(port)}"] + self.listeners).joined(separator: ", ")
        let gateway = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: gw, namespace: t, annotations: \(Self.map(annotations))}
            spec:
              gatewayClassName: sallyport
              listeners: [\(listeners)]
              \(tls.isEmpty ? "" : "tls: \(tls)")
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: r, namespace: t}
            spec: {parentRefs: [{name: gw}], rules: [\(rules.joined(separator: ", "))]}
            """
        var services: [String] = []
        for (name, ports) in self.services.sorted(by: { $0.key < $1.key }) {
            var annotations = serviceAnnotations
            if let server = servers[name] { annotations["sallyport.dev/server"] = server }
            services.append(
                "{apiVersion: v1, kind: Service, metadata: {name: \(name), namespace: t, annotations: \(Self.map(annotations))}, "
                    + "spec: {ports: [{port: 80}]}}")
            for (index, port) in ports.enumerated() {
                services.append(
                    "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: \(name)-\(index), "
                        + "namespace: t, labels: {kubernetes.io/service-name: \(name)}}, addressType: IPv4, "
                        + "endpoints: [{addresses: [127.0.0.1]}], ports: [{port: \(port)}]}")
            }
        }
        let policy = policy.map {
            "{apiVersion: sallyport.dev/v1alpha1, kind: AccessPolicy, metadata: {name: p, namespace: t}, spec: \($0)}"
        }
        var objects = [gateway] + services
        if let policy { objects.append(policy) }
        if !extra.isEmpty { objects.append(extra) }
        return objects.joined(separator: "\n---\n")
    }

    private static func map(_ values: [String: String]) -> String {
        "{" + values.map { "\"\($0.key)\": \"\($0.value)\"" }.sorted().joined(separator: ", ") + "}"
    }
}

/// A gateway that runs inside the test.
final class TestGateway: Sendable {
    let server: GatewayServer
    let port: Int
    let directory: String
    private let ownsDirectory: Bool

    init(
        threads: Int = 1, directory: String? = nil, configure: (inout GatewayOptions) -> Void = { _ in }
    ) throws {
        ownsDirectory = directory == nil
        self.directory = directory ?? NSTemporaryDirectory() + "sallyport-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: self.directory, withIntermediateDirectories: true)
        var options = GatewayOptions(stateDirectory: self.directory)
        options.threads = threads
        options.routing.allowsLocalBackends = true
        configure(&options)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        server = try GatewayServer(options, logger: logger)
        port = try freePort()
    }

    deinit { if ownsDirectory { try? FileManager.default.removeItem(atPath: directory) } }

    /// The objects of a world, read; what is wrong with them is the test's mistake.
    func snapshot(_ world: World, mayHaveMistakes: Bool = false) -> Snapshot {
        let file = (path: World.file, bytes: Array(world.yaml(port: port).utf8))
        let snapshot = ObjectDecoder.snapshot(files: [file], revision: 1)
        if !mayHaveMistakes, !world.mayHaveMistakes { #expect(snapshot.mistakes.map(\.description) == []) }
        return snapshot
    }

    /// Puts a world in force.
    func apply(_ world: World, revision: UInt64 = 1, mayHaveMistakes: Bool = false) async {
        await apply(snapshot(world, mayHaveMistakes: mayHaveMistakes), revision: revision)
    }

    /// Puts objects in force under another revision.
    func apply(_ snapshot: Snapshot, revision: UInt64) async {
        var snapshot = snapshot
        snapshot.revision = revision
        await server.apply(snapshot)
    }

    func connect(receiveBuffer: Int32? = nil) throws -> Wire { try Wire(port: port, receiveBuffer: receiveBuffer) }

    /// What the event loops have counted.
    func metrics() async -> Metrics { await server.metrics() }

    /// Ends it, and gives what it has recorded.
    func stop(within deadline: Duration = .seconds(5)) async throws -> [TestRecord] {
        await server.drain(deadline: deadline)
        return try TestRecord.read("\(directory)/records.jsonl")
    }
}

/// A line of the records.
struct TestRecord {
    let fields: [String: Any]

    /// A field by its path, such as `http.path`, as text.
    subscript(_ path: String) -> String? {
        var value: Any? = fields
        for part in path.split(separator: ".") { value = (value as? [String: Any])?[String(part)] }
        return value.map { "\($0)" }
    }

    static func read(_ path: String) throws -> [TestRecord] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
            return TestRecord(fields: try #require(object as? [String: Any]))
        }
    }
}

/// Runs each piece of a test on a thread of its own, so that it may block without anybody waiting for it.
final class ThreadExecutor: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        Thread.detachNewThread { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// Starts a gateway with a world, runs the test, ends the gateway.
///
/// - Returns: the records.
@discardableResult
func withGateway(
    _ world: World, threads: Int = 1, configure: (inout GatewayOptions) -> Void = { _ in },
    _ body: @escaping @Sendable (TestGateway) async throws -> Void
) async throws -> [TestRecord] {
    let gateway = try TestGateway(threads: threads, configure: configure)
    return try await withTaskExecutorPreference(ThreadExecutor()) {
        await gateway.apply(world)
        do {
            try await body(gateway)
        } catch {
            _ = try? await gateway.stop(within: .zero)
            throw error
        }
        return try await gateway.stop()
    }
}

/// Waits until something is so; false when it does not become so in time.
func eventually(_ isSo: () async throws -> Bool) async rethrows -> Bool {
    for _ in 0..<2_000 {
        if try await isSo() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return false
}
