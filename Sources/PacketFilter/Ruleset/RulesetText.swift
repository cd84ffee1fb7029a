import Addresses

extension Ruleset {
    /// The ruleset in the words of `nft`, as `nft list table` prints it.
    public var text: String {
        var text = "table \(family.rawValue) \(Self.tableName) {\n"
        let blocks =
            counters.map { "\tcounter \($0) {\n\t\tpackets 0 bytes 0\n\t}\n" } + sets.map { $0.text(family) }
            + chains.map { $0.text(family) }
        text += blocks.joined(separator: "\n")
        return text + "}\n"
    }
}

extension KernelSet {
    fileprivate func text(_ family: Family) -> String {
        var lines = ["\t\(isMap ? "map" : "set") \(name) {"]
        let parts = kernelKey.fields.map { $0.text(family) }.joined(separator: " . ")
        lines.append("\t\ttype \(parts)\(isMap ? " : verdict" : "")")
        switch kind {
        case .exact: break
        case .ranges: lines.append("\t\tflags interval")
        case .dynamic(let size, let seconds):
            lines += ["\t\tsize \(size)", "\t\tflags dynamic,timeout", "\t\ttimeout \(Self.time(seconds))"]
        }
        if let comment { lines.append("\t\tcomment \"\(comment)\"") }
        if !elements.isEmpty {
            let all = elements.map { $0.text(kernelKey, family) }.joined(separator: ",\n\t\t\t     ")
            lines.append("\t\telements = { \(all) }")
        }
        return (lines + ["\t}", ""]).joined(separator: "\n")
    }

    private static func time(_ seconds: Int) -> String {
        let (minutes, rest) = (seconds / 60, seconds % 60)
        return (minutes > 0 ? "\(minutes)m" : "") + (rest > 0 || minutes == 0 ? "\(rest)s" : "")
    }
}

extension KeyType.Kind {
    fileprivate func text(_ family: Family) -> String {
        switch self {
        case .address: family.isIPv4 ? "ipv4_addr" : "ipv6_addr"
        case .transport: "inet_proto"
        case .port: "inet_service"
        }
    }
}

extension KernelSet.Element {
    func text(_ type: KeyType, _ family: Family) -> String {
        let end = (comment.map { " comment \"\($0)\"" } ?? "") + (verdict.map { " : \($0.text)" } ?? "")
        if type == .addressAndTransport {
            return KeyType.Kind.address.text(first, last, family) + " . 0-255" + end
        }
        if type == .itself {
            let address = KeyType.Kind.address.text(first, last, family)
            return "\(address) . \(address)\(end)"
        }
        var shift = type.fields.count == 1 ? 0 : type.length(family) * 8
        let parts = type.fields.map { field in
            if type.fields.count > 1 { shift -= field.paddedLength(family) * 8 }
            // A part stands at the beginning of its words.
            let padding = type.fields.count == 1 ? 0 : (field.paddedLength(family) - field.length(family)) * 8
            let mask = UInt128.max >> UInt128(128 - field.length(family) * 8)
            return field.text(
                first >> UInt128(shift + padding) & mask, last >> UInt128(shift + padding) & mask, family)
        }
        return parts.joined(separator: " . ") + end
    }
}

extension KeyType.Kind {
    fileprivate func text(_ first: UInt128, _ last: UInt128, _ family: Family) -> String {
        switch self {
        case .address: Self.addresses(family.address(first), family.address(last))
        case .transport: Names.transport(UInt8(truncatingIfNeeded: first))
        case .port: first == last ? "\(first)" : "\(first)-\(last)"
        }
    }

    /// `10.0.0.1`, `10.0.0.0/8`, or `10.0.0.1-10.0.0.3`.
    private static func addresses(_ first: Address, _ last: Address) -> String {
        if first == last { return "\(first)" }
        let whole = first.isIPv4 ? 32 : 128
        let bits = 128 - (first.bits ^ last.bits).leadingZeroBitCount
        if let prefix = Prefix(containing: first, length: whole - bits), prefix.address == first,
            prefix.lastAddress == last
        {
            return "\(prefix)"
        }
        return "\(first)-\(last)"
    }
}

extension Chain {
    fileprivate func text(_ family: Family) -> String {
        var lines = ["\tchain \(name) {"]
        if let comment { lines.append("\t\tcomment \"\(comment)\"") }
        if let hook {
            lines.append("\t\ttype filter hook \(hook.rawValue) priority filter - \(-Hook.priority); policy accept;")
        }
        return (lines + rules.map { "\t\t" + $0.text(family) } + ["\t}", ""]).joined(separator: "\n")
    }
}

extension Rule {
    /// The rule in the words of `nft`.
    public func text(_ family: Family) -> String {
        var words: [String] = []
        var proto: IPProtocol?
        for (index, statement) in statements.enumerated() {
            // A port belongs to the protocol that was asked for before it, and is named with it.
            if case .equals(.transport, let number) = statement, index + 1 < statements.count {
                let known = IPProtocol(rawValue: UInt8(truncatingIfNeeded: number))
                if statements[index + 1].isAbout(known, family) {
                    proto = known
                    continue
                }
            }
            words.append(statement.text(family, proto))
        }
        if let comment { words.append("comment \"\(comment)\"") }
        return words.joined(separator: " ")
    }
}

