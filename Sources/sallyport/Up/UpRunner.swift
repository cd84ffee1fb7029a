import ClusterSource
import Foundation
import Gateway
import Kubernetes
import Ledger
import Logging
import RecordFiles
import Records
import Routing

/// Runs the front door until a signal ends it: state, objects, gateway, admin pages, in this order.
struct UpRunner {
    let plan: UpPlan
    private let logger: Logger

    init(plan: UpPlan) {
        self.plan = plan
        logger = Logger(label: "sallyport", factory: { _ in PlainLog(logLevel: plan.logLevel) })
    }

    func run() async throws {
        // Waiting for an API server ends as the system ends a program.
        let signals = plan.door == nil ? try Signals([SIGTERM, SIGINT]) : nil
        let state = try StateDirectory(plan.state)
        let objects = try UpObjects(plan, state: state, logger: logger)
        do {
            try await serve(objects, state, signals)
        } catch {
            // A key that was never shown is of no use to anybody, and would keep the next start from making one.
            if let made = objects.protected, made.newKey != nil {
                unlink(KeyFile.path(of: ProtectSetup.keyName, in: made.directory))
            }
            throw error
        }
        // Until here the state directory is ours.
        withExtendedLifetime(state) {}
    }

    private func serve(_ objects: UpObjects, _ state: StateDirectory, _ signals: Signals?) async throws {
        let authority = plan.isPlaintext || plan.door != nil ? nil : try authority(state)
        let desk = ClusterDesk(directory: objects.title)
        let hub = office(desk, state)
        let link =
            plan.door == nil
            ? try plan.send?.link(.gateway, logger: logger)
            : plan.send?.link(.gateway, part: ProcessInfo.processInfo.hostName, logger: logger)
        let sinks = (hub?.sinks ?? []) + (link.map { [$0.sink] } ?? [])
        let contents: [any ContentSink] = (hub.map { [$0.contents] } ?? []) + (link.map { [$0.sink] } ?? [])
        let gateway = try server(state, authority, sinks, contents, objects.clusterKeys)
        let source = objects.source
        let board = StatusBoard(gateway: gateway, directory: objects.title, source: source)
        // In a pod these pages also say that the API server is not there yet.
        let early = plan.door == nil ? nil : try await adminPages(gateway, board)
        let first = try await source.load()
        let signals = try signals ?? Signals([SIGTERM, SIGINT])
        await board.apply(first)
        try await refuseClosedDoors(gateway)
        let filter = try await NodeGuard(
            plan.node, first, recordsIn: "\(state.path)/agent", sinks: sinks, logger)
        desk.show { board.entries }
        hub?.take(first)
        try await open(hub, gateway, state)
        // Last, since these pages say that all is ready.
        let admin = if let early { early } else { try await adminPages(gateway, board) }
        try greet(
            Greeting(
                addresses: Self.addresses(gateway, first, isPlaintext: plan.isPlaintext), directory: objects.title,
                objectCount: first.objects.count, mistakeCount: first.mistakes.count, admin: admin.address,
                console: hub?.loginLink, state: state.path, authority: authority?.certificatePath,
                protected: objects.protected))
        let following = Task { await follow(source.changes, gateway, board, filter, hub) }
        await end(signals) {
            if let seconds = plan.door?.lameduck, seconds > 0 {
                await gateway.leave()
                try? await Task.sleep(for: .seconds(seconds))
            }
            source.stop()
            following.cancel()
            // The admin pages live as long as the gateway: a drain can be watched.
            await gateway.drain()
            await filter.stop()
            await link?.stop()
            await hub?.stop()
        }
    }

    /// What makes the gateway look at its configuration again.
    private enum Occasion: Sendable {
        case changed(Snapshot)
        /// A local certificate may have to be replaced.
        case hour
        /// A port that was taken may be free.
        case moment
        /// Keys of token issuers were fetched.
        case keys(KeySetUpdate)
    }

