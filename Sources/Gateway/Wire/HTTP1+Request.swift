/// Reading the text of a request head, which is already in `fields`' storage.
extension RequestHead {
    /// What the request line says, before it is checked against the fields.
    private struct Line {
        var method: Range<Int> = 0..<0
        var target: Range<Int> = 0..<0
        var authority: Range<Int>?
        var path: Range<Int> = 0..<0
        var query: Range<Int>?
        var scheme: Scheme?
        var version: HTTPVersion = .http11
    }

    func parseText(_ limits: WireLimits) throws(Rejection) {
        var line = Line()
        var notes = FieldNotes(strict: true)
        try fields.bytes.withUnsafeMutableBufferPointer { (text) throws(Rejection) in
            var reader = HeadReader(text)
            line = try Self.readLine(&reader, limits)
            try Self.readTarget(reader, &line)
            try reader.readFields(into: &fields.fields, limits: limits, notes: &notes)
        }
        take(line)
        try settleHost(line.authority, hasHost: notes.has(.host))
        framing = try fields.requestFraming(notes, version: version)
        try settleConnection(notes)
        try checkMethod()
    }

    // MARK: The request line

    private static func readLine(_ reader: inout HeadReader, _ limits: WireLimits) throws(Rejection) -> Line {
        var line = Line()
        reader.skip(while: reader.tables.token)
        guard reader[reader.position] == Bytes.space else {
            throw reader[reader.position] < 0x20 ? .badRequestLine : .badMethod
        }
        guard reader.position <= 32 else { throw .methodTooLong }
        line.method = 0..<reader.position
        reader.position += 1
        let targetStart = reader.position
        reader.skip(while: reader.tables.target)
        line.target = targetStart..<reader.position
        guard line.target.count <= limits.targetBytes else { throw .targetTooLong }
        guard reader[reader.position] == Bytes.space, !line.target.isEmpty else {
            throw targetRejection(reader)
        }
        reader.position += 1
        line.version = try readVersion(&reader)
        return line
    }

    private static func targetRejection(_ reader: HeadReader) -> Rejection {
        switch reader[reader.position] {
        case Bytes.space: .badRequestLine
        case Bytes.cr where reader[reader.position + 1] == Bytes.lf: .badRequestLine
        case Bytes.cr: .bareCR
        case 0..<0x20, 0x7F: .controlCharacter
        default: .badTarget
        }
    }

    private static func readVersion(_ reader: inout HeadReader) throws(Rejection) -> HTTPVersion {
        let start = reader.position
        guard start + 10 <= reader.end, Bytes.equal(reader.slice(start..<start + 5), "HTTP/"),
            Bytes.isDigit(reader[start + 5]), reader[start + 6] == UInt8(ascii: "."), Bytes.isDigit(reader[start + 7])
        else { throw .badRequestLine }
        let (major, minor) = (reader[start + 5] - 48, reader[start + 7] - 48)
        guard reader[start + 8] == Bytes.cr, reader[start + 9] == Bytes.lf else { throw .badRequestLine }
        guard major == 1, minor <= 1 else { throw .badVersion }
        reader.position = start + 10
        return minor == 1 ? .http11 : .http10
    }

    /// Splits the target, and puts the path in its canonical form in place.
    private static func readTarget(_ reader: HeadReader, _ line: inout Line) throws(Rejection) {
        let target = reader.slice(line.target)
        let method = Method.recognise(reader.slice(line.method))
        if method == .connect { throw .connectRefused }
        if Bytes.equal(reader.slice(line.method), "PRI") { throw .badMethod }
        if target.count == 1, target[0] == UInt8(ascii: "*") {
            guard method == .options else { throw .badTarget }
            line.path = line.target
            return
        }
        var start = line.target.lowerBound
        if target[0] != UInt8(ascii: "/") { start = try readAbsolute(target, &line) }
        if let mark = Bytes.firstIndex(of: UInt8(ascii: "?"), in: reader.slice(start..<line.target.upperBound)) {
            line.query = start + mark + 1..<line.target.upperBound
            line.path = start..<start + mark
        } else {
            line.path = start..<line.target.upperBound
        }
        guard !line.path.isEmpty else { return }
        let count = try PathForm.canonicalise(reader.mutableSlice(line.path))
        line.path = line.path.lowerBound..<line.path.lowerBound + count
    }

