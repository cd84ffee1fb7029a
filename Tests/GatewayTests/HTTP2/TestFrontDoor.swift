import Access
import Foundation
import Kubernetes
import Logging
import NIOCore
import NIOPosix

@testable import Gateway

/// A whole gateway on loopback, with one route to one backend, and a key that opens it.
final class TestFrontDoor: Sendable {
    let server: GatewayServer
    let port: Int
    let tlsPort: Int
    let key: String
    let state: String
    private let directory: TemporaryDirectory

    /// - Parameters:
    ///   - backend: the port on loopback that requests go to.
    ///   - appProtocol: of the backend's Service; `kubernetes.io/h2c` for HTTP/2.
    ///   - annotations: of the Gateway, `name: value` lines.
    ///   - more: further objects, YAML.
    static func start(
        backend: Int, appProtocol: String? = nil, annotations: [String] = [], more: String = ""
    ) async throws -> TestFrontDoor {
        let directory = try TemporaryDirectory()
        var options = GatewayOptions(stateDirectory: directory.path)
        options.routing.allowsLocalBackends = true
        options.localAuthority = try LocalAuthority.load(
            orCreateIn: directory.path + "/authority", hostname: "test", now: Int(Date().timeIntervalSince1970))
        var random = SystemRandomNumberGenerator()
        let key = AccessKeyText.generate(using: &random)
        let ports = (try freePort(), try freePort())
        let text = objects(
            ports, key.digest.hexadecimal, backend: backend, appProtocol: appProtocol, annotations: annotations)
        var logger = Logger(label: "test")
        if ProcessInfo.processInfo.environment["SALLYPORT_TEST_LOG"] != nil { logger.logLevel = .debug }
        let server = try GatewayServer(options, logger: logger)
        let door = TestFrontDoor(server, ports, key.reveal { $0 }, directory)
        try await door.apply(text + more)
        return door
    }

    private init(_ server: GatewayServer, _ ports: (Int, Int), _ key: String, _ directory: TemporaryDirectory) {
        self.server = server
        (port, tlsPort) = ports
        self.key = key
        self.directory = directory
        state = directory.path
    }

    private func apply(_ text: String) async throws {
        let snapshot = ObjectDecoder.snapshot(files: [("test.yaml", Array(text.utf8))], revision: 1)
        guard snapshot.mistakes.isEmpty else { throw TestError("\(snapshot.mistakes)") }
        await server.apply(snapshot)
        guard server.isReady else { throw TestError("\(server.portFailures)") }
    }

    func stop() async { await server.drain(deadline: .zero) }

    /// Runs curl against the port without TLS, with the key.
    func curl(_ path: String, _ arguments: [String] = ["--http2-prior-knowledge"]) async throws -> String {
        let common = ["-sS", "--max-time", "20", "-H", "x-api-key: \(key)"]
        return try await run("curl", common + arguments + ["http://127.0.0.1:\(port)\(path)"]).output
    }

    private static func objects(
        _ ports: (Int, Int), _ digest: String, backend: Int, appProtocol: String?, annotations: [String]
    ) -> String {
        let notes = (["sallyport.dev/h2c: \"true\""] + annotations).map { "    \($0)\n" }.joined()
        return """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata:
              name: front
              annotations:
            \(notes)spec:
              gatewayClassName: sallyport
              listeners:
              - {name: http, port: \(ports.0), protocol: HTTP}
              - {name: https, port: \(ports.1), protocol: HTTPS}
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: all}
            spec:
              parentRefs: [{name: front}]
              rules: [{backendRefs: [{name: backend, port: 80}]}]
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: backend}
            spec: {ports: [{name: main, port: 80\(appProtocol.map { ", appProtocol: \($0)" } ?? "")}]}
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: backend-1, labels: {kubernetes.io/service-name: backend}}
            addressType: IPv4
            endpoints: [{addresses: [127.0.0.1]}]
            ports: [{name: main, port: \(backend)}]
            ---
            apiVersion: sallyport.dev/v1alpha1
            kind: AccessKey
            metadata: {name: alice}
            spec: {sha256: \(digest)}
            ---
            apiVersion: sallyport.dev/v1alpha1
            kind: AccessPolicy
            metadata: {name: open}
            spec:
              targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: front}]
              rules: [{name: all, from: [{accessKeys: {names: [alice]}}]}]
            ---

            """
    }
}

/// What went wrong in the test's own set-up.
struct TestError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
