import Foundation
import Testing

@Suite("What is public is explained")
struct DocumentationTests {
    @Test("every public declaration has a documentation comment", arguments: House.rooms.map(\.name))
    func documented(target: String) throws {
        // What protoc makes explains itself in the messages.
        for file in Repository.sources(of: target) where !file.contains("/Generated/") {
            let lines = try Repository.lines(file)
            for place in Self.undocumented(lines, fieldsAreExcused: file.hasPrefix("Sources/Kubernetes/Objects")) {
                Issue.record("\(file):\(place + 1): no documentation comment: \(lines[place])")
            }
        }
    }

    /// Lines with a public declaration that no `///` stands above.
    ///
    /// - Parameter fieldsAreExcused: objects mirror the schemas of others field by field; their types and functions
    ///   are documented here, their fields there.
    static func undocumented(_ lines: [Substring], fieldsAreExcused: Bool) -> [Int] {
        lines.indices.filter { index in
            // Most lines are not worth the pattern.
            guard lines[index].contains("public ") || lines[index].contains("open ") else { return false }
            let line = lines[index].drop(while: \.isWhitespace)
            guard let match = try? declaration.prefixMatch(in: line) else { return false }
            let isField = ["let", "var", "case", "init"].contains(match.1)
            let mirrors = fieldsAreExcused && (isField || line.contains(" struct ") || line.contains(" enum "))
            return !mirrors && !isOperator(line) && !hasComment(above: index, in: lines)
        }
    }

    nonisolated(unsafe) private static let declaration: Regex<(Substring, Substring)> = {
        let modifiers =
            "(?:@\\w+(?:\\([^)]*\\))?\\s+)*(?:public|open)\\s+"
            + "(?:static\\s+|final\\s+|consuming\\s+|mutating\\s+|nonisolated\\s+|borrowing\\s+|convenience\\s+|indirect\\s+)*"
        let kinds = "(struct|enum|class|protocol|actor|func|init|let|var|typealias|subscript|macro)\\b"
        // Both parts are literals of this file: they compile or every test here fails.
        guard let regex = try? Regex(modifiers + kinds, as: (Substring, Substring).self) else {
            preconditionFailure("the pattern does not compile")
        }
        return regex
    }()

    /// `==`, `<` and `hash(into:)` mean what their protocols say.
    private static func isOperator(_ line: Substring) -> Bool {
        line.contains("static func ==") || line.contains("static func <") || line.contains("func hash(into")
    }

    private static func hasComment(above index: Int, in lines: [Substring]) -> Bool {
        for line in lines[..<index].reversed().map({ $0.drop(while: \.isWhitespace) }) {
            if line.hasPrefix("///") || line.hasSuffix("*/") { return true }
            if !line.hasPrefix("@") && !line.hasPrefix("#if") { return false }
        }
        return false
    }

    @Test("the scan sees what is missing")
    func scan() {
        let source = "/// Said.\npublic struct A {\n    public func b() {}\n    @inlinable\n    public var c: Int\n}"
        let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(Self.undocumented(lines, fieldsAreExcused: false) == [2, 4])
        #expect(Self.undocumented(lines, fieldsAreExcused: true) == [2])
    }
}
