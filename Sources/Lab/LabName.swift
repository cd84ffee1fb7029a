import Kubernetes

/// The name of a lab, and the names of its namespaces.
///
/// It is letters and digits only: the dash behind it ends it in the names of namespaces, so that all that begins with
/// `sallyport-LAB-` is this lab's, and no other's.
public struct LabName: Hashable, Sendable, CustomStringConvertible {
    /// The name.
    public let text: String

    /// The name of a lab that is given none.
    public static let standard = LabName(unchecked: "lab")

    /// - Throws: `LabError` when it is not 1 to 12 lower-case letters and digits.
    public init(_ text: String) throws(LabError) {
        let isPlain = text.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        guard isPlain, (1...12).contains(text.utf8.count) else {
            throw LabError(.usage, "a lab's name is 1 to 12 lower-case letters and digits")
        }
        self.text = text
    }

    private init(unchecked text: String) { self.text = text }

    /// The name.
    public var description: String { text }

    /// What the names of all of its namespaces begin with.
    public var prefix: String { "sallyport-\(text)-" }

    /// The namespace that links nodes.
    public var fabric: String { prefix + "fabric" }
    /// The namespace that stands for the world outside.
    public var outside: String { prefix + "outside" }

    /// The namespace of a node.
    public func node(_ name: String) -> String { bounded("node-\(name)") }

    /// The namespace of a pod. A namespace of Kubernetes has no dots, so that the first one ends it.
    public func pod(_ name: NamespacedName) -> String { bounded("pod-\(name.namespace).\(name.name)") }

    /// Names of files end at 255 bytes; longer ones end in a hash of the whole.
    private func bounded(_ name: String) -> String {
        let whole = prefix + name
        guard whole.utf8.count > 200 else { return whole }
        return String(whole.prefix(180)) + "-" + StableHash.text(whole, count: 12)
    }

    /// The node's end of the link of a namespace: `lab` and a hash, as interfaces have at most 15 bytes.
    public func link(_ namespace: String) -> String { "lab" + StableHash.text(namespace, count: 12) }
}

/// Hashes that are the same in every run.
enum StableHash {
    private static let digits = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

    /// FNV-1a of 64 bits.
    static func number(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    /// So many of its digits, five bits each; at most 12.
    static func text(_ text: String, count: Int) -> String {
        let hash = number(text)
        return String(decoding: (0..<count).map { digits[Int((hash >> UInt64($0 * 5)) & 31)] }, as: UTF8.self)
    }
}
