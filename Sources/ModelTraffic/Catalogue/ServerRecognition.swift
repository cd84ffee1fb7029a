import Kubernetes

/// What server stands behind a port of a Service.
public enum Recognition: Hashable, Sendable {
    /// This one.
    case server(ServerID)
    /// None that is known. Nothing is known of what its requests would do, and no rule of classes can allow them.
    case unknown
    /// Somebody said what it is, or meant to, and it cannot be told: everything is denied until that is mended.
    case mistaken(RecognitionMistake)
}

/// Why it cannot be told what server stands behind a Service.
public enum RecognitionMistake: Hashable, Sendable {
    /// The annotation names no server that exists.
    case noSuchServer(String)
    /// The annotation names a `ModelServer` that has mistakes.
    case invalidServer(String)
    /// Several servers have this image or port: their names, sorted.
    case ambiguous([String])
    /// Nothing is known of the Service, and its namespace has a `ModelServer` with mistakes that may be meant for it.
    case invalidServerInNamespace

    /// What is wrong and what would be right, for a condition: one sentence without a full stop.
    public var message: String {
        let annotation = ModelServer.annotation
        return switch self {
        case .noSuchServer(let name):
            "annotation \(annotation) names \"\(name)\", which is neither a built-in server, a ModelServer of this "
                + "namespace nor \"\(ModelServer.noServer)\""
        case .invalidServer(let name): "annotation \(annotation) names ModelServer \(name), which has mistakes"
        case .ambiguous(let names):
            "this may be \(names.joined(separator: " or ")): annotate the Service with \(annotation)"
        case .invalidServerInNamespace:
            "a ModelServer of this namespace has mistakes and may be meant for this Service: mend it, or annotate the "
                + "Service with \(annotation)"
        }
    }
}

extension ServerCatalogue {
    /// What server stands behind a Service, by the first that says something:
    ///
    /// 1. the annotation `sallyport.dev/server`: the name of a `ModelServer` of the Service's namespace, of a built-in
    ///    server, or `none`;
    /// 2. the images of its containers: first against the `ModelServer`s of the namespace, then against the built-in
    ///    servers; where several servers share an image, the port decides between them;
    /// 3. the port, when no image is known: a port that a `ModelServer` of the namespace lists, or one that hardly
    ///    anything but one built-in server uses.
    ///
    /// What none of these recognises is `.unknown`.
    ///
    /// - Parameters:
    ///   - images: references of the images of the pods behind the Service; empty where they are not known.
    ///   - port: what the containers listen on (`targetPort`), not the port of the Service.
    public func server(of service: Service, images: [String], port: Int) -> Recognition {
        let namespace = service.metadata.namespace
        if let name = service.metadata.annotations[ModelServer.annotation] { return named(name, in: namespace) }
        let groups = [byNamespace[namespace] ?? [], BuiltIn.servers.indices.map(ServerID.init)]
        let names = images.map(ImageName.init)
        for group in groups {
            let found = group.filter { server in
                self[server].table.images.contains { pattern in names.contains { $0.fits(pattern) } }
            }
            if let recognised = decide(found, by: port) { return recognised }
        }
        for group in groups {
            let found = group.filter { self[$0].table.tellingPorts.contains(port) }
            if let recognised = decide(found, by: port) { return recognised }
        }
        return namespacesWithBroken.contains(namespace) ? .mistaken(.invalidServerInNamespace) : .unknown
    }

    private func named(_ name: String, in namespace: String) -> Recognition {
        if name == ModelServer.noServer { return .unknown }
        if broken.contains(NamespacedName(namespace, name)) { return .mistaken(.invalidServer(name)) }
        if let own = byName[NamespacedName(namespace, name)] ?? byName[NamespacedName("", name)] { return .server(own) }
        return .mistaken(.noSuchServer(name))
    }

    /// The one server of several that fit; nil when none does.
    private func decide(_ found: [ServerID], by port: Int) -> Recognition? {
        if found.count <= 1 { return found.first.map(Recognition.server) }
        let listening = found.filter { self[$0].table.ports.contains(port) }
        if let only = listening.first, listening.count == 1 { return .server(only) }
        return .mistaken(.ambiguous(found.map { self[$0].table.name }.sorted()))
    }
}
