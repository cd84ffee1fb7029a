import Foundation
import Testing

@testable import Kubernetes

@Suite("docs/objects.md") struct DocumentedObjectsTests {
    @Test("its examples have no mistakes, and there is one of each kind")
    func examples() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/objects.md"), encoding: .utf8)
        let blocks = text.components(separatedBy: "```yaml\n").dropFirst()
            .compactMap { $0.components(separatedBy: "```").first }
        for block in blocks where block.hasPrefix("apiVersion: ") {
            #expect(mistakes(block) == [], "\(block)")
        }
        // docs/servers.md has the other.
        for kind in Kind.all where kind.group == Kind.ownGroup && kind.name != ModelServer.kind {
            #expect(blocks.contains { $0.contains("kind: \(kind.name)\n") }, "\(kind.name)")
        }
    }
}
