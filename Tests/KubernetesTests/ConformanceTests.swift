import Foundation
import Kubernetes
import Testing

/// Manifests that others wrote: read where they are, never copied.
enum Conformance {
    /// The folder, or nil when it is not there.
    static let root: URL? = {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let path = ProcessInfo.processInfo.environment["SALLYPORT_CONFORMANCE"]
        let url = path.map { URL(fileURLWithPath: $0) } ?? package.appendingPathComponent("../shared/conformance")
        let isThere = FileManager.default.fileExists(atPath: url.path)
        if !isThere { print("skipped: no conformance material at \(url.path); set SALLYPORT_CONFORMANCE") }
        return isThere ? url : nil
    }()

    static let isThere = root != nil

    /// All manifests below a folder.
    static func manifests(_ folder: String) -> [URL] {
        guard let base = root?.appendingPathComponent(folder),
            let all = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil)
        else { return [] }
        return all.compactMap { $0 as? URL }
            .filter { ["yaml", "yml", "json"].contains($0.pathExtension) }
            .sorted { $0.path < $1.path }
    }

    /// The YAML blocks of all Markdown files below a folder.
    static func markdownBlocks(_ folder: String) throws -> [String] {
        guard let base = root?.appendingPathComponent(folder),
            let all = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil)
        else { return [] }
        let files = all.compactMap { $0 as? URL }.filter { $0.pathExtension == "md" }
        return try files.flatMap { url in
            try String(contentsOf: url, encoding: .utf8).components(separatedBy: "```").enumerated()
                .filter { $0.offset % 2 == 1 && $0.element.hasPrefix("yaml\n") }
                .map { String($0.element.dropFirst(5)) }
        }
    }

    static func decode(_ url: URL) throws -> DecodedFile {
        // The suite that these manifests belong to fills in this one name before it applies them.
        let text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
            .replacingOccurrences(of: "{GATEWAY_CONTROLLER_NAME}", with: "sallyport.dev/gateway")
        return ObjectDecoder.decode(text: text, file: url.lastPathComponent)
    }
}

@Suite(.enabled(if: Conformance.isThere, "no conformance material here"))
struct ConformanceTests {
    @Test func gatewayAPIManifestsHaveNoMistakes() throws {
        let files = Conformance.manifests("gateway-api/conformance")
        #expect(files.count > 100)
        var count = 0
        for file in files {
            let decoded = try Conformance.decode(file)
            #expect(decoded.isReadable)
            #expect(decoded.mistakes.isEmpty, "\(file.lastPathComponent)")
            for note in decoded.notes { #expect(note.message.hasSuffix("is not read"), "\(note)") }
            count += decoded.objectCount
        }
        print("gateway-api: \(count) objects in \(files.count) files")
        #expect(count > 300)
    }

    @Test func recipesCanBeRead() throws {
        let blocks = try Conformance.markdownBlocks("network-policy-recipes")
        print("network-policy-recipes: \(blocks.count) blocks")
        #expect(!blocks.isEmpty)
        for block in blocks {
            #expect(ObjectDecoder.decode(text: block, file: "block.yaml").isReadable, "\(block)")
        }
    }

    /// Parts of paths: what is there is no manifest, is meant to be wrong, or would be refused by an API server.
    private static let wrong = [
        // Results, schemes and a list of paths.
        "connlist_output.json", "-scheme", "/expected_output/", "resources-path.yaml",
        // Wrong on purpose.
        "bad_path_test", "bad-path/", "bad_netpols", "bad_yamls", "malformed", "/dirty/", "syntax_error",
        "severe_error",
        // Names with underscores or capital letters.
        "same_owner_and_labels_gap_with_", "test_subset_deployment.yaml",
        // Ranges that end before they begin; a block without its length; exceptions outside of their block.
        "with_empty_port_range", "checks-network-policy.yaml", "withIpBlock2-networkpolicy3.yaml",
        // A container port without number, Services with several ports that have no names.
        "netpol_named_port_test", "multiple_ingress_objects_with_different_ports", "one_ingress_multiple_",
    ]

    @Test("manifests of policies and workloads have mistakes only where an API server would find them too")
    func policyManifests() throws {
        let folders = ["netpol-analyzer/tests", "network-config-analyzer", "cluster-network-policy"]
        let paths = try folders.flatMap(Conformance.manifests)
            .filter { try !Conformance.decode($0).mistakes.isEmpty }.map(\.path)
        for path in paths {
            #expect(Self.wrong.contains { path.contains($0) }, "\(path.split(separator: "/").suffix(3))")
        }
        for part in Self.wrong { #expect(paths.contains { $0.contains(part) }, "nothing is wrong any more: \(part)") }
    }

    @Test(arguments: [
        "gateway-api", "netpol-analyzer", "network-config-analyzer", "cluster-network-policy",
    ])
    func everythingCanBeRead(folder: String) throws {
        var unreadable: [String] = []
        var mistakes = 0
        let files = Conformance.manifests(folder)
        for file in files {
            let decoded = try Conformance.decode(file)
            if !decoded.isReadable { unreadable.append("\(decoded.mistakes[0])") }
            mistakes += decoded.mistakes.count
        }
        print("\(folder): \(files.count) files, \(unreadable.count) unreadable, \(mistakes) mistakes")
        for line in unreadable.prefix(20) { print("  ", line) }
        #expect(unreadable.count * 10 <= files.count)
    }
}
