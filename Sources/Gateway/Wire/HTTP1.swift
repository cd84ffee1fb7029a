/// HTTP/1 as the gateway reads it: strictly. Whatever two servers might read in two ways is refused.
///
/// The caller keeps the connection's unread bytes in one buffer and calls again with the same buffer when more has
/// come; `scanned` remembers how far the search for the end of the head has got, so that the work is linear however
/// the bytes arrive.
package enum HTTP1 {
    package enum Outcome: Equatable, Sendable {
        /// The head is not complete; read on. `scanned` was moved on.
        case needMore
        /// The head is complete and fills this many bytes of the buffer. `scanned` is 0 again.
        case complete(consumed: Int)
        /// Answer with the rejection's status and close the connection.
        case rejected(Rejection)
        /// The client speaks HTTP/2 without asking first (requests only). Nothing was consumed.
        case http2Preface
    }

    /// Reads a request head from the beginning of `bytes`.
    package static func parseRequest(
        _ bytes: UnsafeRawBufferPointer, scanned: inout Int, limits: WireLimits = .standard, into head: RequestHead
    ) -> Outcome {
        do throws(Rejection) {
            guard let range = try findHead(bytes, scanned: &scanned, limits: limits, blankLineFirst: true) else {
                return .needMore
            }
            let text = UnsafeRawBufferPointer(rebasing: bytes[range])
            if isPreface(text) { return .http2Preface }
            head.reset()
            head.fields.store(text)
            try head.parseText(limits)
            scanned = 0
            return .complete(consumed: range.upperBound)
        } catch {
            return .rejected(error)
        }
    }

    /// Reads a response head from the beginning of `bytes`; `method` is what the request asked for, since the answer
    /// to HEAD has no body whatever its fields say.
    package static func parseResponse(
        _ bytes: UnsafeRawBufferPointer, scanned: inout Int, limits: WireLimits = .standard, to method: Method,
        into head: ResponseHead
    ) -> Outcome {
        do throws(Rejection) {
            guard let range = try findHead(bytes, scanned: &scanned, limits: limits, blankLineFirst: false) else {
                return .needMore
            }
            head.reset()
            head.fields.store(UnsafeRawBufferPointer(rebasing: bytes[range]))
            try head.parseText(limits, method: method)
            scanned = 0
            return .complete(consumed: range.upperBound)
        } catch {
            return .rejected(error)
        }
    }

    /// Where the head is in `bytes`, up to and with the empty line; nil when its end has not come.
    ///
    /// Each line must end with CR LF. One empty line before a request is read over, as RFC 9112 section 2.2 asks.
    private static func findHead(
        _ bytes: UnsafeRawBufferPointer, scanned: inout Int, limits: WireLimits, blankLineFirst: Bool
    ) throws(Rejection) -> Range<Int>? {
        guard bytes.count > 0 else { return nil }
        var start = 0
        if blankLineFirst, bytes[0] == Bytes.cr {
            guard bytes.count > 2 else {
                if bytes.count == 2, bytes[1] != Bytes.lf { throw .bareCR }
                return nil
            }
            guard bytes[1] == Bytes.lf else { throw .bareCR }
            start = 2
        }
        guard Bytes.isTokenByte(bytes[start]) else { throw bytes[start] == Bytes.lf ? .bareLF : .notHTTP }
        let bound = min(bytes.count, start + limits.headBytes)
        let searched = UnsafeRawBufferPointer(rebasing: bytes[..<bound])
        var from = max(scanned, start)
        while let feed = Bytes.firstIndex(of: Bytes.lf, in: searched, from: from) {
            guard feed > start, bytes[feed - 1] == Bytes.cr else { throw .bareLF }
            if feed >= start + 3, bytes[feed - 2] == Bytes.lf { return start..<feed + 1 }
            from = feed + 1
        }
        guard bound < start + limits.headBytes else { throw .headTooLarge }
        scanned = bound
        return nil
    }

    /// The beginning of the HTTP/2 connection preface, up to its first empty line.
    private static func isPreface(_ head: UnsafeRawBufferPointer) -> Bool {
        head.count == 18 && Bytes.equal(head, "PRI * HTTP/2.0\r\n\r\n")
    }
}
