import Crypto
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Signed places of the chain. A chain alone can be made anew by whoever may write all of its files; one that goes through
/// signed places cannot, without the key.
struct Checkpoint: Equatable, Sendable {
    /// Number of the first record after it.
    var sequence: UInt64
    /// Hash of the block that ends there.
    var hash: [UInt8]
    /// When it was signed, in microseconds since 1970.
    var time: Int64
    var signature: [UInt8]

    /// What is signed.
    static func message(sequence: UInt64, hash: [UInt8], time: Int64) -> [UInt8] {
        Array("sallyport checkpoint 1\n\(sequence) \(hexadecimal(hash)) \(time)\n".utf8)
    }

    /// The line in the file.
    var line: String { "\(sequence) \(hexadecimal(hash)) \(time) \(hexadecimal(signature))\n" }

    init(sequence: UInt64, hash: [UInt8], time: Int64, signature: [UInt8]) {
        self.sequence = sequence
        self.hash = hash
        self.time = time
        self.signature = signature
    }

    /// Nil: the line is no checkpoint.
    init?(line: Substring) {
        let parts = line.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 4, let sequence = UInt64(parts[0]), let hash = bytes(ofHexadecimal: parts[1]),
            hash.count == BlockHeader.hashSize, let time = Int64(parts[2]),
            let signature = bytes(ofHexadecimal: parts[3])
        else { return nil }
        self.init(sequence: sequence, hash: hash, time: time, signature: signature)
    }

    func isSigned(by key: Curve25519.Signing.PublicKey) -> Bool {
        key.isValidSignature(signature, for: Self.message(sequence: sequence, hash: hash, time: time))
    }
}

/// The file of checkpoints, and the key that signs them.
struct CheckpointFile: Sendable {
    static func path(_ history: String) -> String { "\(history)/checkpoints" }
    static func publicKeyPath(_ history: String) -> String { "\(history)/checkpoints.pub" }

    /// Microseconds between two of them.
    static let interval: Int64 = 600 * 1_000_000

    private let history: String
    private let key: Curve25519.Signing.PrivateKey
    /// The last one that was written.
    private(set) var last: (sequence: UInt64, uptime: Int64)?

    /// Reads the key, or makes one that only its owner may read, and writes the public key beside the history.
    init(history: String, key path: String) throws(HistoryError) {
        self.history = history
        do {
            if let stored = FileManager.default.contents(atPath: path) {
                key = try Curve25519.Signing.PrivateKey(rawRepresentation: stored)
            } else {
                key = Curve25519.Signing.PrivateKey()
                try write(key.rawRepresentation, path, O_EXCL)
            }
            let text = hexadecimal(key.publicKey.rawRepresentation) + "\n"
            try write(Data(text.utf8), Self.publicKeyPath(history), O_TRUNC)
        } catch {
            throw .cannotOpen(path: path, reason: "\(error)")
        }
    }

    /// True when so much time has passed since the last one.
    func isDue(_ head: HeadRow, uptime: Int64) -> Bool {
        guard head.hash != BlockHeader.noHash, last?.sequence != head.sequence else { return false }
        return last.map { uptime - $0.uptime >= Self.interval } ?? true
    }

    /// Signs where the chain ends.
    mutating func sign(_ head: HeadRow, time: Int64, uptime: Int64) throws {
        let message = Checkpoint.message(sequence: head.sequence, hash: head.hash, time: time)
        let checkpoint = Checkpoint(
            sequence: head.sequence, hash: head.hash, time: time, signature: Array(try key.signature(for: message)))
        try write(Data(checkpoint.line.utf8), Self.path(history), O_APPEND)
        last = (head.sequence, uptime)
    }

    /// Those of a history, in order, without what is no checkpoint (a line that was cut off).
    static func read(_ history: String) -> [Checkpoint] {
        guard let data = FileManager.default.contents(atPath: path(history)) else { return [] }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").compactMap(Checkpoint.init(line:))
    }
}

private func write(_ data: Data, _ path: String, _ flags: Int32) throws(SystemFailure) {
    let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0o600)
    guard file >= 0 else { throw SystemFailure(action: "open \(path)", code: errno) }
    defer { close(file) }
    let count = data.withUnsafeBytes { bytes in
        #if canImport(Glibc)
            Glibc.write(file, bytes.baseAddress, bytes.count)
        #else
            Darwin.write(file, bytes.baseAddress, bytes.count)
        #endif
    }
    guard count == data.count, fsync(file) == 0 else {
        throw SystemFailure(action: "write \(path)", code: count < 0 ? errno : ENOSPC)
    }
}

/// Nil: these are no pairs of hexadecimal digits.
func bytes(ofHexadecimal text: some StringProtocol) -> [UInt8]? {
    let digits = text.utf8.map { byte -> UInt8? in
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x61...0x66: byte - 0x57
        case 0x41...0x46: byte - 0x37
        default: nil
        }
    }
    guard digits.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
        guard let high = digits[index], let low = digits[index + 1] else { return nil }
        bytes.append(high << 4 | low)
    }
    return bytes
}

extension Recorder {
    /// Signs where the chain ends, when it is time; after the last commit of a run in any case.
    mutating func checkpoint(isLast: Bool = false) throws {
        guard var file = checkpoints, mode == .disk else { return }
        let uptime = configuration.uptime()
        guard file.isDue(head, uptime: uptime) || isLast && head.hash != BlockHeader.noHash else { return }
        try file.sign(head, time: configuration.clock(), uptime: uptime)
        checkpoints = file
    }
}
