import Kubernetes

/// Why a pod is not ready, from its status: what a person would look for in `kubectl describe`.
enum PodTrouble {
    /// One sentence without a full stop; nil: the pod is ready.
    static func reason(_ pod: YAMLTree, events: [YAMLTree] = []) -> String? {
        let status = pod["status"] ?? .map([])
        if pod.at("metadata", "deletionTimestamp") != nil { return "it is ending" }
        let conditions = status["conditions"]?.elements ?? []
        if status["phase"] == "Running",
            conditions.contains(where: { $0["type"] == "Ready" && $0["status"] == "True" })
        {
            return nil
        }
        if let message = status["message"]?.string { return message }
        if let scheduled = conditions.first(where: { $0["type"] == "PodScheduled" }), scheduled["status"] == "False" {
            return "it finds no node: \(scheduled["message"]?.string ?? "nobody says why")"
        }
        let containers =
            (status["initContainerStatuses"]?.elements ?? []) + (status["containerStatuses"]?.elements ?? [])
        if let trouble = containers.lazy.compactMap(container).first { return trouble }
        if let warning = events.last(where: { $0["type"] == "Warning" })?["message"]?.string { return warning }
        return status["phase"] == "Running" ? "it does not say that it is ready" : "it has not started yet"
    }

    /// What a container waits for, or died of.
    private static func container(_ status: YAMLTree) -> String? {
        if let waiting = status.at("state", "waiting"), let reason = waiting["reason"]?.string,
            !["ContainerCreating", "PodInitializing"].contains(reason)
        {
            // It only repeats names where something died before.
            if let ended = status.at("lastState", "terminated") { return "\(reason): \(death(ended))" }
            return reason + (waiting["message"]?.string.map { ": \($0)" } ?? "")
        }
        guard let ended = status.at("state", "terminated"), ended["exitCode"]?.number != 0 else { return nil }
        return death(ended)
    }

    private static func death(_ ended: YAMLTree) -> String {
        let code = ended["exitCode"]?.number.map { " with \($0)" } ?? ""
        // The last lines of the log: the manifests ask for them.
        let lines = ended["message"]?.string?.split(separator: "\n") ?? []
        let words = (lines.last { $0.lowercased().hasPrefix("error:") } ?? lines.last).map { ": \($0)" } ?? ""
        return "it ended\(code) (\(ended["reason"]?.string ?? "no reason"))\(words)"
    }
}
