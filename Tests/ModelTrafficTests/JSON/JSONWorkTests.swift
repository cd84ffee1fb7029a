import Testing

@testable import ModelTraffic

/// Reading costs one pass, and comparing keys is counted: twice the text, about twice the work.
@Suite struct JSONWorkTests {
    private func comparisons(_ text: String) throws -> Int {
        let bytes = Array(text.utf8)
        var reader = JSONReader(limits: .standard, size: bytes.count)
        try reader.read(bytes.span)
        return reader.keys.comparisons
    }

    private func object(_ keys: Int, _ key: (Int) -> String) -> String {
        "{" + (0..<keys).map { "\"\(key($0))\":0" }.joined(separator: ",") + "}"
    }

    @Test func oneObjectWithManyKeys() throws {
        for keys in [100, 1_000, 10_000, 100_000] {
            // Linear probing at half load: one or two looks a key, whatever the keys.
            #expect(try comparisons(object(keys) { "key\($0)" }) < keys * 4)
        }
    }

    /// Keys that all have the same 32-bit hash: without a seeded hash the work would be the square.
    @Test func keysThatWereChosenToCollide() throws {
        // The hash does not see bit 5 of a byte; brackets and braces differ in nothing else, and are no letters.
        func key(_ number: Int) -> String { String((0..<16).map { number >> $0 & 1 == 0 ? "[" : "{" }) }
        #expect(try comparisons(object(20_000, key)) < 20_000 * 4)
        #expect(try comparisons(object(16, key)) == 16 * 15 / 2)
    }

    @Test func manyObjectsWithFewKeys() throws {
        let one = object(16) { "k\($0)" }
        let once = try comparisons("[\(one)]")
        let often = try comparisons("[" + Array(repeating: one, count: 1_000).joined(separator: ",") + "]")
        #expect(often == once * 1_000)
    }
}
