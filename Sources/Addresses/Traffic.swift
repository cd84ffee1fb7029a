/// The number of a protocol above IP, as IANA assigns them.
public struct IPProtocol: Hashable, Sendable, RawRepresentable, CustomStringConvertible {
    /// The number in the packet.
    public let rawValue: UInt8
    /// The protocol of a number.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// ICMP for IPv4.
    public static let icmp = IPProtocol(rawValue: 1)
    /// TCP.
    public static let tcp = IPProtocol(rawValue: 6)
    /// UDP.
    public static let udp = IPProtocol(rawValue: 17)
    /// ICMP for IPv6.
    public static let icmpv6 = IPProtocol(rawValue: 58)
    /// SCTP.
    public static let sctp = IPProtocol(rawValue: 132)
    /// UDP-Lite, which Calico names.
    public static let udplite = IPProtocol(rawValue: 136)

    /// The protocols whose numbers stand beside a port, in the order in which they are shown.
    public static let withPorts: [IPProtocol] = [.tcp, .udp, .sctp]

    private static let names: [(IPProtocol, String)] = [
        (.tcp, "TCP"), (.udp, "UDP"), (.sctp, "SCTP"), (.icmp, "ICMP"), (.icmpv6, "ICMPv6"), (.udplite, "UDPLite"),
    ]

    /// The protocol of a name, whatever its case (`TCP`, `icmpv6`), or of a decimal number; nil for all else.
    public init?(_ text: String) {
        if let known = Self.names.first(where: { $0.1.lowercased() == text.lowercased() }) {
            self = known.0
        } else if let number = decimal(Array(text.utf8)[...], max: 255) {
            self.init(rawValue: UInt8(number))
        } else {
            return nil
        }
    }

    /// True when it has ports.
    public var hasPorts: Bool { Self.withPorts.contains(self) || self == .udplite }

    /// `TCP`, or `protocol 47`.
    public var description: String { Self.names.first { $0.0 == self }?.1 ?? "protocol \(rawValue)" }
}

/// What a connection is, besides between whom: its protocol, and the port that it goes to.
///
/// One number holds both, so that sets of traffic are sets of ranges. For ICMP the lower half is type and code.
public struct Traffic: Hashable, Sendable {
    /// `protocol << 16 | port`.
    public let key: UInt32

    /// A port of a protocol; 0 for protocols without.
    public init(_ proto: IPProtocol, port: UInt16) { key = UInt32(proto.rawValue) << 16 | UInt32(port) }

    /// An ICMP message, of IPv4 or IPv6.
    public init(_ proto: IPProtocol, icmpType: UInt8, code: UInt8) {
        self.init(proto, port: UInt16(icmpType) << 8 | UInt16(code))
    }

    /// The traffic of a key below `1 << 24`.
    public init(key: UInt32) { self.key = key }

    /// The protocol.
    public var proto: IPProtocol { IPProtocol(rawValue: UInt8(truncatingIfNeeded: key >> 16)) }

    /// The port; for ICMP type and code.
    public var port: UInt16 { UInt16(truncatingIfNeeded: key) }
}

/// A set of traffic: for each protocol, ports.
public struct TrafficSet: Hashable, Sendable {
    /// Ranges of `Traffic.key`.
    public let keys: IntervalSet<UInt32>

    private static let last: UInt32 = 0xff_ffff

    /// Nothing.
    public static let none = TrafficSet(keys: .empty)
    /// Every protocol, every port.
    public static let all = TrafficSet(keys: IntervalSet(0...last))

    /// Of ranges of keys; keys above `1 << 24` stand for nothing and must not be there.
    public init(keys: IntervalSet<UInt32>) { self.keys = keys }

    /// Ports of one protocol.
    public init(_ proto: IPProtocol, _ ports: PortRange = .all) {
        keys = IntervalSet(Traffic(proto, port: ports.first).key...Traffic(proto, port: ports.last).key)
    }

    /// True when nothing is in it.
    public var isEmpty: Bool { keys.isEmpty }
    /// True when everything is in it.
    public var isAll: Bool { self == .all }
    /// True when the traffic is in it. O(log n).
    public func contains(_ traffic: Traffic) -> Bool { keys.contains(traffic.key) }
    /// What is in one of both.
    public func union(_ other: Self) -> Self { Self(keys: keys.union(other.keys)) }
    /// What is in both.
    public func intersection(_ other: Self) -> Self { Self(keys: keys.intersection(other.keys)) }
    /// What is in this one and not in the other.
    public func subtracting(_ other: Self) -> Self { Self(keys: keys.subtracting(other.keys)) }
    /// True when all of it is in the other.
    public func isSubset(of other: Self) -> Bool { keys.isSubset(of: other.keys) }

    /// The ports of a protocol, ascending; empty when none.
    public func ports(of proto: IPProtocol) -> [PortRange] {
        let all = Traffic(proto, port: 0).key...Traffic(proto, port: .max).key
        return keys.intersection(IntervalSet(all)).ranges.compactMap {
            PortRange(UInt16(truncatingIfNeeded: $0.lowerBound), UInt16(truncatingIfNeeded: $0.upperBound))
        }
    }

    /// The protocols of which something is in it, ascending by number.
    public var protocols: [IPProtocol] {
        var found: [UInt8] = []
        for range in keys.ranges {
            for number in UInt8(range.lowerBound >> 16)...UInt8(range.upperBound >> 16) where found.last != number {
                found.append(number)
            }
        }
        return found.map { IPProtocol(rawValue: $0) }
    }

    /// One example of what is in it, the one that people meet most: the lowest port (from 1) of TCP, of UDP, of SCTP,
    /// else of whatever comes first; nil when it is empty.
    public var example: Traffic? {
        for proto in IPProtocol.withPorts {
            if let ports = ports(of: proto).first(where: { $0.last > 0 }) {
                return Traffic(proto, port: max(ports.first, 1))
            }
        }
        return keys.ranges.first.map { Traffic(key: $0.lowerBound) }
    }
}

extension TrafficSet: CustomStringConvertible {
    /// `all`, `nothing`, or `TCP 80,8000-8080; UDP`: a protocol alone is all of its ports.
    public var description: String {
        if isEmpty { return "nothing" }
        if isAll { return "all" }
        let present = protocols
        let named = IPProtocol.withPorts + present.filter { !IPProtocol.withPorts.contains($0) && isNamed($0) }
        var parts = named.filter(present.contains).map(text)
        let others = present.filter { !named.contains($0) }
        if others.count > 4 {
            parts.append("other protocols")
        } else {
            parts += others.map(text)
        }
        return parts.joined(separator: "; ")
    }

    private func isNamed(_ proto: IPProtocol) -> Bool { proto == .icmp || proto == .icmpv6 || proto == .udplite }

    private func text(_ proto: IPProtocol) -> String {
        let ports = ports(of: proto)
        // Port 0 is never used: without it a set is as good as whole.
        let isWhole = ports == [.all] || (proto.hasPorts && ports == [PortRange(1, .max)])
        if isWhole { return proto.description }
        if proto == .icmp || proto == .icmpv6 {
            let types = ports.map {
                $0.first & 0xff == 0 && $0.last & 0xff == 0xff && $0.first >> 8 == $0.last >> 8
                    ? "\($0.first >> 8)" : "\($0.first >> 8)/\($0.first & 0xff)"
            }
            return "\(proto) type \(types.joined(separator: ","))"
        }
        return "\(proto) \(ports.map(\.description).joined(separator: ","))"
    }
}
