import Foundation
import Testing

@Suite("Imports go one way")
struct ImportTests {
    /// One `import` line.
    struct Import {
        let file: String
        let line: Int
        let module: String
    }

    @Test("the table has the targets of Package.swift, in its order")
    func tableMatchesPackage() throws {
        let manifest = try Repository.text("Package.swift")
        let declared = manifest.matches(of: /(?:room\(\s*|\.executableTarget\(\s*name: )"(\w+)"/).map { String($0.1) }
        #expect(declared == House.rooms.map(\.name), "House.rooms and Package.swift must list the same targets")
    }

    @Test("no target imports what it must not", arguments: House.rooms.map(\.name))
    func direction(target: String) throws {
        let place = try #require(House.rooms.firstIndex { $0.name == target })
        let room = House.rooms[place]
        let above = Set(House.rooms[..<place].map(\.name))
        for found in try Self.imports(of: target) where !above.contains(found.module) {
            guard !room.outside.contains(found.module) else { continue }
            let why = House.reasonAgainst(found.module, in: room)
            Issue.record("\(found.file):\(found.line): \(target) must not import \(found.module): \(why)")
        }
    }

    @Test("every ban has a reason of its own")
    func reasons() throws {
        let network = House.rooms[0]
        for module in ["NIOCore", "Foundation", "Logging", "Gateway", "SomethingNew"] {
            #expect(House.reasonAgainst(module, in: network).count > 30)
        }
        #expect(House.reasonAgainst("Gateway", in: network).contains("stands below"))
    }

    /// Imports of a target's files; attributes, access levels and kinds (`import struct A.B`) are seen through.
    static func imports(of target: String) throws -> [Import] {
        try Repository.sources(of: target).flatMap { file in
            try Repository.text(file).split(separator: "\n", omittingEmptySubsequences: false).enumerated()
                .compactMap { index, text in
                    module(inLine: text).map { Import(file: file, line: index + 1, module: $0) }
                }
        }
    }

    static func module(inLine line: Substring) -> String? {
        let form = /^\s*(?:@\w+(?:\([^)]*\))?\s+|(?:public|package|internal|private|fileprivate)\s+)*import\s+/
        let kinds = /(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)/
        guard let start = try? form.prefixMatch(in: line) else { return nil }
        guard let name = try? kinds.prefixMatch(in: line[start.range.upperBound...]) else { return nil }
        return String(name.1)
    }

    @Test(
        "import lines are recognised",
        arguments: [
            ("import NIOCore", "NIOCore"), ("  @preconcurrency import Foundation", "Foundation"),
            ("@_spi(X) public import Network", "Network"), ("import struct Kubernetes.Service", "Kubernetes"),
            ("// import Gateway", nil), ("important()", nil), ("let x = \"import Yams\"", nil),
        ])
    func recognised(line: String, module: String?) {
        #expect(Self.module(inLine: Substring(line)) == module)
    }
}
