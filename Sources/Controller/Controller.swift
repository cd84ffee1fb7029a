import ClusterSource
import Kubernetes
import Logging
import Routing
import Synchronization

/// `sallyport controller`: of several that run, one leads. It deploys the gateways, says in every object's `status`
/// what became of it, and makes the certificates of our own parts. All of them answer at admission.
public final class Controller: Sendable {
    private let configuration: ControllerConfiguration
    private let cluster: Cluster
    private let source: APIServerSource
    private let logger: Logger
    private let leadership: Leadership
    private let statuses: StatusWriter
    private let gateways: GatewayKeeper?
    private let certificates: CertificateKeeper
    private let desk: AdmissionDesk
    private let shown = WebhookCertificate()
    private let newest = Mutex<Snapshot?>(nil)
    private let toJudge = Doorbell()
    private let leading = Doorbell()
    private let webhookPort = Mutex<Int?>(nil)

    private var clock: ControllerClock { configuration.clock }

    /// A controller of the cluster of that client. Nothing is asked before it runs.
    public init(
        _ configuration: ControllerConfiguration, client: APIClient, source: APIServerSource, logger: Logger
    ) {
        let cluster = Cluster(client: client)
        let clock = configuration.clock
        self.configuration = configuration
        self.cluster = cluster
        self.source = source
        self.logger = logger
        leadership = Leadership(
            cluster, identity: configuration.identity, timing: configuration.timing, clock: clock, logger: logger)
        statuses = StatusWriter(cluster, pace: configuration.pace, clock: clock, logger: logger)
        gateways = configuration.gateways.map { GatewayKeeper(cluster, $0, clock: clock, logger: logger) }
        certificates = CertificateKeeper(
            cluster, configuration.lifetimes, leaves: LeafSpec.all(clusterDomain: configuration.clusterDomain),
            makes: configuration.makesCertificates, clock: clock, logger: logger)
        desk = AdmissionDesk(configuration.judge, clock: clock, logger: logger)
    }

    /// Whether it leads.
    public var isLeader: Bool { leadership.isLeader }

