#if os(Linux)

    import Addresses
    import CNetfilter
    import KernelWorlds
    import Testing

    @testable import Netfilter

    /// Messages of the log, as bytes. The kernel of this machine may be one that sends no flows along; these do.
    @Suite struct LogMessageTests {
        @Test func everythingThatTheKernelSends() throws {
            let packet = try #require(read(Self.whole))
            #expect(packet.prefix == "deny: a rule")
            #expect(packet.hook == .forward)
            #expect(packet.time == 1_700_000_000_123_456_000)
            #expect(packet.inputInterface == 3)
            #expect(packet.outputInterface == 4)
            #expect(packet.mark == 0x1122_3344)
            #expect(packet.tuple.transport == .ports(source: 4711, destination: 8080))
            #expect(packet.tcpFlags == .syn)
            #expect(packet.flowID == 0xdead_beef)
            #expect(packet.original?.description == "TCP 10.0.0.1:4711 -> 10.96.0.1:80")
        }

        @Test func withoutATimeItIsWhenItWasRead() throws {
            let packet = try #require(read(message(Self.type, attribute(NFULA_PAYLOAD.rawValue, Self.segment))))
            #expect(packet.time == 77)
            #expect(packet.prefix == "")
            #expect(packet.hook == nil)
            #expect(packet.flowID == nil)
            #expect(packet.original == nil)
        }

        @Test(arguments: [[0, 5], [1_700_000_000, 1_000_000], [UInt64.max, 5], [1 << 34, 0]])
        func aTimeThatCannotBeIsNone(time: [UInt64]) throws {
            let bytes = message(
                Self.type, attribute(NFULA_TIMESTAMP.rawValue, network(time[0]) + network(time[1])),
                attribute(NFULA_PAYLOAD.rawValue, Self.segment))
            #expect(read(bytes)?.time == 77)
        }

        @Test func withoutAnIPPacketThereIsNothing() {
            #expect(read(message(Self.type)) == nil)
            #expect(read(message(Self.type, attribute(NFULA_PAYLOAD.rawValue, []))) == nil)
            #expect(read(message(Self.type, attribute(NFULA_PAYLOAD.rawValue, [0, 1, 2, 3]))) == nil)
            #expect(read(frame(Self.type, [])) == nil)
        }

        @Test func textsOfRulesAreMadeOnce() {
            var texts = PrefixTexts()
            let names = (0..<10_000).map { "a rule with a long name \($0)" }
            for name in names + names {
                let found = (Array(name.utf8) + [0, 9, 9]).withUnsafeBytes { texts.text(of: ByteView($0)) }
                #expect(found == name)
            }
            #expect([].withUnsafeBytes { texts.text(of: ByteView($0)) } == "")
        }

        @Test func damagedMessagesHarmNobody() throws {
            var random = SeededNumbers()
            let guarded = try GuardedBytes(capacity: 4096)
            var texts = PrefixTexts()
            var understood = 0
            for _ in 0..<20_000 {
                guarded.withCopy(of: random.damaged(Self.whole + Self.whole)) { bytes in
                    for message in NetlinkMessages(ByteView(bytes)) {
                        if LoggedPacket(LogMessage(message), now: 1, prefixes: &texts) != nil { understood += 1 }
                    }
                }
            }
            #expect(understood > 4000)
        }

        private func read(_ bytes: [UInt8]) -> LoggedPacket? {
            bytes.withUnsafeBytes { bytes in
                var texts = PrefixTexts()
                var messages = NetlinkMessages(ByteView(bytes))
                return messages.next().flatMap { LoggedPacket(LogMessage($0), now: 77, prefixes: &texts) }
            }
        }

        static let type = UInt16(NFNL_SUBSYS_ULOG) << 8
        static let segment = TestPacket(version: .ipv4, proto: 6, upper: tcp(4711, 8080, flags: 2)).bytes
        static let whole = message(
            type, attribute(NFULA_PACKET_HDR.rawValue, [8, 0, 2, 0]),
            attribute(NFULA_PREFIX.rawValue, Array("deny: a rule".utf8) + [0]),
            attribute(NFULA_IFINDEX_INDEV.rawValue, network(UInt32(3))),
            attribute(NFULA_IFINDEX_OUTDEV.rawValue, network(UInt32(4))),
            attribute(NFULA_MARK.rawValue, network(UInt32(0x1122_3344))),
            attribute(NFULA_TIMESTAMP.rawValue, network(UInt64(1_700_000_000)) + network(UInt64(123_456))),
            attribute(NFULA_SEQ.rawValue, network(UInt32(9))),
            nest(
                NFULA_CT.rawValue, FlowMessageTests.tuple(CTA_TUPLE_ORIG, "10.0.0.1", "10.96.0.1", 4711, 80),
                attribute(CTA_ID.rawValue, network(UInt32(0xdead_beef)))),
            attribute(NFULA_CT_INFO.rawValue, network(UInt32(2))),
            attribute(NFULA_PAYLOAD.rawValue, segment))
    }

#endif
