#if os(Linux)

    import CNetfilter
    import Glibc
    import PacketFilter

    /// Calls `body` with the name of a set.
    func withNftSet(_ name: String, _ body: (OpaquePointer) -> Void) {
        guard let object = nftnl_set_alloc() else { return }
        defer { nftnl_set_free(object) }
        nftnl_set_set_str(object, UInt16(NFTNL_SET_TABLE.rawValue), Ruleset.tableName)
        nftnl_set_set_str(object, UInt16(NFTNL_SET_NAME.rawValue), name)
        body(object)
    }

    /// Calls `body` with a set without elements.
    ///
    /// - Parameter number: another one for each set of a transaction.
    func withNftSet(_ set: KernelSet, _ family: Family, number: UInt32, _ body: (OpaquePointer) -> Void) {
        withNftSet(set.name) { object in
            let put = { (attribute: nftnl_set_attr, value: UInt32) in
                nftnl_set_set_u32(object, UInt16(attribute.rawValue), value)
            }
            put(NFTNL_SET_FAMILY, UInt32(family.number))
            put(NFTNL_SET_ID, number)
            put(NFTNL_SET_FLAGS, set.flags)
            put(NFTNL_SET_KEY_TYPE, set.kernelKey.number(family))
            put(NFTNL_SET_KEY_LEN, UInt32(set.kernelKey.length(family)))
            if set.isMap {
                put(NFTNL_SET_DATA_TYPE, UInt32(bitPattern: Int32(truncatingIfNeeded: NFT_DATA_VERDICT.rawValue)))
                put(NFTNL_SET_DATA_LEN, 0)
            }
            if case .dynamic(let size, let seconds) = set.kind {
                put(NFTNL_SET_DESC_SIZE, UInt32(clamping: size))
                nftnl_set_set_u64(object, UInt16(NFTNL_SET_TIMEOUT.rawValue), UInt64(seconds) * 1000)
            }
            let lengths = set.describedParts(family)
            if !lengths.isEmpty {
                nftnl_set_set_data(object, UInt16(NFTNL_SET_DESC_CONCAT.rawValue), lengths, UInt32(lengths.count))
            }
            if let comment = set.comment {
                let data = UserData.comment(comment, type: UInt8(NFTNL_UDATA_SET_COMMENT.rawValue))
                nftnl_set_set_data(object, UInt16(NFTNL_SET_USERDATA.rawValue), data, UInt32(data.count))
            }
            body(object)
        }
    }

    /// Calls `body` with a set of which only these elements are told.
    func withNftSet(
        _ set: KernelSet, _ family: Family, _ elements: ArraySlice<KernelSet.Element>, _ body: (OpaquePointer) -> Void
    ) {
        withNftSet(set.name) { object in
            for element in elements {
                guard let part = nftnl_set_elem_alloc() else { return }
                nftnl_set_elem_add(object, part)
                put(set.bytes(element.first, family), UInt16(NFTNL_SET_ELEM_KEY), part)
                if case .ranges = set.kind {
                    put(set.bytes(element.last, family, isLast: true), UInt16(NFTNL_SET_ELEM_KEY_END), part)
                }
                if let verdict = element.verdict {
                    nftnl_set_elem_set_u32(part, UInt16(NFTNL_SET_ELEM_VERDICT), verdict.number)
                    if let chain = verdict.chain { nftnl_set_elem_set_str(part, UInt16(NFTNL_SET_ELEM_CHAIN), chain) }
                }
                if let comment = element.comment {
                    let data = UserData.comment(comment, type: UInt8(NFTNL_UDATA_SET_ELEM_COMMENT.rawValue))
                    nftnl_set_elem_set(part, UInt16(NFTNL_SET_ELEM_USERDATA), data, UInt32(data.count))
                }
            }
            body(object)
        }
    }

    private func put(_ key: [UInt8], _ attribute: UInt16, _ element: OpaquePointer) {
        nftnl_set_elem_set(element, attribute, key, UInt32(key.count))
    }

    extension KernelSet {
        /// The kernel's flags.
        var flags: UInt32 {
            var flags: UInt32 = 0
            if isMap { flags |= NFT_SET_MAP.rawValue }
            switch kind {
            case .exact: break
            case .ranges: flags |= NFT_SET_INTERVAL.rawValue
            case .dynamic: flags |= NFT_SET_TIMEOUT.rawValue | NFT_SET_EVAL.rawValue
            }
            // A range of several parts says where each of them begins and ends.
            if !isSingle, case .ranges = kind { flags |= NFT_SET_CONCAT.rawValue }
            return flags
        }

        private var isSingle: Bool { kernelKey.fields.count == 1 }

        /// A key as the kernel has it.
        func bytes(_ key: UInt128, _ family: Family, isLast: Bool = false) -> [UInt8] {
            let length = self.key == .itself ? family.addressLength : self.key.length(family)
            let bytes = withUnsafeBytes(of: key.bigEndian) { Array($0.suffix(length)) }
            if self.key == .itself { return bytes + bytes }
            return kernelKey == self.key ? bytes : bytes + [isLast ? .max : .min, 0, 0, 0]
        }

        /// The key of such bytes; nil: none of ours.
        func key(_ bytes: UnsafeRawBufferPointer, _ family: Family, isLast: Bool = false) -> UInt128? {
            let length = self.key == .itself ? family.addressLength : self.key.length(family)
            let key = bytes.prefix(length).reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
            return self.bytes(key, family, isLast: isLast).elementsEqual(bytes) ? key : nil
        }

        /// Lengths of the parts of keys, where the kernel wants to know them: for ranges. Without what fills parts up to
        /// four bytes: a range of that many more numbers is many masks to the kernel.
        func describedParts(_ family: Family) -> [UInt8] {
            guard case .ranges = kind else { return [] }
            return kernelKey.fields.map { UInt8($0.length(family)) }
        }
    }

    extension KeyType {
        /// The number by which `nft` knows the type: six bits for each part.
        func number(_ family: Family) -> UInt32 {
            fields.reduce(0) { number, field in
                let own: UInt32 =
                    switch field {
                    case .address: family.isIPv4 ? 7 : 8
                    case .transport: 12
                    case .port: 13
                    }
                return number << 6 | own
            }
        }
    }

    extension Verdict {
        /// The kernel's number.
        var number: UInt32 {
            let number: Int32 =
                switch self {
                case .accept: NF_ACCEPT
                case .drop: NF_DROP
                case .continue: NFT_CONTINUE.rawValue
                case .return: NFT_RETURN.rawValue
                case .jump: NFT_JUMP.rawValue
                case .goto: NFT_GOTO.rawValue
                }
            return UInt32(bitPattern: number)
        }

        /// The verdict of the kernel's number; nil for one that we never use.
        init?(number: UInt32, chain: String?) {
            switch (Int32(bitPattern: number), chain) {
            case (NF_ACCEPT, nil): self = .accept
            case (NF_DROP, nil): self = .drop
            case (NFT_CONTINUE.rawValue, nil): self = .continue
            case (NFT_RETURN.rawValue, nil): self = .return
            case (NFT_JUMP.rawValue, let chain?): self = .jump(chain)
            case (NFT_GOTO.rawValue, let chain?): self = .goto(chain)
            default: return nil
            }
        }
    }

#endif
