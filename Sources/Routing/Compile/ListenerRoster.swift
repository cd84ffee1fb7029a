import Kubernetes

/// The listeners of one Gateway or ListenerSet: a run of those of the Gateway.
struct ListenerGroup {
    /// Place of the Gateway among ours.
    var gateway: Int
    var listeners: Range<Int>
    /// The object that they are written in.
    var owner: ObjectReference
}

/// A ListenerSet that names a Gateway of ours.
struct ListenerSetJudgement {
    var set: ListenerSet
    /// Place of the Gateway among ours; nil: it has mistakes, or there is none.
    var gateway: Int?
    /// Why it is not accepted, whatever its listeners are.
    var refusal: Problem?
    /// True when its listeners are the Gateway's, served or not.
    var isAttached = false

    /// All whose Gateway is not another controller's, oldest first.
    static func all(_ objects: Objects, _ gateways: [GatewayJudgement]) -> [ListenerSetJudgement] {
        let places = Dictionary(uniqueKeysWithValues: gateways.enumerated().map { ($1.gateway.key, $0) })
        return objects.listenerSets.values.sorted { isOlder($0.metadata, $1.metadata) }.compactMap { set in
            guard let key = set.gateway else { return nil }
            guard let place = places[key] else {
                guard objects.gateways[key] == nil else { return nil }
                let words =
                    objects.hasMistakes(Gateway.kind, key)
                    ? "Gateway \(key) has mistakes" : "there is no Gateway \(key)"
                return ListenerSetJudgement(set: set, refusal: Problem("ParentNotAccepted", words))
            }
            var judged = ListenerSetJudgement(set: set, gateway: place)
            judged.ask(gateways[place], objects)
            return judged
        }
    }

    private mutating func ask(_ parent: GatewayJudgement, _ objects: Objects) {
        let (own, gateway) = (set.metadata.namespace, parent.gateway)
        isAttached = gateway.allowedListeners.takes(own, own: gateway.metadata.namespace, objects)
        if !isAttached {
            refusal = Problem(
                "NotAllowed", "allowedListeners of Gateway \(gateway.key) takes no ListenerSets of namespace \(own)")
        } else if parent.refusal != nil {
            // Why is for those to know who may read the Gateway.
            refusal = Problem("ParentNotAccepted", "Gateway \(gateway.key) is not accepted")
        }
    }
}

extension Objects {
    /// Whether there is an object of that name with mistakes.
    func hasMistakes(_ kind: String, _ key: NamespacedName) -> Bool {
        invalid.contains {
            $0.reference.kind == kind && $0.reference.namespace == key.namespace && $0.reference.name == key.name
        }
    }
}

/// All listeners of our Gateways.
struct ListenerRoster {
    /// By Gateway: its own, then those that ListenerSets add, oldest first.
    private(set) var plans: [[ListenerPlan]]
    /// In order of precedence: Gateways by age, then ListenerSets by age. What is new takes nothing away.
    private(set) var groups: [ListenerGroup]
    /// ListenerSets that name Gateways of ours, those without listeners here too.
    let sets: [ListenerSetJudgement]

    init(_ objects: Objects, _ gateways: [GatewayJudgement], _ planner: ListenerPlanner) {
        plans = []
        groups = []
        sets = ListenerSetJudgement.all(objects, gateways)
        for (place, judgement) in gateways.enumerated() {
            plans.append([])
            add(planner.plan(judgement.gateway), judgement, place, judgement.gateway.reference)
        }
        for judged in sets {
            guard let place = judged.gateway, judged.isAttached else { continue }
            add(planner.plan(gateways[place].gateway, judged.set), gateways[place], place, judged.set.reference)
        }
    }

    private mutating func add(
        _ listeners: [ListenerPlan], _ judgement: GatewayJudgement, _ place: Int, _ owner: ObjectReference
    ) {
        let first = plans[place].count
        plans[place] += listeners.map { plan in
            var plan = plan
            plan.obstacle = judgement.obstacle
            return plan
        }
        groups.append(ListenerGroup(gateway: place, listeners: first..<plans[place].count, owner: owner))
    }
}
