import Foundation
import Gateway
import Kubernetes

/// What `up` adds to the objects of a directory, for saying what their status would be without running anything.
enum LocalPreview {
    /// The snapshot with a certificate for each HTTPS listener that names none, of an authority that is made for this
    /// and forgotten.
    static func fill(_ snapshot: Snapshot, now: Date) throws -> Snapshot {
        guard let pair = try certificate(for: snapshot, now: Int(now.timeIntervalSince1970)) else { return snapshot }
        var snapshot = snapshot
        for (key, gateway) in snapshot.objects.gateways {
            var gateway = gateway
            complete(&gateway.listeners, in: key.namespace, pair, &snapshot.objects)
            snapshot.objects.gateways[key] = gateway
        }
        for (key, set) in snapshot.objects.listenerSets {
            var set = set
            complete(&set.listeners, in: key.namespace, pair, &snapshot.objects)
            snapshot.objects.listenerSets[key] = set
        }
        return snapshot
    }

    private static func complete(
        _ listeners: inout [Kubernetes.Gateway.Listener], in namespace: String, _ pair: CertificateSource,
        _ objects: inout Objects
    ) {
        let secret = NamespacedName(namespace, "sallyport-local")
        for index in listeners.indices where isBare(listeners[index]) {
            let reference = ObjectRef(group: "", kind: Secret.kind, name: secret.name, namespace: nil)
            listeners[index].tls = Kubernetes.Gateway.TLS(
                mode: "Terminate", certificateRefs: [reference], options: [:])
            objects.secrets[secret] = .tls(secret, certificateChain: pair.chain, privateKey: pair.key)
        }
    }

    private static func isBare(_ listener: Kubernetes.Gateway.Listener) -> Bool {
        listener.protocolName == "HTTPS" && listener.tls?.certificateRefs.isEmpty ?? true
    }

    private static func certificate(for snapshot: Snapshot, now: Int) throws -> CertificateSource? {
        let objects = snapshot.objects
        let all = objects.gateways.values.map(\.listeners) + objects.listenerSets.values.map(\.listeners)
        let bare = all.joined().filter(isBare)
        guard !bare.isEmpty else { return nil }
        let folder = FileManager.default.temporaryDirectory.path + "/sallyport-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do {
            let authority = try LocalAuthority.load(orCreateIn: folder, hostname: "preview", now: now)
            return try authority.issue(names: ["localhost"] + Set(bare.compactMap(\.hostname)).sorted(), now: now)
                .source
        } catch {
            throw Failure(.inputOutput, "no certificate can be made for the listeners without one: \(error)")
        }
    }
}
