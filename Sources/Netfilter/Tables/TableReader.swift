#if os(Linux)

    import CNetfilter
    import Glibc
    import PacketFilter

    /// Reads messages of the kernel about our table.
    struct TableReader {
        private(set) var table: InstalledTable
        private var elements: [String: [KernelSet.Element]] = [:]

        private var family: Family { table.family }

        init(_ family: Family) { table = InstalledTable(family) }

        /// Names of the sets that we fill, whose elements are to be read.
        var filledSets: [String] {
            table.sets.values.filter { if case .dynamic = $0.kind { false } else { true } }.map(\.name).sorted()
        }

        /// The table, once everything is read.
        var complete: InstalledTable {
            var result = table
            for (name, set) in table.sets {
                result.sets[name] = KernelSet(
                    name, set.key, isMap: set.isMap, kind: set.kind, comment: set.comment, elements[name] ?? [])
            }
            return result
        }

        // MARK: Sets

        mutating func take(set message: UnsafePointer<nlmsghdr>) {
            guard let object = nftnl_set_alloc() else { return }
            defer { nftnl_set_free(object) }
            guard nftnl_set_nlmsg_parse(message, object) == 0,
                nftnl_set_get_str(object, UInt16(NFTNL_SET_TABLE.rawValue)).map({ String(cString: $0) })
                    == Ruleset.tableName,
                let name = nftnl_set_get_str(object, UInt16(NFTNL_SET_NAME.rawValue)).map({ String(cString: $0) })
            else { return }
            guard let set = set(name, object) else {
                table.strangers.append("set \(name) is of a kind that we never use")
                return
            }
            table.sets[name] = set
        }

        private func set(_ name: String, _ object: OpaquePointer) -> KernelSet? {
            let number = nftnl_set_get_u32(object, UInt16(NFTNL_SET_KEY_TYPE.rawValue))
            let types: [KeyType] = [.address, .addressAndTransport, .itself, .traffic, .connection, .pair]
            guard let found = types.first(where: { $0.number(family) == number }) else { return nil }
            let key = found == .addressAndTransport ? .address : found
            let flags = nftnl_set_get_u32(object, UInt16(NFTNL_SET_FLAGS.rawValue))
            let isMap = flags & NFT_SET_MAP.rawValue != 0
            let data = nftnl_set_get_u32(object, UInt16(NFTNL_SET_DATA_TYPE.rawValue))
            guard !isMap || data == UInt32(truncatingIfNeeded: NFT_DATA_VERDICT.rawValue) else { return nil }
            let kind: KernelSet.Kind
            if flags & NFT_SET_EVAL.rawValue != 0 {
                kind = .dynamic(
                    size: Int(nftnl_set_get_u32(object, UInt16(NFTNL_SET_DESC_SIZE.rawValue))),
                    seconds: Int(nftnl_set_get_u64(object, UInt16(NFTNL_SET_TIMEOUT.rawValue)) / 1000))
            } else {
                kind = flags & NFT_SET_INTERVAL.rawValue != 0 ? .ranges : .exact
            }
            let set = KernelSet(name, key, isMap: isMap, kind: kind, comment: comment(object))
            return set.flags == flags && set.kernelKey == found ? set : nil
        }

        private func comment(_ object: OpaquePointer) -> String? {
            var length: UInt32 = 0
            guard let data = nftnl_set_get_data(object, UInt16(NFTNL_SET_USERDATA.rawValue), &length) else {
                return nil
            }
            return UserData.comment(
                UnsafeRawBufferPointer(start: data, count: Int(length)), type: UInt8(NFTNL_UDATA_SET_COMMENT.rawValue))
        }

        mutating func take(elementsOf name: String, _ message: UnsafePointer<nlmsghdr>) {
            guard let object = nftnl_set_alloc() else { return }
            defer { nftnl_set_free(object) }
            guard nftnl_set_elems_nlmsg_parse(message, object) == 0, let set = table.sets[name],
                let iterator = nftnl_set_elems_iter_create(object)
            else { return }
            defer { nftnl_set_elems_iter_destroy(iterator) }
            while let element = nftnl_set_elems_iter_next(iterator) {
                guard let known = self.element(element, set) else {
                    table.strangers.append("\(name) has an element that we never write")
                    continue
                }
                elements[name, default: []].append(known)
            }
        }

        private func element(_ object: OpaquePointer, _ set: KernelSet) -> KernelSet.Element? {
            guard let first = key(object, NFTNL_SET_ELEM_KEY, set) else { return nil }
            let hasEnd = nftnl_set_elem_is_set(object, UInt16(NFTNL_SET_ELEM_KEY_END))
            guard let last = hasEnd ? key(object, NFTNL_SET_ELEM_KEY_END, set) : first else { return nil }
            guard set.isMap else { return KernelSet.Element(first, last) }
            let number = nftnl_set_elem_get_u32(object, UInt16(NFTNL_SET_ELEM_VERDICT))
            let chain =
                nftnl_set_elem_is_set(object, UInt16(NFTNL_SET_ELEM_CHAIN))
                ? nftnl_set_elem_get_str(object, UInt16(NFTNL_SET_ELEM_CHAIN)).map { String(cString: $0) } : nil
            return Verdict(number: number, chain: chain).map { KernelSet.Element(first, last, $0) }
        }

        private func key(_ object: OpaquePointer, _ attribute: Int, _ set: KernelSet) -> UInt128? {
            var length: UInt32 = 0
            guard let data = nftnl_set_elem_get(object, UInt16(attribute), &length) else { return nil }
            return set.key(
                UnsafeRawBufferPointer(start: data, count: Int(length)), family,
                isLast: attribute == NFTNL_SET_ELEM_KEY_END)
        }

        // MARK: Chains and rules

        mutating func take(chain message: UnsafePointer<nlmsghdr>) {
            guard let object = nftnl_chain_alloc() else { return }
            defer { nftnl_chain_free(object) }
            guard nftnl_chain_nlmsg_parse(message, object) == 0,
                nftnl_chain_get_str(object, UInt16(NFTNL_CHAIN_TABLE.rawValue)).map({ String(cString: $0) })
                    == Ruleset.tableName,
                let name = nftnl_chain_get_str(object, UInt16(NFTNL_CHAIN_NAME.rawValue)).map({ String(cString: $0) })
            else { return }
            guard nftnl_chain_is_set(object, UInt16(NFTNL_CHAIN_HOOKNUM.rawValue)) else {
                table.chains[name] = .init(hook: nil)
                return
            }
            let number = nftnl_chain_get_u32(object, UInt16(NFTNL_CHAIN_HOOKNUM.rawValue))
            let hook = Chain.Hook.allCases.first { $0.number == number }
            let priority = nftnl_chain_get_s32(object, UInt16(NFTNL_CHAIN_PRIO.rawValue))
            let policy = nftnl_chain_get_u32(object, UInt16(NFTNL_CHAIN_POLICY.rawValue))
            let type = nftnl_chain_get_str(object, UInt16(NFTNL_CHAIN_TYPE.rawValue)).map { String(cString: $0) }
            if hook == nil || priority != Chain.Hook.priority || policy != UInt32(NF_ACCEPT) || type != "filter" {
                table.strangers.append("chain \(name) is called in a way that we never use")
            }
            table.chains[name] = .init(hook: hook)
        }

        mutating func take(rule message: UnsafePointer<nlmsghdr>) {
            guard let object = nftnl_rule_alloc() else { return }
            defer { nftnl_rule_free(object) }
            guard nftnl_rule_nlmsg_parse(message, object) == 0,
                nftnl_rule_get_str(object, UInt16(NFTNL_RULE_TABLE.rawValue)).map({ String(cString: $0) })
                    == Ruleset.tableName,
                let chain = nftnl_rule_get_str(object, UInt16(NFTNL_RULE_CHAIN.rawValue)).map({ String(cString: $0) }),
                let iterator = nftnl_expr_iter_create(object)
            else { return }
            defer { nftnl_expr_iter_destroy(iterator) }
            var expressions: [Expression] = []
            while let part = nftnl_expr_iter_next(iterator) {
                guard let known = Expression(part) else {
                    table.strangers.append("chain \(chain) has a rule that we never write")
                    continue
                }
                expressions.append(known)
            }
            table.chains[chain, default: .init(hook: nil)].rules.append(expressions)
        }

        mutating func take(counter message: UnsafePointer<nlmsghdr>) {
            guard let counter = Self.counter(message) else { return }
            table.counters.insert(counter.name)
        }

        /// A counter of our table.
        static func counter(_ message: UnsafePointer<nlmsghdr>) -> (name: String, packets: UInt64)? {
            guard let object = nftnl_obj_alloc() else { return nil }
            defer { nftnl_obj_free(object) }
            guard nftnl_obj_nlmsg_parse(message, object) == 0,
                nftnl_obj_get_str(object, UInt16(NFTNL_OBJ_TABLE)).map({ String(cString: $0) }) == Ruleset.tableName,
                nftnl_obj_get_u32(object, UInt16(NFTNL_OBJ_TYPE)) == UInt32(NFT_OBJECT_COUNTER),
                let name = nftnl_obj_get_str(object, UInt16(NFTNL_OBJ_NAME)).map({ String(cString: $0) })
            else { return nil }
            return (name, nftnl_obj_get_u64(object, UInt16(NFTNL_OBJ_CTR_PKTS)))
        }
    }

#endif
