import Records
import Testing

@Suite("Filters")
struct FilterTests {
    private let now: Int64 = 1_795_424_400_000_000

    private func filter(_ text: String) throws -> RecordFilter {
        do throws(FilterError) { return try RecordFilter(text, now: now) } catch {
            Issue.record("\(text): \(error)")
            throw error
        }
    }

    @Test(
        "find what is asked for in a full record",
        arguments: [
            "", "all", "verdict=allowed", "verdict==allowed", "verdict!=denied", "verdict in (denied, allowed)",
            "verdict not in (denied)",
            "status=200", "status=2xx", "status!=5xx", "status>=200 and status<300", "status in (404, 2xx)",
            "namespace=agents", "namespace=ai", "workload=agent", "workload=ollama", "pod~ollama", "workload~\"AG*T\"",
            "workload~gen",
            "label.app=agent", "label.app=ollama", "label.team", "workload.label.app=agent",
            "destination.label.app=ollama",
            "not workload.label.app=ollama", "label.app~\"OLL*\"", "address=10.0.0.7", "address in 10.0.0.0/8",
            "source.address=10.0.0.0/8",
            "address in (192.168.0.0/16, fd00::/8)", "destination.address=fd00:0:0::12", "address=::ffff:10.0.0.7",
            "port=11434",
            "port in (80, 443)", "source.port>50k", "bytes.out>50KiB", "bytes.in<=1234", "bytes>57k", "tokens=1550",
            "tokens<2k",
            "ai.tokens.cached>=1Ki", "cost=0.000390", "cost>0.00038", "cost<=$0.00039", "cost<1", "duration>1.2s",
            "duration<=1234567us",
            "duration>1234ms", "first_byte<5ms", "timing.upstream_connect=0", "time>-1s", "time<=now or time>now",
            "time>=2026-11-23T09:00:00Z and time<2026-11-23T11:00:00+01:00", "time>2026-11-23", "model=fast",
            "model~\"llama*\"",
            "model=llama3.2:1b", "tool=search", "class=ServerFetch", "class in (Inference)", "not class=ModelRemove",
            "principal=alice",
            "key=alice", "owner~alice", "service=ai/ollama", "theft", "theft=true", "suspected_theft",
            "not theft=false", "disagreement=true",
            "ai", "principal", "connection", "trace", "hidden", "alarm", "ai.tokens", "ai.budget.exhausted",
            "staged.verdict=denied", "budget=ai/trial",
            "trace.rule=few", "trace.result=path_not_listed", "alice", "\"OLLAMA\"", "'models.example'",
            "research verdict=allowed",
            "verdict=allowed (namespace=ai or namespace=dev)", "not (verdict=denied or status=500)",
            "NOT verdict=denied AND status=200",
            "alarm.severity=critical", "trace_id=4bf92f3577b34da6a3ce929d0e0e4736", "http.path~/v1/", "ai.cost_usd",
            "destination", "point=gateway",
            "rule=chat", "http.user_agent~openai*", "connection.repeats=12", "connection.icmp_type=8",
            "http.path=\"/v1/chat/completions\"",
            "method=POST", "host=models.example.com", "path~\"*/completions\"", "path~/chat/", "server=vllm",
            "operation=chat", "transport=tcp",
            "event=closed", "packets=85", "connection.end=finished", "tls.version=1.3", "ai.stream=true", "first_byte",
        ])
    func found(text: String) throws {
        let record = fullRecord()
        let filter = try filter(text)
        #expect(filter.matches(record))
        #expect(!filter.not.matches(record))
        #expect(filter.not.not == filter)
    }

    @Test(
        "find nothing else",
        arguments: [
            "verdict=denied", "verdict=Allowed", "verdict=allow", "status=201", "status=4xx", "status>200",
            "namespace=agent",
            "workload~\"ag\" and workload~\"zz\"", "workload~\"*x\"", "label.app=web", "label.nothing",
            "label.ap=agent", "workload.label.app=ollama",
            "address=10.0.0.8", "address in 10.0.1.0/24", "address in ::/0 and address=1.2.3.4", "port=51234",
            "bytes.out>56789", "tokens>1550",
            "cost>0.00039", "cost<0.00039", "duration>1.234567s", "time<-1s", "model=slow",
            "model~\"fa\" and model~\"*z*\"", "class=Inferenc",
            "key=bob", "theft=false", "nobody", "trace.rule=none", "not all", "verdict!=allowed",
            "verdict not in (allowed, denied)",
            "hidden.lost>3", "packets>85", "rule=read", "ai.stream=false", "method=post",
        ])
    func notFound(text: String) throws {
        let record = fullRecord()
        #expect(try !filter(text).matches(record))
    }

    @Test(
        "what a record does not have is not there, whatever it is compared with",
        arguments: [
            "ai", "model=x", "model~\"*\"", "cost=0", "cost<1", "status", "status<1000", "theft", "bytes.in>0",
            "duration>=0", "label.app",
            "address in 0.0.0.0/0 and connection.original.address", "tokens<1", "alarm", "hidden", "trace",
            "destination.port<70000",
        ])
    func absent(text: String) throws {
        var record = Record(
            time: now, id: "x", verdict: .allowed, reason: "", source: .init(address: "10.0.0.1", port: 1))
        (record.bytes, record.timing) = (nil, nil)
        #expect(try !filter(text).matches(record))
    }

