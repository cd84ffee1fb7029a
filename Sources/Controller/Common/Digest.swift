import Crypto

/// A short name for a text that nobody can make two texts for.
enum Digest {
    /// The first so many hexadecimal digits of its SHA-256.
    static func hex(_ bytes: some Sequence<UInt8>, digits: Int) -> String {
        var text = ""
        for byte in SHA256.hash(data: Array(bytes)) {
            guard text.utf8.count < digits else { break }
            text += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
        return String(text.prefix(digits))
    }
}
