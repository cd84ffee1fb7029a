import Foundation
import Testing

@Suite("Imports go one way")
struct ImportTests {
    @Test("the table has the targets of Package.swift, in its order")
    func tableMatchesPackage() throws {
        let manifest = try Repository.lines("Package.swift").joined(separator: "\n")
        let declared = manifest.matches(of: /(?:room\(\s*|\.executableTarget\(\s*name: )"(\w+)"/).map { String($0.1) }
        #expect(declared == House.rooms.map(\.name), "House.rooms and Package.swift must list the same targets")
    }

    @Test("no target imports what it must not", arguments: House.rooms.map(\.name))
    func direction(target: String) throws {
        let place = try #require(House.rooms.firstIndex { $0.name == target })
        let room = House.rooms[place]
        let above = Set(House.rooms[..<place].map(\.name))
        for line in try Repository.sources(of: target).flatMap({ try Repository.lines($0, containing: "import ") }) {
            guard let module = Self.module(inLine: line.text), !above.contains(module) else { continue }
            guard !room.outside.contains(module) else { continue }
            let why = House.reasonAgainst(module, in: room)
            Issue.record("\(line.place): \(target) must not import \(module): \(why)")
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

    /// The module of an `import` line; attributes, access levels and kinds (`import struct A.B`) are seen through.
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
            ("@_spi(X) public import Addresses", "Addresses"), ("import struct Kubernetes.Service", "Kubernetes"),
            ("// import Gateway", nil), ("important()", nil), ("let x = \"import Yams\"", nil),
        ])
    func recognised(line: String, module: String?) {
        #expect(Self.module(inLine: Substring(line)) == module)
    }
}
