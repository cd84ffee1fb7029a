import CInstallation
import Kubernetes

/// The objects of an installation: those of `install/manifests`, changed as somebody wishes.
///
/// The chart makes the same objects from the same wishes; a test holds both against each other.
enum InstallObjects {
    /// The plain manifests.
    static func manifests() throws(SyntaxError) -> [YAMLTree] {
        let bytes = UnsafeBufferPointer(start: installation_manifests(), count: installation_manifests_count())
        return try YAMLTree.documents(Array(bytes))
    }

    /// The objects, in the order in which they can be made.
    static func make(_ wish: InstallWish, of manifests: [YAMLTree]) -> [YAMLTree] {
        let kept = manifests.filter { object in
            switch object.component {
            case "hub": wish.hasHub
            case "agent": wish.hasAgent
            default: true
            }
        }
        return kept.map { change($0, wish) } + InstallGrants.make(wish)
    }

    private static let podKinds: Set<String> = ["Deployment", "DaemonSet", "StatefulSet"]

    private static func change(_ object: YAMLTree, _ wish: InstallWish) -> YAMLTree {
        guard podKinds.contains(object.kind) else { return object }
        var object = object.mapping("spec", "template", "spec", "containers") { container($0, wish) }
        if !wish.pullSecrets.isEmpty {
            let names = wish.pullSecrets.map { YAMLTree.map([.init("name", .text($0))]) }
            object = object.setting("spec", "template", "spec", "imagePullSecrets", to: .list(names))
        }
        switch object.component {
        case "controller": return object.setting("spec", "replicas", to: .integer(wish.replicas))
        case "hub": return storing(object, wish.storage)
        case "agent" where !wish.hasHub:
            return object.mapping("spec", "template", "spec", "volumes") { $0.isCertificate ? nil : $0 }
        default: return object
        }
    }

    private static func container(_ container: YAMLTree, _ wish: InstallWish) -> YAMLTree {
        let arguments = (container["args"]?.elements ?? []).flatMap { argument($0.string ?? "", wish) }
        var changed = container.setting("image", to: .text(wish.image))
            .setting("imagePullPolicy", to: .text(wish.pullPolicy))
            .setting("args", to: .list(arguments.map { .text($0) }))
        if !wish.hasHub { changed = changed.mapping("volumeMounts") { $0.isCertificate ? nil : $0 } }
        return changed
    }

    /// What an argument of the manifests becomes: the same, another, several or none.
    private static func argument(_ text: String, _ wish: InstallWish) -> [String] {
        guard let equals = text.firstIndex(of: "=") else { return [text] }
        let name = String(text[..<equals])
        switch name {
        case "--gateway-image": return ["\(name)=\(wish.image)"]
        case "--gateway-pull-policy":
            return ["\(name)=\(wish.pullPolicy)"] + wish.pullSecrets.map { "--gateway-pull-secret=\($0)" }
        case "--gateway-replicas": return ["\(name)=\(wish.gatewayReplicas)"]
        case "--gateway-service": return ["\(name)=\(wish.gatewayService)"]
        // Gateways send records unless they are told not to.
        case "--webhook": return wish.hasHub ? [text] : ["--gateway-send-to=none", text]
        case "--send-to", "--send-cert", "--send-key", "--send-ca": return wish.hasHub ? [text] : []
        case "--log-level": return ["\(name)=\(wish.logLevel)"]
        default: return [text]
        }
    }

    /// Where history is kept.
    private static func storing(_ hub: YAMLTree, _ storage: InstallWish.Storage) -> YAMLTree {
        switch storage {
        case .volume(let size, let className):
            return hub.mapping("spec", "volumeClaimTemplates") { claim in
                let sized = claim.setting("spec", "resources", "requests", "storage", to: .text(size))
                return className.isEmpty ? sized : sized.setting("spec", "storageClassName", to: .text(className))
            }
        case .pod:
            let size =
                hub.at("spec", "volumeClaimTemplates")?.elements.first?
                .at("spec", "resources", "requests", "storage") ?? "20Gi"
            let volume: YAMLTree = ["name": "history", "emptyDir": ["sizeLimit": size]]
            let spec = ["spec", "template", "spec", "volumes"]
            let with = hub.changing(spec) { .list(($0?.elements ?? []) + [volume]) } ?? hub
            return with.setting("spec", "volumeClaimTemplates", to: nil)
        }
    }
}

extension YAMLTree {
    /// True for the volume with a certificate of ours, and for the mount of it.
    fileprivate var isCertificate: Bool { self["name"] == "certificate" }
}
