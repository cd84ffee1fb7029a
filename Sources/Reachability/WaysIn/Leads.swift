import Kubernetes
import Policy

/// Endpoints that a way leads to.
struct Lead {
    /// Through this Service; nil: straight.
    let service: NamespacedName?
    let backends: [ClusterService.Backend]
}

/// Collects what references to Services lead to, and which lead nowhere.
struct Leads {
    private let services: ServiceTable
    private let invalid: Set<ObjectReference>
    private(set) var found: [Lead] = []
    private(set) var problems: [String] = []
    private var seen: Set<Reference> = []

    private struct Reference: Hashable {
        let name: NamespacedName
        let port: IntOrString
    }

    /// - Parameter invalid: objects that are there, and have mistakes.
    init(_ services: ServiceTable, invalid: Set<ObjectReference>) {
        self.services = services
        self.invalid = invalid
    }

    /// A reference to a port of a Service, by number or name.
    mutating func add(_ name: NamespacedName, _ port: IntOrString) {
        guard seen.insert(Reference(name: name, port: port)).inserted else { return }
        guard let service = services[name] else {
            let reference = ObjectReference(
                group: Service.group, kind: Service.kind, namespace: name.namespace, name: name.name)
            return fail("Service \(name) \(invalid.contains(reference) ? "has mistakes" : "is not among the objects")")
        }
        if let target = service.externalName {
            return fail("Service \(name) stands for the name \(target), which is no workload")
        }
        guard let found = service.port(port) else {
            return fail("Service \(name) has no port \(port.text)\(hint(service, port))")
        }
        if found.backends.isEmpty { fail("nothing that is known stands behind port \(port.text) of Service \(name)") }
        self.found.append(Lead(service: name, backends: found.backends))
    }

    /// What was meant, where a port of the pods is named.
    private func hint(_ service: ClusterService, _ port: IntOrString) -> String {
        service.ports.first { $0.target == port }.map { ", only port \($0.traffic.port) that leads to it" } ?? ""
    }

    /// Something else that leads nowhere.
    mutating func fail(_ problem: String) {
        if !problems.contains(problem) { problems.append(problem) }
    }
}

extension IntOrString {
    /// As it is written.
    var text: String {
        switch self {
        case .int(let number): "\(number)"
        case .string(let name): name
        }
    }
}