    /// Reads `http://host:port` and says where what follows begins.
    private static func readAbsolute(_ target: UnsafeRawBufferPointer, _ line: inout Line) throws(Rejection) -> Int {
        guard let colon = Bytes.firstIndex(of: Bytes.colon, in: target), target.count > colon + 3,
            target[colon + 1] == UInt8(ascii: "/"), target[colon + 2] == UInt8(ascii: "/")
        else { throw .badTarget }
        let scheme = UnsafeRawBufferPointer(rebasing: target[..<colon])
        if Bytes.equalIgnoringCase(scheme, "http") {
            line.scheme = .http
        } else if Bytes.equalIgnoringCase(scheme, "https") {
            line.scheme = .https
        } else {
            throw .badTarget
        }
        var end = colon + 3
        while end < target.count, target[end] != UInt8(ascii: "/"), target[end] != UInt8(ascii: "?") { end += 1 }
        line.authority = line.target.lowerBound + colon + 3..<line.target.lowerBound + end
        return line.target.lowerBound + end
    }

    private func take(_ line: Line) {
        methodToken = ByteRange(0, count: line.method.count)
        method = fields.withBytes(methodToken) { Method.recognise($0) }
        version = line.version
        scheme = line.scheme
        if let range = line.query {
            query = ByteRange(range.lowerBound, count: range.count)
            hasQuery = true
        }
        if !line.path.isEmpty {
            path = ByteRange(line.path.lowerBound, count: line.path.count)
        } else {
            // An absolute target without a path: the whole server for OPTIONS, the root for everything else.
            path = fields.store(method == .options && !hasQuery ? "*" : "/")
        }
    }

    // MARK: What line and fields say together

    private func settleHost(_ authority: Range<Int>?, hasHost: Bool) throws(Rejection) {
        guard hasHost else {
            // Old clients may leave it out, but then there is nothing to route by, and nothing to say upstream.
            guard version == .http10, let authority else { throw .missingHost }
            fields.append(.host, copying: ByteRange(authority.lowerBound, count: authority.count))
            return try settleHost()
        }
        try settleHost()
        guard let authority, let scheme else { return }
        let range = ByteRange(authority.lowerBound, count: authority.count)
        let named = try fields.settleAuthority(range)
        let isSame = fields.withBytes(named.host) { one in fields.withBytes(host) { Bytes.equal(one, $0) } }
        guard isSame, named.port ?? scheme.defaultPort == port ?? scheme.defaultPort else { throw .hostMismatch }
    }

    /// Checks the `Host` field and puts it in canonical form, if there is one.
    func settleHost() throws(Rejection) {
        guard let index = fields.first(.host) else { throw .missingHost }
        let authority = try fields.settleAuthority(fields.fields[index].value)
        host = authority.host
        port = authority.port
        if authority.length != fields.fields[index].value.count {
            fields.fields[index].valueLength = UInt32(authority.length)
            fields.fields[index].isWireForm = false
        }
    }

    private func settleConnection(_ notes: FieldNotes) throws(Rejection) {
        let options = notes.has(.connection) ? try fields.readConnection() : ConnectionOptions()
        keepAlive = version == .http10 ? options.keepAlive && !options.close : !options.close
        nominatesFields = options.nominatesFields
        if notes.has(.te) { acceptsTrailers = fields.listContains(.te, "trailers") }
        if notes.has(.expect) {
            guard let index = fields.first(.expect), fields.valueEquals(at: index, ignoringCase: "100-continue") else {
                throw .badExpect
            }
            // HTTP/1.0 knows no 100: the expectation is not to be answered then.
            expectsContinue = version != .http10
        }
        if notes.has(.upgrade), options.upgrade { try settleUpgrade() }
    }

    /// Only WebSocket is honoured. An upgrade of anything else stays an ordinary request, as RFC 9110 allows.
    private func settleUpgrade() throws(Rejection) {
        guard version == .http11, fields.count(.upgrade) == 1, let index = fields.first(.upgrade),
            fields.valueEquals(at: index, ignoringCase: "websocket")
        else { return }
        guard method == .get, framing.isEmpty else { throw .badUpgrade }
        upgradesToWebSocket = true
    }

    private func checkMethod() throws(Rejection) {
        if method == .trace, !framing.isEmpty { throw .bodyNotAllowed }
    }
}
