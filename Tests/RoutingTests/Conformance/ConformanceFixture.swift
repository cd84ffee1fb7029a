import Foundation
import Kubernetes
import Routing

/// The public conformance manifests, read where they lie; nothing of them is in this package.
enum ConformanceFixture {
    /// `SALLYPORT_CONFORMANCE`, else `../shared/conformance` beside the package; nil when there is nothing.
    static let directory: URL? = {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let named = ProcessInfo.processInfo.environment["SALLYPORT_CONFORMANCE"].map { URL(fileURLWithPath: $0) }
        let places = named.map { [$0] } ?? [root.appending(path: "../shared/conformance")]
        return places.map { $0.appending(path: "gateway-api").standardizedFileURL }
            .first { FileManager.default.fileExists(atPath: $0.appending(path: "TESTS.tsv").path) }
    }()

    /// One row of TESTS.tsv.
    struct Row {
        var name: String
        var group: String
        var level: String
        var manifests: [String]
    }

    /// All rows; empty when the manifests are not there.
    static let rows: [Row] = {
        guard let directory,
            let text = try? String(contentsOf: directory.appending(path: "TESTS.tsv"), encoding: .utf8)
        else { return [] }
        return text.split(separator: "\n").dropFirst().map { line in
            let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            return Row(
                name: cells[0], group: cells[1], level: cells[2],
                manifests: cells[5].split(separator: ",").map(String.init))
        }
    }()

    /// The objects of a test: the base, its manifests, and what the suite makes at run time (certificates, and here
    /// one endpoint for every Service, which in a cluster its pods would give).
    static func snapshot(of row: Row, edit: (String) -> String = { $0 }) throws -> Snapshot {
        guard let directory else { throw CocoaError(.fileNoSuchFile) }
        let own = try row.manifests.map { try decode(directory, $0, edit) }
        let files = try [base.get()] + own + [ObjectDecoder.decode(text: generated, file: "generated.yaml")]
        let services = ObjectDecoder.combine(files, revision: 1).objects
        let slices = ObjectDecoder.decode(text: endpoints(for: services), file: "endpoints.yaml")
        return ObjectDecoder.combine(files + [slices], revision: 1)
    }

    /// Decoded once: every test stands on it.
    private static let base = Result {
        guard let directory else { throw CocoaError(.fileNoSuchFile) }
        return try decode(directory, "base/manifests.yaml", { $0 })
    }

    private static func decode(_ directory: URL, _ path: String, _ edit: (String) -> String) throws -> DecodedFile {
        let text = try String(contentsOf: directory.appending(path: "conformance/" + path), encoding: .utf8)
            .replacing("{GATEWAY_CLASS_NAME}", with: "sallyport")
            .replacing("{GATEWAY_CONTROLLER_NAME}", with: "sallyport.dev/gateway")
        return ObjectDecoder.decode(text: edit(text), file: path)
    }

    /// A ready endpoint for every Service that has no slice of its own.
    private static func endpoints(for objects: Objects) -> String {
        let served = Set(
            objects.endpointSlices.values.map { NamespacedName($0.metadata.namespace, $0.serviceName ?? "") })
        let services = objects.services.keys.sorted().filter { !served.contains($0) }
        return services.enumerated().compactMap { number, key in
            objects.services[key].map { slice($0, address: "10.1.\(number / 250).\(number % 250 + 1)") }
        }.joined(separator: "---\n")
    }

    private static func slice(_ service: Service, address: String) -> String {
        let ports = service.ports.map { port in
            let number = if case .int(let number) = port.targetPort { number } else { port.port }
            return "- {name: '\(port.name)', port: \(number), protocol: \(port.protocolName)}\n"
        }
        return """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata:
              name: \(service.metadata.name)-made
              namespace: \(service.metadata.namespace)
              labels: {kubernetes.io/service-name: \(service.metadata.name)}
            addressType: IPv4
            endpoints:
            - {addresses: [\(address)], conditions: {ready: true}}
            ports:
            \(ports.joined())
            """
    }

    /// PEM as far as routing looks: blocks with the right labels.
    private static let certificate = pem("CERTIFICATE")

    private static func pem(_ label: String) -> String {
        "-----BEGIN \(label)-----\\nAAAA\\n-----END \(label)-----\\n"
    }

    private static let generated: String = {
        let secrets = [
            "infra/tls-validity-checks-certificate", "infra/tls-passthrough-checks-certificate",
            "infra/tls-checks-certificate", "infra/tls-checks-client-certificate",
            "infra/tls-validity-checks-client-certificate", "web-backend/certificate",
        ]
        let maps = [
            "infra/tls-checks-ca-certificate", "infra/mismatch-ca-certificate",
            "infra/tls-validity-checks-ca-certificate", "infra/tls-validity-checks-per-port-ca-certificate",
            "web-backend/web-backend-cm",
        ]
        let key = pem("PRIVATE KEY")
        return secrets.map {
            head("Secret", $0)
                + "type: kubernetes.io/tls\nstringData: {tls.crt: \"\(certificate)\", tls.key: \"\(key)\"}\n"
        }.joined() + maps.map { head("ConfigMap", $0) + "data: {ca.crt: \"\(certificate)\"}\n" }.joined()
    }()

    private static func head(_ kind: String, _ path: String) -> String {
        let parts = path.split(separator: "/")
        return """
            ---
            apiVersion: v1
            kind: \(kind)
            metadata: {name: \(parts[1]), namespace: gateway-conformance-\(parts[0])}

            """
    }
}
