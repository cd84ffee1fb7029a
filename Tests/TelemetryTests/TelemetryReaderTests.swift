import Records
import Testing

@testable import Telemetry

@Suite("Records as logs and spans")
struct TelemetryReaderTests {
    typealias Log = Opentelemetry_Proto_Logs_V1_LogRecord
    typealias Span = Opentelemetry_Proto_Trace_V1_Span

    func read(_ record: Record) throws -> (log: Log, span: Span?) {
        var reader = TelemetryReader()
        var result: (log: Log, span: Span?)?
        try Examples.line(record).withUnsafeBytes { line in
            result = try reader.read(line, observed: Examples.time + 5)
        }
        return try #require(result)
    }

    func values(_ attributes: [OTLPAttribute]) -> [String: OTLPValue.OneOf_Value] {
        let pairs = attributes.compactMap { attribute in attribute.value.value.map { (attribute.key, $0) } }
        #expect(Set(attributes.map(\.key)).count == attributes.count, "a name stands twice")
        return Dictionary(pairs) { first, _ in first }
    }

    @Test("a request to a model")
    func chat() throws {
        let (log, span) = try read(Examples.chat())
        #expect(log.timeUnixNano == 1_764_115_200_123_456_000)
        #expect(log.observedTimeUnixNano == 1_764_115_200_123_461_000)
        #expect(log.eventName == "sallyport.request")
        #expect(log.severityNumber == .info && log.severityText == "INFO")
        #expect(log.body.stringValue == "allowed: rule_matched: a rule of the policy allows it")
        let values = values(log.attributes)
        #expect(values["gen_ai.operation.name"] == .stringValue("chat"))
        #expect(values["gen_ai.provider.name"] == .stringValue("openai"))
        #expect(values["gen_ai.request.model"] == .stringValue("llama3"))
        #expect(values["gen_ai.request.stream"] == .boolValue(true))
        #expect(values["gen_ai.usage.input_tokens"] == .intValue(1200))
        #expect(values["gen_ai.usage.output_tokens"] == .intValue(350))
        #expect(values["gen_ai.usage.cache_read.input_tokens"] == .intValue(1024))
        #expect(values["gen_ai.usage.reasoning.output_tokens"] == .intValue(64))
        #expect(values["gen_ai.response.time_to_first_chunk"] == .doubleValue(0.3))
        #expect(values["http.request.method"] == .stringValue("POST"))
        #expect(values["http.response.status_code"] == .intValue(200))
        #expect(values["url.scheme"] == .stringValue("https"))
        #expect(values["url.path"] == .stringValue("/v1/chat/completions"))
        #expect(values["network.protocol.name"] == .stringValue("http"))
        #expect(values["network.protocol.version"] == .stringValue("2"))
        #expect(values["client.address"] == .stringValue("10.0.0.7"))
        #expect(values["client.port"] == .intValue(51_234))
        #expect(values["http.request.body.size"] == .intValue(512))
        #expect(values["k8s.pod.name"] == .stringValue("agent-5d9-x7k2p"))
        #expect(values["sallyport.policy"] == .stringValue("ai/team-a"))
        #expect(values["sallyport.ai.cost_usd"] == .stringValue("0.00039"))
        #expect(values["sallyport.timing.duration"] == .doubleValue(2.5))
        #expect(values["error.type"] == nil && values["http.server.request.duration"] == nil)
        let classes = log.attributes.first { $0.key == "sallyport.ai.classes" }
        #expect(classes?.value.arrayValue.values.map(\.stringValue) == ["Inference", "ServerFetch"])

        let own = try #require(span)
        #expect(Array(own.traceID) == Array(log.traceID) && Array(own.spanID) == Array(log.spanID))
        #expect(Array(own.traceID).prefix(2) == [0x4b, 0xf9] && own.traceID.count == 16)
        #expect(Array(own.spanID) == [0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7])
        #expect(Array(own.parentSpanID).first == 0xb7)
        #expect(own.name == "chat llama3" && own.kind == .client)
        #expect(own.startTimeUnixNano == log.timeUnixNano)
        #expect(own.endTimeUnixNano == log.timeUnixNano + 2_500_000_000)
        #expect(own.status.code == .unset)
        #expect(own.events.map(\.name) == ["first_byte"])
        #expect(own.events.first?.timeUnixNano == log.timeUnixNano + 300_000_000)
    }

