#if os(Linux)

    import CNetfilter
    import Glibc
    import PacketFilter

    extension Expression {
        /// The expression for libnftnl, which whoever adds it to a rule gives away; nil: there was no memory.
        var object: OpaquePointer? {
            switch self {
            case .payload(let base, let offset, let length, let register):
                Self.make("payload") {
                    $0.put(NFTNL_EXPR_PAYLOAD_BASE, base.rawValue)
                    $0.put(NFTNL_EXPR_PAYLOAD_OFFSET, offset)
                    $0.put(NFTNL_EXPR_PAYLOAD_LEN, length)
                    $0.put(NFTNL_EXPR_PAYLOAD_DREG, Self.number(register))
                }
            case .meta(let key, let register):
                Self.make("meta") {
                    $0.put(NFTNL_EXPR_META_KEY, key.rawValue)
                    $0.put(NFTNL_EXPR_META_DREG, Self.number(register))
                }
            case .conntrackState(let register):
                Self.make("ct") {
                    $0.put(NFTNL_EXPR_CT_KEY, NFT_CT_STATE.rawValue)
                    $0.put(NFTNL_EXPR_CT_DREG, Self.number(register))
                }
            case .reversePath(let register):
                Self.make("fib") {
                    $0.put(NFTNL_EXPR_FIB_RESULT, NFT_FIB_RESULT_OIF.rawValue)
                    $0.put(NFTNL_EXPR_FIB_FLAGS, Self.reversePathFlags)
                    $0.put(NFTNL_EXPR_FIB_DREG, Self.number(register))
                }
            case .mask(let register, let mask):
                Self.make("bitwise") {
                    $0.put(NFTNL_EXPR_BITWISE_SREG, Self.number(register))
                    $0.put(NFTNL_EXPR_BITWISE_DREG, Self.number(register))
                    $0.put(NFTNL_EXPR_BITWISE_OP, NFT_BITWISE_MASK_XOR.rawValue)
                    $0.put(NFTNL_EXPR_BITWISE_LEN, UInt32(mask.count))
                    $0.put(NFTNL_EXPR_BITWISE_MASK, mask)
                    $0.put(NFTNL_EXPR_BITWISE_XOR, Array(repeating: 0, count: mask.count))
                }
            case .compare(let comparison, let register, let bytes):
                Self.make("cmp") {
                    $0.put(NFTNL_EXPR_CMP_SREG, Self.number(register))
                    $0.put(NFTNL_EXPR_CMP_OP, comparison.rawValue)
                    $0.put(NFTNL_EXPR_CMP_DATA, bytes)
                }
            default: actionObject
            }
        }

        private var actionObject: OpaquePointer? {
            switch self {
            case .lookup(let set, let register, let isNegated):
                Self.make("lookup") {
                    $0.put(NFTNL_EXPR_LOOKUP_SREG, Self.number(register))
                    $0.put(NFTNL_EXPR_LOOKUP_SET, set)
                    if isNegated { $0.put(NFTNL_EXPR_LOOKUP_FLAGS, UInt32(NFT_LOOKUP_F_INV.rawValue)) }
                }
            case .lookupVerdict(let map, let register):
                Self.make("lookup") {
                    $0.put(NFTNL_EXPR_LOOKUP_SREG, Self.number(register))
                    $0.put(NFTNL_EXPR_LOOKUP_SET, map)
                    $0.put(NFTNL_EXPR_LOOKUP_DREG, NFT_REG_VERDICT.rawValue)
                }
            case .updateAbove(let set, let register, let rate):
                Self.make("dynset") {
                    $0.put(NFTNL_EXPR_DYNSET_SREG_KEY, Self.number(register))
                    $0.put(NFTNL_EXPR_DYNSET_SET_NAME, set)
                    $0.put(NFTNL_EXPR_DYNSET_OP, NFT_DYNSET_OP_UPDATE.rawValue)
                    // It belongs to the outer one from here on.
                    if let limit = rate.object {
                        nftnl_expr_set($0, UInt16(NFTNL_EXPR_DYNSET_EXPR), UnsafeRawPointer(limit), 0)
                    }
                }
            case .above(let rate): rate.object
            case .counter(let name):
                Self.make("objref") {
                    $0.put(NFTNL_EXPR_OBJREF_IMM_TYPE, UInt32(NFT_OBJECT_COUNTER))
                    $0.put(NFTNL_EXPR_OBJREF_IMM_NAME, name)
                }
            case .log(let prefix, let group, let length, let threshold):
                Self.make("log") {
                    $0.put(NFTNL_EXPR_LOG_PREFIX, prefix)
                    nftnl_expr_set_u16($0, UInt16(NFTNL_EXPR_LOG_GROUP), group)
                    $0.put(NFTNL_EXPR_LOG_SNAPLEN, length)
                    nftnl_expr_set_u16($0, UInt16(NFTNL_EXPR_LOG_QTHRESHOLD), threshold)
                }
            case .verdict(let verdict):
                Self.make("immediate") {
                    $0.put(NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT.rawValue)
                    $0.put(NFTNL_EXPR_IMM_VERDICT, verdict.number)
                    if let chain = verdict.chain { $0.put(NFTNL_EXPR_IMM_CHAIN, chain) }
                }
            default: nil
            }
        }

        /// Asks for the interface over which the way back to the source leads, among those that it came in by.
        static let reversePathFlags =
            NFTA_FIB_F_SADDR.rawValue | NFTA_FIB_F_IIF.rawValue | NFTA_FIB_F_PRESENT.rawValue

        /// Words are counted from 0; every fourth begins one of the large registers, which have numbers of their own.
        static func number(_ word: UInt32) -> UInt32 {
            word % 4 == 0 ? NFT_REG_1.rawValue + word / 4 : NFT_REG32_00.rawValue + word
        }

        fileprivate static func make(_ name: String, _ fill: (OpaquePointer) -> Void) -> OpaquePointer? {
            guard let object = nftnl_expr_alloc(name) else { return nil }
            fill(object)
            return object
        }
    }

    extension Statement.Rate {
        fileprivate var object: OpaquePointer? {
            Expression.make("limit") {
                nftnl_expr_set_u64($0, UInt16(NFTNL_EXPR_LIMIT_RATE), packets)
                nftnl_expr_set_u64($0, UInt16(NFTNL_EXPR_LIMIT_UNIT), 1)
                $0.put(NFTNL_EXPR_LIMIT_BURST, burst)
                $0.put(NFTNL_EXPR_LIMIT_TYPE, NFT_LIMIT_PKTS.rawValue)
                $0.put(NFTNL_EXPR_LIMIT_FLAGS, NFT_LIMIT_F_INV.rawValue)
            }
        }
    }

    extension OpaquePointer {
        fileprivate func put(_ attribute: Int, _ value: UInt32) { nftnl_expr_set_u32(self, UInt16(attribute), value) }
        fileprivate func put(_ attribute: Int, _ text: String) { nftnl_expr_set_str(self, UInt16(attribute), text) }
        fileprivate func put(_ attribute: Int, _ bytes: [UInt8]) {
            nftnl_expr_set(self, UInt16(attribute), bytes, UInt32(bytes.count))
        }
    }

#endif
