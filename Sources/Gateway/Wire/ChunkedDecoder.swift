/// Reads a chunked body and says where in the input its data are, without copying them.
///
/// Only what RFC 9112 writes is taken: hexadecimal size, optional extensions, CR LF; data, CR LF; `0`, trailers, an
/// empty line. Extensions are bounded, checked and dropped; trailers go into a section of their own. The gateway frames
/// bodies anew on the other side, so nothing of the caller's framing is ever passed on.
package struct ChunkedDecoder: Sendable {
    package enum Event: Equatable, Sendable {
        /// Everything up to the end of the input was read.
        case needMore
        /// These bytes of the input are body data. Call again.
        case data(Range<Int>)
        /// The body and its trailers are complete; what follows belongs to the next message.
        case end
        case rejected(Rejection)
    }

    private enum State: Sendable {
        case size(digits: Int), sizeLF
        case extensionText(Extension)
        case data, dataCR, dataLF
        case trailers, done
        case failed(Rejection)
    }

    /// Where in `;name`, `;name=value` or `;name="quoted \" value"` the decoder is.
    private enum Extension: Sendable {
        case nameStart, name, valueStart, value, quoted, escaped, quotedEnd
    }

    private var state: State = .size(digits: 0)
    /// The size being read, then what is still to come of the chunk.
    private var remaining: UInt64 = 0
    private var extensionBytes = 0
    /// The last chunk has been seen.
    private var isLast = false
    /// Trailer lines so far; empty unless there are any.
    private var trailerText: [UInt8] = []
    private let limits: WireLimits

    package init(limits: WireLimits = .standard) { self.limits = limits }

    package var isDone: Bool {
        if case .done = state { true } else { false }
    }

    /// Reads on at `position` and moves it. Trailers, when the end has come, are in `trailers`, which is cleared first.
    package mutating func next(
        _ input: UnsafeRawBufferPointer, at position: inout Int, trailers: FieldSection
    ) -> Event {
        do throws(Rejection) {
            while position < input.count {
                switch state {
                case .data:
                    return .data(takeData(input.count, &position))
                case .trailers:
                    guard try readTrailers(input, &position, into: trailers) else { return .needMore }
                    state = .done
                    return .end
                case .done:
                    return .end
                case .failed(let rejection):
                    return .rejected(rejection)
                default:
                    try step(input[position])
                    position += 1
                }
            }
            return isDone ? .end : .needMore
        } catch {
            state = .failed(error)
            return .rejected(error)
        }
    }

    private mutating func takeData(_ end: Int, _ position: inout Int) -> Range<Int> {
        let count = Int(min(remaining, UInt64(end - position)))
        let range = position..<position + count
        remaining -= UInt64(count)
        position += count
        if remaining == 0 { state = .dataCR }
        return range
    }

    private mutating func step(_ byte: UInt8) throws(Rejection) {
        switch state {
        case .size(let digits): try readSize(byte, digits)
        case .sizeLF:
            guard byte == Bytes.lf else { throw .badChunkSize }
            isLast = remaining == 0
            state = isLast ? .trailers : .data
        case .extensionText(let part): try readExtension(byte, part)
        case .dataCR:
            guard byte == Bytes.cr else { throw .badChunkEnd }
            state = .dataLF
        case .dataLF:
            guard byte == Bytes.lf else { throw .badChunkEnd }
            state = .size(digits: 0)
        case .data, .trailers, .done, .failed: break
        }
    }

    private mutating func readSize(_ byte: UInt8, _ digits: Int) throws(Rejection) {
        if let value = Bytes.hexValue(byte) {
            // Sixteen digits fit; the sign bit is kept free for those who count in signed numbers.
            guard digits < 16, remaining < 1 << 59 else { throw .chunkSizeOverflow }
            remaining = remaining << 4 | UInt64(value)
            state = .size(digits: digits + 1)
            return
        }
        guard digits > 0 else { throw .badChunkSize }
        extensionBytes = 0
        switch byte {
        case Bytes.cr: state = .sizeLF
        case UInt8(ascii: ";"): state = .extensionText(.nameStart)
        default: throw .badChunkSize
        }
    }

    /// What an extension says is of no interest; how long it is, and that it hides no line end, is.
    private mutating func readExtension(_ byte: UInt8, _ part: Extension) throws(Rejection) {
        extensionBytes += 1
        guard extensionBytes <= limits.chunkExtensionBytes + 1 else { throw .chunkExtensionTooLong }
        let mayEnd =
            switch part {
            case .name, .value, .quotedEnd: true
            case .nameStart, .valueStart, .quoted, .escaped: false
            }
        if mayEnd, byte == Bytes.cr {
            state = .sizeLF
        } else if mayEnd, byte == UInt8(ascii: ";") {
            state = .extensionText(.nameStart)
        } else {
            state = .extensionText(try Self.advance(part, byte))
        }
    }

    private static func advance(_ part: Extension, _ byte: UInt8) throws(Rejection) -> Extension {
        switch part {
        case .nameStart where Bytes.isTokenByte(byte), .name where Bytes.isTokenByte(byte): return .name
        case .name where byte == UInt8(ascii: "="): return .valueStart
        case .valueStart where byte == UInt8(ascii: "\""): return .quoted
        case .valueStart where Bytes.isTokenByte(byte), .value where Bytes.isTokenByte(byte): return .value
        case .quoted where byte == UInt8(ascii: "\""): return .quotedEnd
        case .quoted where byte == UInt8(ascii: "\\"): return .escaped
        case .quoted where isText(byte), .escaped where isText(byte): return .quoted
        default: throw .badChunkExtension
        }
    }

    private static func isText(_ byte: UInt8) -> Bool { byte == Bytes.tab || (byte >= 0x20 && byte != 0x7F) }

    // MARK: Trailers

    /// Collects trailer lines; true when the empty line has come and `trailers` is filled.
    private mutating func readTrailers(
        _ input: UnsafeRawBufferPointer, _ position: inout Int, into trailers: FieldSection
    ) throws(Rejection) -> Bool {
        while position < input.count {
            let feed = Bytes.firstIndex(of: Bytes.lf, in: input, from: position)
            let end = feed.map { $0 + 1 } ?? input.count
            guard trailerText.count + end - position <= limits.trailerBytes + 2 else { throw .trailersTooLarge }
            trailerText.append(contentsOf: input[position..<end])
            position = end
            guard feed != nil else { return false }
            guard trailerText.count >= 2, trailerText[trailerText.count - 2] == Bytes.cr else { throw .bareLF }
            let isEmptyLine =
                trailerText.count == 2 || trailerText[trailerText.count - 3] == Bytes.lf
            if isEmptyLine {
                try trailers.readTrailers(trailerText, limits: limits)
                trailerText = []
                return true
            }
        }
        return false
    }
}

extension FieldSection {
    /// Reads a trailer section with its empty line; an empty one leaves the section empty.
    ///
    /// A server may merge trailers into the head, where nobody checked them. So fields that frame, route or
    /// authenticate are refused, and others that have no business in trailers (RFC 9110, section 6.5.1) are dropped.
    fileprivate func readTrailers(_ text: [UInt8], limits: WireLimits) throws(Rejection) {
        reset()
        guard text.count > 2 else { return }
        text.withUnsafeBytes { _ = store($0) }
        var notes = FieldNotes(strict: true)
        try bytes.withUnsafeMutableBufferPointer { (all) throws(Rejection) in
            var reader = HeadReader(all)
            try reader.readFields(into: &fields, limits: limits, notes: &notes)
        }
        for field in fields {
            let traits = FieldTable.traits(field.known)
            if field.known == .host || !traits.isDisjoint(with: [.framing, .credential, .gatewayOnly]) {
                throw .forbiddenTrailer
            }
        }
        removeAll(.notInTrailers)
    }
}
