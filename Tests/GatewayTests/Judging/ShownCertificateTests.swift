import Foundation
import Testing

@testable import Gateway

/// What a connection has shown is asked about with each request.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct ShownCertificateTests {
    /// A TLS connection that stays open between requests.
    private final class Client {
        private let process = Process()
        private let (input, output) = (Pipe(), Pipe())

        init(port: Int) throws {
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = [
                "openssl", "s_client", "-connect", "127.0.0.1:\(port)", "-servername", "a.test", "-quiet", "-alpn",
                "http/1.1",
            ]
            process.standardInput = input
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
        }

        deinit { process.terminate() }

        /// The status line of the answer to a HEAD.
        func head() throws -> String {
            try input.fileHandleForWriting.write(contentsOf: Data("HEAD /x HTTP/1.1\r\nHost: a.test\r\n\r\n".utf8))
            var text = ""
            while !text.contains("\r\n\r\n") {
                let data = output.fileHandleForReading.availableData
                guard !data.isEmpty else { return text }
                text += String(decoding: data, as: UTF8.self)
            }
            return String(text.prefix { $0 != "\r\n" })
        }
    }

    @Test("a connection without a certificate is not good enough any more once one is asked for: 421")
    func laterRequired() async throws {
        let upstream = try Upstream()
        let authority = try TestAuthority()
        let port = try freePort()
        var world = World(upstream)
        world.listeners = [
            "{name: https, protocol: HTTPS, port: \(port), hostname: a.test, tls: {certificateRefs: [{name: cert}]}}"
        ]
        let bundle = String(decoding: try authority.pem, as: UTF8.self).replacingOccurrences(of: "\n", with: "\\n")
        world.extra =
            try authority.secret("cert", namespace: "t", host: "a.test")
            + "\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: callers, namespace: t}, data: {ca.crt: \"\(bundle)\"}}"
        var strict = world
        strict.tls =
            "{frontend: {default: {validation: {caCertificateRefs: [{group: \"\", kind: ConfigMap, name: callers}]}}}}"
        let (open, closed) = (world, strict)
        let records = try await withGateway(open) { gateway in
            let client = try Client(port: port)
            #expect(try client.head() == "HTTP/1.1 200 OK")
            await gateway.apply(closed, revision: 2)
            #expect(try client.head().hasPrefix("HTTP/1.1 421"))
        }
        #expect(upstream.log.count == 1)
        #expect(records.map { $0["reason"] } == ["rule_matched", "misdirected_request"])
    }
}
