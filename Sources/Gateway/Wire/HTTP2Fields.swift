/// Builds a request head from HTTP/2 fields, with the rules of HTTP/1 and those of RFC 9113 section 8.
///
/// Nothing of a header block is used before `finish` has returned without throwing. Each piece of a cookie counts as a
/// field; the pieces become one field at the end. Sizes are counted with 32 for each field, as HPACK does.
package struct HTTP2RequestBuilder {
    private let head: RequestHead
    private let limits: WireLimits
    private var size = 0
    private var count = 0
    private var sawRegular = false
    private var sawMethod = false
    private var path: ByteRange?
    private var authority: ByteRange?
    private var cookies: [ByteRange] = []
    private var notes = FieldNotes(strict: true)

    /// Begins a request in `head`, which is reset.
    package init(into head: RequestHead, limits: WireLimits = .standard) {
        self.head = head
        self.limits = limits
        head.reset()
        head.version = .http2
    }

    package mutating func append(name: String, value: String) throws(Rejection) {
        // Both are copied into the head's storage first, as a line of HTTP/1, so that the checks run on bytes that
        // nobody else can change and the head can be written out in one copy.
        let name = head.fields.store(name)
        head.fields.store(": ")
        let value = head.fields.store(value)
        head.fields.store("\r\n")
        try append(stored: name, value)
    }

    package mutating func append(
        name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer
    ) throws(Rejection) {
        let name = head.fields.store(name)
        head.fields.store(": ")
        let value = head.fields.store(value)
        head.fields.store("\r\n")
        try append(stored: name, value)
    }

    private mutating func append(stored name: ByteRange, _ value: ByteRange) throws(Rejection) {
        size += name.count + value.count + 32
        count += 1
        guard size <= limits.headBytes else { throw .headTooLarge }
        guard count <= limits.fields else { throw .tooManyFields }
        guard value.count <= limits.valueBytes, name.count <= Int(UInt16.max) else { throw .fieldTooLarge }
        guard !name.isEmpty else { throw .badFieldName }
        if head.fields.bytes[Int(name.start)] == Bytes.colon {
            guard !sawRegular else { throw .badPseudoField }
            return try appendPseudo(name, value)
        }
        sawRegular = true
        let known = try checkField(name, value)
        if known == .cookie {
            cookies.append(value)
        } else {
            try notes.note(known)
            head.fields.addStored(known, name: name, value: value)
        }
    }

    private mutating func appendPseudo(_ name: ByteRange, _ value: ByteRange) throws(Rejection) {
        guard !value.isEmpty else { throw .badPseudoField }
        let fields = head.fields
        if fields.equals(name, ":method") {
            guard !sawMethod else { throw .badPseudoField }
            sawMethod = true
            guard value.count <= 32 else { throw .methodTooLong }
            guard fields.withBytes(value, { $0.allSatisfy(Bytes.isTokenByte) }) else { throw .badMethod }
            head.methodToken = value
            head.method = fields.withBytes(value) { Method.recognise($0) }
            if head.method == .connect { throw .connectRefused }
        } else if fields.equals(name, ":scheme") {
            guard head.scheme == nil else { throw .badPseudoField }
            head.scheme = fields.equals(value, "https") ? .https : fields.equals(value, "http") ? .http : nil
            guard head.scheme != nil else { throw .badPseudoField }
        } else if fields.equals(name, ":authority") {
            guard authority == nil else { throw .badPseudoField }
            authority = value
        } else if fields.equals(name, ":path") {
            guard path == nil else { throw .badPseudoField }
            guard value.count <= limits.targetBytes else { throw .targetTooLong }
            path = value
        } else {
            throw .badPseudoField
        }
    }

    /// Checks one ordinary field and says which it is.
    private func checkField(_ name: ByteRange, _ value: ByteRange) throws(Rejection) -> KnownField {
        let fields = head.fields
        try fields.checkHTTP2(name: name, value: value, limits: limits)
        let known = fields.withBytes(name) { FieldTable.recognise($0) }
        switch known {
        case .connection, .keepAlive, .proxyConnection, .transferEncoding, .upgrade, .http2Settings:
            throw .connectionFieldInHTTP2
        case .te:
            guard fields.equals(value, "trailers") else { throw .connectionFieldInHTTP2 }
        default: break
        }
        return known
    }

    /// Puts the parts together once the header block is complete. `endStream`: no body follows.
    package func finish(endStream: Bool) throws(Rejection) {
        guard sawMethod, head.scheme != nil, let target = path else { throw .badPseudoField }
        try settleTarget(target)
        try settleAuthority()
        joinCookies()
        try settleBody(endStream)
        head.acceptsTrailers = notes.has(.te)
        if notes.has(.expect) {
            guard let index = head.fields.first(.expect),
                head.fields.valueEquals(at: index, ignoringCase: "100-continue")
            else { throw .badExpect }
            head.expectsContinue = true
        }
    }

    private func settleTarget(_ target: ByteRange) throws(Rejection) {
        let fields = head.fields
        if fields.equals(target, "*") {
            guard head.method == .options else { throw .badTarget }
            head.path = target
            return
        }
        guard fields.withBytes(target, { $0.allSatisfy { Bytes.target[Int($0)] != 0 } }) else { throw .badTarget }
        let mark = fields.withBytes(target) { Bytes.firstIndex(of: UInt8(ascii: "?"), in: $0) }
        if let mark {
            head.hasQuery = true
            head.query = ByteRange(Int(target.start) + mark + 1, count: target.count - mark - 1)
        }
        head.path = try fields.canonicalPath(ByteRange(Int(target.start), count: mark ?? target.count))
    }

    private func settleAuthority() throws(Rejection) {
        let fields = head.fields
        guard let authority else {
            guard notes.has(.host) else { throw .missingHost }
            return try head.settleHost()
        }
        let named = try fields.settleAuthority(authority)
        if notes.has(.host) {
            try head.settleHost()
            let isSame = fields.withBytes(named.host) { one in fields.withBytes(head.host) { Bytes.equal(one, $0) } }
            let port = head.scheme?.defaultPort
            guard isSame, named.port ?? port == head.port ?? port else { throw .hostMismatch }
            fields.remove(.host)
        }
        fields.append(.host, copying: ByteRange(Int(authority.start), count: named.length))
        try head.settleHost()
    }

    private func joinCookies() {
        guard let first = cookies.first else { return }
        let fields = head.fields
        guard cookies.count > 1 else {
            fields.append(.cookie, copying: first)
            return
        }
        let start = fields.bytes.count
        for (index, cookie) in cookies.enumerated() {
            if index > 0 { fields.store("; ") }
            for position in cookie.indices { fields.bytes.append(fields.bytes[position]) }
        }
        fields.append(.cookie, copying: ByteRange(start, count: fields.bytes.count - start))
    }

    private func settleBody(_ endStream: Bool) throws(Rejection) {
        let declared = try head.fields.declaredFraming(notes, version: .http2)
        if endStream {
            guard declared?.isEmpty ?? true else { throw .badContentLength }
            head.framing = declared ?? .none
        } else {
            head.framing = declared ?? .untilClose
        }
        if head.method == .trace, !head.framing.isEmpty { throw .bodyNotAllowed }
    }
}

