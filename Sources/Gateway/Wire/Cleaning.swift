/// What is taken off a message before it goes on.
extension FieldSection {
    /// Removes the fields of one hop and those that `Connection` names; the parser has refused names that must stay.
    func removeHopByHop(nominated: Bool) {
        if nominated { removeNominated() }
        removeAll(.hopByHop)
    }

    private func removeNominated() {
        let connections = fields.filter { $0.known == .connection }.map(\.value)
        bytes.withUnsafeBytes { all in
            for connection in connections {
                ListElements.forEach(in: UnsafeRawBufferPointer(rebasing: all[connection.indices])) { element in
                    fields.removeAll { field in
                        Int(field.nameLength) == element.count
                            && Bytes.equalIgnoringCase(
                                element, lowered: UnsafeRawBufferPointer(rebasing: all[field.name.indices]))
                    }
                }
            }
        }
    }
}

/// One credential that a caller sent: which field, and where its value is. Never print what it points to.
package struct CredentialField: Sendable {
    package let known: KnownField
    /// In the head's `fields`; read it with `withBytes` before the head is cleaned.
    package let value: ByteRange
}

/// What the gateway knows of the connection that a request came on, to tell upstream.
package struct RequestOrigin {
    /// The peer's address as text, IPv6 without brackets.
    package var peer: String
    package var scheme: Scheme
    package var requestID: String
    /// How many proxies in front of us are trusted to have said the truth in `X-Forwarded-For`. 0: none.
    package var trustedHops: Int

    package init(peer: String, scheme: Scheme, requestID: String, trustedHops: Int = 0) {
        self.peer = peer
        self.scheme = scheme
        self.requestID = requestID
        self.trustedHops = trustedHops
    }
}

extension RequestHead {
    /// Calls `body` for each field that can carry a key or token, in the order sent. Cookies are not among them, and
    /// nothing in the path or query ever is.
    package func forEachCredential<E: Error>(
        _ body: (CredentialField, UnsafeRawBufferPointer) throws(E) -> Void
    ) throws(E) {
        for field in fields.fields where FieldTable.traits(field.known).contains(.credential) {
            try fields.withBytes(field.value) { (text) throws(E) in
                try body(CredentialField(known: field.known, value: field.value), text)
            }
        }
    }

    /// The address of the client: of the peer when no hop is trusted, else the one that the outermost trusted hop saw.
    /// Nil stands for the peer. Read it before the head is cleaned.
    package func forwardedClient(trustedHops: Int) -> ByteRange? {
        guard trustedHops > 0 else { return nil }
        var hops = trustedHops
        for index in fields.fields.indices.reversed() where fields.fields[index].known == .xForwardedFor {
            let value = fields.fields[index].value
            var end = value.end
            while end >= Int(value.start) {
                var start = end
                while start > Int(value.start), fields.bytes[start - 1] != Bytes.comma { start -= 1 }
                hops -= 1
                if hops == 0 { return fields.trimmed(start..<end) }
                end = start - 1
            }
        }
        return nil
    }

    /// Makes the head ready to be sent upstream: without the fields of this hop, without the caller's credentials,
    /// without anything that only the gateway may say, and with what the gateway says itself.
    package func prepareForUpstream(_ origin: RequestOrigin) {
        let chain = origin.trustedHops > 0 ? trustedChain(origin.trustedHops) : nil
        let upgrades = upgradesToWebSocket
        if nominatesFields { fields.removeHopByHop(nominated: true) }
        fields.removeAll([.hopByHop, .credential, .gatewayOnly, .framing])
        addForwarding(origin, chain)
        switch framing {
        case .length(let count): fields.append(.contentLength, count)
        case .chunked, .untilClose: fields.append(.transferEncoding, own: "chunked")
        case .none: break
        }
        if acceptsTrailers { fields.append(.te, own: "trailers") }
        if upgrades {
            fields.append(.connection, own: "upgrade")
            fields.append(.upgrade, own: "websocket")
        }
    }

    private func addForwarding(_ origin: RequestOrigin, _ chain: [UInt8]?) {
        if var chain, !chain.isEmpty {
            chain.append(contentsOf: ", ".utf8)
            chain.append(contentsOf: origin.peer.utf8)
            chain.withUnsafeBytes { _ = fields.append(.xForwardedFor, $0) }
        } else {
            fields.append(.xForwardedFor, origin.peer)
        }
        fields.append(.xForwardedProto, own: origin.scheme == .https ? "https" : "http")
        if let index = fields.first(.host) { fields.append(.xForwardedHost, copying: fields.fields[index].value) }
        fields.append(.xRequestID, origin.requestID)
    }

    /// The addresses that trusted hops put at the end of `X-Forwarded-For`, from the client's on.
    private func trustedChain(_ hops: Int) -> [UInt8]? {
        guard let client = forwardedClient(trustedHops: hops) else { return nil }
        var chain: [UInt8] = []
        for field in fields.fields where field.known == .xForwardedFor && field.value.end > Int(client.start) {
            if !chain.isEmpty { chain.append(contentsOf: ", ".utf8) }
            chain.append(contentsOf: fields.bytes[max(Int(client.start), Int(field.valueStart))..<field.value.end])
        }
        return chain
    }
}

extension ResponseHead {
    /// Makes the head ready for the caller: without the fields of the upstream hop and what only the gateway may say.
    /// `framing` must be set for the caller's connection before; an answer to HEAD keeps its length.
    package func prepareForCaller() {
        fields.removeHopByHop(nominated: nominatesFields)
        fields.removeAll(.gatewayOnly)
    }

    /// Sets the fields that frame the body in HTTP/1 from `framing` and `keepAlive`.
    ///
    /// `bodyless` says that no body follows whatever the fields say (the answer to HEAD, 204, 304), so that a length
    /// from upstream is kept as information.
    package func setFramingFields(version: HTTPVersion, bodyless: Bool) {
        if !bodyless || status < 200 || status == 204 { fields.remove(.contentLength) }
        switch framing {
        case .length(let count) where !bodyless: fields.append(.contentLength, count)
        case .chunked where !bodyless: fields.append(.transferEncoding, own: "chunked")
        default: break
        }
        if upgradesToWebSocket {
            fields.append(.connection, own: "upgrade")
            fields.append(.upgrade, own: "websocket")
        } else if status >= 200 {
            if !keepAlive { fields.append(.connection, own: "close") }
            if keepAlive, version == .http10 { fields.append(.connection, own: "keep-alive") }
        }
    }
}

extension FieldSection {
    func trimmed(_ range: Range<Int>) -> ByteRange {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, Bytes.isBlank(bytes[start]) { start += 1 }
        while end > start, Bytes.isBlank(bytes[end - 1]) { end -= 1 }
        return ByteRange(start, count: end - start)
    }
}
