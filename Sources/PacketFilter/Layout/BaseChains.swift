import Addresses
import Policy

/// The chains that the kernel calls, and those that end in a denial: the same on every node.
struct BaseChains {
    private let family: Family
    private let node: FilteredNode

    init(_ family: Family, _ node: FilteredNode) {
        self.family = family
        self.node = node
    }

    /// Where packets go that the policies of a direction deny.
    static func denied(_ direction: Direction) -> String { direction == .egress ? "denied-egress" : "denied-ingress" }
    /// From or to an address that no pod is known to have.
    static let unknown = "denied-unknown"
    /// From an address to which the way does not lead over the interface.
    static let spoofed = "denied-spoofed"
    /// What is asked about a packet from an address to which the way does not lead over the interface.
    static let borrowed = "borrowed-source"
    /// What is asked about an address that is no pod's of this node.
    static let strangeSource = "no-pod-here-source"
    static let strangeDestination = "no-pod-here-destination"
    /// Everything that policies let through.
    static let allowed = "allowed"
    /// Packets that were denied and not shown, because ones like them were.
    static let repeats = "repeats"
    /// Packets that nobody was shown, because there were too many.
    static let unseen = "unseen"
    /// What policies let through, if it opens a connection.
    static let opening = "opening"
    /// TCP packets that belong to no known connection and open none.
    static let strays = "strays"
    /// Where what policies say in a direction is looked up.
    static func judgement(_ direction: Direction) -> String { direction == .egress ? "egress" : "ingress" }

    func add(to parts: inout TableParts) {
        parts.counters += [Self.repeats, Self.unseen, Self.strays]
        parts.sets += sets
        parts.chains += [input, forward, output, openingChain, allowedChain, judgement(.egress), judgement(.ingress)]
        if !node.interfaces.isEmpty { parts.chains.append(borrowedChain) }
        parts.chains.append(strangers(Self.strangeSource, .sourceAddress, .inputInterface))
        parts.chains.append(strangers(Self.strangeDestination, .destinationAddress, .outputInterface))
        for name in [Self.denied(.egress), Self.denied(.ingress), Self.unknown, Self.spoofed] {
            parts.chains.append(deniedChain(name))
        }
    }

    private var sets: [KernelSet] {
        let limits = node.logged
        let kind = KernelSet.Kind.dynamic(size: limits.differing, seconds: 60)
        let ranges = node.podRanges.filter { $0.address.isIPv4 == family.isIPv4 }
            .map { family.key($0.address.bits)...family.key($0.lastAddress.bits) }
        return [
            KernelSet(
                SetNames.podRanges, .address, kind: .ranges, comment: "where pods on this node get addresses from",
                IntervalSet(ranges).ranges.map { .init($0.lowerBound, $0.upperBound) }),
            KernelSet(
                SetNames.failsafe, .traffic, comment: "ports of this node that never close",
                Set(node.failsafe).map { TrafficChain.element($0.proto, $0.port...$0.port) }),
            KernelSet(SetNames.repeated, .connection, kind: kind, comment: "denied of late"),
            KernelSet(SetNames.repeatedPings, .pair, kind: kind, comment: "denied of late"),
        ]
    }

    // MARK: What the kernel calls

    private var forward: Chain {
        var rules = [knownConnections]
        // Pods on one bridge find each other through it. What was routed once has another hop limit, and is judged.
        rules += neighbours.map { Rule([.equals(.hopLimit, 255)] + $0.statements) }
        rules += sourceChecks
        rules.append(Rule(.verdictMap(SetNames.themselves, [.sourceAddress, .destinationAddress])))
        rules.append(Rule(.verdict(.jump(Self.judgement(.egress)))))
        rules.append(Rule(.verdict(.jump(Self.judgement(.ingress)))))
        rules += [.sourceAddress, .destinationAddress].map { ofPodsHere($0, goto: Self.opening) }
        return Chain("forward", hook: .forward, rules)
    }

    /// Pods that call their own node.
    private var input: Chain {
        var rules = [knownConnections, Rule(.isFromLoopback, .verdict(.accept))]
        rules += neighbours
        if !node.failsafe.isEmpty {
            rules.append(
                Rule(
                    node.interfaces.map { .interface(.inputInterface, prefix: $0, isNegated: true) }
                        + [.isIn(set: SetNames.failsafe, [.transport, .destinationPort]), .verdict(.accept)]))
        }
        rules += sourceChecks
        rules.append(Rule(.verdict(.jump(Self.judgement(.egress)))))
        rules.append(ofPodsHere(.sourceAddress, goto: Self.opening))
        return Chain("input", hook: .input, rules)
    }

