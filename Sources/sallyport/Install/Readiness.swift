import Kubernetes

/// How far an object has come, by what the cluster says of it.
enum Readiness: Equatable {
    /// All of it, in a few words.
    case ready(String)
    /// Not yet, and what is missing.
    case waiting(String)

    var isReady: Bool { if case .ready = self { true } else { false } }

    /// Of an object as it is in the cluster; kinds that only have to be there are ready.
    init(_ object: YAMLTree) {
        switch object.kind {
        case "CustomResourceDefinition": self = Self.definition(object)
        case "Namespace":
            let phase = object.at("status", "phase")?.string ?? "Active"
            self = phase == "Active" ? .ready("there") : .waiting("it is being deleted")
        case "Deployment": self = Self.deployment(object)
        case "StatefulSet": self = Self.statefulSet(object)
        case "DaemonSet": self = Self.daemonSet(object)
        case "ValidatingWebhookConfiguration": self = Self.admission(object)
        case "GatewayClass": self = Self.gatewayClass(object)
        default: self = .ready("there")
        }
    }

    private static func definition(_ object: YAMLTree) -> Readiness {
        let conditions = object.at("status", "conditions")?.elements ?? []
        if let refused = conditions.first(where: { $0["type"] == "NamesAccepted" && $0["status"] == "False" }) {
            return .waiting(refused["message"]?.string ?? "its names are taken")
        }
        let isServed = conditions.contains { $0["type"] == "Established" && $0["status"] == "True" }
        return isServed ? .ready("served") : .waiting("it is not served yet")
    }

    /// What was applied has been looked at; the numbers are about it.
    private static func isSeen(_ object: YAMLTree) -> Bool {
        (object.at("status", "observedGeneration")?.number ?? 0) >= (object.at("metadata", "generation")?.number ?? 0)
    }

    private static func count(_ object: YAMLTree, _ name: String) -> Int { object.at("status", name)?.number ?? 0 }

    private static func deployment(_ object: YAMLTree) -> Readiness {
        let wanted = object.at("spec", "replicas")?.number ?? 1
        guard isSeen(object) else { return .waiting("the cluster has not looked at it yet") }
        let (new, ready, all) = (
            count(object, "updatedReplicas"), count(object, "availableReplicas"), count(object, "replicas")
        )
        if new < wanted { return .waiting("\(new) of \(wanted) pods are new") }
        if all > new { return .waiting("\(all - new) old pods are still there") }
        return ready < wanted ? .waiting("\(ready) of \(wanted) pods are ready") : .ready("\(ready) of \(wanted) ready")
    }

    private static func statefulSet(_ object: YAMLTree) -> Readiness {
        let wanted = object.at("spec", "replicas")?.number ?? 1
        guard isSeen(object) else { return .waiting("the cluster has not looked at it yet") }
        let (new, ready) = (count(object, "updatedReplicas"), count(object, "readyReplicas"))
        if object.at("status", "currentRevision") != object.at("status", "updateRevision"), new < wanted {
            return .waiting("\(new) of \(wanted) pods are new")
        }
        return ready < wanted ? .waiting("\(ready) of \(wanted) pods are ready") : .ready("\(ready) of \(wanted) ready")
    }

    private static func daemonSet(_ object: YAMLTree) -> Readiness {
        guard isSeen(object) else { return .waiting("the cluster has not looked at it yet") }
        let wanted = count(object, "desiredNumberScheduled")
        let (new, ready) = (count(object, "updatedNumberScheduled"), count(object, "numberAvailable"))
        if new < wanted { return .waiting("\(new) of \(wanted) nodes have the new one") }
        return ready < wanted
            ? .waiting("\(ready) of \(wanted) nodes are ready") : .ready("\(ready) of \(wanted) nodes")
    }

    private static func admission(_ object: YAMLTree) -> Readiness {
        let hooks = object["webhooks"]?.elements ?? []
        let isTrusted = hooks.allSatisfy { hook in
            !(hook.at("clientConfig", "caBundle")?.string ?? "").isEmpty
        }
        return isTrusted
            ? .ready("asked about every object") : .waiting("the controller has not filled in caBundle yet")
    }

    private static func gatewayClass(_ object: YAMLTree) -> Readiness {
        let condition = (object.at("status", "conditions")?.elements ?? []).first { $0["type"] == "Accepted" }
        if condition?["status"] == "True" { return .ready("accepted") }
        return .waiting(condition?["message"]?.string ?? "the controller has not accepted it yet")
    }
}
