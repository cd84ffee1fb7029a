import Records

/// Where a request stands in a trace.
struct TracePlace {
    /// 16 bytes.
    let trace: [UInt8]
    /// 8 bytes.
    let span: [UInt8]
    /// 8 bytes; none: nobody asked on behalf of anything.
    let parent: [UInt8]

    /// Nil: the line is no request. A request of which nobody said a trace is one of its own; its ids follow from the
    /// request's, so that the same record, sent twice, is the same span.
    init?(_ scanner: borrowing RecordScanner, in line: UnsafeRawBufferPointer) {
        guard !scanner.has(.connectionEvent), scanner.has(.verdict), let id = scanner.text(.id, in: line) else {
            return nil
        }
        if let trace = Self.bytes(scanner.text(.traceContextTraceID, in: line), count: 16),
            let span = Self.bytes(scanner.text(.traceContextSpanID, in: line), count: 8)
        {
            self.trace = trace
            self.span = span
            parent = Self.bytes(scanner.text(.traceContextParentSpanID, in: line), count: 8) ?? []
        } else {
            trace = Self.derived(id, 1) + Self.derived(id, 2)
            span = Self.derived(id, 3)
            parent = []
        }
    }

    /// Hexadecimal digits as bytes; nil: something else, or nothing but zeros, which name no trace.
    static func bytes(_ text: String?, count: Int) -> [UInt8]? {
        guard let digits = text?.utf8, digits.count == 2 * count else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in digits {
            guard let value = Character(Unicode.Scalar(digit)).hexDigitValue else { return nil }
            if let first = high {
                bytes.append(first << 4 | UInt8(value))
                high = nil
            } else {
                high = UInt8(value)
            }
        }
        return bytes.contains { $0 != 0 } ? bytes : nil
    }

    /// Eight bytes that follow from a text and are hardly ever those of another.
    private static func derived(_ text: String, _ number: UInt64) -> [UInt8] {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ (number &* 0x9e37_79b9_7f4a_7c15)
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
        hash ^= hash >> 31
        return (0..<8).map { UInt8(truncatingIfNeeded: (hash | 1) >> (56 - 8 * $0)) }
    }
}

/// How a span is called, and how it ended.
struct SpanWords {
    let name: String
    let kind: Opentelemetry_Proto_Trace_V1_Span.SpanKind
    let status: Opentelemetry_Proto_Trace_V1_Status

    init(_ scanner: borrowing RecordScanner, in line: UnsafeRawBufferPointer) {
        (name, kind) = Self.name(scanner, in: line)
        var status = Opentelemetry_Proto_Trace_V1_Status()
        let code = scanner.integer(.status) ?? 0
        let isDenied = scanner.text(.verdict, in: line) == Record.Verdict.denied.rawValue
        let hasFailed = !isDenied && RecordAttributes.errorType(scanner, in: line) != nil
        // A server did nothing wrong when it refused; to whoever asked a model the refusal is an error.
        if code >= 500 || hasFailed || (kind == .client && (isDenied || code >= 400)) {
            status.code = .error
            status.message = scanner.text(.explanation, in: line) ?? scanner.text(.reason, in: line) ?? ""
        }
        self.status = status
    }

    private static func name(
        _ scanner: borrowing RecordScanner, in line: UnsafeRawBufferPointer
    ) -> (String, Opentelemetry_Proto_Trace_V1_Span.SpanKind) {
        if let method = scanner.text(.aiMCPMethod, in: line) {
            // Never the URI of a resource: there is no end of those.
            let target = method.hasPrefix("resources/") ? nil : scanner.text(.aiTool, in: line)
            return (target.map { "\(method) \($0)" } ?? method, .server)
        }
        if let operation = scanner.text(.aiOperation, in: line) {
            return (scanner.text(.aiModel, in: line).map { "\(operation) \($0)" } ?? operation, .client)
        }
        let method = RecordAttributes.method(scanner.text(.httpMethod, in: line) ?? "")
        let word = method == "_OTHER" ? "HTTP" : method
        return (scanner.text(.route, in: line).map { "\(word) \($0)" } ?? word, .server)
    }
}
