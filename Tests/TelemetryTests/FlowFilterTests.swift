import Records
import Testing

@testable import Telemetry

@Suite("Filters over flows")
struct FlowFilterTests {
    static let flows: [String: Flow_Flow] = {
        var all: [String: Flow_Flow] = [:]
        var old = Examples.connection(.opened, transport: "udp")
        old.workload = nil
        old.source?.range = "public"
        old.source?.address = "2001:db8::7"
        old.destination?.endpoint.address = "2001:db8::9"
        old.connection?.direction = .egress
        for (name, record) in [
            ("chat", Examples.chat()), ("refused", Examples.denied()), ("opened", Examples.connection(.opened)),
            ("dropped", Examples.connection(.denied, reason: "isolated")), ("closed", Examples.connection(.closed)),
            ("v6", old),
        ] {
            if case .flow(let flow)? = HubbleEvent(record) { all[name] = flow }
        }
        return all
    }()

    static func names(_ predicate: FlowPredicate) -> [String] {
        flows.filter { predicate.matches($0.value) }.keys.sorted()
    }

    typealias Change = @Sendable (inout Flow_FlowFilter) -> Void

    static let cases: [(Change, [String])] = [
        ({ $0.uuid = ["01JD-7", "x"] }, ["chat"]),
        ({ $0.sourceIp = ["10.0.0.0/8"] }, ["chat", "closed", "dropped", "opened", "refused"]),
        ({ $0.sourceIp = ["2001:db8::7", "192.0.2.1"] }, ["v6"]),
        ({ $0.destinationIp = ["10.0.1.9"] }, ["chat", "closed", "dropped", "opened"]),
        ({ $0.sourceIpXlated = ["10.0.0.1"] }, []),
        ({ $0.sourcePod = ["agents/agent-5d9"] }, ["chat", "closed", "dropped", "opened", "refused"]),
        ({ $0.sourcePod = ["agents/"] }, ["chat", "closed", "dropped", "opened", "refused"]),
        ({ $0.sourcePod = ["/agent"] }, ["chat", "closed", "dropped", "opened", "refused"]),
        ({ $0.sourcePod = ["agent"] }, []),
        ({ $0.destinationPod = ["ai/ollama-0"] }, ["closed", "dropped", "opened", "v6"]),
        ({ $0.destinationService = ["ai/oll"] }, ["chat", "closed", "dropped", "opened", "v6"]),
        ({ $0.sourceService = ["ai/"] }, []),
        ({ $0.destinationFqdn = ["*.EXAMPLE.com."] }, ["chat", "refused"]),
        ({ $0.sourceFqdn = ["*"] }, []),
        ({ $0.sourceLabel = ["tier in (a,b)"] }, ["chat", "refused"]),
        ({ $0.sourceLabel = ["reserved:world"] }, ["v6"]),
        ({ $0.destinationLabel = ["io.kubernetes.pod.namespace=ai"] }, ["closed", "dropped", "opened", "v6"]),
        ({ $0.destinationWorkload = [.with { $0.kind = "StatefulSet" }] }, ["closed", "dropped", "opened", "v6"]),
        (
            {
                $0.sourceWorkload = [
                    .with {
                        $0.kind = "Pod"; $0.name = "agent"
                    }
                ]
            }, []
        ),
        ({ $0.sourceIdentity = [2] }, ["v6"]),
        ({ $0.destinationIdentity = [2] }, []),
        ({ $0.sourceClusterName = ["c"] }, []),
        ({ $0.destinationClusterName = ["c"] }, []),
        ({ $0.verdict = [.dropped] }, ["dropped", "refused"]),
        ({ $0.verdict = [.dropped, .forwarded] }, ["chat", "closed", "dropped", "opened", "refused", "v6"]),
        ({ $0.dropReasonDesc = [.policyDenied] }, ["dropped"]),
        ({ $0.trafficDirection = [.egress] }, ["v6"]),
        ({ $0.traceID = ["4bf92f3577b34da6a3ce929d0e0e4736"] }, ["chat", "refused"]),
        ({ $0.ipTraceID = [0] }, []),
        ({ $0.encrypted = [true] }, []),
        ({ $0.reply = [false] }, ["chat", "closed", "dropped", "opened", "refused", "v6"]),
        ({ $0.reply = [true] }, []),
        ({ $0.eventType = [.with { $0.type = 129 }] }, ["chat", "refused"]),
        ({ $0.eventType = [.with { $0.type = 1 }] }, ["dropped"]),
        ({ $0.eventType = [.with { $0.type = 5 }] }, ["dropped", "opened", "v6"]),
        (
            {
                $0.eventType = [
                    .with {
                        $0.type = 4; $0.matchSubType = true; $0.subType = 101
                    }
                ]
            }, ["closed"]
        ),
        (
            {
                $0.eventType = [
                    .with {
                        $0.type = 4; $0.matchSubType = true; $0.subType = 0
                    }
                ]
            }, []
        ),
        ({ $0.nodeName = ["n*"] }, ["closed", "dropped", "opened", "v6"]),
        ({ $0.nodeLabels = ["zone=a"] }, []),
        ({ $0.interface = [.with { $0.name = "cali5a0c" }] }, ["closed", "dropped", "opened", "v6"]),
        ({ $0.interface = [.with { $0.index = 3 }] }, []),
        ({ $0.protocol = ["HTTP"] }, ["chat", "refused"]),
        ({ $0.protocol = ["udp", "icmp"] }, ["v6"]),
        ({ $0.protocol = ["dns", "kafka"] }, []),
        ({ $0.destinationPort = ["11434"] }, ["chat", "closed", "dropped", "opened", "v6"]),
        ({ $0.sourcePort = ["1"] }, []),
        ({ $0.ipVersion = [.ipv6] }, ["v6"]),
        ({ $0.tcpFlags = [.with { $0.syn = true }] }, ["dropped", "opened"]),
        (
            {
                $0.tcpFlags = [
                    .with {
                        $0.syn = true; $0.ack = true
                    }
                ]
            }, []
        ),
        ({ $0.httpStatusCode = ["4+"] }, ["refused"]),
        ({ $0.httpStatusCode = ["20+", "404"] }, ["chat"]),
        ({ $0.httpMethod = ["post"] }, ["chat", "refused"]),
        ({ $0.httpPath = ["^/v1/chat"] }, ["chat", "refused"]),
        ({ $0.httpPath = ["models"] }, []),
        ({ $0.httpURL = ["^https://Models"] }, ["chat", "refused"]),
        (
            {
                $0.httpHeader = [
                    .with {
                        $0.key = "user-agent"; $0.value = "OpenAI/Python"
                    }
                ]
            }, ["chat", "refused"]
        ),
        (
            {
                $0.httpHeader = [
                    .with {
                        $0.key = "user-agent"; $0.value = "x"
                    }
                ]
            }, []
        ),
        ({ $0.dnsQuery = [".*"] }, []),
        (
            {
                $0.verdict = [.forwarded]; $0.protocol = ["tcp"]; $0.nodeName = ["n1"]
            }, ["closed", "opened"]
        ),
        ({ _ in }, ["chat", "closed", "dropped", "opened", "refused", "v6"]),
    ]

