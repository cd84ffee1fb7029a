import NIOHPACK

// Heads and trailers between the gateway's own form and that of the header compression.

extension RequestHead {
    /// Reads a caller's head.
    func readHTTP2(_ headers: HPACKHeaders, endStream: Bool, limits: WireLimits) throws(Rejection) {
        var builder = HTTP2RequestBuilder(into: self, limits: limits)
        for (name, value, _) in headers { try builder.append(name: name, value: value) }
        try builder.finish(endStream: endStream)
    }

    /// The head as it goes to a backend.
    func http2Headers(scheme: Scheme) -> HPACKHeaders {
        var headers = HPACKHeaders()
        headers.reserveCapacity(fields.count + 4)
        headers.add(name: ":method", value: methodString)
        headers.add(name: ":scheme", value: scheme == .https ? "https" : "http")
        headers.add(name: ":authority", value: fields.string(of: .host) ?? hostString)
        let target = hasQuery ? pathString + "?" + fields.string(query) : pathString
        headers.add(name: ":path", value: target, indexing: .nonIndexable)
        fields.addOrdinary(to: &headers, without: .expect)
        return headers
    }
}

extension ResponseHead {
    /// The head as it goes to a caller. Sets the length where it is known.
    func http2Headers(bodyless: Bool) -> HPACKHeaders {
        if framing == .chunked { setFraming(.untilClose) }
        setKeepAlive(true)
        setFramingFields(version: .http2, bodyless: bodyless)
        var headers = HPACKHeaders()
        headers.reserveCapacity(fields.count + 1)
        headers.add(name: ":status", value: Self.statusText(status))
        fields.addOrdinary(to: &headers, without: .host)
        return headers
    }

    private static func statusText(_ status: UInt16) -> String {
        switch status {
        case 200: "200"
        case 204: "204"
        case 404: "404"
        default: "\(status)"
        }
    }

    /// Reads a backend's head.
    func readHTTP2(
        _ headers: HPACKHeaders, endStream: Bool, to method: Method, limits: WireLimits
    ) throws(Rejection) {
        reset()
        version = .http2
        var notes = FieldNotes(strict: false)
        var size = 0
        var count = 0
        for (name, value, _) in headers {
            size += name.utf8.count + value.utf8.count + 32
            count += 1
            guard size <= limits.headBytes else { throw .headTooLarge }
            guard count <= limits.fields else { throw .tooManyFields }
            if name.utf8.first == UInt8(ascii: ":") {
                try readStatus(name, value)
            } else {
                guard status != 0 else { throw .badPseudoField }
                try notes.note(fields.appendHTTP2(name, value, limits: limits))
            }
        }
        guard status != 0, status != 101 else { throw .badStatusLine }
        try settleHTTP2Framing(notes, endStream: endStream, method: method)
    }

    private func readStatus(_ name: String, _ value: String) throws(Rejection) {
        guard status == 0, fields.isEmpty, name == ":status" else { throw .badPseudoField }
        let digits = Array(value.utf8)
        guard digits.count == 3, digits.allSatisfy(Bytes.isDigit) else { throw .badStatusLine }
        status = digits.reduce(0) { $0 * 10 + UInt16($1 - 48) }
        guard (100..<600).contains(status) else { throw .badStatusLine }
    }

    private func settleHTTP2Framing(_ notes: FieldNotes, endStream: Bool, method: Method) throws(Rejection) {
        let declared = try fields.declaredFraming(notes, version: .http2)
        if status < 200 || status == 204 || status == 304 || method == .head {
            framing = .none
            guard status >= 200 || !endStream else { throw .badStatusLine }
        } else if endStream {
            guard declared?.isEmpty ?? true else { throw .badContentLength }
            framing = .length(0)
        } else {
            framing = declared ?? .untilClose
        }
    }
}

extension FieldSection {
    /// Reads the trailers of either side.
    func readHTTP2Trailers(_ headers: HPACKHeaders, limits: WireLimits) throws(Rejection) {
        reset()
        var size = 0
        for (name, value, _) in headers {
            size += name.utf8.count + value.utf8.count + 4
            guard size <= limits.trailerBytes else { throw .trailersTooLarge }
            guard name.utf8.first != UInt8(ascii: ":") else { throw .badPseudoField }
            let known = try appendHTTP2(name, value, limits: limits)
            guard !FieldTable.traits(known).contains(.notInTrailers) else { throw .forbiddenTrailer }
        }
    }

    /// The trailers as they go out.
    var http2Trailers: HPACKHeaders {
        var headers = HPACKHeaders()
        addOrdinary(to: &headers, without: .host)
        return headers
    }

    /// Takes in one field after the checks of RFC 9113, 8.2.
    fileprivate func appendHTTP2(_ name: String, _ value: String, limits: WireLimits) throws(Rejection) -> KnownField {
        guard value.utf8.count <= limits.valueBytes, name.utf8.count <= Int(UInt16.max) else { throw .fieldTooLarge }
        guard !name.isEmpty else { throw .badFieldName }
        let name = store(name)
        store(": ")
        let value = store(value)
        store("\r\n")
        try checkHTTP2(name: name, value: value, limits: limits)
        let known = withBytes(name) { FieldTable.recognise($0) }
        guard !known.isOfHTTP1Connection else { throw .connectionFieldInHTTP2 }
        addStored(known, name: name, value: value)
        return known
    }

    /// Adds all fields but those that HTTP/2 says in other ways, and one more.
    fileprivate func addOrdinary(to headers: inout HPACKHeaders, without skipped: KnownField) {
        for index in fields.indices {
            let known = fields[index].known
            if known.isOfHTTP1Connection || known == .host || known == skipped { continue }
            let name = withName(at: index) { String(decoding: $0, as: UTF8.self) }
            headers.add(name: name, value: string(at: index), indexing: known.isOftenNew ? .nonIndexable : .indexable)
        }
    }
}

extension KnownField {
    /// Forbidden in HTTP/2 (RFC 9113, 8.2.2).
    fileprivate var isOfHTTP1Connection: Bool {
        switch self {
        case .connection, .keepAlive, .proxyConnection, .transferEncoding, .upgrade, .http2Settings: true
        default: false
        }
    }

    /// Has another value in most messages: remembering it would push what is useful out of the table.
    fileprivate var isOftenNew: Bool {
        switch self {
        case .contentLength, .xRequestID, .date, .etag, .traceparent, .setCookie, .lastEventID, .xForwardedFor: true
        default: false
        }
    }
}