    @Test("a key is a principal of that kind only")
    func key() throws {
        var record = fullRequest()
        record.principal?.kind = "token"
        #expect(try !filter("key=alice").matches(record) && filter("principal=alice").matches(record))
    }

    @Test("costs are compared exactly")
    func costs() throws {
        var record = fullRequest()
        record.ai?.cost = "0.100000000000000000"
        #expect(try filter("cost=0.1").matches(record) && !filter("cost>0.1").matches(record))
        record.ai?.cost = "123456789012345678.000000000001"
        #expect(try filter("cost>123456789012345678").matches(record))
        #expect(try filter("cost=123456789012345678.000000000001").matches(record))
        record.ai?.cost = "no number"
        #expect(try !filter("cost>=0").matches(record) && filter("cost").matches(record))
    }

    @Test("text is matched as it is meant, not as it is written")
    func escapes() throws {
        var record = fullRequest()
        record.ai?.model = Array("a\"b\\c\u{202e}d".utf8)
        #expect(try filter("model=\"a\\\"b\\\\c\u{202e}d\"").matches(record))
        #expect(try filter("model~\"\\\"B\\\\*\u{202e}D\" or model~\"B\\\\C\"").matches(record))
    }

    @Test(
        "canonical texts",
        arguments: [
            ("  verdict = denied   namespace=dev ", "verdict=denied and namespace=dev"),
            ("(a or (b or c)) and ((d))", "(\"a\" or \"b\" or \"c\") and \"d\""), ("not not theft", "theft"),
            ("NOT (a b)", "not (\"a\" and \"b\")"),
            ("status in (5xx,404,404)", "status in (5xx, 404)"), ("bytes.out>10MiB", "bytes.out>10485760"),
            ("duration>=1.50m", "duration>=90s"),
            ("duration<200ms", "duration<0.2s"), ("cost>$0.10", "cost>0.1"),
            ("time>-15m", "time>2026-11-23T08:45:00.000000Z"),
            ("time<2026-11-23", "time<2026-11-23T00:00:00.000000Z"), ("address=10.0.0.0/8", "address in 10.0.0.0/8"),
            ("address!=10.0.0.0/8", "address not in 10.0.0.0/8"), ("not address=::0001", "address!=::1"),
            ("model~GPT-*", "model~\"gpt-*\""),
            ("not model~x", "model!~\"x\""), ("not status<500", "not status<500"), ("rule=\"a b\"", "rule=\"a b\""),
            ("rule='and'", "rule=and"),
            ("all and theft", "theft"), ("all or theft", "all"), ("", "all"), ("not all", "not all"),
            ("a or b and c", "\"a\" or \"b\" and \"c\""),
            ("\"Say \\\"HI\\\"\"", "\"say \\\"hi\\\"\""), ("theft=true", "theft=true"),
            ("not (a or b) c", "not (\"a\" or \"b\") and \"c\""),
        ])
    func canonical(text: String, expected: String) throws {
        let filter = try filter(text)
        #expect(filter.description == expected)
        #expect(try RecordFilter(expected) == filter)
    }

    @Test("are made of texts whatever is in them")
    func made() throws {
        let names = ["dev", "x) or all", "\"", "a b"]
        let filter = RecordFilter.namespaces(names)
        #expect(filter.description == "namespace in (dev, \"x) or all\", \"\\\"\", \"a b\")")
        #expect(try RecordFilter(filter.description) == filter && !filter.matches(fullRecord()))
        #expect(RecordFilter.namespaces(["agents"]).matches(fullRecord()))
        for empty in [RecordFilter.namespaces([]), .oneOf(.policy, []), .oneOf(.policy, [""])] {
            #expect(empty == RecordFilter.all.not && !empty.matches(fullRecord()))
        }
        #expect(RecordFilter.oneOf(.aiClasses, ["Inference"]).matches(fullRecord()))
        #expect(try RecordFilter.oneOf(.rule, ["and"]) == RecordFilter("rule=and"))
        #expect(try RecordFilter.oneOf(.status, ["200", "x", "5xx"]) == RecordFilter("status in (200, 5xx)"))
    }

    @Test("are put together")
    func together() throws {
        let (a, b) = (try filter("theft or alice"), try filter("status=200"))
        #expect(a.and(b).description == "(theft or \"alice\") and status=200")
        #expect(a.or(b).description == "theft or \"alice\" or status=200")
        #expect(
            RecordFilter.all.and(b) == b && b.and(.all) == b && b.or(.all).isAll
                && RecordFilter.all.description == "all")
        #expect(b.isDecidedBySeries && !a.isDecidedBySeries)
        #expect(try filter("namespace=dev service=ai/ollama key=x model~a status=5xx theft").isDecidedBySeries)
        #expect(
            try !filter("label.app=x").isDecidedBySeries && !filter("bytes>1").isDecidedBySeries
                && !filter("pod=x").isDecidedBySeries)
    }
}
