/// What `Connection` asks for.
struct ConnectionOptions {
    var close = false
    var keepAlive = false
    var upgrade = false
    /// Names a field that is passed on otherwise.
    var nominatesFields = false
}

/// How the fields of one message say that its body ends, and what they say about the connection.
extension FieldSection {
    func requestFraming(_ notes: FieldNotes, version: HTTPVersion) throws(Rejection) -> BodyFraming {
        try declaredFraming(notes, version: version) ?? .none
    }

    /// The framing that Content-Length or Transfer-Encoding declare; nil when there is neither. Both together, a
    /// transfer coding other than one `chunked`, and a length that is not plain digits are refused.
    func declaredFraming(_ notes: FieldNotes, version: HTTPVersion) throws(Rejection) -> BodyFraming? {
        if notes.has(.transferEncoding) {
            if notes.has(.contentLength) { throw .lengthAndTransferEncoding }
            if version == .http10 { throw .transferEncodingInHTTP10 }
            guard let index = first(.transferEncoding), valueEquals(at: index, ignoringCase: "chunked") else {
                throw .badTransferEncoding
            }
            return .chunked
        }
        guard notes.has(.contentLength), let index = first(.contentLength) else { return nil }
        guard let length = withValue(at: index, { DecimalText.read($0) }) else { throw .badContentLength }
        return .length(length)
    }

    /// Reads all `Connection` fields. Naming a field that decides who the caller is, where the message goes or how
    /// it is framed would have some server on the way remove it, and is refused.
    func readConnection() throws(Rejection) -> ConnectionOptions {
        var options = ConnectionOptions()
        for index in fields.indices where fields[index].known == .connection {
            // What nearly all clients send.
            if valueEquals(at: index, ignoringCase: "keep-alive") {
                options.keepAlive = true
                continue
            }
            lowerCase(fields[index].value)
            try withValue(at: index) { (value) throws(Rejection) in
                try ListElements.forEach(in: value) { (element) throws(Rejection) in
                    try options.add(element)
                }
            }
        }
        return options
    }

    /// Whether the comma-separated values of these fields have `element`, in lower case, among them.
    func listContains(_ known: KnownField, _ element: StaticString) -> Bool {
        var found = false
        for index in fields.indices where fields[index].known == known {
            withValue(at: index) { value in
                ListElements.forEach(in: value) { if Bytes.equalIgnoringCase($0, element) { found = true } }
            }
        }
        return found
    }

    private func lowerCase(_ range: ByteRange) {
        for index in range.indices { bytes[index] = Bytes.lower(bytes[index]) }
    }
}

extension ConnectionOptions {
    fileprivate mutating func add(_ element: UnsafeRawBufferPointer) throws(Rejection) {
        guard element.allSatisfy(Bytes.isTokenByte) else { throw .badFieldLine }
        if Bytes.equal(element, "close") {
            close = true
        } else if Bytes.equal(element, "keep-alive") {
            keepAlive = true
        } else if Bytes.equal(element, "upgrade") {
            upgrade = true
        } else {
            let traits = FieldTable.traits(FieldTable.recognise(element))
            if traits.contains(.notNominated) { throw .protectedFieldNominated }
            if !traits.contains(.hopByHop) { nominatesFields = true }
        }
    }
}

/// The elements of a comma-separated value; empty ones are left out.
enum ListElements {
    @inline(__always)
    static func forEach<E: Error>(
        in value: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws(E) -> Void
    ) throws(E) {
        var start = 0
        while start <= value.count {
            let end = Bytes.firstIndex(of: Bytes.comma, in: value, from: start) ?? value.count
            let element = Bytes.trimmed(UnsafeRawBufferPointer(rebasing: value[start..<end]))
            if element.count > 0 { try body(element) }
            start = end + 1
        }
    }
}
