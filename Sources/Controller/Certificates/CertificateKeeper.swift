import ClusterSource
import Foundation
import Kubernetes
import Logging
import ModelTraffic
import Synchronization

/// Keeps the certificates of our own parts, and tells the API server whom to trust at admission.
final class CertificateKeeper: Sendable {
    private let cluster: Cluster
    private let plan: CertificatePlan
    private let leaves: [LeafSpec]
    /// False: others make them; only the API server is told.
    private let makes: Bool
    private let clock: ControllerClock
    private let logger: Logger
    private let problem = Mutex<String?>(nil)

    /// What is wrong now, one sentence without a full stop; nil: nothing.
    var trouble: String? { problem.withLock { $0 } }

    init(
        _ cluster: Cluster, _ lifetimes: CertificatePlan.Lifetimes, leaves: [LeafSpec], makes: Bool,
        clock: ControllerClock, logger: Logger
    ) {
        self.cluster = cluster
        plan = CertificatePlan(lifetimes)
        self.leaves = leaves
        self.makes = makes
        self.clock = clock
        self.logger = logger
    }

    /// Keeps until the task is cancelled.
    ///
    /// - Parameter may: whether we may still write, asked each time.
    func run(while may: @Sendable () -> Bool) async {
        while !Task.isCancelled {
            let isDone = await turn(may)
            await clock.sleep(isDone ? 60_000 : 3000)
        }
    }

    /// Looks once. False: something failed.
    func turn(_ may: @Sendable () -> Bool) async -> Bool {
        var failure: String?
        if makes {
            do throws(Failure) { try await keep(may) } catch { failure = error.words }
        }
        do throws(APIError) { try await tellServer(may) } catch { failure = failure ?? "\(error)" }
        let words = failure
        problem.withLock { $0 = words }
        if let words { logger.warning("the certificates of our own parts: \(words)") }
        return words == nil
    }

    private struct Failure: Error {
        var words: String
    }

    // MARK: Making

    private func keep(_ may: @Sendable () -> Bool) async throws(Failure) {
        do {
            let kept = try await authorities(may)
            for spec in leaves where may() { try await keep(spec, kept, may) }
        } catch let error as Failure {
            throw error
        } catch {
            throw Failure(words: "\(error)")
        }
    }

    private func place(_ namespace: String, _ name: String) -> ObjectPlace {
        ObjectPlace(resource: SecretText.resource, namespace: namespace, name: name)
    }

    /// The authorities, after everything that is due has been done.
    private func authorities(_ may: @Sendable () -> Bool) async throws -> SecretText.Kept {
        let place = place(Installation.Namespaces.system, Installation.Secrets.authority)
        var secret = try await cluster.get(place)
        var kept = SecretText.Kept(secret.map(SecretText.texts) ?? [:])
        // Each step makes another one due at most: making, preparing, promoting, forgetting.
        for _ in 0..<4 {
            let now = clock.today()
            guard may(), let step = plan.step(kept.seen, now: now) else { break }
            kept = try kept.after(step, now: now, plan.lifetimes)
            let body = SecretText.body(
                namespace: place.namespace, name: place.name, kept.data(now: now),
                resourceVersion: secret?.at("metadata", "resourceVersion")?.text)
            // A conflict: somebody else was faster, and next time his are read.
            secret = try await cluster.store(place, body)
            logger.notice("the authority of our own parts: \(step)")
        }
        return kept
    }

    private func keep(_ spec: LeafSpec, _ kept: SecretText.Kept, _ may: @Sendable () -> Bool) async throws {
        let place = place(spec.namespace, spec.secret)
        let secret = try await cluster.get(place)
        let texts = secret.map(SecretText.texts) ?? [:]
        let now = clock.today()
        let authorities = [kept.signing?.certificate, kept.next?.certificate, kept.previous].compactMap { $0 }
        let pair = texts[Installation.Secrets.certificate].flatMap { chain in
            texts[Installation.Secrets.key].map { CertificateMaker.Pair(certificate: chain, key: $0) }
        }
        let leaf = CertificatePlan.Leaf(
            spec: spec,
            certificate: pair.flatMap {
                CertificateMaker.isPair($0) ? CertificateMaker.read($0.certificate, signedBy: authorities) : nil
            },
            trusted: CertificateMaker.fingerprints(texts[Installation.Secrets.authorities] ?? ""),
            isForeign: secret.map(SecretText.isForeign) ?? false)
        guard may(), let step = plan.steps([leaf], kept.seen, now: now).first, let signing = kept.signing else {
            return
        }
        var data = texts
        data[Installation.Secrets.authorities] = kept.bundle(now: now)
        if case .issue = step {
            let made = try CertificateMaker.leaf(spec, by: signing, now: now, plan.lifetimes)
            data[Installation.Secrets.certificate] = made.certificate
            data[Installation.Secrets.key] = made.key
        }
        let body = SecretText.body(
            namespace: spec.namespace, name: spec.secret, data,
            resourceVersion: secret?.at("metadata", "resourceVersion")?.text)
        _ = try await cluster.store(place, body)
        logger.notice("certificate written", metadata: ["secret": "\(place)"])
    }

    // MARK: The API server

    private static let configuration = APIResource(
        group: "admissionregistration.k8s.io", version: "v1", plural: "validatingwebhookconfigurations",
        kind: "ValidatingWebhookConfiguration", isNamespaced: false)

    /// Puts the authorities of the webhook's certificate into its configuration, where there is one.
    private func tellServer(_ may: @Sendable () -> Bool) async throws(APIError) {
        let place = ObjectPlace(
            resource: Self.configuration, namespace: "", name: Installation.Webhook.configuration)
        guard let live = try await cluster.get(place), !SecretText.isForeign(live) else { return }
        let secret = try await cluster.get(self.place(Installation.Namespaces.system, Installation.Secrets.webhook))
        guard let bundle = secret.flatMap({ SecretText.texts($0)[Installation.Secrets.authorities] }), !bundle.isEmpty
        else { return }
        let text = Data(bundle.utf8).base64EncodedString()
        let ours = (live["webhooks"]?.elements ?? []).filter { webhook in
            [Installation.Webhook.own, Installation.Webhook.others].contains(webhook["name"]?.text)
        }
        guard may(), ours.contains(where: { $0.at("clientConfig", "caBundle")?.text != text }) else { return }
        let webhooks = ours.compactMap { $0["name"]?.text }.map { name in
            JSONLiteral.object(["name": .string(name), "clientConfig": .object(["caBundle": .string(text)])])
        }
        let body = JSONLiteral.object([
            "apiVersion": .string(Self.configuration.apiVersion), "kind": .string(Self.configuration.kind),
            "metadata": .object(["name": .string(place.name)]), "webhooks": .array(webhooks),
        ])
        _ = try await cluster.apply(place, body, as: Installation.fieldManager, force: true)
        logger.notice("the API server knows the webhook's authority")
    }
}
