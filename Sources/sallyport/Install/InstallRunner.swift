import Kubernetes

/// Installs step by step, and says how it goes.
struct InstallRunner {
    let cluster: InstallCluster
    let terminal: Terminal

    // MARK: Install

    /// Applies all objects that are wished for.
    ///
    /// - Throws: `Failure` with `findings` when something is not ready in time.
    func install(_ wish: InstallWish, _ manifests: [YAMLTree]) async throws {
        let facts = try await preflight(wish)
        let (objects, notes) = facts.suit(InstallObjects.make(wish, of: manifests))
        let definitions = KindSchema.all.map { $0.definition(withRules: facts.minor >= 25) }
        var late: [String] = []
        for phase in InstallPhase.phases(definitions: definitions, objects: objects) {
            for object in phase.objects { try await apply(object) }
            late += try await settle(phase)
        }
        if !wish.hasAgent { try await releaseNodes() }
        try await sweep(objects)
        let advice = notes + (wish.isPinned ? [] : ["the image is not pinned: name it with its digest"])
        for note in advice { terminal.line("  \(terminal.styled("note", .careful))  \(Printable.oneLine(note))") }
        guard late.isEmpty else {
            throw Failure(
                .findings, "not ready in time: \(late.joined(separator: ", "))",
                advice: "docs/troubleshooting.md; `sallyport install --check` looks again")
        }
        terminal.line("Sallyport \(Version.text) is installed.")
    }

    /// Says whether all that is there is ready.
    func check(_ manifests: [YAMLTree]) async throws {
        let facts = try await cluster.facts()
        var late: [String] = []
        var (parts, missing): (Set<String>, [YAMLTree]) = ([], [])
        let definitions = KindSchema.all.map { $0.definition(withRules: true) }
        for phase in InstallPhase.phases(definitions: definitions, objects: facts.suit(manifests).objects) {
            for object in phase.objects {
                guard let name = ObjectName(object) else { continue }
                guard let live = try await cluster.get(name) else {
                    missing.append(object)
                    continue
                }
                parts.insert(object.component)
                guard Self.isWaitedFor(object) else { continue }
                let readiness = Readiness(live)
                if !readiness.isReady { late.append("\(name)") }
                try await tell(name.description, readiness, live)
            }
        }
        // Definitions, which are no part's, stay when all else has gone. Of a part that was left out nothing is there.
        parts.remove("")
        let gone = missing.filter { parts.contains($0.component) }.compactMap(ObjectName.init)
        for name in gone { terminal.line("  \(terminal.styled("no", .bad))  \(name)  it is not there") }
        late += gone.map { "\($0)" }
        guard !parts.isEmpty else {
            throw Failure(
                .findings, "nothing of Sallyport is in this cluster", advice: "sallyport install --image NAME")
        }
        guard late.isEmpty else { throw Failure(.findings, "not ready: \(late.joined(separator: ", "))") }
        terminal.line("Everything is ready.")
    }

    // MARK: Before

    private func preflight(_ wish: InstallWish) async throws -> ServerFacts {
        let facts = try await cluster.facts()
        terminal.line("Kubernetes \(facts.version) at \(cluster.title)")
        guard facts.minor >= ServerFacts.oldest else {
            throw Failure(
                .unavailable, "Kubernetes \(facts.version) is too old",
                advice: "1.\(ServerFacts.oldest) or later is needed")
        }
        let controller = ObjectName(
            "apps/v1", "Deployment", namespace: Installation.Namespaces.system, Installation.Accounts.controller)
        if let there = try await cluster.get(controller) {
            if let release = there.at("metadata", "annotations")?["meta.helm.sh/release-name"]?.string {
                throw Failure(
                    .badInput, "this installation is Helm's, release \(release)",
                    advice: "change it with helm upgrade; two owners would undo each other's work")
            }
            let version = there.at("metadata", "labels")?["app.kubernetes.io/version"]?.string ?? "an unknown version"
            if version != Version.text { terminal.line("  from \(version) to \(Version.text)") }
        }
        if wish.hasHub, wish.storage != .pod { try await checkStorage(wish) }
        return facts
    }

    /// A claim that nothing can fill would keep the hub from ever starting.
    private func checkStorage(_ wish: InstallWish) async throws {
        guard case .volume(_, let className) = wish.storage else { return }
        let classes = try await cluster.list("storage.k8s.io/v1", "StorageClass")
        let standard = "storageclass.kubernetes.io/is-default-class"
        let isThere = classes.contains { one in
            className.isEmpty ? one.at("metadata", "annotations")?[standard] == "true" : one.objectName == className
        }
        guard !isThere else { return }
        throw Failure(
            .unavailable,
            className.isEmpty
                ? "the cluster has no default StorageClass for the hub's history"
                : "the cluster has no StorageClass \(className)",
            advice: "name one with --hub-storage-class, or keep history in the pod with --hub-storage none")
    }

