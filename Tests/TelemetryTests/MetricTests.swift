import Records
import Testing

@testable import Telemetry

@Suite("Metrics")
struct MetricTests {
    /// Sums of records, each its own series.
    func sums(_ records: [Record]) throws -> [(series: Series, measures: Measures)] {
        var all: [(Series, Measures)] = []
        var scanner = RecordScanner()
        for record in records {
            let line = Examples.line(record)
            try line.withUnsafeBytes { line in
                try scanner.scan(line)
                var values: [Dimension: String] = [:]
                for dimension in Dimension.allCases {
                    guard let field = dimension.field, scanner.has(field) else { continue }
                    values[dimension] =
                        field.field.kind == .boolean ? "true" : scanner.texts(field, in: line).joined(separator: ",")
                    if field.field.kind == .integer { values[dimension] = scanner.integer(field).map { "\($0)" } }
                }
                var measures = Measures()
                measures.add(scanner, in: line)
                all.append((Series(values), measures))
            }
        }
        return all
    }

    static let records = [
        Examples.chat(), Examples.chat(), Examples.denied(), Examples.tool(), Examples.connection(.opened),
        Examples.connection(.closed), Examples.connection(.denied, reason: "isolated"), Examples.alarm(),
    ]

    func text(_ records: [Record]) throws -> String {
        var metrics = RecordMetrics()
        return PrometheusText.write(metrics.families(try sums(records)))
    }

    @Test("say what the records say")
    func numbers() throws {
        let lines = try text(Self.records).split(separator: "\n").map(String.init)
        for line in [
            "sallyport_decisions_total{point=\"gateway\",verdict=\"allowed\",policy=\"ai/team-a\",rule=\"chat\",reason=\"rule_matched\"} 3",
            "sallyport_decisions_total{point=\"gateway\",verdict=\"denied\",policy=\"ai/team-a\",rule=\"chat\",reason=\"missing_key\"} 1",
            "sallyport_decisions_total{point=\"node\",verdict=\"allowed\",policy=\"NetworkPolicy ai/ollama\",rule=\"spec.ingress[0]\",reason=\"rule_matched\"} 1",
            "gen_ai_client_token_usage_sum{gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"openai\",gen_ai_request_model=\"llama3\",gen_ai_token_type=\"input\"} 2400",
            "gen_ai_client_token_usage_bucket{gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"openai\",gen_ai_request_model=\"llama3\",gen_ai_token_type=\"output\",le=\"+Inf\"} 2",
            "gen_ai_server_time_to_first_token_seconds_bucket{gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"openai\",gen_ai_request_model=\"llama3\",le=\"0.25\"} 0",
            "gen_ai_server_time_to_first_token_seconds_bucket{gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"openai\",gen_ai_request_model=\"llama3\",le=\"0.5\"} 2",
            "gen_ai_server_request_duration_seconds_sum{gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"openai\",gen_ai_request_model=\"llama3\"} 5",
            "http_server_request_duration_seconds_bucket{http_request_method=\"POST\",http_response_status_code=\"200\",gateway=\"ai/front\",route=\"HTTPRoute ai/chat\",le=\"2.5\"} 3",
            "mcp_server_operation_duration_seconds_count{mcp_method_name=\"tools/call\",gen_ai_tool_name=\"search\"} 1",
            "sallyport_ai_cost_dollars_total{gen_ai_request_model=\"llama3\",k8s_namespace_name=\"agents\"} 0.00078",
            "sallyport_alarms_total{alarm=\"budget_burns\",severity=\"critical\"} 1",
            "# TYPE http_server_request_duration_seconds histogram",
        ] {
            #expect(lines.contains(line), "not there: \(line)")
        }
        #expect(!lines.contains { $0.contains("10.0.0.7") || $0.contains("alice") || $0.contains("completions") })
    }

    @Test("name every family once, with a help and a type, and in order")
    func form() throws {
        let lines = try text(Self.records).split(separator: "\n")
        let types = lines.filter { $0.hasPrefix("# TYPE ") }
        #expect(types.count == Definition.all.count && types == types.sorted())
        #expect(lines.filter { $0.hasPrefix("# HELP ") }.count == types.count)
        #expect(Set(Definition.all.map(\.name)).count == Definition.all.count)
    }

    @Test("every bound is one that is counted")
    func bounds() {
        for bounds in [MetricBounds.http, MetricBounds.model, MetricBounds.firstToken] {
            #expect(bounds == bounds.sorted() && Set(bounds).isSubset(of: Histogram.bounds))
        }
    }

    @Test("callers cannot make labels without end, and no number goes down")
    func limits() throws {
        var metrics = RecordMetrics(valuesOfLabel: 3)
        var last = 0.0
        for count in [2, 5, 50] {
            let records = (0..<count).map { number in
                var record = Examples.chat()
                record.ai?.model = Array("model-\(number)".utf8)
                return record
            }
            let cost = try #require(
                metrics.families(try sums(records)).first { $0.name == "sallyport.ai.cost.dollars" })
            let models = cost.points.map { $0.labels[0].value }
            #expect(models == ["model-0", "model-1", "model-2", "other"].prefix(min(count, 4)).map { $0 })
            guard count > 3, case .number(let other)? = cost.points.last?.value else { continue }
            #expect(other > last)
            last = other
        }
    }

    @Test("labels cannot break out of their quotes")
    func escapes() {
        let family = MetricFamily(
            "a.b", unit: "s", help: "one\ntwo \\ \"three\"", kind: .gauge,
            points: [.init([.init("k.x", "a\"} 1\nb\\")], .number(0.1)), .init([], .number(.infinity))])
        #expect(
            PrometheusText.write([family]) == """
                # HELP a_b_seconds one\\ntwo \\\\ "three"
                # TYPE a_b_seconds gauge
                a_b_seconds +Inf
                a_b_seconds{k_x="a\\"} 1\\nb\\\\"} 0.1

                """)
    }

    @Test("are the same in OTLP")
    func otlp() throws {
        let histogram = MetricFamily(
            "x", unit: "s", help: "h", kind: .histogram(bounds: [1, 2]),
            points: [.init([.init("k", "v"), .init("empty", "")], .histogram(cumulative: [3, 4], count: 9, sum: 7.5))])
        let metric = histogram.metric(start: 1, now: 2)
        let point = try #require(metric.histogram.dataPoints.first)
        #expect(
            point.bucketCounts == [3, 1, 5] && point.explicitBounds == [1, 2] && point.count == 9 && point.sum == 7.5)
        #expect(point.attributes.map(\.key) == ["k"])
        #expect(point.startTimeUnixNano == 1000 && point.timeUnixNano == 2000)
        #expect(metric.histogram.aggregationTemporality == .cumulative && metric.unit == "s")
        let counter = MetricFamily("c", help: "h", kind: .counter, number: 4).metric(start: 1, now: 2)
        #expect(counter.sum.isMonotonic && counter.sum.dataPoints.first?.asDouble == 4)
        let sumsOnly = MetricFamily(
            "t", help: "h", kind: .histogram(bounds: []),
            points: [.init([], .histogram(cumulative: [], count: 3, sum: 5))]
        ).metric(start: 1, now: 2)
        #expect(sumsOnly.histogram.dataPoints.first?.bucketCounts == [3])
    }
}
