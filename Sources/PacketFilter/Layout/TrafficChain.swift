import Addresses
import Policy

/// A chain that lets some traffic through and denies the rest.
struct TrafficChain {
    private let traffic: TrafficSet
    private let direction: Direction
    /// What becomes of what is let through.
    private let next: Verdict

    /// - Parameter next: `return` for what a pod does with others: the other direction is asked after this one.
    init(_ traffic: TrafficSet, _ direction: Direction, then next: Verdict = .return) {
        self.traffic = traffic
        self.direction = direction
        self.next = next
    }

    /// More ranges of ports than this are looked up in a set.
    private static let mostRules = 4

    /// Adds the chain, if it is not there; returns its name.
    func add(to parts: inout TableParts) -> String {
        let key = TableParts.TrafficKey(direction: direction, traffic: traffic, next: next)
        if let known = parts.traffic[key] { return known.chain.name }
        let old = parts.formerTraffic[key]
        let wanted = old?.label ?? TrafficTerms(traffic, parts.family).label
        let label = parts.label(of: traffic, wanted)
        let name = name(label)
        let made = old.flatMap { $0.chain.name == name ? $0 : nil } ?? make(name, label, wanted, parts.family)
        parts.traffic[key] = made
        if let ports = made.ports, parts.portSets.insert(ports.name).inserted { parts.sets.append(ports) }
        parts.chains.append(made.chain)
        return name
    }

    private func name(_ label: String) -> String {
        let name = "\(direction == .egress ? "out" : "in")-\(label)"
        switch next.chain {
        case nil: return name
        case BaseChains.opening: return "itself-\(name)"
        case let other?: return Text.name("itself-\(name)", content: [other])
        }
    }

    /// What is made of some traffic.
    struct Made: Sendable {
        /// What its names would be made of, if nothing else had that.
        let label: String
        /// The chain that asks for it.
        let chain: Chain
        /// The set of its ports, where that has one.
        let ports: KernelSet?
    }

    private func make(_ name: String, _ label: String, _ wanted: String, _ family: Family) -> Made {
        let terms = TrafficTerms(traffic, family)
        var rules: [Rule] = []
        var ports: KernelSet?
        if terms.ports.count > Self.mostRules {
            let set = KernelSet(
                "ports-\(label)", .traffic, kind: .ranges, terms.ports.map { Self.element($0.proto, $0.range) })
            rules.append(Rule(.isIn(set: set.name, [.transport, .destinationPort]), .verdict(next)))
            ports = set
        } else {
            rules += terms.ports.map {
                Rule(.equals(.transport, UInt16($0.proto.rawValue)), Self.port($0.range), .verdict(next))
            }
        }
        rules += terms.rules.map { Rule($0 + [.verdict(next)]) }
        rules.append(Rule(.verdict(.goto(BaseChains.denied(direction)))))
        return Made(label: wanted, chain: Chain(name, rules), ports: ports)
    }

    private static func port(_ range: ClosedRange<UInt16>) -> Statement {
        range.count == 1 ? .equals(.destinationPort, range.lowerBound) : .within(.destinationPort, range)
    }

    /// A protocol and a port each stand at the beginning of four bytes.
    static func element(_ proto: IPProtocol, _ range: ClosedRange<UInt16>) -> KernelSet.Element {
        let base = UInt128(proto.rawValue) << 56
        return KernelSet.Element(base | UInt128(range.lowerBound) << 16, base | UInt128(range.upperBound) << 16)
    }
}

/// A set of traffic, taken apart into what the kernel can ask for.
struct TrafficTerms {
    /// Ports of protocols that have some.
    private(set) var ports: [(proto: IPProtocol, range: ClosedRange<UInt16>)] = []
    /// Everything else, each by a list of statements.
    private(set) var rules: [[Statement]] = []
    /// For people, and for names: letters, digits, dots and dashes.
    private(set) var label = ""

    private let family: Family

    init(_ traffic: TrafficSet, _ family: Family) {
        self.family = family
        for range in traffic.keys.ranges { take(range) }
        label = Text.name(labels.joined(separator: "_"))
    }

    private var labels: [String] = []

    /// A range of keys begins with a part of a protocol, goes on with whole protocols, and ends with a part.
    private mutating func take(_ range: ClosedRange<UInt32>) {
        var low = range.lowerBound
        if low & 0xffff != 0 || range.upperBound < low | 0xffff {
            let end = min(range.upperBound, low | 0xffff)
            take(part: UInt8(low >> 16), UInt16(low & 0xffff)...UInt16(end & 0xffff))
            guard end < range.upperBound else { return }
            low = end + 1
        }
        let isWhole = range.upperBound & 0xffff == 0xffff
        let last = isWhole ? range.upperBound >> 16 : (range.upperBound >> 16) &- 1
        if low >> 16 <= last { take(whole: UInt16(low >> 16)...UInt16(last)) }
        if !isWhole {
            let start = range.upperBound & ~0xffff
            take(part: UInt8(start >> 16), 0...UInt16(range.upperBound & 0xffff))
        }
    }

    private mutating func take(whole protocols: ClosedRange<UInt16>) {
        if protocols.count == 1 {
            rules.append([.equals(.transport, protocols.lowerBound)])
            labels.append(Self.name(protocols.lowerBound))
        } else {
            rules.append([.within(.transport, protocols)])
            labels.append("protocols-\(protocols.lowerBound)-\(protocols.upperBound)")
        }
    }

    private mutating func take(part proto: UInt8, _ range: ClosedRange<UInt16>) {
        let known = IPProtocol(rawValue: proto)
        let numbers = range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
        if known.hasPorts {
            ports.append((known, range))
            labels.append("\(Self.name(UInt16(proto)))-\(numbers)")
        } else if known == .icmp || known == .icmpv6 {
            // The other family's messages never come here.
            labels.append("\(Self.name(UInt16(proto)))-\(numbers)")
            guard known == family.icmp else { return }
            rules.append([.equals(.transport, UInt16(proto))] + Self.messages(range))
        } else if range.lowerBound == 0 {
            // Where there are no ports, the port is 0.
            rules.append([.equals(.transport, UInt16(proto))])
            labels.append(Self.name(UInt16(proto)))
        }
    }

    /// Messages of one type with all codes, of one code, or whatever range.
    private static func messages(_ range: ClosedRange<UInt16>) -> [Statement] {
        let (type, code) = (range.lowerBound >> 8, range.lowerBound & 0xff)
        if range.count == 1 { return [.equals(.icmpType, type), .equals(.icmpCode, code)] }
        if code == 0, range.upperBound == range.lowerBound | 0xff { return [.equals(.icmpType, type)] }
        return [.within(.icmpTypeAndCode, range)]
    }

    private static func name(_ proto: UInt16) -> String {
        let known = IPProtocol(rawValue: UInt8(truncatingIfNeeded: proto))
        return known.hasPorts || known == .icmp || known == .icmpv6 ? "\(known)".lowercased() : "protocol-\(proto)"
    }
}