    @Test("every field of the schema that a record has is an attribute, or has a place of its own")
    func complete() throws {
        for record in [
            Examples.chat(), Examples.denied(), Examples.tool(), Examples.connection(.closed), Examples.hidden(),
            Examples.alarm(),
        ] {
            let line = Examples.line(record)
            let (log, _) = try read(record)
            let names = Set(log.attributes.map(\.key))
            var scanner = RecordScanner()
            try line.withUnsafeBytes { try scanner.scan($0) }
            for field in FieldNumber.allCases where scanner.has(field) {
                guard field != .time, !field.name.hasPrefix("trace_context") else { continue }
                let own = "sallyport." + field.name.replacing("[]", with: "")
                #expect(
                    names.contains(own) || names.contains(field.field.openTelemetry), "\(field.name) is nowhere")
            }
        }
    }

    @Test("tools, prompts and resources")
    func mcp() throws {
        let tool = try read(Examples.tool())
        #expect(tool.span?.name == "tools/call search" && tool.span?.kind == .server)
        #expect(values(tool.log.attributes)["gen_ai.tool.name"] == .stringValue("search"))
        let prompt = try read(Examples.tool(method: "prompts/get", target: "greet"))
        #expect(prompt.span?.name == "prompts/get greet")
        #expect(values(prompt.log.attributes)["gen_ai.prompt.name"] == .stringValue("greet"))
        #expect(values(prompt.log.attributes)["gen_ai.tool.name"] == nil)
        let resource = try read(Examples.tool(method: "resources/read", target: "file:///secret"))
        #expect(resource.span?.name == "resources/read")
        #expect(values(resource.log.attributes)["mcp.resource.uri"] == .stringValue("file:///secret"))
    }

    @Test("refusals and failures")
    func errors() throws {
        let denied = try read(Examples.denied())
        #expect(denied.log.severityNumber == .warn)
        #expect(values(denied.log.attributes)["error.type"] == .stringValue("missing_key"))
        #expect(denied.span?.name == "POST HTTPRoute ai/chat" && denied.span?.kind == .server)
        #expect(denied.span?.status.code == .unset, "a server that refuses has not failed")
        var record = Examples.chat()
        record.verdict = .denied
        record.reason = "model_not_allowed"
        record.status = 403
        #expect(try read(record).span?.status.code == .error, "to who asked a model it is an error")
        record = Examples.chat()
        record.ai = nil
        record.status = 504
        record.reason = "upstream_timeout"
        let failed = try read(record)
        #expect(failed.span?.status.code == .error && failed.log.severityNumber == .error)
        record.http?.method = Array("BREW".utf8)
        let odd = values(try read(record).log.attributes)
        #expect(odd["http.request.method"] == .stringValue("_OTHER"))
        #expect(odd["http.request.method_original"] == .stringValue("BREW"))
    }

    @Test("connections, what was hidden, and alarms are no spans")
    func noSpans() throws {
        let closed = try read(Examples.connection(.closed))
        #expect(closed.span == nil && closed.log.eventName == "sallyport.connection" && closed.log.traceID.isEmpty)
        let values = values(closed.log.attributes)
        #expect(values["sallyport.bytes.in"] == .intValue(1840) && values["http.request.body.size"] == nil)
        #expect(values["network.transport"] == .stringValue("tcp"))
        #expect(values["k8s.node.name"] == .stringValue("n1"))
        #expect(try read(Examples.connection(.cut)).log.severityNumber == .warn)
        #expect(try read(Examples.hidden()).log.eventName == "sallyport.hidden")
        let alarm = try read(Examples.alarm())
        #expect(alarm.span == nil && alarm.log.eventName == "sallyport.alarm" && alarm.log.severityNumber == .error)
        #expect(alarm.log.body.stringValue == "the budget is gone in an hour")
    }

    @Test("a request without a trace is one of its own, the same each time")
    func ownTrace() throws {
        var record = Examples.chat()
        record.traceContext = nil
        let first = try #require(try read(record).span)
        let again = try #require(try read(record).span)
        record.id = "01JD-70"
        let other = try #require(try read(record).span)
        #expect(first.traceID == again.traceID && first.spanID == again.spanID)
        #expect(first.traceID != other.traceID && first.spanID != other.spanID)
        #expect(first.traceID.count == 16 && first.spanID.count == 8 && first.parentSpanID.isEmpty)
    }

    @Test(
        "ids of traces that are none",
        arguments: ["", "00000000000000000000000000000000", "4bf9", "4bf92f3577b34da6a3ce929d0e0e473g"])
    func noIDs(text: String) {
        #expect(TracePlace.bytes(text, count: 16) == nil)
    }
}
