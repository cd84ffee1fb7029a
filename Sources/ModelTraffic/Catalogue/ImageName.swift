/// The name of a container image without its tag and digest, to be compared with the names in a server's table.
///
/// A name in a table is matched from the end, whole parts only: `ollama` fits `ollama/ollama` and
/// `registry.example.com/mirror/ollama:0.5`, and not `my-ollama`; `jupyter/*` fits every image of `jupyter`.
struct ImageName: Sendable {
    private let name: String
    /// The name without its last part and the slash before it; nil: it has one part only.
    private let parent: String?

    /// The name in a reference such as `registry.example.com:5000/team/llm:1.2@sha256:...`.
    init(_ reference: String) {
        let slash = UInt8(ascii: "/")
        let bytes = reference.utf8.prefix { $0 != UInt8(ascii: "@") }
        let last = bytes.lastIndex(of: slash)
        // A colon before the last slash is that of a port.
        let tag = bytes[(last ?? bytes.startIndex)...].firstIndex(of: UInt8(ascii: ":"))
        name = String(Substring(bytes[..<(tag ?? bytes.endIndex)]))
        parent = last.map { String(Substring(bytes[..<$0])) }
    }

    /// Whether a name of a table fits.
    func fits(_ pattern: String) -> Bool {
        let wanted = pattern.utf8
        if pattern.hasSuffix("/*") { return parent.map { Self.ends($0.utf8, with: wanted.dropLast(2)) } ?? false }
        return Self.ends(name.utf8, with: wanted[...])
    }

    /// Whether the last parts of a name are these.
    private static func ends(_ name: String.UTF8View, with parts: Substring.UTF8View) -> Bool {
        guard !parts.isEmpty, name.count >= parts.count, name.suffix(parts.count).elementsEqual(parts) else {
            return false
        }
        return name.count == parts.count || name.dropLast(parts.count).last == UInt8(ascii: "/")
    }
}