    // MARK: Steps

    private func apply(_ object: YAMLTree) async throws {
        // Just after a namespace or a kind was made, the server may not know it everywhere yet.
        _ = try await cluster.wait { () async throws -> Bool? in
            do {
                try await cluster.apply(object)
            } catch let failure as Failure where failure.code == .badInput && object.kind == "StatefulSet" {
                throw Failure(
                    .badInput, failure.message,
                    advice: "how its history is kept cannot be changed in place: kubectl delete statefulset -n "
                        + "\(object.objectNamespace) \(object.objectName), then install again; a volume stays")
            }
            return true
        }
    }

    /// Waits for what a phase applied.
    ///
    /// - Returns: what is not ready in time. The steps after it are taken all the same: most do not need it, and a person
    ///   who mends one thing then finds all the others done.
    private func settle(_ phase: InstallPhase) async throws -> [String] {
        var late: [String] = []
        for object in phase.objects where Self.isWaitedFor(object) {
            guard let name = ObjectName(object) else { continue }
            let ready = try await cluster.wait { () async throws -> Bool? in
                guard let live = try await cluster.get(name) else { return nil }
                return Readiness(live).isReady ? true : nil
            }
            guard ready == nil else { continue }
            late.append(name.description)
            if let live = try await cluster.get(name) { try await tell(name.description, Readiness(live), live) }
        }
        if late.isEmpty {
            terminal.line("  \(terminal.styled("ok", .good))  \(phase.title)  \(phase.objects.count) objects")
        }
        return late
    }

    private static func isWaitedFor(_ object: YAMLTree) -> Bool {
        [
            "CustomResourceDefinition", "Namespace", "Deployment", "StatefulSet", "DaemonSet", "GatewayClass",
            "ValidatingWebhookConfiguration",
        ].contains(object.kind)
    }

    private func tell(_ name: String, _ readiness: Readiness, _ live: YAMLTree) async throws {
        switch readiness {
        case .ready(let words): terminal.line("  \(terminal.styled("ok", .good))  \(name)  \(words)")
        case .waiting(let words):
            terminal.line("  \(terminal.styled("no", .bad))  \(name)  \(Printable.oneLine(words))")
            for trouble in try await troubles(of: live) { terminal.line("        \(Printable.oneLine(trouble))") }
        }
    }

    /// What keeps pods of an object from being ready.
    private func troubles(of object: YAMLTree) async throws -> [String] {
        let labels = object.at("spec", "selector", "matchLabels")?.members ?? []
        guard !labels.isEmpty else { return [] }
        let selector = labels.map { "\($0.key)=\($0.value.string ?? "")" }.joined(separator: ",")
        let pods = try await cluster.list("v1", "Pod", namespace: object.objectNamespace, labels: selector)
        var told: [String] = []
        for pod in pods.prefix(20) {
            let events = try await cluster.list(
                "v1", "Event", namespace: object.objectNamespace, fields: "involvedObject.name=\(pod.objectName)")
            if let reason = PodTrouble.reason(pod, events: events) { told.append("pod \(pod.objectName): \(reason)") }
        }
        if pods.isEmpty {
            // Quotas, admission, missing accounts: the owner's events say it.
            let events = try await cluster.list(
                "v1", "Event", namespace: object.objectNamespace, fields: "type=Warning")
            told += events.suffix(3).compactMap { $0["message"]?.string }
        }
        return told
    }

    // MARK: After

    /// Agents that are not wanted any more leave no rules behind.
    private func releaseNodes() async throws {
        let uninstaller = Uninstaller(cluster: cluster, terminal: terminal, nodesOnly: true, withDefinitions: false)
        let plan = try await uninstaller.plan()
        if !plan.isEmpty { try await uninstaller.remove(plan) }
    }

    /// Takes away parts that were asked for before and are not any more.
    private func sweep(_ objects: [YAMLTree]) async throws {
        let wanted = Set(objects.compactMap(ObjectName.init).map { "\($0)" })
        for name in try await InstallLeftovers.find(in: cluster) where !wanted.contains("\(name)") {
            if try await cluster.delete(name) { terminal.line("  ok  \(name) is not wanted any more, and gone") }
        }
    }
}