extension Statement {
    /// True when it asks for something of that protocol's own.
    fileprivate func isAbout(_ proto: IPProtocol, _ family: Family) -> Bool {
        switch self {
        case .equals(let field, _), .within(let field, _):
            switch field {
            case .destinationPort: proto.hasPorts
            case .icmpType, .icmpCode: proto == family.icmp
            default: false
            }
        default: false
        }
    }

    fileprivate func text(_ family: Family, _ proto: IPProtocol?) -> String {
        switch self {
        case .isKnownConnection: "ct state established,related"
        case .isStray: "ct state new tcp flags != syn / fin,syn,rst,ack"
        case .equals(let field, let value): "\(field.text(family, proto)) \(field.text(value, family))"
        case .differs(let field, let value): "\(field.text(family, proto)) != \(field.text(value, family))"
        case .within(let field, let range):
            "\(field.text(family, proto)) \(range.lowerBound)-\(range.upperBound)"
        case .isFromLoopback: "iifname \"lo\""
        case .interface(let field, let prefix, let isNegated):
            "\(field.text(family, nil)) \(isNegated ? "!= " : "")\"\(prefix)*\""
        case .isIn(let set, let fields, let isNegated):
            "\(Self.text(fields, family)) \(isNegated ? "!= " : "")@\(set)"
        case .verdictMap(let map, let fields): "\(Self.text(fields, family)) vmap @\(map)"
        case .comesFromElsewhere: "fib saddr . iif oif missing"
        case .exceeds(let set, let fields, let rate):
            "update @\(set) { \(Self.text(fields, family)) \(rate.text) }"
        case .exceedsRate(let rate): rate.text
        case .count(let name): "counter name \"\(name)\""
        case .log(let prefix, let group):
            "log prefix \"\(prefix)\" group \(group) snaplen \(Expression.loggedBytes) queue-threshold \(Expression.loggedAtOnce)"
        case .verdict(let verdict): verdict.text
        }
    }

    private static func text(_ fields: [Field], _ family: Family) -> String {
        fields.map { $0.text(family, nil) }.joined(separator: " . ")
    }
}

extension Statement.Rate {
    fileprivate var text: String { "limit rate over \(packets)/second burst \(burst) packets" }
}

extension Field {
    fileprivate func text(_ family: Family, _ proto: IPProtocol?) -> String {
        let icmp = family.isIPv4 ? "icmp" : "icmpv6"
        return switch self {
        case .sourceAddress: "\(family.rawValue) saddr"
        case .destinationAddress: "\(family.rawValue) daddr"
        case .hopLimit: "ip6 hoplimit"
        case .transport: "meta l4proto"
        case .destinationPort: proto.map { "\(Names.transport($0.rawValue)) dport" } ?? "th dport"
        case .icmpType: "\(icmp) type"
        case .icmpCode: "\(icmp) code"
        case .icmpTypeAndCode: "@th,0,16"
        case .inputInterface: "iifname"
        case .outputInterface: "oifname"
        }
    }

    fileprivate func text(_ value: UInt16, _ family: Family) -> String {
        switch self {
        case .transport: Names.transport(UInt8(truncatingIfNeeded: value))
        case .icmpType: Names.icmpType(UInt8(truncatingIfNeeded: value), family)
        default: "\(value)"
        }
    }
}

extension Verdict {
    /// As `nft` says it.
    public var text: String {
        switch self {
        case .accept: "accept"
        case .drop: "drop"
        case .continue: "continue"
        case .return: "return"
        case .jump(let chain): "jump \(chain)"
        case .goto(let chain): "goto \(chain)"
        }
    }
}

/// Names that `nft` has for numbers.
private enum Names {
    /// As /etc/protocols has them, of those that policies name.
    static func transport(_ number: UInt8) -> String {
        switch IPProtocol(rawValue: number) {
        case .icmp: "icmp"
        case .tcp: "tcp"
        case .udp: "udp"
        case .icmpv6: "ipv6-icmp"
        case .sctp: "sctp"
        case .udplite: "udplite"
        default: "\(number)"
        }
    }

    static func icmpType(_ number: UInt8, _ family: Family) -> String {
        (family.isIPv4 ? echo : neighbours)[number] ?? "\(number)"
    }

    private static let echo: [UInt8: String] = [0: "echo-reply", 3: "destination-unreachable", 8: "echo-request"]
    private static let neighbours: [UInt8: String] = [
        128: "echo-request", 129: "echo-reply", 130: "mld-listener-query", 131: "mld-listener-report",
        132: "mld-listener-done", 133: "nd-router-solicit", 134: "nd-router-advert", 135: "nd-neighbor-solicit",
        136: "nd-neighbor-advert", 143: "mld2-listener-report",
    ]
}
