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
