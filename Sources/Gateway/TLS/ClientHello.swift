import NIOCore

/// What the gateway reads from the first message of a TLS connection, before any certificate is chosen.
///
/// swift-nio's own SNI handler is not used: it gives up, and lets the connection pass as one without a name, when a
/// ClientHello comes in several records or is malformed, and it cannot tell plain HTTP from a broken handshake.
struct ClientHello: Equatable {
    /// `server_name`, absent where none was sent or where it is an IP address, which RFC 6066 does not permit as one.
    var serverName: DomainName?
    /// The protocols offered by ALPN, in the client's order; nil: no ALPN.
    var protocols: [[UInt8]]?

    /// Why the first bytes of a connection are not a ClientHello that we answer.
    enum Refusal: Error, Equatable {
        /// The bytes look like an HTTP/1 request.
        case plainHTTP
        /// Not TLS at all.
        case notTLS
        /// More bytes or more records than a ClientHello may have.
        case tooLarge
        /// TLS, but not well-formed.
        case malformed
        /// A `server_name` that is not a host name: a NUL, a `*`, an empty label.
        case badServerName(String)
    }

    /// What the bytes so far give.
    enum Reading: Equatable {
        case incomplete
        case hello(ClientHello)
        case refused(Refusal)
    }

    /// Largest handshake message and largest number of records that are read. The largest that clients send, with
    /// post-quantum key shares and Encrypted Client Hello, are near 4 KiB; BoringSSL's own limit is 16 KiB.
    static let maximumLength = 16_384
    static let maximumRecords = 32

    /// Reads from the start of a connection; `bytes` is not consumed.
    static func read(_ bytes: ByteBuffer) -> Reading {
        guard let first = bytes.getInteger(at: bytes.readerIndex, as: UInt8.self) else { return .incomplete }
        guard first == RecordType.handshake else { return .refused(looksLikeHTTP(bytes) ? .plainHTTP : .notTLS) }
        do throws(Refusal) {
            guard var message = try handshakeMessage(bytes) else { return .incomplete }
            return .hello(try parse(&message))
        } catch {
            return .refused(error)
        }
    }

    private enum RecordType { static let handshake: UInt8 = 22 }

    /// Every HTTP method and `PRI` begins with capital letters; a TLS record type is below 32.
    private static func looksLikeHTTP(_ bytes: ByteBuffer) -> Bool {
        bytes.readableBytesView.prefix(3).allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
    }

    /// The handshake message at the start of `bytes`, its records joined; nil while some of it is missing.
    private static func handshakeMessage(_ bytes: ByteBuffer) throws(Refusal) -> ByteBuffer? {
        var input = bytes
        var message = ByteBuffer()
        for _ in 0..<maximumRecords {
            guard let fragment = try record(&input) else { return nil }
            // One record is the usual case, and then nothing is copied.
            if message.readableBytes == 0 { message = fragment } else { message.writeImmutableBuffer(fragment) }
            if let whole = try complete(message) { return whole }
        }
        throw .tooLarge
    }

    private static func record(_ input: inout ByteBuffer) throws(Refusal) -> ByteBuffer? {
        guard let (type, major, _, length) = input.peekRecordHeader() else { return nil }
        guard type == RecordType.handshake, major == 3, (1...maximumLength).contains(Int(length)) else {
            throw .malformed
        }
        guard input.readableBytes >= 5 + Int(length) else { return nil }
        input.moveReaderIndex(forwardBy: 5)
        return input.readSlice(length: Int(length))
    }

    private static func complete(_ message: ByteBuffer) throws(Refusal) -> ByteBuffer? {
        let start = message.readerIndex
        guard let type = message.getInteger(at: start, as: UInt8.self) else { return nil }
        guard type == 1 else { throw .malformed }
        guard let high = message.getInteger(at: start + 1, as: UInt8.self),
            let low = message.getInteger(at: start + 2, as: UInt16.self)
        else { return nil }
        let length = Int(high) << 16 | Int(low)
        guard length <= maximumLength else { throw .tooLarge }
        return message.getSlice(at: start + 4, length: length)
    }
}

extension ClientHello {
    /// RFC 8446, 4.1.2, which also reads what TLS 1.2 and older send.
    fileprivate static func parse(_ message: inout ByteBuffer) throws(Refusal) -> ClientHello {
        let versionAndRandom = 2 + 32
        guard message.readSlice(length: versionAndRandom) != nil,
            message.readVector(as: UInt8.self) != nil,
            message.readVector(as: UInt16.self) != nil,
            message.readVector(as: UInt8.self) != nil
        else { throw .malformed }
        var hello = ClientHello()
        guard message.readableBytes > 0 else { return hello }
        guard var extensions = message.readVector(as: UInt16.self), message.readableBytes == 0 else {
            throw .malformed
        }
        var seen = (name: false, protocols: false)
        while extensions.readableBytes > 0 {
            guard let type = extensions.readInteger(as: UInt16.self),
                var body = extensions.readVector(as: UInt16.self)
            else { throw .malformed }
            switch type {
            case 0:
                guard !seen.name else { throw .malformed }
                seen.name = true
                hello.serverName = try serverName(&body)
            case 16:
                guard !seen.protocols else { throw .malformed }
                seen.protocols = true
                hello.protocols = try protocols(&body)
            default: break
            }
        }
        return hello
    }

    /// RFC 6066, 3: a list that, of the one type there is, may hold one name.
    private static func serverName(_ body: inout ByteBuffer) throws(Refusal) -> DomainName? {
        guard var list = body.readVector(as: UInt16.self), body.readableBytes == 0,
            let type = list.readInteger(as: UInt8.self), type == 0,
            let name = list.readVector(as: UInt16.self), list.readableBytes == 0
        else { throw .malformed }
        let text = String(decoding: name.readableBytesView, as: UTF8.self)
        guard let domain = DomainName(name.readableBytesView) else {
            guard AddressBytes.parse(text) == nil else { return nil }
            throw .badServerName(escapedForLog(name.readableBytesView))
        }
        return AddressBytes.parse(domain.text) == nil ? domain : nil
    }

    /// RFC 7301, 3.1.
    private static func protocols(_ body: inout ByteBuffer) throws(Refusal) -> [[UInt8]] {
        guard var list = body.readVector(as: UInt16.self), body.readableBytes == 0, list.readableBytes > 0 else {
            throw .malformed
        }
        var names: [[UInt8]] = []
        while list.readableBytes > 0 {
            guard let name = list.readVector(as: UInt8.self), name.readableBytes > 0 else { throw .malformed }
            names.append(Array(name.readableBytesView))
        }
        return names
    }
}

extension ByteBuffer {
    /// The five bytes in front of a record.
    fileprivate func peekRecordHeader() -> (type: UInt8, major: UInt8, minor: UInt8, length: UInt16)? {
        peekMultipleIntegers(as: (UInt8, UInt8, UInt8, UInt16).self).map { ($0.0, $0.1, $0.2, $0.3) }
    }

    /// A vector with its length in front, as TLS writes them.
    fileprivate mutating func readVector<Length: FixedWidthInteger>(as length: Length.Type) -> ByteBuffer? {
        guard let count = readInteger(as: length) else { return nil }
        return readSlice(length: Int(count))
    }
}
