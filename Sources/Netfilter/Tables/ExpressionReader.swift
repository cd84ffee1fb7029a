#if os(Linux)

    import CNetfilter
    import Glibc
    import PacketFilter

    extension Expression {
        /// What an expression of the kernel is; nil: nothing that we ever write.
        init?(_ object: OpaquePointer) {
            guard let name = object.text(NFTNL_EXPR_NAME), let read = Self.readers[name], let value = read(object)
            else {
                return nil
            }
            self = value
        }

        private static let readers: [String: @Sendable (OpaquePointer) -> Expression?] = [
            "payload": { object in
                guard let base = Base(rawValue: object.number(NFTNL_EXPR_PAYLOAD_BASE)) else { return nil }
                return .payload(
                    base, offset: object.number(NFTNL_EXPR_PAYLOAD_OFFSET),
                    length: object.number(NFTNL_EXPR_PAYLOAD_LEN), register: object.word(NFTNL_EXPR_PAYLOAD_DREG))
            },
            "meta": { object in
                Meta(rawValue: object.number(NFTNL_EXPR_META_KEY)).map {
                    .meta($0, register: object.word(NFTNL_EXPR_META_DREG))
                }
            },
            "ct": { object in
                object.number(NFTNL_EXPR_CT_KEY) == NFT_CT_STATE.rawValue
                    ? .conntrackState(register: object.word(NFTNL_EXPR_CT_DREG)) : nil
            },
            "fib": { object in
                object.number(NFTNL_EXPR_FIB_RESULT) == NFT_FIB_RESULT_OIF.rawValue
                    && object.number(NFTNL_EXPR_FIB_FLAGS) == reversePathFlags
                    ? .reversePath(register: object.word(NFTNL_EXPR_FIB_DREG)) : nil
            },
            "bitwise": { object in
                let mask = object.bytes(NFTNL_EXPR_BITWISE_MASK)
                let register = object.word(NFTNL_EXPR_BITWISE_SREG)
                let isPlain =
                    object.bytes(NFTNL_EXPR_BITWISE_XOR).allSatisfy { $0 == 0 }
                    && object.word(NFTNL_EXPR_BITWISE_DREG) == register
                    && object.number(NFTNL_EXPR_BITWISE_OP) == NFT_BITWISE_MASK_XOR.rawValue
                return isPlain ? .mask(register: register, mask) : nil
            },
            "cmp": { object in
                Comparison(rawValue: object.number(NFTNL_EXPR_CMP_OP)).map {
                    .compare($0, register: object.word(NFTNL_EXPR_CMP_SREG), object.bytes(NFTNL_EXPR_CMP_DATA))
                }
            },
            "lookup": lookup,
            "dynset": { object in
                guard object.number(NFTNL_EXPR_DYNSET_OP) == NFT_DYNSET_OP_UPDATE.rawValue,
                    let set = object.text(NFTNL_EXPR_DYNSET_SET_NAME),
                    let inner = object.inner(NFTNL_EXPR_DYNSET_EXPR), let rate = Statement.Rate(inner)
                else { return nil }
                return .updateAbove(set: set, register: object.word(NFTNL_EXPR_DYNSET_SREG_KEY), rate)
            },
            "limit": { Statement.Rate($0).map { .above($0) } },
            "objref": { object in
                object.number(NFTNL_EXPR_OBJREF_IMM_TYPE) == UInt32(NFT_OBJECT_COUNTER)
                    ? object.text(NFTNL_EXPR_OBJREF_IMM_NAME).map { .counter($0) } : nil
            },
            "log": { object in
                .log(
                    prefix: object.text(NFTNL_EXPR_LOG_PREFIX) ?? "",
                    group: nftnl_expr_get_u16(object, UInt16(NFTNL_EXPR_LOG_GROUP)),
                    length: object.number(NFTNL_EXPR_LOG_SNAPLEN),
                    threshold: nftnl_expr_get_u16(object, UInt16(NFTNL_EXPR_LOG_QTHRESHOLD)))
            },
            "immediate": { object in
                guard object.number(NFTNL_EXPR_IMM_DREG) == NFT_REG_VERDICT.rawValue else { return nil }
                return Verdict(
                    number: object.number(NFTNL_EXPR_IMM_VERDICT), chain: object.text(NFTNL_EXPR_IMM_CHAIN)
                ).map { .verdict($0) }
            },
        ]

        @Sendable private static func lookup(_ object: OpaquePointer) -> Expression? {
            guard let set = object.text(NFTNL_EXPR_LOOKUP_SET) else { return nil }
            let register = object.word(NFTNL_EXPR_LOOKUP_SREG)
            if nftnl_expr_is_set(object, UInt16(NFTNL_EXPR_LOOKUP_DREG)) {
                return object.number(NFTNL_EXPR_LOOKUP_DREG) == NFT_REG_VERDICT.rawValue
                    ? .lookupVerdict(map: set, register: register) : nil
            }
            let isNegated = object.number(NFTNL_EXPR_LOOKUP_FLAGS) & UInt32(NFT_LOOKUP_F_INV.rawValue) != 0
            return .lookup(set: set, register: register, isNegated: isNegated)
        }
    }

    extension Statement.Rate {
        /// The rate of a limit that matches above it; nil: another kind of limit.
        fileprivate init?(_ object: OpaquePointer) {
            guard object.text(NFTNL_EXPR_NAME) == "limit",
                nftnl_expr_get_u64(object, UInt16(NFTNL_EXPR_LIMIT_UNIT)) == 1,
                object.number(NFTNL_EXPR_LIMIT_TYPE) == NFT_LIMIT_PKTS.rawValue,
                object.number(NFTNL_EXPR_LIMIT_FLAGS) == NFT_LIMIT_F_INV.rawValue
            else { return nil }
            self.init(
                nftnl_expr_get_u64(object, UInt16(NFTNL_EXPR_LIMIT_RATE)), burst: object.number(NFTNL_EXPR_LIMIT_BURST))
        }
    }

    extension OpaquePointer {
        fileprivate func number(_ attribute: Int) -> UInt32 { nftnl_expr_get_u32(self, UInt16(attribute)) }

        /// A register, counted in words.
        fileprivate func word(_ attribute: Int) -> UInt32 {
            let number = number(attribute)
            return number >= NFT_REG32_00.rawValue ? number - NFT_REG32_00.rawValue : (number &- 1) &* 4
        }

        fileprivate func text(_ attribute: Int) -> String? {
            guard nftnl_expr_is_set(self, UInt16(attribute)) else { return nil }
            return nftnl_expr_get_str(self, UInt16(attribute)).map { String(cString: $0) }
        }

        fileprivate func bytes(_ attribute: Int) -> [UInt8] {
            var length: UInt32 = 0
            guard let data = nftnl_expr_get(self, UInt16(attribute), &length) else { return [] }
            return Array(UnsafeRawBufferPointer(start: data, count: Int(length)))
        }

        /// An expression inside this one.
        fileprivate func inner(_ attribute: Int) -> OpaquePointer? {
            var length: UInt32 = 0
            return nftnl_expr_get(self, UInt16(attribute), &length).map { OpaquePointer($0) }
        }
    }

#endif
