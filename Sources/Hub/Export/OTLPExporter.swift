import Logging
import RecordFiles
import Records
import Synchronization
import Telemetry

/// Sends records as logs, requests as spans, and metrics, to a collector that speaks OTLP.
///
/// It takes no more memory than it was given and never holds anybody up: when the collector is too slow or away, records are
/// dropped and counted.
public final class OTLPExporter: RecordSink {
    /// What is sent.
    public enum Signal: String, Sendable, Hashable, CaseIterable {
        /// Every record.
        case logs
        /// Every request.
        case traces
        /// Sums.
        case metrics
    }

    /// How requests go, by the names that OpenTelemetry has for it (`OTEL_EXPORTER_OTLP_PROTOCOL`).
    public enum Transport: String, Sendable, Hashable, CaseIterable {
        /// gRPC, in the clear or over TLS as the endpoint says.
        case grpc
        /// Messages in bodies of HTTP.
        case http = "http/protobuf"
    }

    /// Where to, and how.
    public struct Configuration: Sendable {
        /// `http://collector:4318`, to which `/v1/logs` and the like are added; for gRPC `http://collector:4317`.
        public var endpoint: String
        /// How requests go.
        public var transport: Transport
        /// Headers of every request, such as `Authorization`.
        public var headers: [(name: String, value: String)]
        /// What is sent.
        public var signals: Set<Signal>
        /// Bodies are packed.
        public var isPacked: Bool
        /// Certificates, where the collector asks for one or has one by an authority that the system does not know.
        public var tls: TLSFiles?
        /// Bytes of lines that may wait.
        public var queueBytes: Int
        /// Records of one request.
        public var records: Int
        /// The longest time that records wait for others.
        public var pause: Duration
        /// How often metrics are sent.
        public var metricsPause: Duration
        /// The longest time that an answer may take.
        public var timeout: Duration
        /// The first time to wait after a failure, and the longest.
        public var retry: (first: Duration, longest: Duration)
        /// Attempts after which a request is given up.
        public var attempts: Int

        /// A collector.
        public init(
            endpoint: String, transport: Transport = .http, headers: [(name: String, value: String)] = [],
            signals: Set<Signal> = Set(Signal.allCases),
            isPacked: Bool = true, tls: TLSFiles? = nil, queueBytes: Int = 16 << 20, records: Int = 1000,
            pause: Duration = .seconds(2), metricsPause: Duration = .seconds(60), timeout: Duration = .seconds(10),
            retry: (first: Duration, longest: Duration) = (.seconds(1), .seconds(60)), attempts: Int = 12
        ) {
            self.endpoint = endpoint
            self.transport = transport
            self.headers = headers
            self.signals = signals
            self.isPacked = isPacked
            self.tls = tls
            self.queueBytes = queueBytes
            self.records = records
            self.pause = pause
            self.metricsPause = metricsPause
            self.timeout = timeout
            self.retry = retry
            self.attempts = attempts
        }

        /// Refuses an endpoint that no request can ever go to by gRPC.
        public func check() throws {
            if transport == .grpc { _ = try OTLPPlace(endpoint) }
        }
    }

    /// How it goes.
    public struct Status: Sendable, Hashable {
        /// Log records that the collector took.
        public var logs: UInt64 = 0
        /// Spans that it took.
        public var spans: UInt64 = 0
        /// Requests with metrics that it took.
        public var metrics: UInt64 = 0
        /// Records that were dropped because too much waited.
        public var dropped: UInt64 = 0
        /// Log records, spans and requests with metrics that the collector refused, or that were given up.
        public var refused: UInt64 = 0
        /// Lines that are no records.
        public var unreadable: UInt64 = 0
        /// Bytes that wait.
        public var waitingBytes = 0
        /// The last trouble; empty: the last request went well.
        public var trouble = ""
    }

    private struct State {
        var queue: ExportQueue
        var status = Status()
    }

    private let configuration: Configuration
    private let sender: OTLPSender
    private let logger: Logger
    private let clock: @Sendable () -> Int64
    private let start: Int64
    private let state: Mutex<State>
    private let wake = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// An exporter that does nothing yet but gather.
    ///
    /// - Parameter clock: microseconds since 1970.
    public init(
        _ configuration: Configuration, sender: OTLPSender, logger: Logger, clock: @escaping @Sendable () -> Int64
    ) {
        self.configuration = configuration
        self.sender = sender
        self.logger = logger
        self.clock = clock
        start = clock()
        state = Mutex(State(queue: ExportQueue(most: configuration.queueBytes)))
    }

    /// How it goes.
    public var status: Status {
        state.withLock { state in
            var status = state.status
            status.dropped = state.queue.dropped
            status.waitingBytes = state.queue.bytes
            return status
        }
    }

