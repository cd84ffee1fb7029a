import GRPCCore
import GRPCNIOTransportHTTP2
import Logging
import SwiftProtobuf
import Telemetry

/// Hubble's Observer, answered from our records.
struct ObserverService: Observer_Observer.SimpleServiceProtocol {
    let source: any FlowSource
    let configuration: ObserverServer.Configuration
    let logger: Logger
    let clock: @Sendable () -> Int64

    func getFlows(
        request: Observer_GetFlowsRequest, response: RPCWriter<Observer_GetFlowsResponse>, context: ServerContext
    ) async throws {
        try admit(context)
        let asked: FlowRequest
        do throws(FlowRequest.Problem) {
            asked = try FlowRequest(request)
        } catch {
            throw RPCError(code: .invalidArgument, message: error.description)
        }
        try await untilCancelled(context) {
            try await answer(asked, response)
        }
    }

    func getNodes(request: Observer_GetNodesRequest, context: ServerContext) async throws -> Observer_GetNodesResponse {
        try admit(context)
        let status = try await read { try await source.flowStatus() }
        var response = Observer_GetNodesResponse()
        response.nodes = status.nodes.map { node in
            var one = Observer_Node()
            one.name = node.name
            one.version = node.version
            one.state = node.isConnected ? .nodeConnected : .nodeUnavailable
            one.tls.enabled = true
            one.tls.serverName = node.name
            one.seenFlows = node.seen
            return one
        }
        return response
    }

    func getNamespaces(
        request: Observer_GetNamespacesRequest, context: ServerContext
    ) async throws -> Observer_GetNamespacesResponse {
        try admit(context)
        let hour: Int64 = 3_600_000_000
        let names = try await read { try await source.namespaces(since: clock() - hour) }
        var response = Observer_GetNamespacesResponse()
        response.namespaces = Set(names).filter { !$0.isEmpty }.sorted().map { name in
            var one = Observer_Namespace()
            one.namespace = name
            return one
        }
        return response
    }

    func serverStatus(
        request: Observer_ServerStatusRequest, context: ServerContext
    ) async throws -> Observer_ServerStatusResponse {
        try admit(context)
        let status = try await read { try await source.flowStatus() }
        let away = status.nodes.filter { !$0.isConnected }.map(\.name)
        var response = Observer_ServerStatusResponse()
        response.numFlows = status.kept
        // There is no ring that fills: what is kept is bounded by time and by bytes.
        response.maxFlows = max(status.kept, status.seen)
        response.seenFlows = status.seen
        response.uptimeNs = UInt64(clamping: status.uptime).multipliedReportingOverflow(by: 1000).partialValue
        response.numConnectedNodes = .init(UInt32(clamping: status.nodes.count - away.count))
        response.numUnavailableNodes = .init(UInt32(clamping: away.count))
        response.unavailableNodes = away
        response.version = status.version
        response.flowsRate = status.rate
        return response
    }

    // MARK: flows

    private func answer(_ asked: FlowRequest, _ response: RPCWriter<Observer_GetFlowsResponse>) async throws {
        // Whoever follows is listening before the past is read, so that nothing falls between.
        let live = asked.follows ? await source.follow() : nil
        for status in try await nodes() { try await response.write(status) }
        var recent = RecentLines(isFromEnd: asked.isFromEnd)
        if !asked.isOnlyLive {
            if asked.isFromEnd {
                try await last(asked, response, &recent)
            } else {
                try await forward(asked, response, &recent)
            }
        }
        guard let live else { return }
        try await follow(asked, live, response, &recent)
    }

    /// From the beginning on, as it is read.
    private func forward(
        _ asked: FlowRequest, _ response: RPCWriter<Observer_GetFlowsResponse>, _ recent: inout RecentLines
    ) async throws {
        var sent: UInt64 = 0
        var cursor: String?
        repeat {
            let page = try await read { try await source.page(asked.question(after: cursor)) }
            for line in page.lines {
                if asked.follows { recent.note(line) }
                guard let answer = asked.answer(to: line, emitter: configuration.version) else { continue }
                try await response.write(answer.response)
                guard answer.isFlow else { continue }
                sent += 1
                if asked.number > 0, sent == asked.number { return }
            }
            cursor = page.next
            try Task.checkCancellation()
        } while cursor != nil
    }