extension FieldSection {
    func equals(_ range: ByteRange, _ text: StaticString) -> Bool { withBytes(range) { Bytes.equal($0, text) } }

    /// Makes a field of a line that is already stored.
    func addStored(_ known: KnownField, name: ByteRange, value: ByteRange) {
        fields.append(
            Field(
                nameStart: name.start, valueStart: value.start, valueLength: value.length,
                nameLength: UInt16(name.count), known: known, isWireForm: true))
    }

    /// A name in lower case and a token; a value without control characters and without blanks at its ends.
    func checkHTTP2(name: ByteRange, value: ByteRange, limits: WireLimits) throws(Rejection) {
        try withBytes(name) { (text) throws(Rejection) in
            for byte in text where Bytes.token[Int(byte)] != byte {
                throw Bytes.isTokenByte(byte) ? .upperCaseFieldName : .badFieldName
            }
        }
        try withBytes(value) { (text) throws(Rejection) in
            guard let first = text.first, let last = text.last else { return }
            guard !Bytes.isBlank(first), !Bytes.isBlank(last) else { throw .badFieldLine }
            for byte in text where byte < 0x20 ? byte != Bytes.tab : byte == 0x7F {
                throw byte == Bytes.cr ? .bareCR : byte == Bytes.lf ? .bareLF : .controlCharacter
            }
            if !limits.allowsObsoleteText, text.contains(where: { $0 >= 0x80 }) { throw .obsoleteText }
        }
    }
}
