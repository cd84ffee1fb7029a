import Kubernetes
import Routing

/// What only the running gateway knows about its listeners, put into the conditions that routing has computed.
struct RuntimeConditions {
    /// Ports that could not be opened, with the system's words.
    var failures: [Int: String]
    /// Certificates that the TLS library refuses, by `CompiledListener.index`.
    var certificateProblems: [Int: [String]]

    /// The conditions, amended: a listener that does not serve is not `Programmed`, and neither is its Gateway or
    /// ListenerSet.
    func amend(_ statuses: [RoutingStatus], _ table: RoutingTable) -> [RoutingStatus] {
        guard !failures.isEmpty || !certificateProblems.isEmpty else { return statuses }
        var problems: [ObjectReference: [String: String]] = [:]
        for listener in table.listeners {
            let words = [failures[listener.port]].compactMap { $0 } + (certificateProblems[listener.index] ?? [])
            if !words.isEmpty {
                problems[listener.owner, default: [:]][listener.section] = words.joined(separator: "; ")
            }
        }
        return statuses.map { status in
            guard let wrong = problems[status.object.reference] else { return status }
            var status = status
            for index in status.listeners.indices {
                guard let words = wrong[status.listeners[index].name] else { continue }
                Self.refuse(&status.listeners[index].conditions, words)
            }
            Self.refuse(&status.object.conditions, wrong.values.sorted().joined(separator: "; "))
            return status
        }
    }

    private static func refuse(_ conditions: inout [Condition], _ words: String) {
        for index in conditions.indices where conditions[index].type == "Programmed" {
            conditions[index].status = .false
            conditions[index].reason = "Invalid"
            conditions[index].message = words
        }
    }
}
