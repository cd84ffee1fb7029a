import Kubernetes
import ModelTraffic
import Routing

/// Writes a status as it is to be, given the one that is there: what others said stays, and the time at which a
/// condition changed stays while it does not change.
struct StatusText {
    /// Entries of this controller are ours.
    let controller: String
    /// Now, `2026-01-02T03:04:05Z`.
    let now: String

    /// Longer messages are cut.
    private static let longestMessage = 4096

    /// `metadata.generation` of an object with mistakes, which nobody has read.
    var generation: Int64?

    /// `status` as it is to be.
    func status(_ draft: StatusDraft, live: Value?) -> JSONLiteral {
        switch draft.content {
        case .conditions(let conditions):
            return .object(["conditions": list(conditions, live?["conditions"])])
        case .listenerSet(let conditions, let listeners):
            return .object([
                "conditions": list(conditions, live?["conditions"]),
                "listeners": .array(listeners.map { listener($0, live?["listeners"]) }),
            ])
        case .gateway(let conditions, let listeners, let addresses, let attachedSets):
            // Older definitions do not have the field, nor the kind.
            let hasCount = attachedSets > 0 || live?["attachedListenerSets"] != nil
            return .object([
                "conditions": list(conditions, live?["conditions"]),
                "listeners": .array(listeners.map { listener($0, live?["listeners"]) }),
                "attachedListenerSets": hasCount ? .number(attachedSets) : nil,
                "addresses": .array(
                    addresses.prefix(16).map { address in
                        .object([
                            "type": .string(address.type), "value": address.value.map { .string($0) },
                        ])
                    }),
            ])
        case .parents(let parents):
            return .object([
                "parents": entries(
                    parents, "parentRef", live?["parents"], atMost: StatusDraft.mostParents)
            ])
        case .ancestors(let ancestors):
            return .object([
                "ancestors": entries(
                    ancestors, "ancestorRef", live?["ancestors"], atMost: StatusDraft.mostAncestors)
            ])
        }
    }

    // MARK: Conditions

    private func list(_ conditions: [Condition], _ live: Value?) -> JSONLiteral {
        .array(conditions.prefix(StatusDraft.mostConditions).map { text($0, live) })
    }

    private func text(_ condition: Condition, _ live: Value?) -> JSONLiteral {
        let before = live?.elements?.first { $0["type"]?.text == condition.type }
        let isAsBefore = before?["status"]?.text == condition.status.rawValue
        // What a CRD has as default was never said by anybody.
        let time = before?["lastTransitionTime"]?.text.flatMap { isAsBefore ? $0 : nil } ?? now
        return .object([
            "type": .string(condition.type), "status": .string(condition.status.rawValue),
            "reason": .string(condition.reason), "message": .string(Self.cut(condition.message)),
            "observedGeneration": .integer(generation ?? condition.observedGeneration),
            "lastTransitionTime": .string(time),
        ])
    }

    private static func cut(_ message: String) -> String {
        message.utf8.count <= longestMessage ? message : String(message.prefix(longestMessage / 4)) + "..."
    }

    // MARK: Listeners

    private func listener(_ listener: ListenerStatus, _ live: Value?) -> JSONLiteral {
        let before = live?.elements?.first { $0["name"]?.text == listener.name }
        return .object([
            "name": .string(listener.name), "attachedRoutes": .number(listener.attachedRoutes),
            "supportedKinds": .array(
                listener.supportedKinds.prefix(8).map {
                    .object(["group": .string($0.group), "kind": .string($0.kind)])
                }),
            "conditions": list(listener.conditions, before?["conditions"]),
        ])
    }

    // MARK: Parents and ancestors

    /// Others' entries first, in their order: who is full is full, and nobody's entry is taken away.
    private func entries(_ ours: [ParentStatus], _ member: String, _ live: Value?, atMost most: Int) -> JSONLiteral {
        let all = live?.elements ?? []
        let others = all.filter { $0["controllerName"]?.text != controller }.map { JSONLiteral($0) }
        let before = all.filter { $0["controllerName"]?.text == controller }
        let written = ours.map { entry -> JSONLiteral in
            let reference = Self.reference(entry.parent)
            let same = before.first { Drift.path(reference, $0[member]) == nil && isSame(reference, $0[member]) }
            return .object([
                member: reference, "controllerName": .string(controller),
                "conditions": list(entry.conditions, same?["conditions"]),
            ])
        }
        return .array(others + written.prefix(max(0, most - others.count)))
    }

    /// Nothing is there that we would not say: an entry for a whole Gateway is not one for its listener.
    private func isSame(_ reference: JSONLiteral, _ live: Value?) -> Bool {
        ["namespace", "sectionName", "port"].allSatisfy { (reference[$0] == nil) == (live?[$0] == nil) }
    }

    private static func reference(_ parent: ParentRef) -> JSONLiteral {
        .object([
            "group": .string(parent.group), "kind": .string(parent.kind),
            "namespace": parent.namespace.map { .string($0) }, "name": .string(parent.name),
            "sectionName": parent.sectionName.map { .string($0) }, "port": parent.port.map { .number($0) },
        ])
    }
}
