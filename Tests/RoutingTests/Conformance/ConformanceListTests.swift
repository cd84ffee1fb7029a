import Foundation
import Testing

/// `docs/gateway-api-conformance.md` says what is passed; here it is held to the suite and to our tables.
@Suite("The list of conformance tests")
struct ConformanceListTests {
    /// Tests that ask more than a table can say, each with a function of its own in ConformanceTests.
    static let written: Set<String> = [
        "GatewayObservedGenerationBump", "HTTPRouteObservedGenerationBump", "GatewayClassObservedGenerationBump",
        "BackendTLSPolicyObservedGenerationBump", "GatewayStaticAddresses",
    ]

    struct Entry: Equatable {
        var level: String
        var result: String
        var remark: String
    }

    static func text() throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "docs/gateway-api-conformance.md"), encoding: .utf8)
    }

    static func entries() throws -> [String: Entry] {
        var entries: [String: Entry] = [:]
        for line in try text().split(separator: "\n") where line.hasPrefix("| ") && !line.hasPrefix("| test ") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            entries[cells[0]] = Entry(level: cells[1], result: cells[2], remark: cells[3])
        }
        return entries
    }

    @Test("what is said to be passed has a test, and the other way round")
    func passedAreTested() throws {
        let passed = try Set(Self.entries().filter { ["passed", "in part"].contains($0.value.result) }.keys)
        let tested = Set(ConformanceTests.expectations.keys).union(Self.written)
        #expect(passed == tested)
    }

    @Test("what is not applicable, or passed only in part, says why")
    func reasons() throws {
        for (name, entry) in try Self.entries() where entry.result != "passed" {
            #expect(["not applicable", "in part"].contains(entry.result), "\(name)")
            #expect(entry.remark.count > 10, "\(name)")
        }
    }

    @Test("the numbers of the first page are those of the list")
    func numbers() throws {
        let entries = try Self.entries()
        func count(_ result: String) -> Int { entries.values.count { $0.result == result } }
        #expect(count("in part") == 1)
        #expect(try Self.text().contains("\n\(count("passed")) of \(entries.count) tests are passed and one in part"))
    }

    @Test("it is the suite's list", .enabled(if: ConformanceTests.isThere, "skipped: the manifests are not there"))
    func complete() throws {
        let entries = try Self.entries()
        #expect(Set(entries.keys) == Set(ConformanceFixture.rows.map(\.name)))
        for row in ConformanceFixture.rows { #expect(entries[row.name]?.level == row.level, "\(row.name)") }
    }
}
