import Addresses

extension Pod: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields.need("spec")
        let status = fields["status"]
        let body = PodTemplate(metadata: nil, spec)
        self.init(
            metadata: metadata,
            controller: OwnerRef(controllerOf: fields),
            serviceAccount: body.serviceAccount,
            usesHostNetwork: body.usesHostNetwork,
            phase: status?.string("phase", default: "") ?? "",
            addresses: status?.addresses("podIPs", or: "podIP") ?? [],
            images: body.images,
            nodeName: spec.optionalString("nodeName").flatMap { $0.isEmpty ? nil : $0 },
            hostAddresses: status?.addresses("hostIPs", or: "hostIP") ?? [],
            isTerminating: fields["metadata"]?.has("deletionTimestamp") ?? false,
            ports: body.ports,
            commands: body.commands)
    }
}

extension Deployment: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields.need("spec")
        self.init(
            metadata: metadata, controller: OwnerRef(controllerOf: fields), replicas: spec.replicas("replicas"),
            selector: spec.selector("selector"), template: PodTemplate(spec.need("template")))
    }
}

extension StatefulSet: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields.need("spec")
        self.init(
            metadata: metadata, controller: OwnerRef(controllerOf: fields), replicas: spec.replicas("replicas"),
            selector: spec.selector("selector"), template: PodTemplate(spec.need("template")))
    }
}

extension DaemonSet: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields.need("spec")
        self.init(
            metadata: metadata, controller: OwnerRef(controllerOf: fields), replicas: nil,
            selector: spec.selector("selector"), template: PodTemplate(spec.need("template")))
    }
}

extension ReplicaSet: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields["spec"]
        self.init(
            metadata: metadata, controller: OwnerRef(controllerOf: fields), replicas: spec?.replicas("replicas"),
            selector: spec?.selector("selector"), template: PodTemplate(spec?["template"]))
    }
}

extension ReplicationController: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields.need("spec")
        let labels = spec.map("selector", keys: .labelKey, values: .labelValue)
        self.init(
            metadata: metadata, controller: OwnerRef(controllerOf: fields), replicas: spec.replicas("replicas"),
            selector: labels.isEmpty ? nil : LabelSelector(matchLabels: labels),
            template: PodTemplate(spec["template"]))
    }
}

extension Job: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let spec = fields["spec"]
        let conditions = fields["status"]?.list("conditions") ?? []
        let hasEnded = conditions.contains {
            let type = $0.optionalString("type")
            return (type == "Complete" || type == "Failed") && $0.optionalString("status") == "True"
        }
        self.init(
            metadata: metadata, controller: OwnerRef(controllerOf: fields),
            replicas: hasEnded ? 0 : spec?.replicas("parallelism"), selector: spec?.selector("selector"),
            template: PodTemplate(spec?["template"]))
    }
}

extension CronJob: Readable {
    init(_ metadata: ObjectMeta, _ fields: Fields) {
        let job = fields.need("spec").need("jobTemplate").need("spec")
        self.init(
            metadata: metadata, controller: OwnerRef(controllerOf: fields), replicas: job.replicas("parallelism"),
            selector: nil, template: PodTemplate(job.need("template")))
    }
}

extension PodTemplate {
    /// `template`; empty when there is none.
    fileprivate init(_ fields: Fields?) {
        self.init(metadata: fields?["metadata"], fields?["spec"])
    }

    fileprivate init(metadata: Fields?, _ spec: Fields?) {
        let containers = spec?.list("containers") ?? []
        let sidecars = (spec?.list("initContainers") ?? []).filter { $0.optionalString("restartPolicy") == "Always" }
        self.init(
            labels: metadata?.map("labels", keys: .labelKey, values: .labelValue) ?? [:],
            annotations: metadata?.map("annotations", keys: .labelKey) ?? [:],
            serviceAccount: spec?.serviceAccount ?? "default",
            usesHostNetwork: spec?.optionalFlag("hostNetwork") ?? false,
            ports: (containers + sidecars).flatMap { $0.containerPorts.compactMap(ContainerPort.init) },
            images: containers.compactMap { $0.optionalString("image") },
            commands: containers.compactMap(\.wholeCommand))
        metadata?.noteUnknownAssets(labels, annotations)
    }
}

extension ContainerPort {
    fileprivate init?(_ fields: Fields) {
        self.init(
            name: fields.string("name", default: "", Check { $0.isEmpty ? nil : Check.portName.problem($0) }),
            number: fields.integer("containerPort", Fields.portNumbers),
            proto: fields.transport("protocol"),
            hostPort: fields.optionalInteger("hostPort", 0...65535).flatMap { $0 == 0 ? nil : $0 },
            hostAddress: fields.optionalString("hostIP").flatMap { Address($0) })
    }
}

extension Fields {
    /// `ports`; some programs write an empty map where they have none.
    fileprivate var containerPorts: [Fields] {
        if case .map(let members)? = value("ports")?.content, members.isEmpty { return [] }
        return list("ports")
    }

    /// `command` and `args`; nil where there is no command, or something in them is no string: nothing depends on it
    /// but what runs in a lab.
    fileprivate var wholeCommand: [String]? {
        let (command, arguments) = (words("command"), words("args"))
        guard let command, let arguments, !command.isEmpty else { return nil }
        return command + arguments
    }

    private func words(_ key: String) -> [String]? {
        guard let value = value(key) else { return [] }
        guard case .list(let values) = value.content else { return nil }
        let words = values.compactMap { value -> String? in
            if case .string(let text) = value.content { text } else { nil }
        }
        return words.count == values.count ? words : nil
    }

    /// How many pods there are to be.
    fileprivate func replicas(_ key: String) -> Int? { optionalInteger(key, 0...Int(Int32.max)) }

    /// The name of the service account of a pod; `serviceAccount` is its older name.
    fileprivate var serviceAccount: String? {
        [optionalString("serviceAccountName"), optionalString("serviceAccount")].compactMap { $0 }.first { !$0.isEmpty }
    }

    /// The addresses of a list of `{ip: ...}`, or the one of the field that was there before the list was.
    fileprivate func addresses(_ key: String, or single: String) -> [Address] {
        let listed = list(key).map { $0.string("ip") }
        let texts = listed.isEmpty ? optionalString(single).map { [$0] } ?? [] : listed
        return texts.compactMap(Address.init)
    }
}

extension OwnerRef {
    /// The controller of an object, by its `metadata.ownerReferences`; nil: it has none.
    fileprivate init?(controllerOf fields: Fields) {
        let owners = fields["metadata"]?.list("ownerReferences") ?? []
        guard let owner = owners.first(where: { $0.optionalFlag("controller") == true }) else { return nil }
        self.init(kind: owner.string("kind", default: ""), name: owner.string("name"))
    }
}