    /// The node calls its own pods: probes of their health come from here, whatever policies say.
    private var output: Chain {
        Chain(
            "output", hook: .output,
            [knownConnections] + neighbours + [ofPodsHere(.destinationAddress, goto: Self.allowed)])
    }

    /// Messages without which nobody finds anybody in IPv6. They are no connections.
    private var neighbours: [Rule] {
        family.isIPv4
            ? []
            : [130...137, 143...143].map { types in
                Rule(
                    .equals(.transport, UInt16(IPProtocol.icmpv6.rawValue)), .within(.icmpType, types),
                    .verdict(.accept))
            }
    }

    private var knownConnections: Rule { Rule(.isKnownConnection, .verdict(.accept)) }

    /// Nobody calls in the name of another. The way is asked first: for most packets it is the right one, and names of
    /// interfaces need not be compared.
    private var sourceChecks: [Rule] {
        node.interfaces.isEmpty ? [] : [Rule(.comesFromElsewhere, .verdict(.jump(Self.borrowed)))]
    }

    private var borrowedChain: Chain {
        Chain(
            Self.borrowed,
            node.interfaces.map {
                Rule(.interface(.inputInterface, prefix: $0), .verdict(.goto(Self.spoofed)))
            })
    }

    /// A pod whose rules are not in yet may do nothing: its address is nobody's that is known, or comes from a pod's
    /// interface and is not one of those here.
    private func strangers(_ name: String, _ address: Field, _ interface: Field) -> Chain {
        let isOfRange = [
            Statement.isIn(set: SetNames.podRanges, [address, .transport]),
            .isIn(set: SetNames.pods, [address], isNegated: true),
        ]
        let isOfInterface = node.interfaces.map { [Statement.interface(interface, prefix: $0)] }
        return Chain(name, ([isOfRange] + isOfInterface).map { Rule($0 + [.verdict(.goto(Self.unknown))]) })
    }

    private func ofPodsHere(_ address: Field, goto chain: String) -> Rule {
        Rule(.isIn(set: SetNames.podsHere, [address]), .verdict(.goto(chain)))
    }

    /// Every pod here is in the map, so that one that is not found there was looked up while the map went: a table that
    /// is replaced loses the elements of its maps a moment before its rules, and such a packet must not pass unjudged.
    /// Who is no pod of this node is looked at more closely.
    private func judgement(_ direction: Direction) -> Chain {
        let address: Field = direction == .egress ? .sourceAddress : .destinationAddress
        let strangers = direction == .egress ? Self.strangeSource : Self.strangeDestination
        return Chain(
            Self.judgement(direction),
            [
                Rule(.verdictMap(SetNames.map(direction), [address])), ofPodsHere(address, goto: Self.unknown),
                Rule(.verdict(.goto(strangers))),
            ])
    }

    /// A connection that was ended must not begin again when the side that was called speaks: policies may let that side
    /// call the other, but its packet is no call.
    private var openingChain: Chain {
        Chain(
            Self.opening,
            [
                Rule(.isStray, .count(Self.strays), .verdict(.drop)), Rule(.verdict(.goto(Self.allowed))),
            ])
    }

    // MARK: What is told

    private var allowedChain: Chain {
        var rules: [Rule] = []
        if let group = node.logGroup {
            rules.append(Rule(.exceedsRate(node.logged.allowed), .count(Self.unseen), .verdict(.accept)))
            rules.append(Rule(.log(prefix: Self.allowed, group: group)))
        }
        return Chain(Self.allowed, rules + [Rule(.verdict(.accept))])
    }

    private func deniedChain(_ name: String) -> Chain {
        var rules: [Rule] = []
        if let group = node.logGroup {
            let icmp = UInt16(family.icmp.rawValue)
            let pair: [Field] = [.sourceAddress, .destinationAddress, .transport]
            rules = [
                // Where ports would stand, ICMP has what differs between any two packets.
                Rule(
                    .equals(.transport, icmp), .exceeds(set: SetNames.repeatedPings, pair, node.logged.same),
                    .count(Self.repeats), .verdict(.drop)),
                Rule(
                    .differs(.transport, icmp),
                    .exceeds(set: SetNames.repeated, pair + [.destinationPort], node.logged.same),
                    .count(Self.repeats), .verdict(.drop)),
                Rule(.exceedsRate(node.logged.denied), .count(Self.unseen), .verdict(.drop)),
                Rule(.log(prefix: name, group: group)),
            ]
        }
        return Chain(name, rules + [Rule(.verdict(.drop))])
    }
}
