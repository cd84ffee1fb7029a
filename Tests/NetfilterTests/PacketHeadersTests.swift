#if os(Linux)

    import Addresses
    import KernelWorlds
    import Testing

    @testable import Netfilter

    @Suite struct PacketHeadersTests {
        @Test func aSegmentOfIPv4() throws {
            let packet = TestPacket(version: .ipv4, proto: 6, upper: tcp(4711, 80, flags: 0x12))
            let headers = try #require(read(packet.bytes))
            #expect(headers.tuple.transport == .ports(source: 4711, destination: 80))
            #expect(headers.tuple.source == packet.source)
            #expect(headers.tuple.destination == packet.destination)
            #expect(headers.tcpFlags == [.syn, .ack])
            #expect(headers.length == 40)
            #expect(!headers.isFragment)
        }

        @Test func optionsOfIPv4AreSkipped() throws {
            let packet = TestPacket(version: .ipv4, options: 40, proto: 17, upper: udp(1, 2))
            #expect(read(packet.bytes)?.tuple.transport == .ports(source: 1, destination: 2))
        }

        @Test func anIPv4MappedAddressInIPv6StaysIPv6() throws {
            var packet = TestPacket(version: .ipv6, proto: 17, upper: udp(1, 2))
            packet.source = Address(ipv4: 0x0a00_0001)
            #expect(read(packet.bytes)?.tuple.version == .ipv6)
        }

        @Test func extensionsOfIPv6AreSkippedAsTheKernelDoes() throws {
            for chain: [TestPacket.Extension] in [
                [.options(0, 1)], [.options(60, 3)], [.options(43, 1)], [.authentication(4)],
                [.options(0, 1), .options(43, 2), .options(60, 1), .authentication(1), .options(60, 1)],
            ] {
                let packet = TestPacket(version: .ipv6, extensions: chain, proto: 132, upper: udp(7, 8))
                let headers = try #require(read(packet.bytes))
                #expect(headers.tuple.proto == .sctp, "\(chain)")
                #expect(headers.tuple.transport == .ports(source: 7, destination: 8), "\(chain)")
                #expect(!headers.isFragment)
            }
        }

        @Test func whatIsNoExtensionToTheKernelEndsTheChain() throws {
            for proto: UInt8 in [50, 59, 135, 139, 47] {
                let packet = TestPacket(version: .ipv6, proto: proto, upper: [6, 0, 0, 0, 0, 0, 0, 0])
                let headers = try #require(read(packet.bytes))
                #expect(headers.tuple.proto.rawValue == proto)
                #expect(headers.tuple.transport == .other)
            }
        }

        @Test func fragments() throws {
            for version in IPVersion.allCases {
                let first = TestPacket(version: version, fragment: (offset: 0, more: true), proto: 17, upper: udp(1, 2))
                #expect(read(first.bytes)?.tuple.transport == .ports(source: 1, destination: 2))
                #expect(read(first.bytes)?.isFragment == true)
                for offset: UInt16 in [1, 2, 185, 0x1000, 0x1fff] {
                    let later = TestPacket(version: version, fragment: (offset, false), proto: 17, upper: udp(1, 2))
                    #expect(read(later.bytes)?.tuple.transport == .unseen, "offset \(offset)")
                    #expect(read(later.bytes)?.tuple.proto == .udp)
                    #expect(read(later.bytes)?.isFragment == true)
                }
            }
        }

        @Test func anAtomicFragmentIsStillMarked() throws {
            let packet = TestPacket(
                version: .ipv6, fragment: (offset: 0, more: false), proto: 6, upper: tcp(1, 2, flags: 2))
            #expect(read(packet.bytes)?.isFragment == true)
            #expect(read(packet.bytes)?.tcpFlags == .syn)
        }

        @Test func theIdentifierOfICMPIsThatOfConntrack() throws {
            let cases: [(IPVersion, UInt8, UInt8, UInt16)] = [
                (.ipv4, 1, 8, 0x0102), (.ipv4, 1, 0, 0x0102), (.ipv4, 1, 13, 0x0102), (.ipv4, 1, 3, 0),
                (.ipv4, 1, 11, 0),
                (.ipv6, 58, 128, 0x0102), (.ipv6, 58, 129, 0x0102), (.ipv6, 58, 1, 0), (.ipv6, 58, 135, 0),
            ]
            for (version, proto, type, identifier) in cases {
                let packet = TestPacket(version: version, proto: proto, upper: [type, 4, 0, 0, 1, 2, 0, 0])
                #expect(read(packet.bytes)?.tuple.transport == .icmp(type: type, code: 4, identifier: identifier))
            }
        }

        @Test func whatIsNoPacketGivesNothing() {
            #expect(read([]) == nil)
            #expect(read([0x45]) == nil)
            #expect(read([UInt8](repeating: 0, count: 60)) == nil)
            #expect(read([0x55] + [UInt8](repeating: 0, count: 60)) == nil)
            // A header of IPv4 that says it is shorter than the shortest.
            #expect(read([0x44] + [UInt8](repeating: 0, count: 60)) == nil)
        }

        @Test func chainsOfEndlessExtensionsEnd() {
            let chain = [TestPacket.Extension](repeating: .options(60, 1), count: 5000)
            let packet = TestPacket(version: .ipv6, extensions: chain, proto: 17, upper: udp(1, 2))
            #expect(read(packet.bytes)?.tuple.transport == .ports(source: 1, destination: 2))
            #expect(read(Array(packet.bytes.prefix(30_000)))?.tuple.transport == .unseen)
        }

        @Test func randomPacketsAreReadAsTheyWereWritten() throws {
            var random = SeededNumbers()
            let guarded = try GuardedBytes(capacity: 8192)
            for _ in 0..<20_000 {
                let packet = TestPacket.random(&random)
                let bytes = packet.bytes
                let headers = try #require(guarded.withCopy(of: bytes) { PacketHeaders(ByteView($0)) })
                #expect(headers.tuple == packet.expectedTuple)
                #expect(headers.isFragment == (packet.fragment != nil && (packet.version == .ipv6 || packet.isPart)))
                #expect(headers.length == bytes.count)
            }
        }

        @Test func aCutPacketSaysNothingElse() throws {
            var random = SeededNumbers()
            let guarded = try GuardedBytes(capacity: 8192)
            for _ in 0..<300 {
                let bytes = TestPacket.random(&random).bytes
                let whole = try #require(read(bytes))
                for length in 0..<min(bytes.count, 200) {
                    guard let cut = guarded.withCopy(of: Array(bytes[..<length]), { PacketHeaders(ByteView($0)) })
                    else { continue }
                    #expect(cut.tuple.source == whole.tuple.source)
                    #expect(cut.tuple.destination == whole.tuple.destination)
                    #expect(cut.length == whole.length)
                    #expect(cut.tcpFlags == whole.tcpFlags || cut.tcpFlags.isEmpty)
                    let isSame = cut.tuple.transport == whole.tuple.transport
                    #expect(isSame || cut.tuple.transport == .unseen || cut.lacksIdentifier(of: whole))
                }
            }
        }

        @Test func damagedPacketsHarmNobody() throws {
            var random = SeededNumbers()
            let guarded = try GuardedBytes(capacity: 65_536)
            var understood = 0
            for _ in 0..<20_000 {
                let bytes = random.damaged(TestPacket.random(&random).bytes)
                if guarded.withCopy(of: bytes, { PacketHeaders(ByteView($0)) }) != nil { understood += 1 }
            }
            // Most damage is in places that do not matter here.
            #expect(understood > 4000)
        }

        private func read(_ bytes: [UInt8]) -> PacketHeaders? { bytes.withUnsafeBytes { PacketHeaders(ByteView($0)) } }
    }

    extension PacketHeaders {
        /// True when the only difference is that the identifier of ICMP was cut.
        fileprivate func lacksIdentifier(of whole: PacketHeaders) -> Bool {
            guard case .icmp(let type, let code, 0) = tuple.transport,
                case .icmp(let wholeType, let wholeCode, _) = whole.tuple.transport
            else { return false }
            return type == wholeType && code == wholeCode
        }
    }

#endif
