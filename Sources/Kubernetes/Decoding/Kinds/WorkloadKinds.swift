import Addresses

extension Pod: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields.need("spec")
        let status = fields["status"]
        let addresses = status?.list("podIPs").map { $0.string("ip") } ?? []
        let single = status?.optionalString("podIP").map { [$0] } ?? []
        self.init(
            metadata: metadata,
            controller: OwnerRef(controllerOf: fields),
            serviceAccount: spec.string("serviceAccountName", default: "default"),
            usesHostNetwork: spec.optionalFlag("hostNetwork") ?? false,
            phase: status?.string("phase", default: "") ?? "",
            addresses: (addresses.isEmpty ? single : addresses).compactMap(Address.init),
            images: spec.list("containers").compactMap { $0.optionalString("image") })
    }
}

extension ReplicaSet: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        self.init(metadata: metadata, controller: OwnerRef(controllerOf: fields))
    }
}

extension Job: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        self.init(metadata: metadata, controller: OwnerRef(controllerOf: fields))
    }
}

extension OwnerRef {
    /// The controller of an object, by its `metadata.ownerReferences`; nil: it has none.
    fileprivate init?(controllerOf fields: Fields) {
        let owners = fields["metadata"]?.list("ownerReferences") ?? []
        guard let owner = owners.first(where: { $0.optionalFlag("controller") == true }) else { return nil }
        self.init(kind: owner.string("kind"), name: owner.string("name"))
    }
}
