import Crypto

/// Binds identifiers of MCP sessions to who opened them, without remembering any: the caller is given the server's
/// identifier with a seal that is right for nobody else.
struct SessionSeals: Sendable {
    private static let sealBytes = 16
    private static let secretBytes = 32
    private static let separator: Character = "."
    private let key: SymmetricKey

    /// The seals of a state directory: made once, kept there, so that sessions outlive a restart.
    ///
    /// - Throws: `StateFileError`.
    init(stateDirectory: String) throws(StateFileError) {
        let path = stateDirectory + "/session.key"
        if let secret = try StateFile.read(path, isPrivate: true) {
            self.init(secret: try Self.checked(secret, path))
            return
        }
        var system = SystemRandomNumberGenerator()
        let secret = (0..<Self.secretBytes).map { _ in UInt8.random(in: 0...255, using: &system) }
        // Another process may have been first: then its secret counts.
        let isOurs = try StateFile.create(path, secret, mode: 0o600)
        self.init(secret: isOurs ? secret : try Self.checked(StateFile.read(path, isPrivate: true) ?? [], path))
    }

    /// A secret of another size is none: with an empty one, anybody could make seals.
    private static func checked(_ secret: [UInt8], _ path: String) throws(StateFileError) -> [UInt8] {
        guard secret.count == secretBytes else {
            throw StateFileError(path: path, action: "there must be \(secretBytes) bytes in", code: nil)
        }
        return secret
    }

    /// - Parameter secret: 32 random bytes, the same as long as sessions are to be known again.
    init(secret: [UInt8]) { key = SymmetricKey(data: secret) }

    /// The server's identifier, sealed for an owner.
    func seal(_ identifier: String, owner: UInt128) -> String {
        "\(identifier)\(Self.separator)\(hexadecimal(code(identifier, owner)))"
    }

    /// The server's identifier; nil when the seal is not the owner's.
    func open(_ sealed: String, owner: UInt128) -> String? {
        guard let dot = sealed.lastIndex(of: Self.separator) else { return nil }
        let identifier = String(sealed[..<dot])
        let shown = Array(sealed[sealed.index(after: dot)...].utf8)
        let right = Array(hexadecimal(code(identifier, owner)).utf8)
        guard shown.count == right.count else { return nil }
        // All bytes are compared, whatever the first ones say.
        return zip(shown, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0 ? identifier : nil
    }

    private func code(_ identifier: String, _ owner: UInt128) -> [UInt8] {
        var hash = HMAC<SHA256>(key: key)
        withUnsafeBytes(of: owner.littleEndian) { hash.update(data: Array($0)) }
        hash.update(data: Array(identifier.utf8))
        return Array(hash.finalize().prefix(Self.sealBytes))
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
