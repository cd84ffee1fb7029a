#if canImport(Gateway)
    @testable import Gateway
#endif

/// What must hold for any input at all. Each function returns what is wrong; an empty list is a pass.
enum WireOracle {
    static let peer = "192.0.2.1"

    /// A connection's bytes from a caller.
    static func requests(_ bytes: [UInt8]) -> [String] {
        let result = WireDriver.read(bytes, .request)
        var wrong = splitting(bytes, .request, result)
        var offset = 0
        for message in result.messages {
            wrong += NaiveChecker.request(message.head).map { "accepted: \($0)" }
            wrong += rewriting(message.head)
            offset += message.head.count
            wrong += body(message, bytes, &offset)
        }
        return wrong
    }

    /// A connection's bytes from upstream.
    static func responses(_ bytes: [UInt8]) -> [String] {
        let kind = WireDriver.Kind.response(to: (bytes.last ?? 0) & 1 == 0 ? .get : .head)
        let result = WireDriver.read(bytes, kind)
        var wrong = splitting(bytes, kind, result)
        for message in result.messages {
            wrong += NaiveChecker.response(message.head).map { "accepted: \($0)" }
            wrong += rewritingResponse(message.head)
        }
        return wrong
    }

    /// The fields of an HTTP/2 request; what is accepted must be a good head of HTTP/1.
    static func http2(_ fields: [(name: [UInt8], value: [UInt8])], endStream: Bool) -> [String] {
        let head = RequestHead()
        do throws(Rejection) {
            var builder = HTTP2RequestBuilder(into: head)
            for field in fields {
                try field.name.withUnsafeBufferPointer { (name) throws(Rejection) in
                    try field.value.withUnsafeBufferPointer { (value) throws(Rejection) in
                        try builder.append(name: UnsafeRawBufferPointer(name), value: UnsafeRawBufferPointer(value))
                    }
                }
            }
            try builder.finish(endStream: endStream)
        } catch {
            return []
        }
        return preparing(head)
    }

    /// Lines of fields from free text, as the fuzzers make them: `name`, a NUL, `value`, a NUL, ...
    static func http2(_ bytes: [UInt8]) -> [String] {
        let parts = bytes.split(separator: 0, omittingEmptySubsequences: false).map(Array.init)
        var fields: [(name: [UInt8], value: [UInt8])] = []
        for index in stride(from: 0, to: parts.count - 1, by: 2) { fields.append((parts[index], parts[index + 1])) }
        return http2(fields, endStream: bytes.count.isMultiple(of: 2))
    }

    // MARK: Properties

    /// How the bytes arrive makes no difference.
    private static func splitting(_ bytes: [UInt8], _ kind: WireDriver.Kind, _ whole: ReadResult) -> [String] {
        guard bytes.count > 1 else { return [] }
        var wrong: [String] = []
        let cut = 1 + bytes.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF } % (bytes.count - 1)
        if WireDriver.read([bytes[..<cut], bytes[cut...]], kind) != whole {
            wrong.append("differs when cut at \(cut)")
        }
        // The slow way for one input in four.
        if bytes.count < 2_000, cut & 3 == 0, WireDriver.read(bytes.indices.map { bytes[$0...$0] }, kind) != whole {
            wrong.append("differs byte by byte")
        }
        return wrong
    }

    /// What was read and written again reads the same.
    private static func rewriting(_ bytes: [UInt8]) -> [String] {
        let head = RequestHead()
        guard read(bytes, into: head) else { return ["accepted once, not twice"] }
        // HTTP/1.0 is always written as 1.1, where fields of one hop mean more; they are gone when it is sent.
        guard head.version == .http11 else { return preparing(head) }
        let written = WireDriver.written(head)
        let again = RequestHead()
        guard read(written, into: again) else { return ["own head is refused: \(WireDriver.text(written))"] }
        var wrong: [String] = []
        if summary(head) != summary(again) {
            wrong.append("read \(summary(head)), then \(summary(again))")
        }
        if written.count != head.wireSize { wrong.append("size \(head.wireSize), wrote \(written.count)") }
        return wrong + preparing(head)
    }

    /// What goes upstream holds nothing that must not, and upstream reads what we read.
    private static func preparing(_ head: RequestHead) -> [String] {
        let framing = head.framing
        let before = [head.methodString, head.pathString, head.queryString ?? "none", head.hostString]
        head.prepareForUpstream(RequestOrigin(peer: peer, scheme: .https, requestID: "id"))
        let written = WireDriver.written(head)
        var wrong = NaiveChecker.upstream(written, peer: peer).map { "upstream: \($0)" }
        let again = RequestHead()
        var limits = WireLimits.standard
        limits.fields += 10
        limits.headBytes *= 2
        limits.valueBytes *= 4
        guard read(written, into: again, limits) else {
            return wrong + ["upstream refuses \(WireDriver.text(written))"]
        }
        let after = [again.methodString, again.pathString, again.queryString ?? "none", again.hostString]
        if after != before { wrong.append("upstream reads \(after), not \(before)") }
        let expected = framing == .untilClose ? .chunked : framing
        if again.framing != expected { wrong.append("upstream frames as \(again.framing), not \(expected)") }
        return wrong
    }

    private static func rewritingResponse(_ bytes: [UInt8]) -> [String] {
        let head = ResponseHead()
        guard read(bytes, into: head) else { return ["accepted once, not twice"] }
        let framing = head.framing
        head.prepareForCaller()
        head.setFramingFields(version: .http11, bodyless: framing == .none)
        let written = WireDriver.written(head)
        var wrong = NaiveChecker.response(written).map { "to the caller: \($0)" }
        if written.count != head.wireSize { wrong.append("size \(head.wireSize), wrote \(written.count)") }
        let again = ResponseHead()
        guard read(written, into: again) else {
            return wrong + ["own response is refused: \(WireDriver.text(written))"]
        }
        if again.status != head.status || again.framing != framing {
            wrong.append("the caller reads \(again.status) \(again.framing), not \(head.status) \(framing)")
        }
        return wrong
    }

    /// A complete chunked body is what the plain reader makes of it.
    private static func body(_ message: ReadMessage, _ bytes: [UInt8], _ offset: inout Int) -> [String] {
        let isChunked = message.fields.contains { $0.hasPrefix("transfer-encoding:") }
        guard isChunked else {
            offset += message.body.count
            return []
        }
        defer { offset = bytes.count }
        guard message.isComplete, message.body.count < bytes.count, offset < bytes.count else { return [] }
        return NaiveChecker.dechunk(bytes[offset...]) == message.body ? [] : ["chunked body differs"]
    }

    // MARK: Tools

    private static func read(_ bytes: [UInt8], into head: RequestHead, _ limits: WireLimits = .standard) -> Bool {
        var scanned = 0
        let outcome = bytes.withUnsafeBytes { HTTP1.parseRequest($0, scanned: &scanned, limits: limits, into: head) }
        return outcome == .complete(consumed: bytes.count)
    }

    private static func read(_ bytes: [UInt8], into head: ResponseHead) -> Bool {
        var scanned = 0
        let outcome = bytes.withUnsafeBytes { HTTP1.parseResponse($0, scanned: &scanned, to: .get, into: head) }
        return outcome == .complete(consumed: bytes.count)
    }

    private static func summary(_ head: RequestHead) -> [String] {
        [
            head.methodString, head.pathString, head.queryString ?? "none", head.hostString, "\(head.port ?? 0)",
            "\(head.framing)", "\(head.keepAlive)", "\(head.upgradesToWebSocket)", "\(head.expectsContinue)",
        ] + WireDriver.describe(head.fields)
    }
}
