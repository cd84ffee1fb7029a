import Kubernetes
import Testing

@testable import Lab

@Suite("Names of labs")
struct LabNameTests {
    @Test("a name is letters and digits", arguments: ["", "a-b", "A", "a.b", "thirteenchars", "ä", "a/b", "a b"])
    func wrong(text: String) {
        #expect(throws: LabError.self) { try LabName(text) }
    }

    @Test("what begins with the prefix of one lab is no other's")
    func prefixes() throws {
        let names = try ["a", "ab", "a1", "node"].map { try LabName($0) }
        for name in names {
            for other in names where other != name {
                #expect(!other.node("x").hasPrefix(name.prefix))
                #expect(!other.pod(NamespacedName("x", "y")).hasPrefix(name.prefix))
            }
        }
    }

    @Test("long names stay within what a file's name may be, and apart")
    func long() throws {
        let name = try LabName("lab")
        let long = String(repeating: "a", count: 253)
        let (first, second) = (name.pod(NamespacedName("ns", long)), name.pod(NamespacedName("ns", long + "b")))
        #expect(first.utf8.count <= 200 && first != second && first.hasPrefix(name.prefix))
    }

    @Test("interfaces have at most 15 bytes, and begin with lab")
    func links() throws {
        let name = try LabName("lab")
        let links = (0..<2000).map { name.link("pod-\($0)") }
        #expect(links.allSatisfy { $0.utf8.count == 15 && $0.hasPrefix("lab") })
        #expect(Set(links).count == links.count)
    }
}