    @Test("each field", arguments: cases.indices)
    func fields(place: Int) throws {
        let (change, names) = Self.cases[place]
        let filter = Flow_FlowFilter.with(change)
        #expect(Self.names(try FlowPredicate(allow: [filter], deny: [])) == names)
        // Denied, it takes away what it allows.
        let all = Self.flows.keys.sorted()
        #expect(Self.names(try FlowPredicate(allow: [], deny: [filter])) == all.filter { !names.contains($0) })
    }

    @Test("no field was forgotten: each that a filter has decides about something, or is refused")
    func complete() throws {
        let known = Set(1...40).union([999])
        let text =
            try Flow_FlowFilter.with { filter in
                for (change, _) in Self.cases { change(&filter) }
                filter.experimental.celExpression = ["true"]
            }.serializedBytes() as [UInt8]
        #expect(Self.fieldNumbers(text) == known)
    }

    /// Numbers of the fields of an encoded message.
    static func fieldNumbers(_ bytes: [UInt8]) -> Set<Int> {
        var numbers: Set<Int> = []
        var place = 0
        func varint() -> UInt64 {
            var value: UInt64 = 0
            var shift: UInt64 = 0
            while place < bytes.count {
                let byte = bytes[place]
                place += 1
                value |= UInt64(byte & 0x7f) << shift
                shift += 7
                if byte & 0x80 == 0 { break }
            }
            return value
        }
        while place < bytes.count {
            let key = varint()
            numbers.insert(Int(key >> 3))
            let length = varint()
            if key & 7 == 2 { place += Int(length) }
        }
        return numbers
    }

    @Test("any of the filters allows, and any denies")
    func lists() throws {
        let dropped = Flow_FlowFilter.with { $0.verdict = [.dropped] }
        let chat = Flow_FlowFilter.with { $0.uuid = ["01JD-7"] }
        let requests = Flow_FlowFilter.with { $0.protocol = ["http"] }
        #expect(Self.names(try FlowPredicate(allow: [dropped, chat], deny: [])) == ["chat", "dropped", "refused"])
        #expect(Self.names(try FlowPredicate(allow: [dropped, chat], deny: [requests])) == ["dropped"])
        #expect(try FlowPredicate(allow: [], deny: []).isEverything)
        #expect(try !FlowPredicate(allow: [chat], deny: []).isEverything)
    }

    static let refusals: [(String, Change)] = [
        ("source_ip", { $0.sourceIp = ["10.0.0"] }), ("destination_ip", { $0.destinationIp = ["10.0.0.0/40"] }),
        ("source_pod", { $0.sourcePod = ["/"] }), ("destination_service", { $0.destinationService = [""] }),
        ("source_fqdn", { $0.sourceFqdn = ["a b"] }), ("source_label", { $0.sourceLabel = ["a in b"] }),
        ("protocol", { $0.protocol = ["quic"] }), ("source_port", { $0.sourcePort = ["http"] }),
        ("destination_port", { $0.destinationPort = ["70000"] }), ("http_status_code", { $0.httpStatusCode = ["6+"] }),
        ("http_status_code", { $0.httpStatusCode = ["404+"] }), ("http_path", { $0.httpPath = ["("] }),
        ("http_url", { $0.httpURL = ["["] }), ("dns_query", { $0.dnsQuery = ["*"] }),
        ("node_name", { $0.nodeName = ["a/b/c"] }), ("node_labels", { $0.nodeLabels = [""] }),
        ("cel_expression", { $0.experimental.celExpression = ["true"] }),
        (
            "http_method",
            {
                $0.httpMethod = ["GET"]; $0.eventType = [.with { $0.type = 1 }]
            }
        ),
    ]

    @Test("what cannot be understood is refused by the field's name", arguments: refusals.indices)
    func refused(place: Int) throws {
        let (field, change) = Self.refusals[place]
        let filter = Flow_FlowFilter.with(change)
        let error = #expect(throws: FlowFilterError.self) { try FlowPredicate(allow: [filter], deny: []) }
        #expect(error?.field == field)
        #expect(throws: FlowFilterError.self) { try FlowPredicate(allow: [], deny: [filter]) }
    }
}
