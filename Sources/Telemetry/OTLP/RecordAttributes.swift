import Records

/// The fields of a record as attributes: under the name of OpenTelemetry's conventions where one means the same, and
/// else under our own, `sallyport.` and the field's name.
enum RecordAttributes {
    /// Every field that the scanned line has, but those that a log or a span has a place of its own for.
    static func all(_ scanner: borrowing RecordScanner, in line: UnsafeRawBufferPointer) -> [OTLPAttribute] {
        var attributes: [OTLPAttribute] = []
        let isConnection = scanner.has(.connectionEvent)
        let target = MCPTarget(scanner, in: line)
        for field in FieldNumber.allCases where !elsewhere.contains(field) && scanner.has(field) {
            if field == .aiTool, target != .tool { continue }
            let isBody = field == .bytesIn || field == .bytesOut
            let name = isConnection && isBody ? own[Int(field.rawValue)] : names[Int(field.rawValue)]
            if let attribute = attribute(name, field, scanner, in: line) { attributes.append(attribute) }
        }
        if scanner.has(.httpMethod) { asked(scanner, in: line, &attributes) }
        if scanner.has(.aiServer) || scanner.has(.aiOperation) { model(scanner, in: line, target, &attributes) }
        return attributes
    }

    /// Our own names, by field.
    private static let own = FieldNumber.allCases.map { "sallyport." + $0.name.replacing("[]", with: "") }

    /// The names that are given, by field. A name of a metric, and `error.type`, which is there only where something
    /// failed, name no attribute of every record.
    private static let names = FieldNumber.allCases.map { field in
        let published = field.field.openTelemetry
        let isOther = published.isEmpty || published == "http.server.request.duration" || published == "error.type"
        return isOther ? own[Int(field.rawValue)] : published
    }

    private static let elsewhere: Set<FieldNumber> = [
        .time, .traceContextTraceID, .traceContextSpanID, .traceContextParentSpanID, .httpMethod,
    ]

    private static func attribute(
        _ name: String, _ field: FieldNumber, _ scanner: borrowing RecordScanner, in line: UnsafeRawBufferPointer
    ) -> OTLPAttribute? {
        switch field.field.kind {
        case .string:
            guard field.name.contains("[]") else {
                return scanner.text(field, in: line).map { OTLPAttribute(name, $0) }
            }
            return OTLPAttribute(name, scanner.texts(field, in: line))
        case .integer: return scanner.integer(field).map { OTLPAttribute(name, $0) }
        case .boolean: return OTLPAttribute(name, scanner.isTrue(field))
        case .seconds: return scanner.microseconds(field).map { OTLPAttribute(name, Double($0) / 1e6) }
        }
    }

    // MARK: requests

    /// Methods that the conventions name; any other is `_OTHER`.
    private static let methods: Set<String> = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY",
    ]

    static func method(_ text: String) -> String { methods.contains(text) ? text : "_OTHER" }

    private static func asked(
        _ scanner: borrowing RecordScanner, in line: UnsafeRawBufferPointer, _ attributes: inout [OTLPAttribute]
    ) {
        let text = scanner.text(.httpMethod, in: line) ?? ""
        attributes.append(OTLPAttribute("http.request.method", method(text)))
        if method(text) != text { attributes.append(OTLPAttribute("http.request.method_original", text)) }
        attributes.append(OTLPAttribute("url.scheme", scanner.has(.tlsVersion) ? "https" : "http"))
        attributes.append(OTLPAttribute("network.protocol.name", "http"))
        if let error = errorType(scanner, in: line) { attributes.append(OTLPAttribute("error.type", error)) }
    }

    /// Why it failed or was denied; nil: it did not and was not.
    static func errorType(_ scanner: borrowing RecordScanner, in line: UnsafeRawBufferPointer) -> String? {
        guard let reason = scanner.text(.reason, in: line), reason != Record.ruleMatched else { return nil }
        return reason
    }

    // MARK: models and tools

    /// What `ai.tool` names.
    private enum MCPTarget {
        case tool, prompt, resource

        init(_ scanner: borrowing RecordScanner, in line: UnsafeRawBufferPointer) {
            let method = scanner.text(.aiMCPMethod, in: line) ?? ""
            self = method.hasPrefix("prompts/") ? .prompt : method.hasPrefix("resources/") ? .resource : .tool
        }
    }

    private static func model(
        _ scanner: borrowing RecordScanner, in line: UnsafeRawBufferPointer, _ target: MCPTarget,
        _ attributes: inout [OTLPAttribute]
    ) {
        if let server = scanner.text(.aiServer, in: line), scanner.has(.aiModel) {
            attributes.append(OTLPAttribute("gen_ai.provider.name", provider(server)))
        }
        if scanner.isTrue(.aiStream), let first = scanner.microseconds(.timingFirstByte) {
            attributes.append(OTLPAttribute("gen_ai.response.time_to_first_chunk", Double(first) / 1e6))
        }
        guard target != .tool, let name = scanner.text(.aiTool, in: line) else { return }
        attributes.append(OTLPAttribute(target == .prompt ? "gen_ai.prompt.name" : "mcp.resource.uri", name))
    }

    /// The provider's name in the conventions, where they have one for the server; else the server's.
    static func provider(_ server: String) -> String {
        switch server {
        case "azure-openai": "azure.ai.openai"
        case "bedrock": "aws.bedrock"
        case "vertex", "vertex-ai": "gcp.vertex_ai"
        case "gemini": "gcp.gemini"
        case "mistral": "mistral_ai"
        case "xai": "x_ai"
        case "watsonx": "ibm.watsonx.ai"
        default: server
        }
    }
}
