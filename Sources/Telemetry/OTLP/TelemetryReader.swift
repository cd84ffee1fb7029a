import Records

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Makes logs and spans of lines. It keeps its memory from line to line.
public struct TelemetryReader: ~Copyable {
    private var scanner = RecordScanner()

    /// Reads lines.
    public init() {}

    /// The line as a log record, and as a span where it is a request.
    ///
    /// - Parameter observed: when it came here, in microseconds since 1970.
    public mutating func read(
        _ line: UnsafeRawBufferPointer, observed: Int64
    ) throws(RecordLineError) -> (log: Opentelemetry_Proto_Logs_V1_LogRecord, span: Opentelemetry_Proto_Trace_V1_Span?)
    {
        try scanner.scan(line)
        let attributes = RecordAttributes.all(scanner, in: line)
        let place = TracePlace(scanner, in: line)
        var log = Opentelemetry_Proto_Logs_V1_LogRecord()
        log.timeUnixNano = Self.nanoseconds(scanner.time)
        log.observedTimeUnixNano = Self.nanoseconds(observed)
        log.eventName = Self.event(scanner)
        (log.severityNumber, log.severityText) = Self.severity(scanner, in: line)
        log.body = OTLPValue(Self.body(scanner, in: line))
        log.attributes = attributes
        if let place {
            log.traceID = Data(place.trace)
            log.spanID = Data(place.span)
        }
        guard let place else { return (log, nil) }
        return (log, span(line, at: place, attributes))
    }

    private func span(
        _ line: UnsafeRawBufferPointer, at place: TracePlace, _ attributes: [OTLPAttribute]
    ) -> Opentelemetry_Proto_Trace_V1_Span {
        let words = SpanWords(scanner, in: line)
        var span = Opentelemetry_Proto_Trace_V1_Span()
        span.traceID = Data(place.trace)
        span.spanID = Data(place.span)
        span.parentSpanID = Data(place.parent)
        span.name = words.name
        span.kind = words.kind
        span.startTimeUnixNano = Self.nanoseconds(scanner.time)
        let duration = max(0, scanner.microseconds(.timingDuration) ?? 0)
        span.endTimeUnixNano = Self.nanoseconds(scanner.time.addingSaturated(duration))
        span.attributes = attributes
        span.status = words.status
        span.events = events(line)
        return span
    }

    /// The first byte of the answer, as a point in the span.
    private func events(_ line: UnsafeRawBufferPointer) -> [Opentelemetry_Proto_Trace_V1_Span.Event] {
        guard let first = scanner.microseconds(.timingFirstByte), first >= 0 else { return [] }
        var event = Opentelemetry_Proto_Trace_V1_Span.Event()
        event.name = "first_byte"
        event.timeUnixNano = Self.nanoseconds(scanner.time.addingSaturated(first))
        return [event]
    }

    static func nanoseconds(_ microseconds: Int64) -> UInt64 {
        UInt64(clamping: microseconds).multipliedClamping(by: 1000)
    }

    private static func event(_ scanner: borrowing RecordScanner) -> String {
        if scanner.has(.alarmName) { return "sallyport.alarm" }
        if scanner.has(.connectionEvent) { return "sallyport.connection" }
        return scanner.has(.verdict) ? "sallyport.request" : "sallyport.hidden"
    }

    private static func severity(
        _ scanner: borrowing RecordScanner, in line: UnsafeRawBufferPointer
    ) -> (Opentelemetry_Proto_Logs_V1_SeverityNumber, String) {
        switch scanner.text(.alarmSeverity, in: line) {
        case "critical": return (.error, "ERROR")
        case "warning": return (.warn, "WARN")
        default: break
        }
        let isCut = scanner.text(.connectionEvent, in: line) == Record.ConnectionEvent.cut.rawValue
        let isDenied = scanner.text(.verdict, in: line) == Record.Verdict.denied.rawValue
        // A server's own failure is what its operator wants to see first.
        if (scanner.integer(.status) ?? 0) >= 500, !isDenied { return (.error, "ERROR") }
        return isDenied || isCut || scanner.isTrue(.suspectedTheft) ? (.warn, "WARN") : (.info, "INFO")
    }

    private static func body(_ scanner: borrowing RecordScanner, in line: UnsafeRawBufferPointer) -> String {
        if let text = scanner.text(.alarmText, in: line) { return text }
        let reason = scanner.text(.reason, in: line) ?? ""
        guard let verdict = scanner.text(.verdict, in: line) else { return reason }
        let words = scanner.text(.explanation, in: line).map { ": " + $0 } ?? ""
        return "\(verdict): \(reason)\(words)"
    }
}

extension Int64 {
    func addingSaturated(_ other: Int64) -> Int64 {
        let (sum, isOver) = addingReportingOverflow(other)
        return isOver ? (other < 0 ? .min : .max) : sum
    }
}
