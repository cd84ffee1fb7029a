/// What names of models and tools may look like.
enum ModelName {
    /// The longest name, in bytes.
    static let longest = 256

    /// The model that a node names; it must be a string of 1 to 256 printable ASCII bytes with no blank at its ends.
    static func read(_ node: JSONNode, _ path: String) throws(RequestProblem) -> String {
        guard node.kind == .string else { throw .field(path: path, what: .wrongType) }
        let name = node.textBytes
        guard isName(name) else { throw .field(path: path, what: .badName) }
        return String(decoding: name, as: UTF8.self)
    }

    /// True for the bytes of an acceptable name.
    static func isName(_ name: some BidirectionalCollection<UInt8>) -> Bool {
        guard (1...longest).contains(name.count), name.first != 0x20, name.last != 0x20 else { return false }
        return name.allSatisfy { (0x20...0x7E).contains($0) }
    }

    /// True when the name says where the model comes from: a scheme, or a first part that is a host as in image
    /// references (a dot, a port, `localhost`). With `threeParts`, as Ollama reads it, any first of three parts is a host.
    static func hasRegistry(_ name: String, threeParts: Bool) -> Bool {
        let bytes = name.utf8
        guard let slash = bytes.firstIndex(of: UInt8(ascii: "/")) else { return false }
        let first = bytes[..<slash]
        if first.contains(UInt8(ascii: ".")) || first.contains(UInt8(ascii: ":")) { return true }
        var host = Array(first)
        foldCase(&host)
        return host.elementsEqual("localhost".utf8)
            || (threeParts && bytes[slash...].dropFirst().contains(UInt8(ascii: "/")))
    }
}
