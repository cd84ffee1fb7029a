/// A step of the order in which policies are asked.
///
/// In each direction tiers are asked in order. The first rule that matches decides; a rule that says Pass sends the
/// connection to the next tier, and so does a tier in which nothing matched, unless it isolates. After the last tier
/// everything is allowed.
public struct Tier: Hashable, Sendable, Comparable {
    /// Name, for people.
    public var name: String
    /// Lower is asked first.
    public var order: Double
    /// True when a workload that a policy of this tier selects may do only what a rule says: what nothing matched is
    /// denied. That is how NetworkPolicy v1 works.
    public var isolates: Bool
    /// True when policies of one priority are asked in the order of their names; false when their order is unknown:
    /// then every order is examined, and a connection is allowed only when each allows it.
    public var breaksTiesByName: Bool

    /// That tier.
    public init(name: String, order: Double, isolates: Bool, breaksTiesByName: Bool) {
        self.name = name
        self.order = order
        self.isolates = isolates
        self.breaksTiesByName = breaksTiesByName
    }

    /// `spec.tier: Admin` of ClusterNetworkPolicy. The numbers are the orders that Calico gives to the same tiers, so
    /// that tiers of Calico fall between them.
    public static let admin = Tier(name: "Admin", order: 1_000, isolates: false, breaksTiesByName: false)
    /// NetworkPolicy v1, and Calico's tier `default`, in which that has its place.
    public static let networkPolicy = Tier(
        name: "NetworkPolicy", order: 1_000_000, isolates: true, breaksTiesByName: true)
    /// `spec.tier: Baseline` of ClusterNetworkPolicy.
    public static let baseline = Tier(name: "Baseline", order: 10_000_000, isolates: false, breaksTiesByName: false)

    /// By order, then name.
    public static func < (a: Self, b: Self) -> Bool { (a.order, a.name) < (b.order, b.name) }
}
