import Foundation
import Records

/// A content as it lies on the disk: packed, then sealed. Its id and its time stand outside and are sealed in, so that none can
/// be put in the place of another.
struct SealedContent: Sendable {
    let id: String
    let time: Int64
    let key: String
    let bytes: [UInt8]

    /// Longer than any content is.
    private static let longest = 64 << 20

    init(id: String, time: Int64, key: String, bytes: [UInt8]) {
        self.id = id
        self.time = time
        self.key = key
        self.bytes = bytes
    }

    /// Seals a content; nil: it cannot be, for want of memory.
    init?(_ content: RecordContent, _ key: ContentKey, _ packer: Packer) {
        guard let plain = try? JSONEncoder().encode(Plain(content)), let packed = packer.pack(Array(plain)) else {
            return nil
        }
        var length = UInt32(plain.count).littleEndian
        let bytes = withUnsafeBytes(of: &length) { Array($0) } + packed
        guard let sealed = key.seal(bytes, about: Self.about(content.id, content.time)) else { return nil }
        self.init(id: content.id, time: content.time, key: key.id, bytes: sealed)
    }

    /// The content; nil: it was changed, or sealed by another key.
    func open(_ key: ContentKey) -> RecordContent? {
        guard let bytes = key.unseal(bytes, about: Self.about(id, time)), bytes.count >= 4 else { return nil }
        let length = bytes.withUnsafeBytes { Int(UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self))) }
        guard length <= Self.longest else { return nil }
        let plain = bytes[4...].withUnsafeBytes { Unpacker.unpack($0, length: length) }
        return plain.flatMap { try? JSONDecoder().decode(Plain.self, from: Data($0)) }?.content(id: id, time: time)
    }

    private static func about(_ id: String, _ time: Int64) -> [UInt8] {
        Array("sallyport content 1\n\(id)\n\(time)\n".utf8)
    }

    /// What is sealed.
    private struct Plain: Codable {
        struct Part: Codable {
            var text: Data
            var isCut: Bool
            var redactions: Int
        }

        var prompt: Part?
        var answer: Part?

        init(_ content: RecordContent) {
            func part(_ part: RecordContent.Part) -> Part {
                Part(text: Data(part.text), isCut: part.isCut, redactions: part.redactions)
            }
            prompt = content.prompt.map(part)
            answer = content.answer.map(part)
        }

        func content(id: String, time: Int64) -> RecordContent {
            func part(_ part: Part) -> RecordContent.Part {
                RecordContent.Part(text: Array(part.text), isCut: part.isCut, redactions: part.redactions)
            }
            return RecordContent(id: id, time: time, prompt: prompt.map(part), answer: answer.map(part))
        }
    }
}
