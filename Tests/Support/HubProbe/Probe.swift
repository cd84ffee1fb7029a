import Foundation
import Hub
import Logging
import Records
import Telemetry

/// What the hub tells the outside, of records in a file, for clients that are not ours.
///
///     hub-probe observer RECORDS [unix:PATH]    serves them, prints the port, and ends with its input
///     hub-probe export RECORDS URL [plain] [grpc]    exports them with a metric, and prints how that went
///     hub-probe metrics RECORDS                 prints Prometheus' text of them
@main
struct Probe {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count >= 2 else { throw Trouble(description: "hub-probe observer|export|metrics RECORDS ...") }
        let data = try Data(contentsOf: URL(filePath: arguments[1]))
        let lines = data.split(separator: UInt8(ascii: "\n")).map { Array($0) }
        switch arguments[0] {
        case "observer": try await observe(lines, arguments.dropFirst(2).first)
        case "export":
            try await export(
                lines, to: arguments[2], isPacked: !arguments.contains("plain"),
                arguments.contains("grpc") ? .grpc : .http)
        case "metrics": print(PrometheusText.write(try families(lines)), terminator: "")
        default: throw Trouble(description: "no such command: \(arguments[0])")
        }
    }

    struct Trouble: Error, CustomStringConvertible { let description: String }

    static func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1e6) }

    static func observe(_ lines: [[UInt8]], _ place: String?) async throws {
        let socket = place.flatMap { $0.hasPrefix("unix:") ? String($0.dropFirst(5)) : nil }
        let server = try ObserverServer(
            .init(
                place: socket.map { .unixSocket(path: $0) } ?? .address(host: "127.0.0.1", port: 0),
                security: .plaintext, version: "probe"),
            source: ProbeFlows(lines), logger: Logger(label: "probe"), clock: now)
        let serving = Task {
            try await server.run { port in
                print("listening \(port)")
                fflush(nil)
            }
        }
        // Whoever started it ends it by closing its input.
        await withCheckedContinuation { ended in
            Thread.detachNewThread {
                while readLine() != nil {}
                ended.resume()
            }
        }
        serving.cancel()
        _ = await serving.result
    }

    static func export(_ lines: [[UInt8]], to url: String, isPacked: Bool, _ transport: OTLPExporter.Transport)
        async throws
    {
        let exporter = OTLPExporter(
            .init(
                endpoint: url, transport: transport, headers: [("X-Probe", "yes")], isPacked: isPacked, records: 4,
                pause: .milliseconds(50), timeout: .seconds(5), retry: (.milliseconds(20), .milliseconds(100)),
                attempts: 6),
            sender: OTLPSender(version: "1.2.3", instance: "hub-0", more: ["deployment.environment.name": "test"]),
            logger: Logger(label: "probe"), clock: now)
        for line in lines { exporter.take(line + [UInt8(ascii: "\n")], count: 1) }
        let all = try families(lines)
        let running = Task { try await exporter.run { all } }
        var last = exporter.status
        repeat {
            last = exporter.status
            try await Task.sleep(for: .milliseconds(20))
        } while last.logs + last.refused + last.unreadable < UInt64(lines.count) || last.metrics + last.refused == 0
            || last != exporter.status
        running.cancel()
        _ = await running.result
        let end = exporter.status
        print(
            """
            {"logs":\(end.logs),"spans":\(end.spans),"metrics":\(end.metrics),"refused":\(end.refused),\
            "dropped":\(end.dropped),"unreadable":\(end.unreadable)}
            """)
    }

    static func families(_ lines: [[UInt8]]) throws -> [MetricFamily] {
        var sums: [Series: Measures] = [:]
        for line in lines {
            guard (try? Record(line: line)) != nil else { continue }
            var scanner = RecordScanner()
            var series = Series([:])
            var measures = Measures()
            try line.withUnsafeBytes { line in
                try scanner.scan(line)
                var values: [Records.Dimension: String] = [:]
                for dimension in Records.Dimension.allCases {
                    guard let field = dimension.field, scanner.has(field) else { continue }
                    values[dimension] =
                        switch field.field.kind {
                        case .boolean: "true"
                        case .integer: scanner.integer(field).map { "\($0)" } ?? ""
                        default: scanner.texts(field, in: line).joined(separator: ",")
                        }
                }
                series = Series(values)
                measures.add(scanner, in: line)
            }
            sums[series, default: Measures()] += measures
        }
        var metrics = RecordMetrics()
        return metrics.families(sums.map { ($0.key, $0.value) })
    }
}

/// Records of a file, as a history would give them out.
final class ProbeFlows: FlowSource {
    private let lines: [(time: Int64, line: [UInt8])]

    init(_ lines: [[UInt8]]) {
        self.lines = lines.compactMap { line in (try? Record(line: line)).map { ($0.time, line) } }
            .sorted { $0.time < $1.time }
    }

    func page(_ question: FlowQuestion) async throws -> FlowPage {
        var fitting = lines.filter { $0.time >= question.from && $0.time < question.to }
        if question.newestFirst { fitting.reverse() }
        let start = question.cursor.flatMap(Int.init) ?? 0
        let end = min(fitting.count, start + question.limit)
        return FlowPage(lines: fitting[start..<end].map(\.line), next: end < fitting.count ? "\(end)" : nil)
    }

    /// Everything comes again and again with new times, for as long as somebody listens.
    func follow() async -> AsyncStream<FlowNews> {
        let lines = lines.map(\.line)
        let stream = AsyncStream.makeStream(of: FlowNews.self)
        let task = Task {
            stream.continuation.yield(.missed(3))
            while !Task.isCancelled {
                for line in lines { stream.continuation.yield(.line(line)) }
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
        stream.continuation.onTermination = { _ in task.cancel() }
        return stream.stream
    }

    func flowStatus() async throws -> FlowStatus {
        FlowStatus(
            kept: UInt64(lines.count), seen: UInt64(lines.count) + 5, uptime: 60_000_000, rate: 1.5,
            nodes: [
                .init(name: "n1", version: "probe", isConnected: true, seen: 2),
                .init(name: "n2", isConnected: false, seen: 1),
            ],
            version: "probe")
    }

    func namespaces(since: Int64) async throws -> [String] { ["ai", "agents"] }
}
