import Testing

@testable import Lab

@Suite("The first messages of SCTP")
struct SCTPTests {
    @Test("the checksum is the one of RFC 9260")
    func checksum() {
        #expect(CRC32C.sum(Array("123456789".utf8)) == 0xe306_9283)
        #expect(CRC32C.sum(Array(repeating: 0, count: 32)) == 0x8a91_36aa)
    }

    @Test("messages are read as they were written", arguments: 0..<9)
    func roundTrip(length: Int) {
        let first = SCTPMessage(.initiate, from: 1234, to: 80, tag: 0, ownTag: 0xdead_beef)
        let name = String(repeating: "n", count: length)
        for message in [first, first.acknowledged(ownTag: 7, name: name), first.refused] {
            #expect(SCTPMessage(message.bytes) == message)
            #expect(message.bytes.count % 4 == 0)
        }
        let answer = first.acknowledged(ownTag: 7, name: name)
        #expect(answer.tag == 0xdead_beef && answer.source == 80 && answer.destination == 1234)
    }

    @Test("what is cut short, or something else, is no message")
    func wrong() {
        let bytes = SCTPMessage(.acknowledge, from: 1, to: 2, tag: 3, ownTag: 4, cookie: [1, 2, 3]).bytes
        for count in 0..<32 { #expect(SCTPMessage(bytes.prefix(count)) == nil) }
        for count in 32..<bytes.count { #expect(SCTPMessage(bytes.prefix(count))?.tag == 3) }
        var other = bytes
        other[12] = 0
        #expect(SCTPMessage(other) == nil)
        // A cookie that says it is longer than the packet, or shorter than its own head.
        for length in [UInt8(0), 255] {
            var bad = bytes
            bad[35] = length
            #expect(SCTPMessage(bad)?.tag == 3)
        }
    }
}
