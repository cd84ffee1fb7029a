import Records
import SwiftProtobuf
import Testing

@testable import Telemetry

@Suite("Records as flows")
struct FlowTests {
    func flow(_ record: Record) throws -> Flow_Flow {
        guard case .flow(let flow)? = HubbleEvent(record, emitter: "1.2") else {
            throw Failure(description: "no flow")
        }
        return flow
    }

    struct Failure: Error { let description: String }

    @Test("a request is a flow of layer 7")
    func request() throws {
        let flow = try flow(Examples.chat())
        #expect(flow.time.seconds == 1_764_115_200 && flow.time.nanos == 123_456_000)
        #expect(flow.uuid == "01JD-7")
        #expect(flow.verdict == .forwarded)
        #expect(flow.type == .l7)
        #expect(flow.eventType.type == 129)
        #expect(flow.ip.source == "10.0.0.7" && flow.ip.destination == "10.0.1.9" && flow.ip.ipVersion == .ipv4)
        #expect(flow.l4.tcp.sourcePort == 51_234 && flow.l4.tcp.destinationPort == 11_434)
        #expect(flow.source.namespace == "agents" && flow.source.podName == "agent-5d9-x7k2p")
        #expect(
            flow.source.labels == ["k8s:app=agent", "k8s:tier=a", "k8s:io.kubernetes.pod.namespace=agents"])
        #expect(flow.source.workloads.map(\.kind) == ["Deployment"])
        #expect(flow.destinationService.namespace == "ai" && flow.destinationService.name == "ollama")
        #expect(flow.destinationNames == ["models.example.com"])
        #expect(flow.trafficDirection == .ingress)
        #expect(flow.l7.type == .response && flow.l7.latencyNs == 2_500_000_000)
        #expect(flow.l7.http.code == 200 && flow.l7.http.method == "POST" && flow.l7.http.protocol == "HTTP/2")
        #expect(flow.l7.http.url == "https://Models.example.com:8443/v1/chat/completions")
        #expect(flow.l7.http.headers.map(\.key) == ["User-Agent"])
        #expect(flow.ingressAllowedBy.map(\.name) == ["team-a"])
        #expect(flow.ingressAllowedBy.first?.kind == "AccessPolicy")
        #expect(flow.ingressAllowedBy.first?.labels == ["sallyport:rule=chat"])
        #expect(flow.ingressAllowedBy.first?.revision == 42)
        #expect(flow.traceContext.parent.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(flow.emitter.name == "Sallyport" && flow.emitter.version == "1.2")
        #expect(flow.hasIsReply && !flow.isReply.value)
        #expect(
            flow.summary
                == "HTTP/2 200 2500ms (POST https://Models.example.com:8443/v1/chat/completions model=llama3)")
    }

    @Test("a denied request is dropped")
    func denied() throws {
        let flow = try flow(Examples.denied())
        #expect(flow.verdict == .dropped)
        #expect(flow.dropReasonDesc == .authRequired && flow.dropReason == 189)
        #expect(flow.ingressDeniedBy.map(\.namespace) == ["ai"] && flow.ingressAllowedBy.isEmpty)
        #expect(flow.summary.hasSuffix("missing_key"))
        #expect(flow.ip.destination.isEmpty)
    }

    @Test("what a staged policy would deny is AUDIT, what failed is ERROR")
    func others() throws {
        var record = Examples.chat()
        record.reason = "upstream_timeout"
        #expect(try flow(record).verdict == .error)
        record.staged = .init(policy: "ai/next", rule: "", verdict: .denied, reason: "no_rule_matches")
        #expect(try flow(record).verdict == .audit)
    }

    @Test("connections are flows of layers 3 and 4")
    func connections() throws {
        let opened = try flow(Examples.connection(.opened))
        #expect(opened.type == .l3L4 && opened.verdict == .forwarded)
        #expect(opened.eventType.type == 5 && opened.traceReason == .new)
        #expect(opened.l4.tcp.flags.syn && !opened.l4.tcp.flags.ack)
        #expect(opened.nodeName == "n1" && opened.interface.name == "cali5a0c")
        #expect(opened.destination.podName == "ollama-0" && opened.ingressAllowedBy.first?.kind == "NetworkPolicy")
        #expect(opened.summary == "TCP Flags: SYN")

        let denied = try flow(Examples.connection(.denied, reason: "isolated"))
        #expect(denied.verdict == .dropped && denied.dropReasonDesc == .policyDenied)
        #expect(denied.eventType.type == 1 && denied.eventType.subType == 133)
        #expect(try flow(Examples.connection(.denied)).dropReasonDesc == .policyDeny)

        let closed = try flow(Examples.connection(.closed))
        #expect(closed.verdict == .forwarded && closed.eventType.type == 4)
        #expect(closed.traceObservationPoint == .toEndpoint)
        #expect(closed.l4.tcp.flags.fin && closed.l4.tcp.flags.ack)

        let cut = try flow(Examples.connection(.cut))
        #expect(cut.verdict == .dropped && cut.ingressDeniedBy.count == 1)
    }

    @Test("other protocols", arguments: ["udp", "sctp", "icmp", "icmpv6", "47"])
    func transports(transport: String) throws {
        let flow = try flow(Examples.connection(.opened, transport: transport))
        switch transport {
        case "udp": #expect(flow.l4.udp.destinationPort == 11_434)
        case "sctp": #expect(flow.l4.sctp.sourcePort == 51_234)
        case "icmp": #expect(flow.l4.icmpv4.type == 8 && flow.summary == "ICMPv4 type 8 code 0")
        case "icmpv6": #expect(flow.l4.icmpv6.type == 8)
        default: #expect(flow.l4.protocol == nil && flow.summary == "47")
        }
    }

    @Test("those who are no pods have identities that are reserved, or none")
    func identities() throws {
        var record = Examples.connection(.opened)
        record.workload = nil
        record.source?.node = "n1"
        #expect(try flow(record).source.identity == 1)
        record.source?.node = "n2"
        #expect(try flow(record).source.labels == ["reserved:remote-node"])
        record.source?.node = ""
        record.source?.range = "public"
        #expect(try flow(record).source.identity == 2)
        record.source?.range = "private"
        #expect(try flow(record).source.identity == 0 && flow(record).source.labels.isEmpty)
    }

    @Test("what a node did not show is lost, and an alarm is nothing")
    func rest() {
        guard case .lost(let lost, let node, let time)? = HubbleEvent(Examples.hidden()) else {
            Issue.record("not lost")
            return
        }
        #expect(lost.numEventsLost == 12 && lost.source == .perfEventRingBuffer)
        #expect(node == "n1" && time == Examples.time + 1)
        #expect(HubbleEvent(Examples.alarm()) == nil)
    }

    @Test("times before 1970 and at the ends")
    func times() {
        #expect(Stamp.time(-1).seconds == -1 && Stamp.time(-1).nanos == 999_999_000)
        for time in [Int64.min, -1_500_000, -1, 0, 1, Examples.time, .max] {
            #expect(Stamp.time(time).microseconds == time)
        }
    }
}

enum Stamp {
    static func time(_ microseconds: Int64) -> Google_Protobuf_Timestamp { .init(microseconds: microseconds) }
}
