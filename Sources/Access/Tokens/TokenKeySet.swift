import Kubernetes
import ModelTraffic

/// Why a text is not a set of keys.
public enum TokenKeySetProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// More than `TokenKeySet.mostBytes`.
    case tooLarge
    /// Not the JSON that is accepted.
    case notJSON(JSONProblem)
    /// JSON, but no object with a list `keys`.
    case noKeys

    /// In words, without anything of the text.
    public var description: String {
        switch self {
        case .tooLarge: "the key set has more than \(TokenKeySet.mostBytes) bytes"
        case .notJSON(let problem): "the key set is not strict JSON: \(problem.code.rawValue) at byte \(problem.offset)"
        case .noKeys: "the key set has no list 'keys'"
        }
    }
}

/// The public keys of an issuer (a JWKS, RFC 7517), read once; never changes.
public struct TokenKeySet: Sendable, Equatable {
    /// Bytes that the text may have.
    public static let mostBytes = 1 << 20
    /// Keys that are used; what follows them is not looked at.
    public static let mostKeys = 100
    /// Keys that are tried for a token that names one, and for one that names none.
    static let triesWithID = 4
    static let triesWithoutID = 8
    private static let mostNotes = 8

    let keys: [TokenKey]
    /// What is not used of the set, in words for the conditions of an issuer; nothing of the text.
    public let notes: [String]
    /// SHA-256 of the text: equal texts are equal sets.
    public let digest: KeyDigest

    /// How many keys tokens can be verified with. None is no mistake: it is how an issuer takes all tokens back.
    public var count: Int { keys.count }

    /// Reads the text. Entries that cannot be used are left out, with a note; a text that is no set is a problem.
    public init(_ text: [UInt8]) throws(TokenKeySetProblem) {
        guard text.count <= Self.mostBytes else { throw .tooLarge }
        let document: JSONDocument
        do { document = try JSONDocument(text) } catch { throw .notJSON(error) }
        guard let list = document.root["keys"], list.kind == .array else { throw .noKeys }
        var keys: [TokenKey] = []
        var notes: [String] = []
        var leftOut = 0
        for (index, node) in list.elements.enumerated() {
            guard keys.count < Self.mostKeys else {
                notes.append("only the first \(Self.mostKeys) usable keys are used")
                break
            }
            do throws(KeyRefusal) {
                keys.append(try TokenKey(node))
            } catch {
                leftOut += 1
                if leftOut <= Self.mostNotes { notes.append("keys[\(index)] \(error.rawValue)") }
            }
            // What can be refused costs little, but not nothing.
            guard leftOut < Self.mostRefusals else {
                notes.append("the entries after keys[\(index)] are not looked at")
                break
            }
        }
        if leftOut > Self.mostNotes { notes.append("\(leftOut - Self.mostNotes) more entries cannot be used") }
        self.keys = keys
        self.notes = notes
        digest = text.withUnsafeBytes { KeyDigest(hashing: $0) }
    }

    private static let mostRefusals = 10_000

    /// By content.
    public static func == (a: Self, b: Self) -> Bool { a.digest == b.digest }

    /// The keys to try for a token, few enough that trying them costs little.
    func candidates(id: ExactText?, _ algorithm: TokenAlgorithm) -> [TokenKey] {
        guard let id else { return Array(keys.lazy.filter { $0.fits(algorithm) }.prefix(Self.triesWithoutID)) }
        return Array(keys.lazy.filter { $0.id == id && $0.fits(algorithm) }.prefix(Self.triesWithID))
    }
}
