import NIOCore

// How bytes go both ways, and how a way is given up.

extension Exchange {
    /// What arrived together has been delivered.
    func callerReadComplete() {
        guard let upstream else { return }
        upstream.flush()
        if phase == .forwarding, !isRequestEnded, !upstream.isWritable { caller?.pauseRequest() }
    }

    func callerWritabilityChanged() {
        guard let upstream, let caller else { return }
        if caller.isWritable { upstream.resumeResponse() } else { upstream.pauseResponse() }
    }

    /// The gateway stops, and its patience with what runs is over.
    func gatewayEnds() {
        guard phase != .idle else { return }
        if decision.outcome == nil { decision.outcome = .shuttingDown }
        callerClosed()
    }

    func tunnelFromCaller(_ bytes: ByteBuffer) {
        measures.bytesIn += UInt64(bytes.readableBytes)
        wasActive = true
        guard let upstream else { return }
        upstream.writeTunnel(bytes)
        if !upstream.isWritable { caller?.pauseRequest() }
    }

    /// A piece of the answer on its way to the caller.
    func relay(_ piece: ByteBuffer) {
        measures.bytesOut += UInt64(piece.readableBytes)
        if let tape { piece.withUnsafeReadableBytes { tape.takeAnswer($0) } }
        caller?.writeBody(piece)
    }

    func dropUpstream() {
        attempt?.cancel()
        attempt = nil
        upstream?.cancel()
        upstream = nil
    }

    /// The attempt at the endpoint is over, well or not.
    func settleEndpoint(succeeded: Bool) {
        guard let endpoint else { return }
        if succeeded {
            endpoint.succeeded()
        } else if endpoint.failed(at: worker.now()) {
            worker.metrics.ejections += 1
        }
    }
}
