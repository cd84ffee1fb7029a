import Kubernetes
import Logging
import Synchronization

/// What embedded mode does to objects before they are compiled: HTTPS listeners that name no certificate get one of
/// the local authority, and in plaintext mode HTTPS listeners are served without TLS, unless they
/// demand client certificates.
final class LocalCertificates: Sendable {
    private let isPlaintext: Bool
    private let bindAddress: String
    private let authority: LocalAuthority?
    private let logger: Logger
    /// What was issued, by names: a new snapshot does not mean new certificates.
    private let issued = Mutex<[[String]: LocalAuthority.Issued]>([:])

    init(_ options: GatewayOptions, logger: Logger) {
        isPlaintext = options.isPlaintext
        bindAddress = options.bindAddress
        authority = options.localAuthority
        self.logger = logger
    }

    /// True when a certificate should be replaced by now.
    ///
    /// - Parameter now: seconds since 1970.
    func isRenewalDue(now: Int) -> Bool { issued.withLock { $0.values.contains { $0.renewAt <= now } } }

    /// The snapshot that is compiled.
    ///
    /// - Parameter now: seconds since 1970.
    func fill(_ snapshot: Snapshot, now: Int) -> Snapshot {
        var snapshot = snapshot
        for (key, gateway) in snapshot.objects.gateways {
            var gateway = gateway
            for index in gateway.listeners.indices {
                fill(&gateway.listeners[index], of: gateway, key.name, key.namespace, &snapshot.objects, now)
            }
            snapshot.objects.gateways[key] = gateway
        }
        for (key, set) in snapshot.objects.listenerSets {
            guard let gateway = set.gateway.flatMap({ snapshot.objects.gateways[$0] }) else { continue }
            var set = set
            for index in set.listeners.indices {
                fill(&set.listeners[index], of: gateway, "set-\(key.name)", key.namespace, &snapshot.objects, now)
            }
            snapshot.objects.listenerSets[key] = set
        }
        return snapshot
    }

    private func fill(
        _ listener: inout Gateway.Listener, of gateway: Gateway, _ owner: String, _ namespace: String,
        _ objects: inout Objects, _ now: Int
    ) {
        guard listener.protocolName == "HTTPS" else { return }
        // Without TLS nobody could show the certificate that is asked for: such a listener stays as it is.
        let validation = gateway.frontendTLS?.validation(port: listener.port)
        if isPlaintext, validation?.allowInsecureFallback ?? true {
            listener.protocolName = "HTTP"
            listener.tls = nil
            return
        }
        guard listener.tls?.certificateRefs.isEmpty ?? true,
            let pair = certificate(for: listener.hostname, now: now)
        else { return }
        let name = NamespacedName(namespace, "sallyport-local-\(owner)-\(listener.name)")
        objects.secrets[name] = Secret.tls(name, certificateChain: pair.chain, privateKey: pair.key)
        listener.tls = Gateway.TLS(
            mode: "Terminate",
            certificateRefs: [ObjectRef(group: "", kind: Secret.kind, name: name.name, namespace: nil)],
            options: listener.tls?.options ?? [:])
    }

    private func certificate(for hostname: String?, now: Int) -> CertificateSource? {
        guard let authority else { return nil }
        var names = ["localhost", "127.0.0.1", "::1"]
        if let hostname { names.insert(hostname, at: 0) }
        if !names.contains(bindAddress), bindAddress != "0.0.0.0", bindAddress != "::" { names.append(bindAddress) }
        return issued.withLock { issued in
            if let known = issued[names], known.renewAt > now { return known.source }
            do {
                let new = try authority.issue(names: names, now: now)
                issued[names] = new
                return new.source
            } catch {
                logger.error("the local authority issues no certificate", metadata: ["reason": "\(error)"])
                return issued[names]?.source
            }
        }
    }
}
