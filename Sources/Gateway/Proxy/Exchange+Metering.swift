import Access
import ModelTraffic
import NIOCore

// What an answer costs: counted as it flows, charged event by event, and cut off where nothing is left.

/// How the answer of one request is read.
struct Metering {
    /// The request asks for usage on the caller's behalf, who did not: what comes of it is taken out again.
    var stripsUsage = false
    /// nil: nothing is counted.
    var meter: UsageMeter?
    /// Takes tools out of what an MCP server offers; nil: nothing is taken out.
    var tools: ToolFilter?
    var format = AnswerFormat.other
    /// What it came to, once the request has ended.
    var usage: TokenUsage?
    /// What that costs; nil: no price is known.
    var cost: Money?

    var isActive: Bool { meter != nil || tools != nil }

    /// What it came to so far; nil: nothing is counted. It changes nothing: who may change the meter need not copy it.
    mutating func usageSoFar() -> TokenUsage? { meter?.usage }

    /// True when a stream has said that nothing follows; what it said is settled then.
    mutating func settleIfComplete() -> Bool {
        guard meter?.isComplete == true else { return false }
        meter?.finish()
        return true
    }
}

extension Exchange {
    /// The answer's head is here: from now on what it costs is counted.
    func startMetering(_ head: ResponseHead) {
        guard (200..<300).contains(head.status) else { return }
        let dialect = meteredDialect
        guard dialect != nil || decision.operation.isMCP else { return }
        let isEncoded = head.fields.contains(.contentEncoding)
        if !isEncoded {
            metering.format = head.fields.withValue(of: .contentType) { AnswerFormat(contentType: $0) } ?? .other
        }
        if decision.operation.isMCP { return startFilteringTools(head, isEncoded: isEncoded) }
        // What is compressed cannot be read: it is estimated by its size.
        guard let dialect else { return }
        metering.meter = UsageMeter(
            dialect, format: metering.format, estimatedInput: estimatedInput, stripsUsage: metering.stripsUsage,
            // They are for the last event of a stream that is cut.
            keepsNames: metering.format.isStream)
        // What is taken out or cut off has another length than was announced.
        if metering.format.isStream, metering.stripsUsage || spending.spend != nil { head.setFraming(.chunked) }
    }

    /// The answer is read on its way, and so must not be compressed.
    var readsAnswer: Bool {
        decision.operation.isMCP || meteredDialect != nil || spending.spend != nil || tape?.capture.answers == true
    }

    /// Of requests that use a model the answers are counted.
    var meteredDialect: Dialect? {
        decision.operation.classes?.contains(.inference) == true ? decision.dialect : nil
    }

    /// Tokens of the request, before the server has said.
    var estimatedInput: Int64 { ((decision.operation.facts?.inputBound ?? 0) + 3) / 4 }

    /// A piece of an answer that is read on its way.
    func relayMetered(_ piece: ByteBuffer) {
        if metering.tools != nil { return relayFiltered(piece) }
        var output = MeteredOutput()
        var isExhausted = false
        piece.withUnsafeReadableBytes { bytes in
            var offset = 0
            while offset < bytes.count, !isExhausted {
                guard let step = metering.meter?.next(bytes, from: offset) else { return }
                output.take(step, from: offset, in: bytes)
                offset = step.end
                if step.isEvent, let usage = metering.usageSoFar() { isExhausted = !charge(usage) }
            }
            output.finish(bytes, upTo: offset)
        }
        switch output.result {
        case .asItCame where !isExhausted: relay(piece)
        case .asItCame: relay(piece.getSlice(at: piece.readerIndex, length: output.end) ?? piece)
        case .changed(let bytes): if !bytes.isEmpty { relay(ByteBuffer(bytes: bytes)) }
        }
        if isExhausted { cut() }
    }

    /// The answer is complete.
    ///
    /// - Returns: false when it cannot go on, and the exchange has ended.
    func endMetered() -> Bool {
        guard endFiltered() else { return false }
        if let rest = metering.meter?.finish(), !rest.isEmpty { relay(ByteBuffer(bytes: rest)) }
        return true
    }

    /// Ends a stream whose budget has run out: the caller gets a well-formed last event and its usage, the backend
    /// hears that nobody listens any more.
    private func cut() {
        decision.outcome = spending.reason
        guard let dialect = decision.dialect, let meter = metering.meter, metering.format.isStream else {
            return fail(spending.reason)
        }
        let last = StreamCut(
            dialect: dialect, format: metering.format, usage: meter.usage,
            model: meter.responseModel ?? decision.operation.model ?? "", requestID: id, answerID: meter.answerID,
            createdSeconds: measures.startedWall / 1_000_000,
            askedForUsage: decision.operation.facts?.wantsUsage ?? false, lastSequence: meter.lastSequence ?? 0)
        relay(ByteBuffer(bytes: last.events))
        endAnswer()
    }
}

/// What of a piece goes on to the caller: the piece itself, as long as nothing in it is changed.
private struct MeteredOutput {
    enum Result {
        case asItCame
        case changed([UInt8])
    }

    private(set) var result = Result.asItCame
    /// Bytes of the piece that have been looked at.
    private(set) var end = 0
    /// From here to `end` the piece goes on as it came.
    private var start = 0
    private var changed: [UInt8]?

    mutating func take(_ step: MeterStep, from offset: Int, in piece: UnsafeRawBufferPointer) {
        switch step.action {
        case .forward: return
        case .drop, .hold: copy(piece, upTo: offset)
        case .replace(let bytes):
            copy(piece, upTo: offset)
            changed?.append(contentsOf: bytes)
        }
        start = step.end
    }

    private mutating func copy(_ piece: UnsafeRawBufferPointer, upTo offset: Int) {
        if changed == nil { changed = [] }
        changed?.append(contentsOf: piece[start..<max(start, offset)])
    }

    mutating func finish(_ piece: UnsafeRawBufferPointer, upTo offset: Int) {
        end = offset
        guard changed != nil else { return }
        copy(piece, upTo: offset)
        result = .changed(changed ?? [])
    }
}
