import Crypto
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The key that prompts and answers are sealed with: 256 bits in a file.
///
/// Nothing prints it. Who throws the file away has thrown away everything that was sealed.
struct ContentKey: Sendable {
    /// What a sealed content names its key by: it says nothing of the key.
    let id: String
    private let key: SymmetricKey

    private static let length = 32

    private init(_ bytes: [UInt8]) {
        key = SymmetricKey(data: bytes)
        let digest = SHA256.hash(data: Array("sallyport content key 1\n".utf8) + bytes)
        id = hexadecimal(Array(digest.prefix(8)))
    }

    /// The key in a file.
    ///
    /// - Throws: `cannotOpen` when it cannot be read or holds no key.
    static func read(_ path: String) throws(HistoryError) -> ContentKey {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .cannotOpen(path: path, reason: String(cString: strerror(access(path, R_OK) == 0 ? EIO : errno)))
        }
        guard let bytes = keyBytes(Array(data)) else {
            throw .cannotOpen(
                path: path, reason: "it holds no key: 32 bytes, as they are, in hexadecimal digits or in base64")
        }
        return ContentKey(bytes)
    }

    /// The key in a file of our own, which is made when it is not there. It is for its owner alone.
    static func load(orCreate path: String) throws(HistoryError) -> ContentKey {
        let key = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            guard errno == EEXIST else { throw .cannotOpen(path: path, reason: String(cString: strerror(errno))) }
            return try readOwn(path)
        }
        defer { close(file) }
        guard write(file, key, key.count) == key.count, fsync(file) == 0 else {
            let code = errno
            unlink(path)
            throw .cannotOpen(path: path, reason: String(cString: strerror(code)))
        }
        return ContentKey(key)
    }

    private static func readOwn(_ path: String) throws(HistoryError) -> ContentKey {
        var information = stat()
        guard stat(path, &information) == 0, information.st_mode & 0o077 == 0 else {
            throw .cannotOpen(path: path, reason: "others may read it: chmod 600, or remove it with what it sealed")
        }
        return try read(path)
    }

    private static func keyBytes(_ text: [UInt8]) -> [UInt8]? {
        if text.count == length { return text }
        let word = String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        if let bytes = bytes(ofHexadecimal: word), bytes.count == length { return bytes }
        return Data(base64Encoded: word).flatMap { $0.count == length ? Array($0) : nil }
    }

    // MARK: sealing

    /// Seals bytes with AES-GCM under a nonce of their own; `about` must be the same when they are opened.
    func seal(_ bytes: [UInt8], about: [UInt8]) -> [UInt8]? {
        (try? AES.GCM.seal(bytes, using: key, authenticating: about))?.combined.map(Array.init)
    }

    /// What was sealed; nil: by another key, about something else, or changed since.
    func unseal(_ sealed: [UInt8], about: [UInt8]) -> [UInt8]? {
        guard let box = try? AES.GCM.SealedBox(combined: sealed) else { return nil }
        return (try? AES.GCM.open(box, using: key, authenticating: about)).map(Array.init)
    }
}
