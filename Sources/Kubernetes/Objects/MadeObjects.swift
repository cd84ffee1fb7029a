import Addresses

// Objects that nobody wrote: what a cluster makes of what was written.

extension Pod {
    /// A pod as a controller makes it of its template: on no node yet, without an address.
    public init(of template: PodTemplate, named name: NamespacedName, controller: OwnerRef?) {
        self.init(
            metadata: ObjectMeta(
                name: name.name, namespace: name.namespace, labels: template.labels,
                annotations: template.annotations, generation: 1, creationTimestamp: nil, position: nil),
            controller: controller, serviceAccount: template.serviceAccount,
            usesHostNetwork: template.usesHostNetwork, phase: "", addresses: [], images: template.images,
            nodeName: nil, hostAddresses: [], isTerminating: false, ports: template.ports,
            commands: template.commands)
    }
}

extension Node {
    /// A node that is known by its name only.
    public init(named name: String) {
        self.init(
            metadata: ObjectMeta(
                name: name, namespace: "", labels: [:], annotations: [:], generation: 1, creationTimestamp: nil,
                position: nil),
            addresses: [], podBlocks: [])
    }
}
