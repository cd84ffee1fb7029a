import Foundation
import Kubernetes
import Policy
import Testing

@testable import PacketFilter

/// What `nft list table` shows for well-known policies, kept for people to read and to see changes of.
///
/// `SALLYPORT_WRITE_GOLDEN=1` writes the files anew.
@Suite("The text of rules is what was read and found good") struct GoldenTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

    @Test(arguments: Recipe.all) func recipe(_ recipe: Recipe) throws {
        let snapshot = ObjectDecoder.combine(
            [ObjectDecoder.decode(text: recipe.manifests, file: "recipe.yaml")], revision: 1)
        try #require(snapshot.mistakes.isEmpty, "\(snapshot.mistakes)")
        let text = Self.text(snapshot.objects)
        let file = Self.folder.appending(path: "\(recipe.name).nft")
        if ProcessInfo.processInfo.environment["SALLYPORT_WRITE_GOLDEN"] == "1" {
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        let kept = try String(contentsOf: file, encoding: .utf8)
        guard text != kept else { return }
        let change = text.split(separator: "\n").difference(from: kept.split(separator: "\n")).map { change in
            switch change {
            case .insert(_, let line, _): "+ \(line)"
            case .remove(_, let line, _): "- \(line)"
            }
        }
        Issue.record(
            "\(file.lastPathComponent): \(change.prefix(20).joined(separator: "\n")); SALLYPORT_WRITE_GOLDEN=1 writes it anew"
        )
    }

    @Test func noFileIsLeftOver() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(files.sorted() == Recipe.all.map { "\($0.name).nft" }.sorted())
    }

    /// Of a family in which there are no pods the table says nothing of interest.
    private static func text(_ objects: Objects) -> String {
        let list = GuestList(objects)
        let ranges = objects.nodes.values.first { $0.metadata.name == Recipe.node }?.podBlocks ?? []
        let filter = NodeFilter(
            list,
            FilteredNode(
                Recipe.node, podRanges: ranges, interfaces: ["cali"], failsafe: FilteredNode.usualFailsafe, logGroup: 5)
        )
        return filter.rulesets.filter { ruleset in
            ruleset.family == .ip || list.grouping.interfaces.contains { $0.isIPv4 == ruleset.family.isIPv4 }
        }
        .map(\.text).joined()
    }
}
