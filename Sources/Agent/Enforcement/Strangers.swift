import Addresses

/// Addresses in the pods' ranges that nobody is known to have, and since when connections of theirs are seen.
///
/// A pod that was made a moment ago has connections before the API server says its address: an agent that starts then,
/// or hears of something else first, must not end them. What is new from such an address is denied all the same.
struct Strangers {
    /// How long a pod may take to be known. A kubelet says within seconds what address a pod has.
    static let patience: Duration = .seconds(10)
    /// Addresses that are waited for. Whoever makes up more than that has no pods.
    static let most = 4096

    private var since: [Address: ContinuousClock.Instant] = [:]
    private var seen: Set<Address> = []

    /// False while somebody is waited for: whoever asked should ask again.
    var isEmpty: Bool { since.isEmpty }

    /// Begins to look at all connections.
    mutating func begin() { seen.removeAll() }

    /// True when an address has been nobody's for too long.
    mutating func isLate(_ address: Address, at now: ContinuousClock.Instant) -> Bool {
        if let first = since[address] {
            seen.insert(address)
            return now - first >= Self.patience
        }
        guard since.count < Self.most else { return true }
        seen.insert(address)
        since[address] = now
        return false
    }

    /// Forgets whom no connection has shown.
    mutating func end() { since = since.filter { seen.contains($0.key) } }
}