    /// The last ones, looked for from the end and sent in the order in which they happened.
    private func last(
        _ asked: FlowRequest, _ response: RPCWriter<Observer_GetFlowsResponse>, _ recent: inout RecentLines
    ) async throws {
        var found: [Observer_GetFlowsResponse] = []
        var flows: UInt64 = 0
        var cursor: String?
        search: repeat {
            let page = try await read { try await source.page(asked.question(after: cursor)) }
            for line in page.lines {
                if asked.follows { recent.note(line) }
                guard let answer = asked.answer(to: line, emitter: configuration.version) else { continue }
                found.append(answer.response)
                guard answer.isFlow else { continue }
                flows += 1
                if flows == asked.number { break search }
            }
            cursor = page.next
            try Task.checkCancellation()
        } while cursor != nil
        for message in found.reversed() { try await response.write(message) }
    }

    private func follow(
        _ asked: FlowRequest, _ live: AsyncStream<FlowNews>, _ response: RPCWriter<Observer_GetFlowsResponse>,
        _ recent: inout RecentLines
    ) async throws {
        for await news in live {
            switch news {
            case .missed(let count):
                var message = Observer_GetFlowsResponse()
                message.time = Google_Protobuf_Timestamp(microseconds: clock())
                message.lostEvents = .missed(count)
                try await response.write(message)
            case .line(let line):
                guard !recent.isOld(line), let answer = asked.answer(to: line, emitter: configuration.version) else {
                    break
                }
                try await response.write(answer.response)
            }
            if let until = asked.until, clock() > until { return }
        }
    }

    /// Which nodes have a part in the answer, and which should.
    private func nodes() async throws -> [Observer_GetFlowsResponse] {
        let status = try await read { try await source.flowStatus() }
        let here = status.nodes.filter(\.isConnected).map(\.name)
        let away = status.nodes.filter { !$0.isConnected }.map(\.name)
        return [(here, Relay_NodeState.nodeConnected, ""), (away, .nodeUnavailable, "the agent is not connected")]
            .filter { !$0.0.isEmpty }
            .map { names, state, words in
                var message = Observer_GetFlowsResponse()
                message.time = Google_Protobuf_Timestamp(microseconds: clock())
                message.nodeStatus.stateChange = state
                message.nodeStatus.nodeNames = names
                message.nodeStatus.message = words
                return message
            }
    }

    // MARK: calls

    /// Who may look: anybody on a socket of this machine, and else whom the certificate names.
    private func admit(_ context: ServerContext) throws {
        guard case .tls(_, let clients) = configuration.security, !clients.isEmpty else { return }
        let certificate = (context.transportSpecific as? HTTP2ServerTransport.Posix.Context)?.peerCertificate
        let names = certificate.map(CertificateNames.of) ?? []
        guard !clients.isDisjoint(with: names) else {
            logger.warning("somebody may not look at flows", metadata: ["peer": "\(context.remotePeer)"])
            throw RPCError(code: .permissionDenied, message: "the certificate names nobody who may look at flows")
        }
    }

    private func read<Result>(_ work: () async throws -> Result) async throws -> Result {
        do {
            return try await work()
        } catch let error as CancellationError {
            throw error
        } catch {
            logger.error("flows could not be read", metadata: ["reason": "\(error)"])
            throw RPCError(code: .unavailable, message: "the history cannot be read now")
        }
    }

    /// Ends the work when the client goes or the server stops: gRPC says so, and cancels nothing itself.
    private func untilCancelled(_ context: ServerContext, _ work: @escaping @Sendable () async throws -> Void)
        async throws
    {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await context.cancellation.cancelled
                throw RPCError(code: .cancelled, message: "the client has gone, or the hub stops")
            }
            defer { group.cancelAll() }
            _ = try await group.next()
        }
    }
}
