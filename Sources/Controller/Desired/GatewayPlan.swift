import Kubernetes

/// What is to be done so that every Gateway of ours has what it needs and nothing else is left over. Pure: the same
/// Gateways and the same objects give the same steps.
struct GatewayPlan {
    /// One thing to do.
    enum Step: Hashable, Sendable {
        case apply(DesiredObject, gateway: NamespacedName)
        case delete(ObjectPlace)
    }

    /// In the order in which they are done.
    private(set) var steps: [Step] = []
    /// What stands in the way, by Gateway: one sentence each, without a full stop.
    private(set) var obstacles: [NamespacedName: String] = [:]

    /// - Parameters:
    ///   - gateways: those that are to have what they need.
    ///   - added: listeners that ListenerSets add to them.
    ///   - kept: those of which nothing is known for certain (they have mistakes, or are not accepted): what they have
    ///     stays as it is.
    ///   - keepsAll: nothing is taken away: the name of a Gateway cannot be read.
    ///   - live: everything that is in the gateways' namespace, of the kinds that are made.
    init(
        gateways: [Gateway], added: [NamespacedName: [Gateway.Listener]] = [:], kept: Set<NamespacedName>,
        classes: [String: GatewayClass], settings: GatewaySettings,
        live: [LiveObject], keepsAll: Bool = false
    ) {
        let byPlace = Dictionary(live.map { ($0.place, $0) }, uniquingKeysWith: { first, _ in first })
        for gateway in gateways.sorted(by: { $0.key < $1.key }) where !kept.contains(gateway.key) {
            let objects = GatewayObjects(
                gateway, adding: added[gateway.key] ?? [], class: classes[gateway.gatewayClassName], settings)
            for problem in objects.wish.problems { note(problem, gateway.key) }
            for object in objects.all { consider(object, gateway.key, byPlace[object.place]) }
        }
        if keepsAll { return }
        var wanted = kept
        for gateway in gateways { wanted.insert(gateway.key) }
        remove(live, wanted)
    }

    private mutating func note(_ problem: String, _ gateway: NamespacedName) {
        if obstacles[gateway] == nil { obstacles[gateway] = problem }
    }

    private mutating func consider(_ object: DesiredObject, _ gateway: NamespacedName, _ live: LiveObject?) {
        guard let live else { return steps.append(.apply(object, gateway: gateway)) }
        let owner = live.annotations[Installation.Annotations.madeFor]
        if let owner, owner != gateway.description {
            return note("\(live.place) was made for Gateway \(owner)", gateway)
        }
        // What has our name and is nobody's is somebody else's: he may have rights that it gives.
        if owner == nil { return note("\(live.place) is there and was not made by the controller", gateway) }
        // It is made anew once it is gone.
        if live.isTerminating { return }
        if Drift.path(object, live.value) != nil { steps.append(.apply(object, gateway: gateway)) }
    }

    /// What was made for Gateways that are not there any more goes, in the opposite order.
    private mutating func remove(_ live: [LiveObject], _ wanted: Set<NamespacedName>) {
        let left = live.filter { object in
            guard object.labels[Installation.Labels.managedBy] == Installation.Labels.controller,
                let owner = object.annotations[Installation.Annotations.madeFor], !object.isTerminating
            else { return false }
            return !wanted.contains { $0.description == owner }
        }
        let order = GatewayObjects.kinds(budgets: "v1").map(\.kind)
        steps += left.sorted {
            let (a, b) = (
                order.firstIndex(of: $0.place.resource.kind) ?? 0, order.firstIndex(of: $1.place.resource.kind) ?? 0
            )
            return (b, $0.place.name) < (a, $1.place.name)
        }.map { .delete($0.place) }
    }
}
