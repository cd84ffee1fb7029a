import Foundation
import Testing

@testable import Hindsight

@Suite struct AlarmDocumentationTests {
    @Test("docs/hindsight.md has every alarm, as it is, and every reason not to tell")
    func table() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/hindsight.md"), encoding: .utf8)
        let parts = text.components(separatedBy: "<!-- alarms -->\n")
        try #require(parts.count == 3)
        let rows = AlarmKind.all.map { "| `\($0.name)` | \($0.severity.rawValue) | \($0.meaning) |\n" }.joined()
        #expect(parts[1] == "| alarm | severity | when |\n|---|---|---|\n" + rows)
        for doubt in ReplayDoubt.everyOne { #expect(text.contains("`\(doubt.name)`"), "\(doubt.name)") }
        #expect(Set(ReplayDoubt.everyOne.map(\.words)).count == ReplayDoubt.everyOne.count)
    }
}
