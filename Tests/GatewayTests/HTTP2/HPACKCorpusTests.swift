import Foundation
import NIOCore
import NIOHPACK
import Testing

/// The header blocks that the HTTP/2 community checks its decoders with.
@Suite("HPACK corpora")
struct HPACKCorpusTests {
    static let folder = "http/hpack-test-case"

    private struct Story: Decodable {
        struct Case: Decodable {
            var seqno: Int?
            var wire: String?
            var headers: [[String: String]]
            var tableSize: Int?

            enum CodingKeys: String, CodingKey {
                case seqno, wire, headers
                case tableSize = "header_table_size"
            }
        }
        var cases: [Case]
    }

    @Test(
        "every block decodes to its fields", .enabled(if: Corpus.has(folder)),
        arguments: Corpus.has(folder) ? ((try? Corpus.files(folder)) ?? []) : [])
    func stories(path: String) throws {
        var isDirectory: ObjCBool = false
        let full = Corpus.root.appending(path: path).path
        guard FileManager.default.fileExists(atPath: full, isDirectory: &isDirectory), isDirectory.boolValue else {
            return
        }
        for file in try Corpus.files(path) where file.hasSuffix(".json") {
            let story = try JSONDecoder().decode(Story.self, from: Data(try Corpus.text(file).utf8))
            var decoder = HPACKDecoder(allocator: ByteBufferAllocator(), maxDynamicTableSize: 65_536)
            for item in story.cases {
                guard let wire = item.wire else { continue }
                if let size = item.tableSize { decoder.maxDynamicTableLength = size }
                var block = ByteBuffer(bytes: bytes(wire))
                let decoded = try decoder.decodeHeaders(from: &block)
                let expected = item.headers.flatMap { $0.map { ($0.key, $0.value) } }
                let same = decoded.map { [$0.name, $0.value] } == expected.map { [$0.0, $0.1] }
                #expect(same, "\(file) \(item.seqno ?? -1)")
            }
        }
    }

    private func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = Array(hexadecimal.utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)
        }
    }
}
