import Addresses
import Kubernetes
import ModelTraffic

@testable import Access

extension Operation {
    /// An operation on a known server, with what its body says.
    static func on(
        _ classes: OperationClasses, model: String? = nil, isMCP: Bool = false, isPending: Bool = false,
        _ body: ((inout RequestFacts) -> Void)? = nil
    ) -> Operation {
        var operation = Operation(classes: classes)
        operation.model = model
        operation.isMCP = isMCP
        operation.isBodyPending = isPending
        if let body {
            var facts = RequestFacts()
            body(&facts)
            operation.facts = facts
        }
        return operation
    }

    /// A message to an MCP server.
    static func message(
        _ method: String?, tool: String? = nil, prompt: String? = nil, resource: String? = nil
    ) -> Operation {
        on([.inference], isMCP: true) {
            var message = MCPRequest(callOf: "")
            (message.method, message.tool, message.prompt, message.resource) = (method, tool, prompt, resource)
            $0.mcp = message
        }
    }
}

/// A pod as YAML. `owner`: kind and name of its controller.
func pod(
    _ name: String, _ addresses: [String], namespace: String = "ai", owner: String? = nil, labels: String = "{}",
    phase: String = "Running", spec: String = "{}"
) -> String {
    let owners = owner.map { $0.split(separator: " ") }.map {
        "[{apiVersion: v1, kind: \($0[0]), name: \($0[1]), uid: u, controller: true}]"
    }
    return """
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: \(name), namespace: \(namespace), labels: \(labels), ownerReferences: \(owners ?? "[]")}
        spec: \(spec)
        status: {phase: \(phase), podIPs: [\(addresses.map { "{ip: '\($0)'}" }.joined(separator: ", "))]}

        """
}

/// A ReplicaSet or Job as YAML, with its controller.
func controller(_ kind: String, _ name: String, of owner: String, namespace: String = "ai") -> String {
    let parts = owner.split(separator: " ")
    return """
        ---
        apiVersion: \(kind == "Job" ? "batch/v1" : "apps/v1")
        kind: \(kind)
        metadata:
          name: \(name)
          namespace: \(namespace)
          ownerReferences: [{apiVersion: v1, kind: \(parts[0]), name: \(parts[1]), uid: u, controller: true}]
        spec: {}

        """
}
