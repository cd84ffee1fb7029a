#if os(Linux)

    import CNetfilter
    import Glibc
    import KernelWorlds
    import Testing

    @testable import Netfilter

    /// Messages, answers and outlines of batches, as bytes.
    @Suite struct NetlinkMessageTests {
        @Test func messagesFollowEachOther() {
            let bytes = frame(1, sequence: 7, [1, 2, 3]) + [0] + frame(2, flags: 5, sequence: 8, [])
            let found = bytes.withUnsafeBytes { bytes in
                NetlinkMessages(ByteView(bytes)).map {
                    [$0.type, $0.flags, UInt16($0.sequence), UInt16($0.payload.count)]
                }
            }
            #expect(found == [[1, 0, 7, 3], [2, 5, 8, 0]])
        }

        @Test(arguments: [0, 1, 15, 17, UInt32.max])
        func aLengthThatCannotBeEndsThem(length: UInt32) {
            let bytes = native(length) + [UInt8](repeating: 0, count: 12)
            #expect(bytes.withUnsafeBytes { NetlinkMessages(ByteView($0)).map(\.type) } == [])
        }

        @Test(arguments: [0, 3, 9, UInt16.max])
        func anAttributeThatCannotBeEndsThem(length: UInt16) {
            let bytes = attribute(1, [5]) + native(length) + [2, 0, 0, 0, 0, 0]
            #expect(bytes.withUnsafeBytes { NetlinkAttributes(ByteView($0)).map(\.type) } == [1])
        }

        @Test func anAnswerSaysWhatWasWrong() throws {
            // The kernel repeats the header of our message, and then explains.
            let words =
                attribute(NLMSGERR_ATTR_MSG.rawValue, Array("no such chain".utf8) + [0])
                + attribute(NLMSGERR_ATTR_OFFS.rawValue, native(UInt32(20)))
            let flags = UInt16(NLM_F_CAPPED | NLM_F_ACK_TLVS)
            let bytes = frame(
                2, flags: flags, sequence: 9, native(-ENOENT) + frame(1, [1, 2, 3, 4]).prefix(16) + words)
            #expect(
                refusal(bytes) == NetlinkRefusal(sequence: 9, errno: ENOENT, text: "no such chain", offset: 20))
            #expect(
                NetlinkError.refused([refusal(bytes)].compactMap { $0 }).description
                    == "the kernel refused: message 9: No such file or directory (no such chain)")
        }

        @Test func anAnswerMayRepeatTheWholeMessage() {
            let words = attribute(NLMSGERR_ATTR_MSG.rawValue, Array("why".utf8) + [0])
            let bytes = frame(
                2, flags: UInt16(NLM_F_ACK_TLVS), sequence: 9, native(-EINVAL) + frame(1, [1, 2, 3]) + [0] + words)
            #expect(refusal(bytes)?.text == "why")
        }

        @Test func anAnswerWithoutWords() {
            #expect(refusal(frame(2, sequence: 9, native(-EEXIST) + frame(1, []))) == .init(sequence: 9, errno: EEXIST))
            #expect(refusal(frame(2, sequence: 9, native(Int32(0)) + frame(1, []))) == nil)
            // No kernel says this; it must not end anything.
            #expect(refusal(frame(2, sequence: 9, native(Int32.min)))?.errno == EINVAL)
        }

        @Test func damagedAnswersHarmNobody() throws {
            var random = SeededNumbers()
            let guarded = try GuardedBytes(capacity: 4096)
            let words = attribute(NLMSGERR_ATTR_MSG.rawValue, Array("no such chain".utf8) + [0])
            let whole = frame(
                2, flags: UInt16(NLM_F_ACK_TLVS), sequence: 9, native(-ENOENT) + frame(1, [1, 2, 3, 4]) + words)
            var understood = 0
            for _ in 0..<20_000 {
                guarded.withCopy(of: random.damaged(whole)) { bytes in
                    for message in NetlinkMessages(ByteView(bytes)) where NetlinkAnswer(message)?.refusal != nil {
                        understood += 1
                    }
                }
            }
            #expect(understood > 4000)
        }

        @Test func aBatchMustBeWhole() throws {
            let begin = frame(BatchOutline.begin, sequence: 4, [0, 0, 10, 0])
            let asking = frame(0x0a00, flags: UInt16(NLM_F_REQUEST | NLM_F_ACK), sequence: 5, [])
            let silent = frame(0x0a00, flags: UInt16(NLM_F_REQUEST), sequence: 6, [])
            let end = frame(BatchOutline.end, flags: UInt16(NLM_F_ACK), sequence: 7, [0, 0, 10, 0])
            let outline = try outline(begin + asking + silent + end)
            #expect(outline.sequences == 4...7)
            #expect(outline.asking == [5])
            #expect(outline.isTransaction)
            for broken in [[], begin, begin + asking, asking + end, begin + asking + end + [0, 0, 0, 0], end] {
                #expect(throws: NetlinkError.self) { try self.outline(broken) }
            }
        }

        private func outline(_ bytes: [UInt8]) throws -> BatchOutline {
            try bytes.withUnsafeBytes { try BatchOutline(ByteView($0)) }
        }

        private func refusal(_ bytes: [UInt8]) -> NetlinkRefusal? {
            bytes.withUnsafeBytes { bytes in
                var messages = NetlinkMessages(ByteView(bytes))
                return messages.next().flatMap { NetlinkAnswer($0)?.refusal }
            }
        }
    }

#endif
