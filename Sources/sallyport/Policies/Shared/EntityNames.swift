import Addresses
import Kubernetes
import ModelTraffic
import Policy
import Reachability

/// Ends of connections, as they are printed: an address that a pod has is said to be the pod's, not somebody's outside.
struct EntityNames {
    private let list: GuestList

    /// - Parameter list: the one that they are of.
    init(_ list: GuestList) { self.list = list }

    /// `10.1.0.3 (Pod ai/vectors)`, and what entities are called elsewhere.
    func text(_ entity: Entity) -> String {
        owner(entity).map { "\(entity) (\($0))" } ?? entity.description
    }

    /// The same as JSON, with the workload of an address.
    func json(_ entity: Entity) -> JSONLiteral {
        guard let owner = owner(entity), case .addresses(let range) = entity else { return PartyJSON.value(entity) }
        return PartyJSON.value(range, more: [("workload", PartyJSON.value(owner))])
    }

    /// The workload whose pod has the address; nil: no pod has it, or there are several addresses.
    private func owner(_ entity: Entity) -> WorkloadName? {
        guard case .addresses(let range) = entity, range.lowerBound == range.upperBound else { return nil }
        let party = list.party(range.lowerBound)
        return party.endpoint >= 0 ? list.inventory.endpoints[Int(party.endpoint)].workload : nil
    }
}
