import NIOCore

// The three seams of the data path. They are classes with overridable methods, not protocols: a call through a
// class costs one table look-up and no boxing. Everything here happens on one event loop.

/// One request's way back to its caller: HTTP/1.1 and HTTP/2 each have one.
class ServerStream {
    /// False while the caller reads more slowly than we write.
    var isWritable: Bool { true }

    /// Tells a caller that waits for it to send its body.
    func writeContinue() {}

    /// Sends a 1xx answer, such as 103 Early Hints.
    func writeInformational(_ head: ResponseHead) {}

    /// Starts the answer. Hop-by-hop fields have been taken out; framing is the stream's own business.
    ///
    /// - Parameter endsHere: no body and no trailers follow.
    func writeHead(_ head: ResponseHead, endsHere: Bool) {}

    /// A piece of the body, as it came.
    func writeBody(_ body: ByteBuffer) {}

    /// Ends the answer.
    func writeEnd(trailers: FieldSection?) {}

    /// Hands to the network what was written since the last call.
    func flush() {}

    /// The answer cannot be completed: the caller must notice (connection closed, stream reset).
    func abort() {}

    /// No more body of the request for now: the upstream is slower than the caller.
    func pauseRequest() {}

    /// The upstream has room again.
    func resumeRequest() {}

    /// Both directions of the exchange are through; the stream may take the next request.
    func exchangeEnded() {}

    /// Everything read from the caller from now on is given to `Exchange.tunnelFromCaller`, raw.
    func becomeTunnel() {}

    /// Raw bytes to the caller, once the stream is a tunnel.
    func writeTunnel(_ bytes: ByteBuffer) {}

    /// Ends a tunnel after what was written has been sent.
    func closeTunnel() {}
}

/// One request's way to a backend: a pooled HTTP/1.1 connection while it is lent out, or an HTTP/2 stream.
class UpstreamStream {
    /// Who gets what comes back. Cleared by `cancel` and at the end of the answer.
    var receiver: UpstreamReceiver?

    /// False while the backend reads more slowly than we write.
    var isWritable: Bool { true }

    /// True when the request may have been lost because the backend closed an idle connection as we wrote to it.
    var isReused: Bool { false }

    /// Starts the request; `head` is serialised before this returns.
    func sendHead(_ head: RequestHead, endsHere: Bool) {}

    /// A piece of the body.
    func sendBody(_ body: ByteBuffer) {}

    /// Ends the request.
    func sendEnd(trailers: FieldSection?) {}

    /// Hands to the network what was written since the last call.
    func flush() {}

    /// Stops reading the answer for now: the caller is slower than the backend.
    func pauseResponse() {}

    /// The caller has room again.
    func resumeResponse() {}

    /// Nobody waits for the answer any more. The receiver hears nothing after this.
    func cancel() {}

    /// Raw bytes to the backend, after it has answered 101.
    func writeTunnel(_ bytes: ByteBuffer) {}
}

/// Who waits for a backend's answer: an exchange, or a mirror that throws it away.
class UpstreamReceiver {
    /// A connection is there; the request can be sent.
    func upstreamReady(_ stream: UpstreamStream) {}

    /// No connection could be had, or it ended before the answer was complete.
    ///
    /// - Parameter failure: what happened, and when.
    func upstreamFailed(_ failure: UpstreamFailure) {}

    /// A 1xx answer other than 100 and 101.
    func upstreamInformational(_ head: ResponseHead) {}

    /// The answer's head. `head` is the receiver's to change until it returns.
    func upstreamHead(_ head: ResponseHead, endsHere: Bool) {}

    /// A piece of the answer's body.
    func upstreamBody(_ body: ByteBuffer) {}

    /// The answer is complete. The stream is no longer the receiver's.
    func upstreamEnd(trailers: FieldSection?) {}

    /// What arrived together has been delivered: flush now.
    func upstreamReadComplete() {}

    /// `UpstreamStream.isWritable` has changed.
    func upstreamWritabilityChanged() {}

    /// The backend has switched protocols; everything from now on is raw.
    func upstreamTunnel(_ head: ResponseHead) {}

    /// Raw bytes from the backend.
    func upstreamTunnelBytes(_ bytes: ByteBuffer) {}

    /// The backend has closed the tunnel.
    func upstreamTunnelClosed() {}
}

/// How an attempt at a backend went wrong.
enum UpstreamFailure: UInt8, Sendable {
    /// No connection within the connect timeout, or refused.
    case connect
    /// The backend's certificate is not what the policy demands, or TLS failed otherwise.
    case tls
    /// The connection ended, or the stream was reset, before the answer's head.
    case closedBeforeResponse
    /// The connection ended in the middle of the answer.
    case closedInResponse
    /// The answer was not HTTP that only one reading is possible of.
    case malformedResponse
    /// Too many requests wait for a connection.
    case overloaded
    /// HTTP/2 only: the backend refused the stream without processing it, so that it is safe to send it again.
    case refused
}
