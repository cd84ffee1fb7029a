#if os(Linux)

    import CNetfilter
    import Glibc
    import KernelWorlds
    import Testing

    @testable import Netfilter

    /// The socket against the kernel of this machine.
    @Suite(.enabled(if: mayMakeNamespaces, "needs root, for network namespaces"), .serialized)
    struct NetlinkSocketTests {
        @Test(
            "a wait whose time is over ends at once",
            arguments: [
                (Duration.zero, 0), (.nanoseconds(-1), 0), (.milliseconds(-5), 0), (.milliseconds(-999), 0),
                (.seconds(-3), 0), (.nanoseconds(1), 1), (.milliseconds(5), 6), (.milliseconds(1_500), 1_501),
                (.seconds(Int64.max), 1_000_000_001),
            ])
        func waits(left: Duration, milliseconds: Int) { #expect(pollMilliseconds(left) == Int32(milliseconds)) }

        @Test func aBatchIsDoneAsAWhole() throws {
            try inNamespace {
                var socket = try NetlinkSocket.open()
                try socket.transact(tables: ["one", "two"])
                #expect(try run("nft", "list", "tables") == "table ip one\ntable ip two\n")
            }
        }

        @Test func aRefusedBatchLeavesNothingAndNamesEveryMessage() throws {
            try inNamespace {
                var socket = try NetlinkSocket.open()
                try socket.transact(tables: ["here"])
                let error = #expect(throws: NetlinkError.self) {
                    try socket.transact(tables: ["new", "here", "newer", "here"], flags: NLM_F_CREATE | NLM_F_EXCL)
                }
                guard case .refused(let refusals) = error else {
                    Issue.record("not refused: \(String(describing: error))")
                    return
                }
                #expect(refusals.map(\.errno) == [EEXIST, EEXIST])
                #expect(refusals[1].sequence == refusals[0].sequence + 2)
                #expect(refusals[0].offset != nil)
                #expect(try run("nft", "list", "tables") == "table ip here\n")
            }
        }

        @Test func theKernelSaysInWordsWhatItMeans() throws {
            try inNamespace {
                var socket = try NetlinkSocket.open()
                var request = NetlinkBatch()
                request.append(
                    type: ConntrackTable.message(IPCTNL_MSG_CT_GET), flags: NLM_F_ACK, family: UInt8(AF_INET),
                    sequence: 3
                ) { mnl_attr_put_u8($0, UInt16(CTA_MARK.rawValue), 1) }
                let refusals = try request.withBytes { try socket.requests($0) }
                #expect(refusals.map(\.sequence) == [3])
                #expect(refusals[0].text?.isEmpty == false, "\(refusals)")
                // Behind the headers of netlink and netfilter.
                #expect(refusals[0].offset == 20)
            }
        }

        @Test func aLongBatchIsOneTransaction() throws {
            try inNamespace {
                var socket = try NetlinkSocket.open()
                let names = (0..<2000).map { "table-\($0)" }
                let before = try socket.sendLimit
                // The last message is wrong: of all the others, nothing may stay.
                let error = #expect(throws: NetlinkError.self) {
                    try socket.transact(tables: names + ["table-7"], flags: NLM_F_CREATE | NLM_F_EXCL, padding: 240)
                }
                guard case .refused(let refusals) = error else {
                    Issue.record("not refused: \(String(describing: error))")
                    return
                }
                #expect(refusals.map(\.errno) == [EEXIST])
                #expect(try socket.tables().count == 0)
                try socket.transact(tables: names, padding: 240)
                #expect(try socket.sendLimit > before)
                #expect(try socket.tables().count == names.count)
            }
        }

        @Test func everyMessageMayAskForAnAnswer() throws {
            try inNamespace {
                var socket = try NetlinkSocket.open()
                try socket.transact(tables: (0..<2000).map { "table-\($0)" }, flags: NLM_F_CREATE | NLM_F_ACK)
                #expect(socket.overruns == 0)
            }
        }

        @Test func whenAnswersAreLostNobodyKnows() throws {
            try inNamespace {
                var socket = try NetlinkSocket.open()
                socket.limits.answers = 0
                try socket.setReceiveBuffer(bytes: 1)
                let names = (0..<500).map { "table-\($0)" }
                #expect(throws: NetlinkError.answersLost) {
                    try socket.transact(tables: names, flags: NLM_F_CREATE | NLM_F_ACK)
                }
                #expect(socket.overruns > 0)
                // It is of use afterwards, and a refusal is a refusal even when others were lost.
                try socket.transact(tables: ["more"])
                let error = #expect(throws: NetlinkError.self) {
                    try socket.transact(tables: names, flags: NLM_F_CREATE | NLM_F_EXCL)
                }
                guard case .refused = error else {
                    Issue.record("not refused: \(String(describing: error))")
                    return
                }
                try socket.setReceiveBuffer(bytes: 1 << 20)
                #expect(try socket.tables().count == 501)
            }
        }

        @Test func aBatchBeyondTheLimitIsNotSent() throws {
            try inNamespace {
                var socket = try NetlinkSocket.open()
                socket.limits.batch = 100
                #expect(throws: NetlinkError.tooLarge(bytes: 108, limit: 100)) {
                    try socket.transact(tables: ["1234567890", "1234567"])
                }
                #expect(try socket.tables() == [])
            }
        }

        @Test func aChangeBySomebodyElseIsNoticed() throws {
            try inNamespace {
                var socket = try NetlinkSocket.open()
                let generation = try socket.generation()
                try run("nft", "add", "table", "ip", "other")
                let error = #expect(throws: NetlinkError.self) {
                    try socket.transact(tables: ["ours"], generation: generation)
                }
                guard case .refused(let refusals) = error else {
                    Issue.record("not refused: \(String(describing: error))")
                    return
                }
                #expect(refusals.map(\.errno) == [ERESTART])
                let current = try socket.generation()
                #expect(current != generation)
                try socket.transact(tables: ["ours"], generation: current)
                #expect(try socket.tables() == ["other", "ours"])
            }
        }

        @Test func aListThatChangesIsReadAgain() throws {
            try inNamespace {
                var socket = try NetlinkSocket.open()
                var other = try NetlinkSocket.open()
                try socket.transact(tables: (0..<3000).map { "a-table-with-a-long-name-\($0)" })
                var attempts = 0
                var names: [String] = []
                var failure: (any Error)?
                try socket.list(begin: {
                    attempts += 1
                    names = []
                }) { name in
                    if attempts == 1, names.isEmpty {
                        do { try other.transact(tables: ["new"]) } catch { failure = error }
                    }
                    names.append(name)
                }
                #expect(failure == nil)
                #expect(attempts == 2)
                #expect(names.count == 3001)
            }
        }

        @Test func aListThatKeepsChangingIsGivenUp() throws {
            try inNamespace {
                var socket = try NetlinkSocket.open()
                var other = try NetlinkSocket.open()
                try socket.transact(tables: (0..<3000).map { "a-table-with-a-long-name-\($0)" })
                var attempts = 0
                var isFirst = true
                #expect(throws: NetlinkError.interrupted(attempts: 3)) {
                    try socket.list(
                        attempts: 3,
                        begin: {
                            attempts += 1
                            isFirst = true
                        }
                    ) { _ in
                        if isFirst { try? other.transact(tables: ["new-\(attempts)"]) }
                        isFirst = false
                    }
                }
                // The rest of the last list is not taken for the next one.
                #expect(try socket.tables().count == 3003)
            }
        }

        @Test func aQuestionWithoutAnEndIsGivenUp() throws {
            try inNamespace {
                var socket = try NetlinkSocket.open()
                var request = NetlinkBatch()
                request.append(
                    type: Self.nftables(NFT_MSG_GETGEN), family: 0, sequence: socket.reserveSequences(), room: 0)
                var answers = 0
                #expect(throws: NetlinkError.timedOut) {
                    try request.withBytes { try socket.dump($0, timeout: .milliseconds(20)) { _ in answers += 1 } }
                }
                #expect(answers == 1)
            }
        }

        @Test func aListOfNothingKnownIsRefused() throws {
            try inNamespace {
                var socket = try NetlinkSocket.open()
                var request = NetlinkBatch()
                request.append(
                    type: UInt16(NFNL_SUBSYS_NFTABLES) << 8 | 250, flags: NLM_F_DUMP, family: 0,
                    sequence: socket.reserveSequences(), room: 0)
                let error = #expect(throws: NetlinkError.self) {
                    try request.withBytes { try socket.dump($0) { _ in } }
                }
                guard case .refused = error else {
                    Issue.record("not refused: \(String(describing: error))")
                    return
                }
            }
        }

        @Test func requestsThatDoNotDependOnEachOther() throws {
            try inNamespace {
                var socket = try NetlinkSocket.open()
                var request = NetlinkBatch()
                let first = socket.reserveSequences(2)
                request.append(
                    type: Self.nftables(NFT_MSG_GETTABLE), flags: NLM_F_ACK, family: UInt8(AF_INET), sequence: first
                ) { mnl_attr_put_strz($0, UInt16(NFTA_TABLE_NAME.rawValue), "none") }
                request.append(
                    type: Self.nftables(NFT_MSG_GETGEN), flags: NLM_F_ACK, family: 0, sequence: first + 1)
                var answers: [UInt32] = []
                let refusals = try request.withBytes { bytes in
                    try socket.requests(bytes) { answers.append($0.sequence) }
                }
                #expect(refusals.map(\.sequence) == [first])
                #expect(refusals.map(\.errno) == [ENOENT])
                #expect(answers == [first + 1])
            }
        }

        @Test func aRequestMustAskForItsAnswer() throws {
            var socket = try NetlinkSocket.open()
            var request = NetlinkBatch()
            request.append(type: Self.nftables(NFT_MSG_GETGEN), family: 0, sequence: 1)
            #expect(throws: NetlinkError.malformed("a request does not ask for an answer")) {
                try request.withBytes { try socket.request($0) }
            }
        }

        @Test func somebodyElsesMessageIsNotTheKernels() throws {
            try inNamespace {
                var socket = try NetlinkSocket.open()
                let stranger = Glibc.socket(AF_NETLINK, Int32(SOCK_RAW.rawValue), NETLINK_NETFILTER)
                defer { close(stranger) }
                var place = sockaddr_nl()
                place.nl_family = sa_family_t(AF_NETLINK)
                place.nl_pid = socket.portID
                let forged = frame(2, sequence: 1, native(-EPERM) + frame(1, []))
                let sent = withUnsafePointer(to: &place) { place in
                    place.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        sendto(stranger, forged, forged.count, 0, $0, socklen_t(MemoryLayout<sockaddr_nl>.size))
                    }
                }
                #expect(sent == forged.count)
                #expect(try socket.wait(.seconds(20)))
                guard case .nothing = try socket.receive() else {
                    Issue.record("the message of a stranger was taken for the kernel's")
                    return
                }
            }
        }

        @Test func sequencesGoRoundWithoutZero() throws {
            var socket = try NetlinkSocket.open()
            let first = socket.reserveSequences(3)
            #expect(socket.reserveSequences() == first + 3)
            _ = socket.reserveSequences(Int(UInt32.max - first) - 10)
            #expect(socket.reserveSequences(20) == 1)
        }

        @Test func waitingEnds() throws {
            let socket = try NetlinkSocket.open()
            #expect(try socket.wait(.milliseconds(1)) == false)
            #expect(try socket.wait(.zero) == false)
        }

        static func nftables(_ operation: nf_tables_msg_types) -> UInt16 {
            UInt16(NFNL_SUBSYS_NFTABLES) << 8 | UInt16(operation.rawValue)
        }
    }

    extension NetlinkSocket {
        /// Adds tables of IPv4 in one transaction.
        mutating func transact(
            tables: [String], flags: Int32 = NLM_F_CREATE,
            padding: Int = 0, generation: UInt32? = nil
        ) throws {
            let note = [UInt8](repeating: 0, count: padding)
            let first = reserveSequences(tables.count + 2)
            var batch = NetlinkBatch()
            batch.begin(sequence: first, generation: generation)
            for (index, name) in tables.enumerated() {
                batch.append(
                    type: NetlinkSocketTests.nftables(NFT_MSG_NEWTABLE), flags: flags, family: UInt8(AF_INET),
                    sequence: first + 1 + UInt32(index), room: 600
                ) { header in
                    mnl_attr_put_strz(header, UInt16(NFTA_TABLE_NAME.rawValue), name)
                    if padding > 0 { mnl_attr_put(header, UInt16(NFTA_TABLE_USERDATA.rawValue), note.count, note) }
                }
            }
            batch.end(sequence: first + 1 + UInt32(tables.count))
            try batch.withBytes { (bytes) throws(NetlinkError) in try transact(bytes) }
        }

        /// The names of all tables.
        mutating func tables() throws -> [String] {
            var names: [String] = []
            try list(begin: { names = [] }) { names.append($0) }
            return names
        }

        mutating func list(attempts: Int = 10, begin: () -> Void, each: (String) -> Void) throws {
            var request = NetlinkBatch()
            request.append(
                type: NetlinkSocketTests.nftables(NFT_MSG_GETTABLE), flags: NLM_F_DUMP, family: UInt8(AF_UNSPEC),
                sequence: reserveSequences(), room: 0)
            try request.withBytes { (bytes) throws(NetlinkError) in
                try dump(bytes, attempts: attempts, begin: begin) { message in
                    for attribute in message.attributes where attribute.type == Int(NFTA_TABLE_NAME.rawValue) {
                        each(attribute.value.text)
                    }
                }
            }
        }

        /// The number of the ruleset, which grows with each change.
        mutating func generation() throws -> UInt32 {
            var request = NetlinkBatch()
            request.append(
                type: NetlinkSocketTests.nftables(NFT_MSG_GETGEN), flags: NLM_F_ACK, family: 0,
                sequence: reserveSequences(), room: 0)
            var generation: UInt32?
            try request.withBytes { (bytes) throws(NetlinkError) in
                try self.request(bytes) { message in
                    for attribute in message.attributes where attribute.type == Int(NFTA_GEN_ID.rawValue) {
                        generation = attribute.value.network(UInt32.self)
                    }
                }
            }
            return try #require(generation)
        }
    }

#endif
