#if os(Linux)

    import CNetfilter
    import Glibc
    import KernelWorlds
    import Testing

    @testable import Netfilter

    /// The socket against the kernel of this machine.
    @Suite(.enabled(if: mayMakeNamespaces, "needs root, for network namespaces"), .serialized)
    struct NetlinkSocketTests {
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
    }

    extension NetlinkSocket {
        /// Adds tables of IPv4 in one transaction.
        mutating func transact(tables: [String], flags: Int32 = NLM_F_CREATE) throws {
            let first = reserveSequences(tables.count + 2)
            var batch = NetlinkBatch()
            batch.begin(sequence: first)
            for (index, name) in tables.enumerated() {
                batch.append(
                    type: UInt16(NFNL_SUBSYS_NFTABLES) << 8 | UInt16(NFT_MSG_NEWTABLE.rawValue), flags: flags,
                    family: UInt8(AF_INET), sequence: first + 1 + UInt32(index)
                ) { mnl_attr_put_strz($0, UInt16(NFTA_TABLE_NAME.rawValue), name) }
            }
            batch.end(sequence: first + 1 + UInt32(tables.count))
            try batch.withBytes { (bytes) throws(NetlinkError) in try transact(bytes) }
        }
    }

#endif
