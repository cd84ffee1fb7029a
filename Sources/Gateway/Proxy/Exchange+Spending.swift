import Access
import Kubernetes
import Ledger
import ModelTraffic
import NIOCore

// The life of a spend: what a request could cost at most is set aside before it is forwarded, what it costs is counted
// as it flows, and what it did cost is booked at the end.

/// What one request holds of its budgets.
struct Spending {
    /// nil: nothing is held.
    var spend: Spend?
    var lines: [SpendLine] = []
    /// The budget that had nothing left.
    var exhausted = ""
    /// Why a stream was cut.
    var reason = Reason.budgetExhausted
    /// A budget that is only watched, and that would have denied or cut the request.
    var staged = ""
    /// Where it was counted; empty: nowhere.
    var counters = ""
    /// What the counters said, before anybody waits for it.
    var answer: StageResult?
    /// The stages wait for the counters.
    var isWaiting = false
}

extension Exchange {
    /// Sets aside what the request could cost, in every budget on its way.
    func reserve() -> StageResult {
        guard let match = decision.match, let principal = decision.principal, let basis = decision.basis else {
            return .deny(.internalError)
        }
        let budgets = configuration.budgets[match.rule.id]
        let access = configuration.access
        guard !budgets.isEmpty || access.limitsTokens(basis), costsSomething else { return .next }
        let spender = access.spender(of: principal, at: decision.source, text: sourceText)
        let estimate = estimate
        switch configuration.budgetTable.demand(budgets, spender, estimate) {
        case .denied(let reason, let budget):
            spending.exhausted = budget
            return .deny(reason)
        case .lines(let lines):
            spending.lines = lines
            if let line = access.tokenLine(basis, spender, estimate) { spending.lines.append(line) }
        }
        guard !spending.lines.isEmpty else { return .next }
        return ask()
    }

    private func ask() -> StageResult {
        if let decision = worker.accounts.reserveHere(spending.lines, now: wallMilliseconds) { return take(decision) }
        phase = .reserving
        let number = number
        let bound = NIOLoopBound(self, eventLoop: worker.eventLoop)
        worker.accounts.reserve(spending.lines, now: wallMilliseconds, on: worker.eventLoop) { decision in
            bound.value.answered(decision, to: number)
        }
        if let answer = spending.answer {
            spending.answer = nil
            phase = .deciding
            return answer
        }
        spending.isWaiting = true
        return .wait
    }

    /// The request may have ended, and the exchange may be at another one, while the counters were asked: what was
    /// granted comes back then, as it is dropped.
    private func answered(_ decision: SpendDecision, to number: UInt64) {
        guard self.number == number, phase == .reserving else { return }
        let result = take(decision)
        guard spending.isWaiting else {
            spending.answer = result
            return
        }
        spending.isWaiting = false
        resume(result)
    }

    private func take(_ decision: SpendDecision) -> StageResult {
        switch decision {
        case .granted(let spend):
            spending.spend = spend
            spending.counters = spend.counted
            return .next
        case .denied(let refusal):
            if let line = refusal.line, line < spending.lines.count { spending.exhausted = spending.lines[line].budget }
            return .deny(refusal.denial)
        }
    }

    private func resume(_ result: StageResult) {
        phase = .deciding
        switch result {
        case .deny(let denial): deny(denial)
        default: decide(from: .rewrite)
        }
        upstream?.flush()
        caller?.flush()
    }

    /// Requests that use a model cost something, and so may those of which nobody knows what they do.
    private var costsSomething: Bool {
        guard let classes = decision.operation.classes else { return true }
        return classes.contains(.inference) && decision.dialect != .anthropicCount
    }

    /// What the request could cost at most, and what it needs at least.
    private var estimate: SpendEstimate {
        let terms = decision.terms
        let input = decision.operation.facts?.inputBound ?? unreadInput
        let output = decision.operation.facts?.maxOutputTokens ?? terms.maxOutputTokens ?? Self.usualOutput
        // Only a stream can be cut short; whatever else is asked for has to be there as a whole.
        let least = decision.operation.facts?.isStreaming ?? false ? min(output, 1) : output
        return SpendEstimate(
            tokens: Self.sum(input, output), leastTokens: Self.sum(input, least),
            picodollars: terms.prices?.maximumCost(input: input, output: output).picodollars,
            leastPicodollars: terms.prices?.maximumCost(input: input, output: least).picodollars)
    }

    /// Tokens of an answer for which neither the request nor a `Provider` sets a limit.
    private static let usualOutput: Int64 = 4_096

    private static func sum(_ a: Int64, _ b: Int64) -> Int64 {
        let (sum, isTooMuch) = a.addingReportingOverflow(b)
        return isTooMuch ? .max : sum
    }

    /// Of a body that is not read its size is known, where it was said.
    private var unreadInput: Int64 {
        guard case .length(let count) = request.framing else { return 0 }
        return Int64(clamping: count / 4)
    }

    /// Counts what the answer has cost so far.
    ///
    /// - Returns: false when nothing is left and the stream must be cut.
    func charge(_ usage: TokenUsage) -> Bool {
        guard let spend = spending.spend else { return true }
        switch spend.meter(amount(usage), now: wallMilliseconds) {
        case .ok: return true
        case .exhausted(let line):
            if line < spending.lines.count {
                spending.exhausted = spending.lines[line].budget
                spending.reason = spending.lines[line].reason
            }
            return false
        }
    }

    /// The request has ended: books what it cost. What was sent and not answered, or not in time, counts as read by the
    /// model; what never was sent, or was refused by the server, costs nothing.
    func settleUsage() {
        guard metering.meter != nil || spending.spend != nil || meteredDialect != nil else { return }
        let usage = finalUsage
        metering.usage = metering.meter == nil && usage == TokenUsage() ? nil : usage
        if let prices = decision.terms.prices, let usage = metering.usage { metering.cost = prices.cost(usage) }
        if let line = spending.spend?.stagedShortfall, line < spending.lines.count {
            spending.staged = spending.lines[line].budget
        }
        spending.spend?.settle(amount(usage), now: wallMilliseconds)
        spending.spend = nil
    }

    private var finalUsage: TokenUsage {
        if let usage = metering.usageSoFar() { return usage }
        guard costsSomething, measures.connected > 0, mayHaveBeenServed else { return TokenUsage() }
        var usage = TokenUsage()
        usage.input = max(estimatedInput, Int64(clamping: measures.bytesIn / 4))
        usage.output = Int64(clamping: measures.bytesOut / 4)
        usage.isEstimate = true
        return usage
    }

    private var mayHaveBeenServed: Bool {
        switch decision.outcome {
        case nil, .clientClosed, .shuttingDown: measures.firstByte == 0 || (200..<300).contains(measures.status)
        // Our own answer says that the server's did not come: it was at work until then.
        case .upstreamTimeout: phase == .answered
        default: false
        }
    }

    private func amount(_ usage: TokenUsage) -> SpendAmount {
        SpendAmount(tokens: usage.total, picodollars: decision.terms.prices?.cost(usage).picodollars ?? 0)
    }

    private var wallMilliseconds: Int64 { worker.wallMicroseconds() / 1_000 }
}
