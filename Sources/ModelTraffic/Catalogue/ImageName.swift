/// The name of a container image without its tag and digest, to be compared with the names in a server's table.
///
/// A name in a table is matched from the end, whole parts only: `ollama` fits `ollama/ollama` and
/// `registry.example.com/mirror/ollama:0.5`, and not `my-ollama`; `jupyter/*` fits every image of `jupyter`.
struct ImageName: Sendable {
    private let parts: [Substring]

    /// The name in a reference such as `registry.example.com:5000/team/llm:1.2@sha256:...`.
    init(_ reference: String) {
        var name = reference[...]
        if let digest = name.firstIndex(of: "@") { name = name[..<digest] }
        var parts = name.split(separator: "/", omittingEmptySubsequences: false)
        if let last = parts.popLast() { parts.append(last.prefix { $0 != ":" }) }
        self.parts = parts
    }

    /// Whether a name of a table fits.
    func fits(_ pattern: String) -> Bool {
        let wanted = pattern.split(separator: "/", omittingEmptySubsequences: false)
        guard wanted.count <= parts.count, !wanted.isEmpty else { return false }
        return zip(wanted.reversed(), parts.reversed()).enumerated().allSatisfy { index, pair in
            pair.0 == pair.1 || (index == 0 && wanted.count > 1 && pair.0 == "*")
        }
    }
}
