#if os(Linux)

    import CNetfilter
    import Glibc
    import PacketFilter

    /// Writes changes of rulesets as messages of one transaction.
    struct TableWriter: ~Copyable {
        private(set) var batch = NetlinkBatch()
        /// What each message is about, for errors: by its number, counted from the first.
        private(set) var subjects: [String] = []
        private let first: UInt32

        /// Elements in one message: the list of them is an attribute, which is at most 64 KiB long.
        private static let elementsAtOnce = 300

        /// - Parameters:
        ///   - first: number of the first message; those after it have the numbers after it.
        ///   - generation: the transaction is refused when somebody changed any table since.
        init(_ steps: [(family: Family, steps: [RulesetChange.Step])], first: UInt32, generation: UInt32? = nil) {
            self.first = first
            batch.begin(sequence: first, generation: generation)
            subjects.append("the beginning of a transaction")
            for (family, steps) in steps {
                for step in steps { write(step, family) }
            }
            batch.end(sequence: next("the end of a transaction"))
        }

        /// How many messages a transaction of these will have, at most.
        static func messageCount(_ steps: [(Family, [RulesetChange.Step])]) -> Int {
            steps.reduce(2) { sum, part in
                part.1.reduce(sum) { count, step in
                    switch step {
                    case .addElements(_, let elements), .deleteElements(_, let elements):
                        count + elements.count / elementsAtOnce + 1
                    default: count + 1
                    }
                }
            }
        }

        /// The number of the next message.
        private mutating func next(_ subject: String) -> UInt32 {
            subjects.append(subject)
            return first + UInt32(subjects.count - 1)
        }

        private mutating func append(
            _ type: nf_tables_msg_types, _ family: Family, _ flags: Int32, _ subject: String,
            room: Int = NetlinkBatch.roomForAnyMessage, _ body: (UnsafeMutablePointer<nlmsghdr>) -> Void
        ) {
            let sequence = next(subject)
            batch.append(
                type: UInt16(NFNL_SUBSYS_NFTABLES) << 8 | UInt16(type.rawValue), flags: flags, family: family.number,
                sequence: sequence, room: room, body)
        }

        private mutating func write(_ step: RulesetChange.Step, _ family: Family) {
            switch step {
            case .addTable:
                append(NFT_MSG_NEWTABLE, family, NLM_F_CREATE, "the table") { header in
                    withNftTable(family) { nftnl_table_nlmsg_build_payload(header, $0) }
                }
            case .deleteTable:
                append(NFT_MSG_DELTABLE, family, 0, "the table") { header in
                    withNftTable(family) { nftnl_table_nlmsg_build_payload(header, $0) }
                }
            case .addCounter(let name):
                append(NFT_MSG_NEWOBJ, family, NLM_F_CREATE, "counter \(name)") { header in
                    withNftCounter(name) { nftnl_obj_nlmsg_build_payload(header, $0) }
                }
            case .deleteCounter(let name):
                append(NFT_MSG_DELOBJ, family, 0, "counter \(name)") { header in
                    withNftCounter(name) { nftnl_obj_nlmsg_build_payload(header, $0) }
                }
            case .addSet(let set):
                let number = UInt32(subjects.count)
                append(NFT_MSG_NEWSET, family, NLM_F_CREATE, "set \(set.name)") { header in
                    withNftSet(set, family, number: number) { nftnl_set_nlmsg_build_payload(header, $0) }
                }
            case .deleteSet(let name):
                append(NFT_MSG_DELSET, family, 0, "set \(name)") { header in
                    withNftSet(name) { nftnl_set_nlmsg_build_payload(header, $0) }
                }
            case .addElements(let set, let elements):
                write(elements, of: set, NFT_MSG_NEWSETELEM, family, NLM_F_CREATE | NLM_F_EXCL)
            case .deleteElements(let set, let elements): write(elements, of: set, NFT_MSG_DELSETELEM, family, 0)
            case .addChain(let chain):
                append(NFT_MSG_NEWCHAIN, family, NLM_F_CREATE, "chain \(chain.name)") { header in
                    withNftChain(chain, family) { nftnl_chain_nlmsg_build_payload(header, $0) }
                }
            case .deleteChain(let name):
                append(NFT_MSG_DELCHAIN, family, 0, "chain \(name)") { header in
                    withNftChain(name) { nftnl_chain_nlmsg_build_payload(header, $0) }
                }
            case .deleteRules(let chain):
                append(NFT_MSG_DELRULE, family, 0, "rules of chain \(chain)") { header in
                    withNftRule(chain) { nftnl_rule_nlmsg_build_payload(header, $0) }
                }
            case .addRule(let chain, let rule):
                let text = rule.text(family)
                append(NFT_MSG_NEWRULE, family, NLM_F_CREATE | NLM_F_APPEND, "rule of chain \(chain): \(text)") {
                    header in
                    withNftRule(chain, rule, family) { nftnl_rule_nlmsg_build_payload(header, $0) }
                }
            }
        }

        private mutating func write(
            _ elements: [KernelSet.Element], of set: KernelSet, _ type: nf_tables_msg_types, _ family: Family,
            _ flags: Int32
        ) {
            var start = 0
            while start < elements.count {
                let end = min(start + Self.elementsAtOnce, elements.count)
                append(type, family, flags, "elements of \(set.name)") { header in
                    withNftSet(set, family, elements[start..<end]) { nftnl_set_elems_nlmsg_build_payload(header, $0) }
                }
                start = end
            }
        }
    }

#endif