    /// Runs until the task is cancelled; then it gives the lead back.
    ///
    /// - Throws: when a port cannot be opened.
    public func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.follow() }
            group.addTask { await self.leadership.run { _ in self.leading.ring() } }
            group.addTask { await self.takeTurns() }
            if let webhook = configuration.webhook { group.addTask { try await self.serve(webhook) } }
            do {
                while try await group.next() != nil {}
            } catch {
                group.cancelAll()
                throw error
            }
        }
    }

    // MARK: What is known

    private func follow() async {
        await withTaskCancellationHandler {
            do throws(ClusterError) {
                take(try await source.load(within: nil))
                logger.notice("the cluster is known")
            } catch {
                if !Task.isCancelled { logger.error("the cluster cannot be read: \(error)") }
                return
            }
            for await snapshot in source.changes { take(snapshot) }
        } onCancel: {
            source.stop()
        }
    }

    private func take(_ snapshot: Snapshot) {
        newest.withLock { $0 = snapshot }
        desk.take(snapshot)
        toJudge.ring()
    }

    // MARK: Leading

    private func takeTurns() async {
        while !Task.isCancelled {
            guard leadership.isLeader else {
                await leading.wait(atMost: 1000, clock)
                continue
            }
            await lead()
        }
    }

    /// Everything that only one may do, until somebody else leads.
    private func lead() async {
        let may = { @Sendable in self.leadership.isLeader }
        // Whoever led before has written other statuses than we know of.
        statuses.doubt()
        toJudge.ring()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.certificates.run(while: may) }
            group.addTask { await self.judge(while: may) }
            group.addTask { await self.statuses.run(while: may) }
            group.addTask { await self.doubtAtTimes() }
            if let gateways { group.addTask { await gateways.run(while: may) { self.toJudge.ring() } } }
            group.addTask {
                while !Task.isCancelled, may() { await self.leading.wait(atMost: 1000, self.clock) }
            }
            // The first to end is the one that has seen the end, or the task is cancelled.
            _ = await group.next()
            group.cancelAll()
        }
    }

    /// Others may write over what we said: every ten minutes it is looked at.
    private func doubtAtTimes() async {
        while !Task.isCancelled {
            await clock.sleep(600_000)
            statuses.doubt()
        }
    }

    /// Judges the newest snapshot, and again when something changes, but never more than a fifth of the time.
    private func judge(while may: @Sendable () -> Bool) async {
        while !Task.isCancelled, may() {
            // Keys expire without anything changing.
            await toJudge.wait(atMost: 60_000, clock)
            guard let snapshot = newest.withLock({ $0 }), may() else { continue }
            let start = clock.now()
            judge(snapshot)
            await clock.sleep(max(100, (clock.now() - start) * 4))
        }
    }

    private func judge(_ snapshot: Snapshot) {
        let proofs = GuaranteeProofs(snapshot.objects)
        desk.take(snapshot, broken: proofs.refuted)
        let composer = StatusComposer(
            judge: configuration.judge, snapshot: snapshot, proofs: proofs, standings: gateways?.standings ?? [:],
            runsGateways: gateways != nil, now: clock.today())
        let drafts = composer.drafts()
        gateways?.want(composer.wanted(drafts))
        statuses.wish(drafts)
    }

    // MARK: Admission

    private func serve(_ webhook: ControllerConfiguration.Webhook) async throws {
        let server = WebhookServer(
            host: webhook.endpoint.host, port: webhook.endpoint.port, desk: desk, logger: logger,
            limit: Int64(Installation.Webhook.timeoutSeconds) * 1000 - 1000)
        var tls = try shown.configuration(clients: webhook.clientAuthorities)
        while tls == nil, !Task.isCancelled {
            await readCertificate()
            tls = try shown.configuration(clients: webhook.clientAuthorities)
            if tls == nil { await clock.sleep(2000) }
        }
        guard let tls else { return }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await server.run(tls) { port in self.webhookPort.withLock { $0 = port } }
            }
            group.addTask {
                while !Task.isCancelled {
                    await self.clock.sleep(60_000)
                    await self.readCertificate()
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func readCertificate() async {
        let place = ObjectPlace(
            resource: SecretText.resource, namespace: Installation.Namespaces.system,
            name: Installation.Secrets.webhook)
        do throws(APIError) {
            guard let secret = try await cluster.get(place) else { return }
            let texts = SecretText.texts(secret)
            guard let chain = texts[Installation.Secrets.certificate], let key = texts[Installation.Secrets.key] else {
                return
            }
            if !shown.take(chain: chain, key: key) { logger.error("\(place) has no certificate with its key") }
        } catch {
            if !Task.isCancelled { logger.warning("the certificate of the webhook: \(error)") }
        }
    }

    // MARK: How it stands

    /// For its pages.
    public var report: ControllerReport {
        let (done, asked) = (statuses.done, desk.counts)
        let standings = gateways?.standings ?? [:]
        return ControllerReport(
            identity: configuration.identity, isLeader: leadership.isLeader, leader: leadership.holder,
            health: source.health,
            statuses: .init(
                written: done.written, unchanged: done.unchanged, failed: done.failed, waiting: statuses.waiting),
            admission: .init(allowed: asked.allowed, refused: asked.refused, unanswered: asked.unanswered),
            answersAtAdmission: configuration.webhook == nil || webhookPort.withLock { $0 } != nil,
            gateways: standings.sorted { $0.key < $1.key }.map { name, standing in
                .init(
                    name: name, ready: standing.ready, addresses: standing.addresses.compactMap(\.value),
                    problem: standing.problem?.message)
            }, trouble: certificates.trouble)
    }
}

extension StatusComposer {
    /// Which Gateways are to have what they need.
    func wanted(_ drafts: [StatusDraft]) -> GatewayKeeper.Wanted {
        var wanted = GatewayKeeper.Wanted()
        for draft in drafts {
            guard case .gateway(let conditions, _, _, _) = draft.content else { continue }
            let name = draft.place.key
            let isAccepted = conditions.first { $0.type == "Accepted" }?.status == .true
            if isAccepted, let gateway = snapshot.objects.gateways[name] {
                wanted.gateways.append(gateway)
                wanted.added[name] = snapshot.objects.listenerSets(of: gateway).flatMap(\.listeners)
            } else {
                wanted.kept.insert(name)
            }
        }
        for object in snapshot.objects.invalid where object.reference.kind == Gateway.kind {
            if object.isLost || object.reference.name.isEmpty { wanted.keepsAll = true }
            wanted.kept.insert(NamespacedName(object.reference.namespace, object.reference.name))
        }
        // What is ours is decided by classes: one that cannot be read may be ours.
        if snapshot.objects.invalid.contains(where: { $0.reference.kind == GatewayClass.kind }) {
            wanted.keepsAll = true
        }
        for gatewayClass in snapshot.objects.gatewayClasses.values {
            wanted.classes[gatewayClass.metadata.name] = gatewayClass
        }
        return wanted
    }
}
