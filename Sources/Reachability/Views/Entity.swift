import Addresses
import Kubernetes
import Policy

/// One end of connections, as people name it.
public enum Entity: Hashable, Sendable, Comparable {
    /// All pods of a workload.
    case workload(WorkloadName)
    /// Addresses that are no workload's, of one family.
    case addresses(ClosedRange<Address>)
    /// Wherever a name leads.
    case name(DomainPattern)

    /// Workloads by name, then addresses, then names.
    public static func < (a: Self, b: Self) -> Bool {
        switch (a, b) {
        case (.workload(let x), .workload(let y)): x < y
        case (.addresses(let x), .addresses(let y)): (x.lowerBound, x.upperBound) < (y.lowerBound, y.upperBound)
        case (.name(let x), .name(let y)): x.description < y.description
        default: a.rank < b.rank
        }
    }

    private var rank: Int {
        switch self {
        case .workload: 0
        case .addresses: 1
        case .name: 2
        }
    }
}

extension Entity: CustomStringConvertible {
    /// `Deployment shop/web`, `10.0.0.0/8`, `10.0.0.1-10.0.0.9`, `anywhere (IPv4)`, `*.example.com`.
    public var description: String {
        switch self {
        case .workload(let name): name.description
        case .addresses(let range): Self.text(range)
        case .name(let pattern): pattern.description
        }
    }

    private static func text(_ range: ClosedRange<Address>) -> String {
        let all = range.lowerBound.isIPv4 ? IntervalSet<UInt128>.ipv4 : .ipv6
        let set = IntervalSet(range.lowerBound.bits...range.upperBound.bits)
        if all.isSubset(of: set) { return "anywhere (\(range.lowerBound.isIPv4 ? "IPv4" : "IPv6"))" }
        if range.lowerBound == range.upperBound { return range.lowerBound.description }
        return Prefix.exactly(range)?.description ?? "\(range.lowerBound)-\(range.upperBound)"
    }
}

extension Prefix {
    /// The block that is exactly a range; nil when none is.
    public static func exactly(_ range: ClosedRange<Address>) -> Prefix? {
        let bits = range.lowerBound.isIPv4 ? 32 : 128
        let free = (range.upperBound.bits - range.lowerBound.bits).trailingOnes
        guard let prefix = Prefix(containing: range.lowerBound, length: max(0, bits - free)),
            prefix.address == range.lowerBound, prefix.lastAddress == range.upperBound
        else { return nil }
        return prefix
    }
}

extension UInt128 {
    fileprivate var trailingOnes: Int { (~self).trailingZeroBitCount }
}