    /// Puts each snapshot in force, tries again every few seconds to open ports that were taken, and once an hour looks
    /// whether a local certificate is to be replaced: in one task, since the gateway takes one configuration at a time.
    private func follow(
        _ changes: AsyncStream<Snapshot>, _ gateway: GatewayServer, _ board: StatusBoard, _ filter: NodeGuard,
        _ hub: HubOffice?
    ) async {
        let (events, feed) = AsyncStream.makeStream(of: Occasion.self)
        // What a start and a change need of the program is needed no more afterwards.
        ProgramPages.giveBack()
        var hasChanged = true
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await snapshot in changes { feed.yield(.changed(snapshot)) }
                feed.finish()
            }
            group.addTask {
                while (try? await Task.sleep(for: .seconds(3600))) != nil { feed.yield(.hour) }
            }
            group.addTask {
                for await update in gateway.keyChanges { feed.yield(.keys(update)) }
            }
            group.addTask {
                while (try? await Task.sleep(for: .seconds(5))) != nil { feed.yield(.moment) }
            }
            group.addTask { await filter.lookAfter() }
            for await occasion in events {
                switch occasion {
                case .changed(let snapshot):
                    hasChanged = true
                    await board.apply(snapshot)
                    await filter.take(snapshot)
                    hub?.take(snapshot)
                case .hour: await gateway.renewCertificates()
                case .moment:
                    await gateway.retryPorts()
                    if hasChanged { ProgramPages.giveBack() }
                    hasChanged = false
                case .keys(let update): await gateway.use(update)
                }
            }
            group.cancelAll()
        }
    }

    private func authority(_ state: StateDirectory) throws -> LocalAuthority {
        do {
            return try LocalAuthority.load(
                orCreateIn: state.path, hostname: ProcessInfo.processInfo.hostName,
                now: Int(Date().timeIntervalSince1970))
        } catch {
            throw Failure(.inputOutput, "there is no local certificate authority: \(error)")
        }
    }

    private func server(
        _ state: StateDirectory, _ authority: LocalAuthority?, _ sinks: [any RecordSink],
        _ contents: [any ContentSink], _ clusterKeys: ClusterKeys?
    ) throws -> GatewayServer {
        var options = GatewayOptions(stateDirectory: state.path)
        options.bindAddress = plan.bind.description
        options.threads = plan.threads
        options.printsRecords = plan.printsRecords
        options.isPlaintext = plan.isPlaintext
        options.localAuthority = authority
        options.routing = plan.door.map(RoutingOptions.init(inCluster:)) ?? .embedded
        options.usesPodPorts = plan.door != nil
        options.clusterKeys = clusterKeys
        options.counters = plan.counters
        options.whenCountersFail = plan.whenCountersFail
        options.sinks = sinks
        options.contentSinks = contents
        options.beginsTraces = plan.hub.otlp != nil
        do {
            return try GatewayServer(options, logger: logger)
        } catch let error as LedgerError {
            throw Failure(.inputOutput, "what was spent is not known: \(error)")
        } catch let error as StateFileError {
            throw Failure(.inputOutput, "\(error)", advice: "choose another --state")
        } catch {
            throw Failure(.inputOutput, "records cannot be written: \(error)", advice: "choose another --state")
        }
    }

    /// A port that is taken at the start is an error; one that a later change asks for is a condition.
    private func refuseClosedDoors(_ gateway: GatewayServer) async throws {
        guard let (port, reason) = gateway.portFailures.min(by: { $0.key < $1.key }) else { return }
        await gateway.drain(deadline: .zero)
        throw Failure(
            .unavailable, "port \(port) cannot be opened on \(plan.bind): \(reason)",
            advice: "stop what listens there, or give the listener another port")
    }

    private func adminPages(_ gateway: GatewayServer, _ board: StatusBoard) async throws -> AdminServer {
        do {
            let pages = AdminPages(gateway, version: Version.text) { board.page() }.adding(board.source)
            return try await AdminServer(pages, of: gateway, host: plan.admin.host, port: plan.admin.port)
        } catch {
            await gateway.drain(deadline: .zero)
            throw Failure(
                .unavailable, "the admin address \(plan.admin) cannot be opened: \(error)",
                advice: "choose another with --admin")
        }
    }

    /// The hub, if there is to be one and its history can be opened. A history that cannot be is no reason to leave the door
    /// without a guard.
    private func office(_ desk: ClusterDesk, _ state: StateDirectory) -> HubOffice? {
        guard plan.hub.console != nil else { return nil }
        do {
            return try HubOffice(plan.hub, state: state.path, desk: desk, node: plan.node?.node, logger: logger)
        } catch {
            logger.error("there is no hub and no console", metadata: ["reason": "\(error)"])
            return nil
        }
    }

    private func open(_ hub: HubOffice?, _ gateway: GatewayServer, _ state: StateDirectory) async throws {
        guard let hub, let address = plan.hub.console else { return }
        do {
            try await hub.open(
                at: address, state: state.path, access: { gateway.access }, isReady: { gateway.isReady })
        } catch {
            await gateway.drain(deadline: .zero)
            throw error
        }
    }

    /// On standard output, unless that is where the records go.
    private func greet(_ greeting: Greeting) throws {
        let terminal = plan.printsRecords ? Terminal.standardError : Terminal.standardOutput
        switch plan.format {
        case .json: terminal.line(try JSON.text(greeting.report, pretty: false))
        case .text: greeting.lines(terminal).forEach { terminal.line($0) }
        }
    }

    /// The first signal begins the end, the second does not wait for it.
    private func end(_ signals: Signals, _ drain: @escaping @Sendable () async -> Void) async {
        var iterator = signals.stream.makeAsyncIterator()
        _ = await iterator.next()
        logger.notice("ending: running requests may finish; a second signal ends them")
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await drain() }
            group.addTask {
                for await _ in signals.stream { return }
            }
            await group.next()
            group.cancelAll()
        }
        logger.notice("ended")
    }

    /// Base URLs by port, with the scheme that the listener there has.
    static func addresses(_ gateway: GatewayServer, _ snapshot: Snapshot, isPlaintext: Bool) -> [String] {
        let listeners = snapshot.objects.gateways.values.flatMap { snapshot.objects.listeners(of: $0) }
        return gateway.boundAddresses.sorted { $0.key < $1.key }.map { port, address in
            // Those of a Gateway itself come first: who lost to them says nothing about the port.
            let first = listeners.first { $0.port == port && ["HTTP", "HTTPS"].contains($0.protocolName) }
            let isTLS = !isPlaintext && first?.protocolName == "HTTPS"
            return "\(isTLS ? "https" : "http")://\(callable(address))"
        }
    }

    /// An address that can be called from here: "every address" is none.
    static func callable(_ address: String) -> String {
        if address.hasPrefix("0.0.0.0:") { return "127.0.0.1:" + address.dropFirst("0.0.0.0:".count) }
        if address.hasPrefix("[::]:") { return "[::1]:" + address.dropFirst("[::]:".count) }
        return address
    }
}