    /// Takes lines, or drops and counts them.
    public func take(_ lines: [UInt8], count: Int) {
        guard configuration.signals.contains(.logs) || configuration.signals.contains(.traces) else { return }
        if state.withLock({ $0.queue.add(lines, count: count) }) { wake.continuation.yield() }
    }

    /// Sends until the task is cancelled.
    ///
    /// - Parameter metrics: the metrics now.
    public func run(metrics: @escaping @Sendable () async -> [MetricFamily]) async throws {
        let poster: any OTLPTransport =
            switch configuration.transport {
            case .grpc: try OTLPCaller(configuration)
            case .http: try OTLPPoster(configuration, clock: clock)
            }
        do {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.sendRecords(poster) }
                if configuration.signals.contains(.metrics) {
                    group.addTask { await self.sendMetrics(poster, metrics) }
                }
                await group.waitForAll()
            }
            try await poster.close()
        }
    }

    // MARK: records

    private func sendRecords(_ poster: any OTLPTransport) async {
        for await _ in wake.stream {
            // Others may come meanwhile, and go with them.
            try? await Task.sleep(for: configuration.pause)
            while !Task.isCancelled {
                let lines = state.withLock { $0.queue.next(records: configuration.records) }
                guard !lines.isEmpty else { break }
                await send(lines, poster)
            }
        }
    }

    private func send(_ lines: [UInt8], _ poster: any OTLPTransport) async {
        let (logs, spans) = read(lines)
        if configuration.signals.contains(.logs), !logs.isEmpty {
            let isTaken = await post(sender.logs(logs), "logs", poster) { $0.logs(of: logs.count) }
            count(isTaken, logs.count, \.logs)
        }
        if configuration.signals.contains(.traces), !spans.isEmpty {
            let isTaken = await post(sender.spans(spans), "traces", poster) { $0.spans(of: spans.count) }
            count(isTaken, spans.count, \.spans)
        }
    }

    private func read(
        _ lines: [UInt8]
    ) -> ([Opentelemetry_Proto_Logs_V1_LogRecord], [Opentelemetry_Proto_Trace_V1_Span]) {
        var reader = TelemetryReader()
        var logs: [Opentelemetry_Proto_Logs_V1_LogRecord] = []
        var spans: [Opentelemetry_Proto_Trace_V1_Span] = []
        var unreadable: UInt64 = 0
        let now = clock()
        lines.withUnsafeBytes { bytes in
            for line in bytes.split(separator: UInt8(ascii: "\n")) {
                guard let read = try? reader.read(UnsafeRawBufferPointer(rebasing: line), observed: now) else {
                    unreadable += 1
                    continue
                }
                logs.append(read.log)
                if let span = read.span { spans.append(span) }
            }
        }
        if unreadable > 0 { state.withLock { $0.status.unreadable += unreadable } }
        return (logs, spans)
    }

    private func count(_ taken: Int, _ all: Int, _ field: any WritableKeyPath<Status, UInt64> & Sendable) {
        state.withLock { state in
            state.status[keyPath: field] += UInt64(taken)
            state.status.refused += UInt64(all - taken)
        }
    }

    // MARK: metrics

    private func sendMetrics(_ poster: any OTLPTransport, _ metrics: @Sendable () async -> [MetricFamily]) async {
        while !Task.isCancelled {
            let families = await metrics()
            let now = clock()
            let all = families.filter { !$0.points.isEmpty }.map { $0.metric(start: start, now: now) }
            if !all.isEmpty {
                let isTaken = await post(sender.metrics(all), "metrics", poster) { $0.metrics() }
                count(isTaken, 1, \.metrics)
            }
            try? await Task.sleep(for: configuration.metricsPause)
        }
    }

    // MARK: requests

    /// Sends a request until it is taken or there is no hope; says how many of what it has were taken.
    private func post(
        _ message: some OTLPRequest, _ signal: String, _ poster: any OTLPTransport, taken: (OTLPAnswer) -> Int
    ) async -> Int {
        var backoff = Backoff(first: configuration.retry.first, longest: configuration.retry.longest)
        for attempt in 1...max(1, configuration.attempts) {
            let answer = await poster.post(message, signal)
            note(answer.trouble, signal)
            switch answer.verdict {
            case .done: return taken(answer)
            case .never: return 0
            case .again(let seconds):
                guard attempt < configuration.attempts, !Task.isCancelled else { return 0 }
                let pause = backoff.next(chance: .random(in: 0...1))
                try? await Task.sleep(for: max(pause, .seconds(seconds ?? 0)))
            }
        }
        return 0
    }

    private func note(_ trouble: String, _ signal: String) {
        let isNew = state.withLock { state in
            defer { state.status.trouble = trouble }
            return state.status.trouble != trouble
        }
        guard isNew, !trouble.isEmpty else { return }
        logger.warning(
            "the collector does not take what is exported", metadata: ["signal": "\(signal)", "reason": "\(trouble)"])
    }
}
