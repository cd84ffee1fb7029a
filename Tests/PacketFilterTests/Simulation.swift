import Addresses

@testable import PacketFilter

/// A packet that opens a connection, as the kernel sees it on a node.
struct SimulatedPacket {
    var source: Address
    var destination: Address
    var traffic: Traffic
    var input = "eth0"
    var output = "eth0"
    var hopLimit: UInt16 = 63
    var isKnown = false
    /// A packet of TCP from the middle of a connection.
    var isStray = false
    /// The way back leads over the interface that it came in by.
    var comesFromThere = true
}

/// What a ruleset does with packets, run as the kernel would: rule by rule, and nothing that the ruleset does not say.
struct Simulation {
    let ruleset: Ruleset
    /// Names of the chains in which packets were dropped or accepted.
    private(set) var trail: [String] = []
    /// Rules that packets came to: what they cost.
    private(set) var rulesPassed = 0

    init(_ ruleset: Ruleset) { self.ruleset = ruleset }

    enum Outcome: Equatable { case accepted, dropped }
    private enum Step { case accept, drop, back, next }

    /// What becomes of the packet at a hook.
    mutating func run(_ hook: Chain.Hook, _ packet: SimulatedPacket) -> Outcome {
        trail = []
        for chain in ruleset.chains where chain.hook == hook {
            if case .drop = run(chain, packet) { return .dropped }
        }
        return .accepted
    }

    private mutating func run(_ chain: Chain, _ packet: SimulatedPacket) -> Step {
        trail.append(chain.name)
        for rule in chain.rules {
            rulesPassed += 1
            switch run(rule, packet) {
            case .next: continue
            case let step: return step
            }
        }
        return .back
    }

    private mutating func run(_ rule: Rule, _ packet: SimulatedPacket) -> Step {
        for statement in rule.statements {
            switch statement {
            case .verdict(let verdict): return follow(verdict, packet)
            case .verdictMap(let name, let fields):
                guard let set = ruleset.set(name), let element = set.element(key(fields, packet)) else { return .next }
                guard let verdict = element.verdict else { preconditionFailure("\(name) is no map") }
                let step = follow(verdict, packet)
                if step != .next { return step }
            default: guard matches(statement, packet) else { return .next }
            }
        }
        return .next
    }

    private mutating func follow(_ verdict: Verdict, _ packet: SimulatedPacket) -> Step {
        switch verdict {
        case .accept: return .accept
        case .drop: return .drop
        case .continue: return .next
        case .return: return .back
        case .jump(let name), .goto(let name):
            guard let chain = ruleset.chain(name) else { preconditionFailure("no chain \(name)") }
            let step = run(chain, packet)
            guard step == .back else { return step }
            if case .jump = verdict { return .next }
            return .back
        }
    }

    private func matches(_ statement: Statement, _ packet: SimulatedPacket) -> Bool {
        switch statement {
        case .isKnownConnection: packet.isKnown
        case .isStray: packet.isStray
        case .equals(let field, let value): number(field, packet) == value
        case .differs(let field, let value): number(field, packet) != value
        case .within(let field, let range): range.contains(number(field, packet))
        case .isFromLoopback: packet.input == "lo"
        case .interface(let field, let prefix, let isNegated):
            (field == .inputInterface ? packet.input : packet.output).hasPrefix(prefix) != isNegated
        case .isIn(let set, let fields, let isNegated):
            (ruleset.set(set)?.element(key(fields, packet)) != nil) != isNegated
        case .comesFromElsewhere: !packet.comesFromThere
        // What is told to listeners changes nothing.
        case .exceeds, .exceedsRate: false
        case .count, .log: true
        case .verdict, .verdictMap: preconditionFailure("handled before")
        }
    }

    private func number(_ field: Field, _ packet: SimulatedPacket) -> UInt16 {
        switch field {
        case .hopLimit: packet.hopLimit
        case .transport: UInt16(packet.traffic.proto.rawValue)
        case .destinationPort, .icmpTypeAndCode: packet.traffic.port
        case .icmpType: packet.traffic.port >> 8
        case .icmpCode: packet.traffic.port & 0xff
        default: preconditionFailure("\(field) is no number")
        }
    }

    private func key(_ fields: [Field], _ packet: SimulatedPacket) -> UInt128 {
        let family = ruleset.family
        if fields == [.sourceAddress] || fields == [.sourceAddress, .transport] {
            return family.key(packet.source.bits)
        }
        if fields == [.destinationAddress] || fields == [.destinationAddress, .transport] {
            return family.key(packet.destination.bits)
        }
        if fields == [.sourceAddress, .destinationAddress] {
            return packet.source == packet.destination ? family.key(packet.source.bits) : .max
        }
        precondition(fields == [.transport, .destinationPort], "\(fields)")
        return UInt128(packet.traffic.proto.rawValue) << 56 | UInt128(packet.traffic.port) << 16
    }
}
