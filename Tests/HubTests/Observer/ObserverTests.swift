import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2
import Records
import SwiftProtobuf
import Synchronization
import Telemetry
import Testing
import X509

@testable import Hub

@Suite("The Observer of Hubble's API", .timeLimit(.minutes(2)))
struct ObserverTests {
    typealias Client = Observer_Observer.Client<HTTP2ClientTransport.Posix>
    typealias Responses = RPCAsyncSequence<Observer_GetFlowsResponse, any Error>

    let flows = FakeFlows()

    static func record(_ number: Int, denied: Bool = false) -> Record {
        var record = Record(
            time: Int64(number) * 1_000_000, id: "r\(number)", verdict: denied ? .denied : .allowed,
            reason: denied ? "isolated" : Record.ruleMatched, source: .init(address: "10.0.0.\(number % 250)", port: 1))
        record.point = .node
        record.node = "n\(number % 2)"
        record.connection = .init(event: denied ? .denied : .opened, transport: "tcp")
        record.bytes = nil
        record.timing = nil
        return record
    }

    /// Runs a server and a client of it.
    func withClient<Result: Sendable>(
        _ configuration: ObserverServer.Configuration = .init(
            place: .address(host: "127.0.0.1", port: 0), security: .plaintext, version: "1.2"),
        security: HTTP2ClientTransport.Posix.TransportSecurity = .plaintext, socket: String? = nil,
        body: @escaping @Sendable (Client) async throws -> Result
    ) async throws -> Result {
        let server = try ObserverServer(configuration, source: flows, logger: silent, clock: { 100_000_000 })
        let port = AsyncStream.makeStream(of: Int.self)
        let serving = Task {
            defer { port.continuation.finish() }
            try await server.run { port.continuation.yield($0) }
        }
        defer { serving.cancel() }
        guard let number = await port.stream.first(where: { _ in true }) else {
            try await serving.value
            throw FakeFlows.Failure()
        }
        var config = HTTP2ClientTransport.Posix.Config.defaults
        config.http2.authority = "hub.test"
        let transport: HTTP2ClientTransport.Posix
        if let socket {
            transport = try .init(target: .unixDomainSocket(path: socket), transportSecurity: security, config: config)
        } else {
            transport = try .init(
                target: .ipv4(address: "127.0.0.1", port: number), transportSecurity: security, config: config)
        }
        return try await withGRPCClient(transport: transport) { try await body(Client(wrapping: $0)) }
    }

    /// Ids of the flows of an answer that ends.
    func ids(_ request: Observer_GetFlowsRequest) async throws -> [String] {
        try await withClient { client in
            try await client.getFlows(request) { response in
                var ids: [String] = []
                for try await message in response.messages {
                    if case .flow(let flow)? = message.responseTypes { ids.append(flow.uuid) }
                }
                return ids
            }
        }
    }

    func asked(_ change: (inout Observer_GetFlowsRequest) -> Void) -> Observer_GetFlowsRequest { .with(change) }

    func seconds(_ seconds: Int64) -> Google_Protobuf_Timestamp { .init(microseconds: seconds * 1_000_000) }

