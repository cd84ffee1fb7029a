import Testing

@testable import History

@Suite("Blocks")
struct BlockTests {
    private func packedBlock(_ lines: [[UInt8]], first: UInt64 = 7) throws -> PackedBlock {
        var builder = BlockBuilder()
        for (index, line) in lines.enumerated() {
            line.withUnsafeBytes {
                builder.append(
                    $0, time: noon + Int64(index * index) - 50, isMisplaced: index % 3 == 0,
                    series: UInt32(index % 5) * 1_000_003, idHash: UInt32(index % 7))
            }
        }
        let packer = try #require(Packer())
        let finished = builder.finish(first: first, isFollowed: false, packer)
        return try #require(finished).0
    }

    private let lines: [[UInt8]] = (0..<100).map { Array(repeating: UInt8(ascii: "a") + UInt8($0 % 26), count: $0 * 3) }

    @Test("what goes in comes out, with times, series and marks")
    func roundTrip() throws {
        let packed = try packedBlock(lines)
        #expect(packed.count == 100 && packed.first == 7 && packed.end == 107)
        #expect(packed.oldest == noon - 50 && packed.newest == noon + 99 * 99 - 50)
        #expect(packed.series == [0, 1_000_003, 2_000_006, 3_000_009, 4_000_012])
        #expect(packed.ids == [0, 1, 2, 3, 4, 5, 6])
        let header = packed.header(after: BlockHeader.noHash, skipped: 0)
        let block = try BlockReader.unpacked(header, packed.data)
        #expect(block.entries.map { block.line($0) } == lines)
        #expect(block.entries.map(\.time) == (0..<100).map { noon + Int64($0 * $0) - 50 })
        #expect(block.entries.map(\.isMisplaced) == (0..<100).map { $0 % 3 == 0 })
        #expect(block.entries.map(\.series) == (0..<100).map { UInt32($0 % 5) * 1_000_003 })
    }

    @Test("a builder that was emptied begins anew")
    func again() throws {
        var builder = BlockBuilder()
        let packer = try #require(Packer())
        for first in [1, 2] as [UInt64] {
            [UInt8("x".utf8.first ?? 0)].withUnsafeBytes {
                builder.append($0, time: noon, isMisplaced: false, series: 3, idHash: 4)
            }
            let finished = builder.finish(first: first, isFollowed: true, packer)
            let (packed, unpacked) = try #require(finished)
            #expect(packed.count == 1 && packed.series == [3] && packed.ids == [4] && packed.oldest == noon)
            #expect(unpacked?.first == first && unpacked?.entries.count == 1)
            #expect(builder.isEmpty)
        }
    }

    @Test("a header says what it was given, and the hash is over all of it and the data")
    func header() throws {
        let packed = try packedBlock(lines)
        let previous = [UInt8](repeating: 9, count: 32)
        let header = packed.header(after: previous, skipped: 5)
        let (bytes, hash) = header.encoded(with: packed.data)
        #expect(bytes.count == BlockHeader.size)
        let (read, said) = try #require(bytes.withUnsafeBytes { BlockHeader.read($0) })
        #expect(read == header && said == hash)
        for index in 0..<(BlockHeader.size - BlockHeader.hashSize) {
            var changed = bytes
            changed[index] ^= 1
            let other = changed.withUnsafeBytes { header in packed.data.withUnsafeBytes { BlockHeader.hash(header, $0) }
            }
            #expect(other != hash, "byte \(index) of the header is not hashed")
        }
    }

    @Test("bytes that are no block are refused, never believed")
    func noise() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var dice = SplitMix(state: seed)
        let packed = try packedBlock(lines)
        let header = packed.header(after: BlockHeader.noHash, skipped: 0)
        let raw = try #require(packed.data.withUnsafeBytes { Unpacker.unpack($0, length: packed.rawLength) })
        for _ in 0..<2_000 {
            var changed = raw
            for _ in 0..<Int.random(in: 1...4, using: &dice) {
                changed[Int.random(in: 0..<changed.count, using: &dice)] = UInt8.random(in: 0...255, using: &dice)
            }
            if Bool.random(using: &dice) { changed.removeLast(Int.random(in: 1..<changed.count, using: &dice)) }
            // Whatever it makes of it, lines are inside.
            if let block = Block(raw: changed, linesLength: packed.linesLength, count: packed.count, first: 1) {
                #expect(block.entries.allSatisfy { $0.line.upperBound < packed.linesLength }, "seed \(seed)")
            }
            var data = packed.data
            data[Int.random(in: 0..<data.count, using: &dice)] ^= 0x55
            _ = try? BlockReader.unpacked(header, data)
        }
        #expect(Block(raw: [], linesLength: 0, count: 1, first: 1) == nil)
        #expect(Unpacker.unpack(UnsafeRawBufferPointer(start: nil, count: 0), length: 10) == nil)
    }

    @Test("numbers of any size come back", arguments: [0, 1, 127, 128, 16_383, 16_384, UInt64.max / 2, .max])
    func varint(value: UInt64) {
        var bytes: [UInt8] = []
        Varint.append(value, to: &bytes)
        Varint.append(signed: Int64(bitPattern: value), to: &bytes)
        bytes.withUnsafeBytes { bytes in
            var reader = VarintReader(bytes)
            #expect(reader.next() == value)
            #expect(reader.nextSigned() == Int64(bitPattern: value))
            #expect(reader.isAtEnd)
            #expect(reader.next() == nil)
        }
        [UInt8](repeating: 0xff, count: 11).withUnsafeBytes { bytes in
            var reader = VarintReader(bytes)
            #expect(reader.next() == nil, "more than 64 bits are no number")
        }
    }

    @Test("sets of series and hashes say what is in them")
    func sets() {
        let series: [UInt32] = [0, 5, 6, 1_000_000, .max]
        SeriesSet.packed(series).withUnsafeBytes { bytes in
            for id in series { #expect(SeriesSet.contains(bytes) { $0 == id }) }
            #expect(!SeriesSet.contains(bytes) { $0 == 7 })
        }
        let hashes: [UInt32] = [3, 9, 27, .max - 1]
        IDHashes.packed(hashes).withUnsafeBytes { bytes in
            for hash in hashes { #expect(IDHashes.contains(bytes, hash)) }
            for hash in [0, 4, 28, .max] as [UInt32] { #expect(!IDHashes.contains(bytes, hash)) }
        }
        [UInt8](repeating: 0x80, count: 1).withUnsafeBytes { bytes in
            #expect(SeriesSet.contains(bytes) { _ in false }, "what cannot be read is looked into")
        }
    }
}
