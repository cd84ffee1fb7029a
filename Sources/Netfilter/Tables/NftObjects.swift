#if os(Linux)

    import CNetfilter
    import Glibc
    import PacketFilter

    // Objects of libnftnl, made for one message each. That memory runs out is not survived anywhere else either: where
    // libnftnl has none, the message is left without its body, and the kernel refuses it and all that goes with it.

    extension Family {
        /// The kernel's number.
        var number: UInt8 { UInt8(self == .ip ? NFPROTO_IPV4 : NFPROTO_IPV6) }
    }

    /// Calls `body` with our table.
    @discardableResult
    func withNftTable<R>(_ family: Family, _ body: (OpaquePointer) -> R) -> R? {
        guard let table = nftnl_table_alloc() else { return nil }
        defer { nftnl_table_free(table) }
        nftnl_table_set_str(table, UInt16(NFTNL_TABLE_NAME.rawValue), Ruleset.tableName)
        nftnl_table_set_u32(table, UInt16(NFTNL_TABLE_FAMILY.rawValue), UInt32(family.number))
        return body(table)
    }

    /// Calls `body` with a counter.
    func withNftCounter(_ name: String, _ body: (OpaquePointer) -> Void) {
        guard let object = nftnl_obj_alloc() else { return }
        defer { nftnl_obj_free(object) }
        nftnl_obj_set_str(object, UInt16(NFTNL_OBJ_TABLE), Ruleset.tableName)
        nftnl_obj_set_str(object, UInt16(NFTNL_OBJ_NAME), name)
        nftnl_obj_set_u32(object, UInt16(NFTNL_OBJ_TYPE), UInt32(NFT_OBJECT_COUNTER))
        body(object)
    }

    /// Calls `body` with a chain without rules.
    func withNftChain(_ chain: Chain, _ family: Family, _ body: (OpaquePointer) -> Void) {
        withNftChain(chain.name) { object in
            if let hook = chain.hook {
                nftnl_chain_set_u32(object, UInt16(NFTNL_CHAIN_HOOKNUM.rawValue), hook.number)
                nftnl_chain_set_s32(object, UInt16(NFTNL_CHAIN_PRIO.rawValue), Chain.Hook.priority)
                nftnl_chain_set_str(object, UInt16(NFTNL_CHAIN_TYPE.rawValue), "filter")
                nftnl_chain_set_u32(object, UInt16(NFTNL_CHAIN_POLICY.rawValue), UInt32(NF_ACCEPT))
            }
            if let comment = chain.comment {
                let data = UserData.comment(comment, type: UInt8(NFTNL_UDATA_CHAIN_COMMENT.rawValue))
                nftnl_chain_set_data(object, UInt16(NFTNL_CHAIN_USERDATA.rawValue), data, UInt32(data.count))
            }
            body(object)
        }
    }

    /// Calls `body` with the name of a chain.
    func withNftChain(_ name: String, _ body: (OpaquePointer) -> Void) {
        guard let object = nftnl_chain_alloc() else { return }
        defer { nftnl_chain_free(object) }
        nftnl_chain_set_str(object, UInt16(NFTNL_CHAIN_TABLE.rawValue), Ruleset.tableName)
        nftnl_chain_set_str(object, UInt16(NFTNL_CHAIN_NAME.rawValue), name)
        body(object)
    }

    /// Calls `body` with all rules of a chain.
    func withNftRule(_ chain: String, _ body: (OpaquePointer) -> Void) {
        guard let object = nftnl_rule_alloc() else { return }
        defer { nftnl_rule_free(object) }
        nftnl_rule_set_str(object, UInt16(NFTNL_RULE_TABLE.rawValue), Ruleset.tableName)
        nftnl_rule_set_str(object, UInt16(NFTNL_RULE_CHAIN.rawValue), chain)
        body(object)
    }

    /// Calls `body` with a rule.
    func withNftRule(_ chain: String, _ rule: Rule, _ family: Family, _ body: (OpaquePointer) -> Void) {
        withNftRule(chain) { object in
            nftnl_rule_set_u32(object, UInt16(NFTNL_RULE_FAMILY.rawValue), UInt32(family.number))
            for expression in rule.expressions(family) {
                if let part = expression.object { nftnl_rule_add_expr(object, part) }
            }
            if let comment = rule.comment {
                let data = UserData.comment(comment, type: UInt8(NFTNL_UDATA_RULE_COMMENT.rawValue))
                nftnl_rule_set_data(object, UInt16(NFTNL_RULE_USERDATA.rawValue), data, UInt32(data.count))
            }
            body(object)
        }
    }

    /// What tools keep with objects: type, length and value, one behind the other.
    enum UserData {
        /// A comment, as `nft` writes it.
        static func comment(_ text: String, type: UInt8) -> [UInt8] {
            let bytes = Array(text.utf8.prefix(Int(UInt8.max) - 1))
            return [type, UInt8(bytes.count + 1)] + bytes + [0]
        }

        /// The comment in some user data; nil: none.
        static func comment(_ data: UnsafeRawBufferPointer, type: UInt8) -> String? {
            var rest = data[...]
            while rest.count >= 2 {
                let (kind, length) = (rest[rest.startIndex], Int(rest[rest.startIndex + 1]))
                let value = rest.dropFirst(2).prefix(length)
                if kind == type { return String(decoding: value.prefix { $0 != 0 }, as: UTF8.self) }
                rest = rest.dropFirst(2 + length)
            }
            return nil
        }
    }

#endif