    @Test("the last, the first, and those of a time")
    func ranges() async throws {
        for number in 0..<40 { flows.add(Self.record(number)) }
        let all = (0..<40).map { "r\($0)" }
        #expect(try await ids(asked { $0.number = 20 }) == Array(all.suffix(20)))
        #expect(
            try await ids(
                asked {
                    $0.number = 3; $0.first = true
                }) == Array(all.prefix(3)))
        #expect(try await ids(asked { _ in }) == all)
        #expect(try await ids(asked { $0.since = seconds(35) }) == Array(all.suffix(5)))
        #expect(
            try await ids(
                asked {
                    $0.since = seconds(10); $0.until = seconds(12)
                }) == ["r10", "r11", "r12"])
        #expect(
            try await ids(
                asked {
                    $0.until = seconds(10); $0.number = 2
                }) == ["r9", "r10"])
        #expect(
            try await ids(
                asked {
                    $0.since = seconds(10); $0.number = 2; $0.first = true
                }) == ["r10", "r11"])
        #expect(try await ids(asked { $0.number = 1000 }) == all)
        #expect(try await ids(asked { $0.since = seconds(90) }).isEmpty)
    }

    @Test("what is allowed without what is denied")
    func lists() async throws {
        for number in 0..<40 { flows.add(Self.record(number, denied: number % 10 == 3)) }
        let dropped = Flow_FlowFilter.with { $0.verdict = [.dropped] }
        let n1 = Flow_FlowFilter.with { $0.nodeName = ["n1"] }
        let one = Flow_FlowFilter.with { $0.uuid = ["r13", "r8"] }
        #expect(try await ids(asked { $0.whitelist = [dropped] }) == ["r3", "r13", "r23", "r33"])
        #expect(
            try await ids(
                asked {
                    $0.whitelist = [dropped]; $0.number = 2
                }) == ["r23", "r33"])
        #expect(
            try await ids(
                asked {
                    $0.whitelist = [dropped]; $0.number = 1; $0.first = true
                }) == ["r3"])
        #expect(
            try await ids(
                asked {
                    $0.whitelist = [dropped, one]; $0.blacklist = [n1]
                }) == ["r8"])
        #expect(
            try await ids(
                asked {
                    $0.blacklist = [n1]; $0.number = 3
                }) == ["r34", "r36", "r38"])
    }

    @Test("what cannot be asked for is refused with the reason")
    func refused() async throws {
        let cases: [(Observer_GetFlowsRequest, String)] = [
            (
                asked {
                    $0.first = true; $0.follow = true
                }, "first"
            ),
            (asked { $0.whitelist = [.with { $0.sourceIp = ["x"] }] }, "source_ip"),
            (asked { $0.blacklist = [.with { $0.httpPath = ["("] }] }, "http_path"),
            (asked { $0.number = 10_000_000 }, "by time"), (asked { $0.fieldMask.paths = ["nonsense"] }, "field mask"),
        ]
        for (request, word) in cases {
            let error = await #expect(throws: RPCError.self) { _ = try await ids(request) }
            #expect(error?.code == .invalidArgument && error?.message.contains(word) == true)
        }
    }

    @Test("only the fields that the mask names")
    func mask() async throws {
        flows.add(Self.record(1))
        let request = asked { $0.fieldMask.paths = ["uuid", "IP.source"] }
        let flow = try await withClient { client in
            try await client.getFlows(request) { response in
                for try await message in response.messages {
                    if case .flow(let flow)? = message.responseTypes { return flow }
                }
                throw FakeFlows.Failure()
            }
        }
        #expect(
            flow
                == Flow_Flow.with {
                    $0.uuid = "r1"; $0.ip.source = "10.0.0.1"
                })
    }

    @Test("following goes on after the past, with nothing lost and nothing twice")
    func follow() async throws {
        for number in 0..<30 { flows.add(Self.record(number)) }
        let lastFive = asked {
            $0.follow = true
            $0.number = 5
        }
        let sinceThen = asked {
            $0.follow = true
            $0.since = seconds(25)
        }
        for (request, first) in [(lastFive, 26), (sinceThen, 25)] {
            // It comes when somebody is listening already, and the past has not been read.
            var line: [UInt8] = []
            RecordEncoder.append(Self.record(30), to: &line)
            let late = line
            flows.set { state in
                state.lines.removeAll { $0.time >= 30_000_000 }
                state.meanwhile = [(30_000_000, late)]
            }
            let got = try await withClient { client in
                try await client.getFlows(request) { response in
                    var ids: [String] = []
                    for try await message in response.messages {
                        if case .flow(let flow)? = message.responseTypes { ids.append(flow.uuid) }
                        if ids.last == "r30" { flows.add(Self.record(31)) }
                        if ids.last == "r31" { break }
                    }
                    return ids
                }
            }
            #expect(got == (first...31).map { "r\($0)" })
        }
    }

    @Test("following alone begins now, tells of what was lost, and ends at its time")
    func live() async throws {
        flows.add(Self.record(1))
        var hidden = Self.record(2)
        hidden.verdict = nil
        hidden.source = nil
        hidden.connection = nil
        hidden.hidden = .init()
        hidden.hidden?.lost = 9
        let lost = hidden
        let words = try await withClient { client in
            try await client.getFlows(
                asked {
                    $0.follow = true; $0.until = seconds(99)
                }
            ) { response in
                Task {
                    try await until { !flows.now.followers.isEmpty }
                    flows.add(lost)
                    flows.tell(.missed(4))
                    flows.add(Self.record(3))
                }
                var words: [String] = []
                for try await message in response.messages {
                    switch message.responseTypes {
                    case .flow(let flow): words.append(flow.uuid)
                    case .lostEvents(let lost): words.append("\(lost.source) \(lost.numEventsLost)")
                    default: words.append("?")
                    }
                }
                return words
            }
        }
        // The clock of this hub is past the end: the first news ends it.
        #expect(words == ["perfEventRingBuffer 9"])
    }

    @Test("tells which nodes have a part in it")
    func nodes() async throws {
        flows.set { state in
            state.status.kept = 7
            state.status.seen = 9
            state.status.nodes = [
                .init(name: "n0", version: "1", isConnected: true, seen: 4),
                .init(name: "n1", isConnected: false, seen: 5),
            ]
        }
        try await withClient { client in
            let status = try await client.serverStatus(.init())
            #expect(status.numFlows == 7 && status.seenFlows == 9 && status.maxFlows == 9)
            #expect(status.uptimeNs == 5_000_000_000 && status.flowsRate == 2.5 && status.version == "1.2")
            #expect(status.numConnectedNodes.value == 1 && status.unavailableNodes == ["n1"])
            let nodes = try await client.getNodes(.init()).nodes
            #expect(nodes.map(\.name) == ["n0", "n1"])
            #expect(nodes.map(\.state) == [.nodeConnected, .nodeUnavailable] && nodes[1].seenFlows == 5)
            let namespaces = try await client.getNamespaces(.init()).namespaces
            #expect(namespaces.map(\.namespace) == ["a", "b"])
            let first = try await client.getFlows(.init()) { response in
                var states: [Observer_GetFlowsResponse] = []
                for try await message in response.messages { states.append(message) }
                return states
            }
            #expect(first.map(\.nodeStatus.stateChange) == [.nodeConnected, .nodeUnavailable])
            #expect(first.map(\.nodeStatus.nodeNames) == [["n0"], ["n1"]])
        }
    }

    @Test("a history that cannot be read is no empty one")
    func broken() async throws {
        flows.set { $0.isBroken = true }
        let error = await #expect(throws: RPCError.self) { _ = try await ids(asked { $0.number = 1 }) }
        #expect(error?.code == .unavailable)
    }

    // MARK: who may look

    @Test("plain text is for this machine", arguments: ["0.0.0.0", "192.0.2.1", "::", "hub.example.com"])
    func unsafe(host: String) {
        #expect(throws: ObserverServer.UnsafePlace.self) {
            try ObserverServer(
                .init(place: .address(host: host, port: 0), security: .plaintext), source: flows, logger: silent,
                clock: { 0 })
        }
    }

    @Test("a socket in the file system")
    func socket() async throws {
        flows.add(Self.record(1))
        let path = FileManager.default.temporaryDirectory.appending(path: "o-\(UInt32.random(in: 0 ... .max))").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let count = try await withClient(.init(place: .unixSocket(path: path), security: .plaintext), socket: path) {
            try await $0.getFlows(.init()) { response in
                var count = 0
                for try await _ in response.messages { count += 1 }
                return count
            }
        }
        #expect(count == 1)
    }

    @Test("elsewhere who has a certificate, and is on the list")
    func certificates() async throws {
        let authority = try TestAuthority()
        let hub = try authority.files("hub", names: [.dnsName("hub.test")])
        let stranger = try TestAuthority("stranger")
        let configuration = ObserverServer.Configuration(
            place: .address(host: "127.0.0.1", port: 0), security: .tls(hub, clients: ["ops.test"]))
        let ask: @Sendable (Client) async throws -> UInt64 = { try await $0.serverStatus(.init()).seenFlows }
        let may = try authority.files("ops", names: [.dnsName("ops.test")])
        #expect(try await withClient(configuration, security: may.clientSecurity, body: ask) == 0)
        let mayNot = try authority.files("dev", names: [.dnsName("dev.test")])
        let refusal = await #expect(throws: RPCError.self) {
            try await withClient(configuration, security: mayNot.clientSecurity, body: ask)
        }
        #expect(refusal?.code == .permissionDenied)
        let files = try stranger.files("ops", names: [.dnsName("ops.test")], trusting: authority)
        await #expect(throws: RPCError.self) {
            try await withClient(configuration, security: files.clientSecurity, body: ask)
        }
    }
}
