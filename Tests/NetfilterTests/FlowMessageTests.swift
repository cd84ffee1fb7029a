#if os(Linux)

    import Addresses
    import CNetfilter
    import Glibc
    import KernelWorlds
    import Testing

    @testable import Netfilter

    /// Entries of conntrack's table, as bytes.
    @Suite struct FlowMessageTests {
        @Test func everythingThatTheKernelSends() throws {
            let flow = try #require(read(Self.whole))
            #expect(flow.id == 0x0102_0304)
            #expect(flow.original.description == "TCP 10.0.0.1:4711 -> 10.96.0.1:80")
            #expect(flow.reply.description == "TCP 10.0.0.2:8080 -> 10.0.0.1:4711")
            #expect(flow.sent == .init(packets: 7, bytes: 1000))
            #expect(flow.received == .init(packets: 5, bytes: 1 << 40))
            #expect(flow.start == 1_700_000_000_000_000_001)
            #expect(flow.stop == 1_700_000_001_000_000_002)
            #expect(flow.status == [.seenReply, .confirmed, .destinationNAT])
            #expect(flow.tcpState == .timeWait)
            #expect(flow.mark == 5)
            #expect(flow.timeout == 119)
            #expect(flow.originalZone == 9)
            #expect(flow.replyZone == 9)
        }

        @Test func whatIsNotThereIsNotMadeUp() throws {
            let flow = try #require(read(message(0, Self.orig, Self.reply)))
            #expect(flow.sent == nil && flow.received == nil)
            #expect(flow.start == nil && flow.stop == nil && flow.tcpState == nil && flow.timeout == nil)
            #expect(flow.status == [] && flow.mark == 0 && flow.originalZone == 0)
        }

        @Test func aZoneOfOneDirection() throws {
            let orig = Self.tuple(CTA_TUPLE_ORIG, "10.0.0.1", "10.96.0.1", 1, 2, zone: 6)
            let flow = try #require(read(message(0, orig, Self.reply)))
            #expect(flow.originalZone == 6)
            #expect(flow.replyZone == 0)
        }

        @Test func withoutBothTuplesThereIsNoFlow() {
            #expect(read(message(0)) == nil)
            #expect(read(message(0, Self.orig)) == nil)
            #expect(read(message(0, Self.reply)) == nil)
            #expect(read(message(0, family: AF_UNIX, Self.orig, Self.reply)) == nil)
            #expect(read(frame(0, [])) == nil)
            let nameless = nest(CTA_TUPLE_ORIG.rawValue, nest(CTA_TUPLE_IP.rawValue))
            #expect(read(message(0, nameless, Self.reply)) == nil)
        }

        @Test func halfACounterIsNone() throws {
            let half = nest(CTA_COUNTERS_ORIG.rawValue, attribute(CTA_COUNTERS_PACKETS.rawValue, network(UInt64(7))))
            #expect(try #require(read(message(0, Self.orig, Self.reply, half))).sent == nil)
        }

        /// What is written for the kernel is what is read from it.
        @Test func tuplesAreWrittenAsTheyAreRead() throws {
            var random = SeededNumbers()
            for _ in 0..<5000 {
                let tuple = Self.randomTuple(&random)
                var batch = NetlinkBatch()
                batch.append(type: 0, family: tuple.version.family, sequence: 1) { header in
                    tuple.write(to: header, as: CTA_TUPLE_ORIG, zone: 3)
                    tuple.write(to: header, as: CTA_TUPLE_REPLY, zone: nil)
                }
                let flow = batch.withBytes { bytes -> Flow? in
                    var messages = NetlinkMessages(ByteView(bytes))
                    return messages.next().flatMap { Flow($0) }
                }
                #expect(flow?.original == tuple)
                #expect(flow?.reply == tuple)
                #expect(flow?.originalZone == 3)
            }
        }

        @Test func damagedMessagesHarmNobody() throws {
            var random = SeededNumbers()
            let guarded = try GuardedBytes(capacity: 4096)
            var understood = 0
            for _ in 0..<20_000 {
                guarded.withCopy(of: random.damaged(Self.whole + Self.whole)) { bytes in
                    for message in NetlinkMessages(ByteView(bytes)) where Flow(message) != nil { understood += 1 }
                }
            }
            #expect(understood > 4000)
        }

        private func read(_ bytes: [UInt8]) -> Flow? {
            bytes.withUnsafeBytes { bytes in
                var messages = NetlinkMessages(ByteView(bytes))
                return messages.next().flatMap { Flow($0) }
            }
        }

        private static func randomTuple(_ random: inout SeededNumbers) -> FlowTuple {
            let isOld = random.number(0...1) == 0
            let version: IPVersion = isOld ? .ipv4 : .ipv6
            // An address that looks like one of IPv4 must stay sixteen bytes long in IPv6.
            let addresses = (0..<2).map { _ in
                isOld || random.number(0...3) == 0 ? Address(ipv4: random.word()) : Address(bits: random.wide())
            }
            let proto: IPProtocol = [.tcp, .udp, .sctp, isOld ? .icmp : .icmpv6, IPProtocol(rawValue: 47)][
                random.number(0...4)]
            let transport: FlowTuple.Transport =
                switch proto {
                case .icmp, .icmpv6: .icmp(type: 8, code: 0, identifier: UInt16(random.number(0...65535)))
                case .tcp, .udp, .sctp: .ports(source: UInt16(random.number(0...65535)), destination: 80)
                default: .other
                }
            return FlowTuple(
                version: version, source: addresses[0], destination: addresses[1], proto: proto, transport: transport)
        }

        static func tuple(
            _ type: ctattr_type, _ source: String, _ destination: String, _ from: UInt16, _ to: UInt16,
            zone: UInt16? = nil
        ) -> [UInt8] {
            nest(
                type.rawValue,
                nest(
                    CTA_TUPLE_IP.rawValue, attribute(CTA_IP_V4_SRC.rawValue, Address(source)?.bytes ?? []),
                    attribute(CTA_IP_V4_DST.rawValue, Address(destination)?.bytes ?? [])),
                nest(
                    CTA_TUPLE_PROTO.rawValue, attribute(CTA_PROTO_NUM.rawValue, [6]),
                    attribute(CTA_PROTO_SRC_PORT.rawValue, network(from)),
                    attribute(CTA_PROTO_DST_PORT.rawValue, network(to))),
                zone.map { attribute(CTA_TUPLE_ZONE.rawValue, network($0)) } ?? [])
        }

        private static func counters(_ type: ctattr_type, _ packets: UInt64, _ bytes: UInt64) -> [UInt8] {
            nest(
                type.rawValue, attribute(CTA_COUNTERS_PACKETS.rawValue, network(packets)),
                attribute(CTA_COUNTERS_BYTES.rawValue, network(bytes)))
        }

        static let orig = tuple(CTA_TUPLE_ORIG, "10.0.0.1", "10.96.0.1", 4711, 80)
        static let reply = tuple(CTA_TUPLE_REPLY, "10.0.0.2", "10.0.0.1", 8080, 4711)
        static let whole = message(
            0x0100, orig, reply, attribute(CTA_ID.rawValue, network(UInt32(0x0102_0304))),
            attribute(CTA_STATUS.rawValue, network(UInt32(0x2a))), attribute(CTA_MARK.rawValue, network(UInt32(5))),
            attribute(CTA_TIMEOUT.rawValue, network(UInt32(119))), attribute(CTA_ZONE.rawValue, network(UInt16(9))),
            counters(CTA_COUNTERS_ORIG, 7, 1000), counters(CTA_COUNTERS_REPLY, 5, 1 << 40),
            nest(
                CTA_TIMESTAMP.rawValue,
                attribute(CTA_TIMESTAMP_START.rawValue, network(UInt64(1_700_000_000_000_000_001))),
                attribute(CTA_TIMESTAMP_STOP.rawValue, network(UInt64(1_700_000_001_000_000_002)))),
            nest(
                CTA_PROTOINFO.rawValue,
                nest(CTA_PROTOINFO_TCP.rawValue, attribute(CTA_PROTOINFO_TCP_STATE.rawValue, [7]))))
    }

#endif
