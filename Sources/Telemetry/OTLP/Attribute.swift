/// A name and a value, as OTLP has attributes.
public typealias OTLPAttribute = Opentelemetry_Proto_Common_V1_KeyValue
/// The value of an attribute.
public typealias OTLPValue = Opentelemetry_Proto_Common_V1_AnyValue

extension OTLPAttribute {
    /// A name and a text.
    public init(_ key: String, _ text: String) { self.init(key, OTLPValue(text)) }

    /// A name and a whole number.
    public init(_ key: String, _ number: Int64) {
        var value = OTLPValue()
        value.intValue = number
        self.init(key, value)
    }

    init(_ key: String, _ number: Double) {
        var value = OTLPValue()
        value.doubleValue = number
        self.init(key, value)
    }

    init(_ key: String, _ isTrue: Bool) {
        var value = OTLPValue()
        value.boolValue = isTrue
        self.init(key, value)
    }

    init(_ key: String, _ texts: [String]) {
        var value = OTLPValue()
        value.arrayValue.values = texts.map { OTLPValue($0) }
        self.init(key, value)
    }

    init(_ key: String, _ value: OTLPValue) {
        self.init()
        self.key = key
        self.value = value
    }
}

extension OTLPValue {
    init(_ text: String) {
        self.init()
        stringValue = text
    }
}

/// Whoever sends: a resource and a scope for all that goes out.
public struct OTLPSender: Sendable, Hashable {
    /// Attributes such as `service.name`.
    public var resource: [OTLPAttribute]
    /// Version of the program.
    public var version: String

    /// A sender.
    ///
    /// - Parameters:
    ///   - instance: which of several hubs it is; empty: not said.
    ///   - more: attributes that the operator adds; they win over ours.
    public init(version: String, instance: String = "", more: [String: String] = [:]) {
        self.version = version
        var attributes = ["service.name": "sallyport", "service.version": version]
        if !instance.isEmpty { attributes["service.instance.id"] = instance }
        attributes.merge(more) { $1 }
        resource = attributes.sorted { $0.key < $1.key }.map { OTLPAttribute($0.key, $0.value) }
    }

    /// The conventions that the names of attributes follow.
    static let schema = "https://opentelemetry.io/schemas/1.41.1"

    var scope: Opentelemetry_Proto_Common_V1_InstrumentationScope {
        var scope = Opentelemetry_Proto_Common_V1_InstrumentationScope()
        scope.name = "sallyport"
        scope.version = version
        return scope
    }

    /// A request with logs.
    public func logs(
        _ records: [Opentelemetry_Proto_Logs_V1_LogRecord]
    ) -> Opentelemetry_Proto_Collector_Logs_V1_ExportLogsServiceRequest {
        var group = Opentelemetry_Proto_Logs_V1_ScopeLogs()
        group.scope = scope
        group.logRecords = records
        group.schemaURL = Self.schema
        var all = Opentelemetry_Proto_Logs_V1_ResourceLogs()
        all.resource.attributes = resource
        all.scopeLogs = [group]
        all.schemaURL = Self.schema
        var request = Opentelemetry_Proto_Collector_Logs_V1_ExportLogsServiceRequest()
        request.resourceLogs = [all]
        return request
    }

    /// A request with spans.
    public func spans(
        _ spans: [Opentelemetry_Proto_Trace_V1_Span]
    ) -> Opentelemetry_Proto_Collector_Trace_V1_ExportTraceServiceRequest {
        var group = Opentelemetry_Proto_Trace_V1_ScopeSpans()
        group.scope = scope
        group.spans = spans
        group.schemaURL = Self.schema
        var all = Opentelemetry_Proto_Trace_V1_ResourceSpans()
        all.resource.attributes = resource
        all.scopeSpans = [group]
        all.schemaURL = Self.schema
        var request = Opentelemetry_Proto_Collector_Trace_V1_ExportTraceServiceRequest()
        request.resourceSpans = [all]
        return request
    }

    /// A request with metrics.
    public func metrics(
        _ metrics: [Opentelemetry_Proto_Metrics_V1_Metric]
    ) -> Opentelemetry_Proto_Collector_Metrics_V1_ExportMetricsServiceRequest {
        var group = Opentelemetry_Proto_Metrics_V1_ScopeMetrics()
        group.scope = scope
        group.metrics = metrics
        group.schemaURL = Self.schema
        var all = Opentelemetry_Proto_Metrics_V1_ResourceMetrics()
        all.resource.attributes = resource
        all.scopeMetrics = [group]
        all.schemaURL = Self.schema
        var request = Opentelemetry_Proto_Collector_Metrics_V1_ExportMetricsServiceRequest()
        request.resourceMetrics = [all]
        return request
    }
}
