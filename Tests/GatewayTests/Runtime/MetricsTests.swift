import Foundation
import Testing

@testable import Gateway

/// The admin address, and what it says.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct MetricsTests {
    private func withAdmin(_ body: @escaping @Sendable (TestGateway, Int, Upstream) async throws -> Void) async throws {
        let upstream = try Upstream()
        let gateway = try TestGateway(threads: 2)
        let admin = try await AdminServer(
            AdminPages(gateway.server, version: "1 \"x\"\\") { "{}" }, of: gateway.server, host: "127.0.0.1", port: 0)
        let port = try #require(Int(admin.address.split(separator: ":").last ?? ""))
        try await withTaskExecutorPreference(ThreadExecutor()) { try await body(gateway, port, upstream) }
        await admin.close()
        _ = try await gateway.stop()
    }

    @Test("readiness: not before the first snapshot")
    func ready() async throws {
        try await withAdmin { gateway, port, upstream in
            let admin = try Wire(port: port)
            #expect(try admin.get("/readyz", host: "localhost").status == 503)
            #expect(try admin.get("/healthz", host: "localhost").status == 200)
            await gateway.apply(World(upstream))
            let answer = try admin.get("/readyz?verbose", host: "localhost")
            #expect(answer.status == 200)
            #expect(answer.text == "ready\n")
        }
    }

    @Test("pages, and what is none")
    func pages() async throws {
        try await withAdmin { _, port, _ in
            let admin = try Wire(port: port)
            #expect(try admin.get("/nothing", host: "localhost").status == 404)
            #expect(try admin.get("/", host: "localhost").status == 404)
            #expect(try admin.get("/status", host: "localhost")["content-type"] == "application/json")
            // A page of somebody's domain whose name was made to point here.
            #expect(try admin.get("/status", host: "rebound.example.com").status == 421)
            let wrong = try admin.exchange(
                "POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx")
            #expect(wrong.status == 405)
            #expect(wrong["allow"] == "GET, HEAD")
            let head = try admin.exchange("HEAD /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(head.status == 200)
            #expect(head["content-length"] == "3")
            #expect(try admin.get("/healthz", "Connection: close\r\n", host: "127.0.0.1:9470").text == "ok\n")
            #expect(try admin.isClosedByPeer())
        }
    }

    @Test("metrics are in Prometheus' format, and count what has happened")
    func metrics() async throws {
        try await withAdmin { gateway, port, upstream in
            await gateway.apply(
                World(upstream, rules: ["{matches: [{path: {value: /ok}}], backendRefs: [{name: a, port: 80}]}"]))
            let client = try gateway.connect()
            for _ in 0..<3 { #expect(try client.get("/ok").status == 200) }
            #expect(try client.post("/ok", "12345").status == 200)
            #expect(try client.get("/no").status == 404)
            let other = try gateway.connect()
            #expect(try other.exchange("BREW /ok HTTP/1.0\r\nHost: a.test\r\n\r\n").status == 200)
            #expect(try gateway.connect().exchange("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").status == 400)
            let page = try Wire(port: port).get("/metrics", host: "localhost")
            #expect(page["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            let samples = try PrometheusText(page.text).samples
            func value(_ name: String, _ labels: [String: String] = [:]) -> Double {
                samples.filter { sample in
                    sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
                }.map(\.value).reduce(0, +)
            }
            #expect(value("http_server_request_duration_seconds_count") == 7)
            #expect(value("http_server_request_duration_seconds_count", ["http_request_method": "GET"]) == 4)
            #expect(value("http_server_request_duration_seconds_count", ["http_request_method": "_OTHER"]) >= 1)
            #expect(value("http_server_request_duration_seconds_count", ["http_response_status_code": "404"]) == 1)
            #expect(value("sallyport_decisions_total", ["reason": "allowed"]) == 5)
            #expect(value("sallyport_decisions_total", ["reason": "route_not_found"]) == 1)
            #expect(value("sallyport_decisions_total") == 7)
            #expect(value("sallyport_connections_total") == 3)
            #expect(value("sallyport_request_bytes_total") == 5)
            #expect(value("sallyport_config_revision") == 1)
            #expect(value("http_server_active_requests") == 0)
            #expect(samples.contains { $0.name == "sallyport_build_info" && $0.labels["version"] == "1 \"x\"\\" })
        }
    }

    @Test("histograms count each value once, in the first bucket that holds it")
    func histogram() {
        var histogram = Histogram()
        for bound in Histogram.bounds {
            histogram.observe(bound)
            histogram.observe(bound + 1)
        }
        histogram.observe(0)
        #expect(histogram.counts == [2] + Array(repeating: 2, count: Histogram.bounds.count - 1) + [1])
        #expect(histogram.adding(histogram).counts == histogram.counts.map { $0 * 2 })
        #expect(Histogram.labels.count == Histogram.bounds.count + 1)
        for (bound, label) in zip(Histogram.bounds, Histogram.labels) { #expect(Double(label) == Double(bound) / 1e9) }
    }

    @Test(
        "what the strict reader of these tests refuses",
        arguments: [
            "a 1", "# TYPE a counter\na 1", "# HELP a x\n# TYPE a counter\na{b=c} 1\n",
            "# HELP a x\n# TYPE a counter\na 1\na 1\n",
            "# HELP a x\n# TYPE a counter\na x\n", "# HELP a x\n# TYPE a what\na 1\n",
            "# HELP a x\n# TYPE a counter\nb 1\n",
            "# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n",
        ])
    func readerIsStrict(text: String) { #expect(throws: PrometheusText.Problem.self) { try PrometheusText(text) } }
}

/// Prometheus' text format, read strictly.
struct PrometheusText {
    struct Problem: Error, CustomStringConvertible { var description: String }
    struct Sample {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    private(set) var samples: [Sample] = []
    private var types: [String: String] = [:]
    private var helps: Set<String> = []
    private var family = ""

    init(_ text: String) throws {
        guard text.isEmpty || text.hasSuffix("\n") else { throw Problem(description: "no line end at the end") }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() { try read(String(line)) }
        var seen: Set<String> = []
        for sample in samples {
            let key =
                sample.name + sample.labels.sorted { $0.key < $1.key }.map { "\u{0}\($0.key)\u{0}\($0.value)" }.joined()
            guard seen.insert(key).inserted else { throw Problem(description: "twice: \(sample)") }
        }
        for (name, type) in types where type == "histogram" { try checkHistogram(name) }
    }

    private mutating func read(_ line: String) throws {
        let words = line.split(separator: " ", maxSplits: 3).map(String.init)
        if line.hasPrefix("# HELP ") {
            guard words.count == 4, helps.insert(words[2]).inserted else { throw Problem(description: line) }
            family = words[2]
        } else if line.hasPrefix("# TYPE ") {
            guard words.count == 4, words[2] == family, types[words[2]] == nil,
                ["counter", "gauge", "histogram"].contains(words[3])
            else { throw Problem(description: line) }
            types[words[2]] = words[3]
        } else {
            samples.append(try sample(line))
        }
    }

    private func sample(_ line: String) throws -> Sample {
        var rest = Substring(line)
        let name = String(rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") })
        rest = rest.dropFirst(name.count)
        let suffixes = types[family] == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
        guard types[family] != nil, suffixes.contains(where: { name == family + $0 }), name.first?.isNumber == false
        else {
            throw Problem(description: "outside its family: \(line)")
        }
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest = rest.dropFirst()
            while rest.first != "}" {
                let label = String(rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
                rest = rest.dropFirst(label.count)
                guard !label.isEmpty, rest.hasPrefix("=\""), labels[label] == nil else {
                    throw Problem(description: line)
                }
                rest = rest.dropFirst(2)
                labels[label] = try Self.quoted(&rest, line)
                if rest.first == "," {
                    rest = rest.dropFirst()
                } else if rest.first != "}" {
                    throw Problem(description: line)
                }
            }
            rest = rest.dropFirst()
        }
        guard rest.first == " ", let value = Double(rest.dropFirst()) else { throw Problem(description: line) }
        return Sample(name: name, labels: labels, value: value)
    }

    private static func quoted(_ rest: inout Substring, _ line: String) throws -> String {
        var text = ""
        while let character = rest.popFirst() {
            switch character {
            case "\"": return text
            case "\\":
                guard let escaped = rest.popFirst(), let plain = ["\\": "\\", "\"": "\"", "n": "\n"][String(escaped)]
                else {
                    throw Problem(description: line)
                }
                text += plain
            default: text.append(character)
            }
        }
        throw Problem(description: line)
    }

    private func checkHistogram(_ name: String) throws {
        func key(_ sample: Sample) -> String {
            sample.labels.filter { $0.key != "le" }.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(
                separator: ",")
        }
        for (series, buckets) in Dictionary(grouping: samples.filter { $0.name == name + "_bucket" }, by: key) {
            let counts = buckets.map(\.value)
            let bounds = buckets.map {
                $0.labels["le"] == "+Inf" ? Double.infinity : Double($0.labels["le"] ?? "") ?? -1
            }
            guard counts == counts.sorted(), bounds == bounds.sorted(), bounds.last == .infinity,
                let count = samples.first(where: { $0.name == name + "_count" && key($0) == series }),
                count.value == counts.last,
                samples.contains(where: { $0.name == name + "_sum" && key($0) == series })
            else { throw Problem(description: "histogram \(name) \(series)") }
        }
    }
}
