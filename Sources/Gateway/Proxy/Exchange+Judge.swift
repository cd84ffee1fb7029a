import Access
import ModelTraffic
import NIOCore
import Routing

// What the request would do to the server: by its method and path, and where those do not say, by its body.

extension Exchange {
    /// What method and path tell. What a known server's table does not have is refused, whatever the rules say.
    func classify() -> StageResult {
        guard let match = decision.match else { return .deny(.internalError) }
        let plan = configuration.plans[match.rule.id]
        guard !plan.candidates.isEmpty else { return .next }
        do throws(Reason) {
            let standing = try request.withView { view in
                plan.classify(
                    view, isUpgrade: request.upgradesToWebSocket, matchedPrefixLength: match.matchedPrefixLength,
                    configuration.catalogue)
            }.get()
            decision.server = standing.server
            decision.dialect = standing.dialect
            decision.operation = Operation(classes: standing.classes)
            decision.operation.model = standing.model
            decision.isModelInPath = standing.model != nil
            decision.operation.isMCP = standing.dialect == .mcp
            decision.operation.isBodyPending = standing.dialect != nil && hasJudgedBody
        } catch {
            return unclassified(error, match)
        }
        return .next
    }

    /// Who has not said who it is is told that, and nothing about what stands here.
    private func unclassified(_ reason: Reason, _ match: RouteMatch) -> StageResult {
        guard let principal = decision.principal else { return .deny(.internalError) }
        let basis = withAccessRequest {
            configuration.access.evaluate(configuration.policies[match.rule.id], principal, $0)
        }
        decision.basis = basis
        if let denial = basis.denial, denial.reason.status == 401 || denial.reason == .noPolicy { return .deny(denial) }
        return .deny(reason)
    }

    /// Endpoints whose body says what they do are asked with one, but for `GET` and, at some, `DELETE`.
    private var hasJudgedBody: Bool {
        switch request.method {
        case .get, .head: false
        case .delete: !request.framing.isEmpty
        default: true
        }
    }

    /// Waits for the body, and judges it. What is sent on is what was judged.
    func judgeBody() -> StageResult {
        guard decision.operation.isBodyPending else {
            let isUnread = decision.dialect != nil && !request.framing.isEmpty
            return isUnread ? .deny(.invalidBody) : .next
        }
        if !judged.isStarted {
            if request.fields.contains(.contentEncoding) { return .deny(.encodedBody) }
            let limit = facts.limits.limits.judgedBytes
            if let reason = judged.start(request.framing, limit: limit, room: worker.judgedRoom) {
                return .deny(reason)
            }
        }
        guard isRequestEnded else {
            phase = .judging
            if request.expectsContinue, measures.bytesIn == 0 {
                caller?.writeContinue()
                caller?.flush()
            }
            return .wait
        }
        return readJudgedBody()
    }

    /// Text Generation Inference fetches what stands as an image in text.
    private static let markdownFetcher = "tgi"

    private func readJudgedBody() -> StageResult {
        guard let dialect = decision.dialect else { return .deny(.internalError) }
        // Of JSON the type does not matter: it is read as what it is.
        let type = dialect.isForm ? request.fields.string(of: .contentType) ?? "" : ""
        do throws(RequestProblem) {
            let (body, facts) = try JudgedContent.read(
                judged.bytes, dialect, contentType: type, pathModel: decision.operation.model,
                fetchesMarkdown: decision.server == Self.markdownFetcher)
            judged.content = body
            decision.operation.classes?.formUnion(facts.extraClasses)
            decision.operation.model = facts.model ?? decision.operation.model
            decision.operation.facts = facts
            decision.operation.isBodyPending = false
        } catch {
            decision.detail = error.description
            return .deny(.invalidBody)
        }
        return decision.operation.isMCP ? checkMessage() : .next
    }

    /// Puts what was judged in the place of what was sent, with the changes that the route and the meter need.
    func prepareBody() {
        guard let content = judged.content else { return }
        let asksForUsage = wantsUsageFromServer
        let whole = judgedBytes(content, asksForUsage: asksForUsage)
        metering.stripsUsage = asksForUsage
        body = HeldBody()
        body.hold(whole)
        body.isWhole = true
        request.framing = .length(UInt64(whole.readableBytes))
        request.expectsContinue = false
        request.fields.remove(.trailer)
        // A server that goes by the type, or by its charset, must read what was read here.
        if decision.dialect?.isForm == false { request.fields.set(.contentType, own: "application/json") }
        dropTrailers()
        judged.wasRewritten()
    }

    /// The body as it is sent on: the very piece that it came in, where that is the same.
    private func judgedBytes(_ content: JudgedContent, asksForUsage: Bool) -> ByteBuffer {
        if let piece = judged.onlyPiece, content.goesAsItCame(rename: decision.rename, asksForUsage: asksForUsage) {
            capturePrompt(judged.bytes)
            return piece
        }
        let bytes = content.serialise(rename: decision.rename, asksForUsage: asksForUsage)
        capturePrompt(bytes)
        return ByteBuffer(bytes: bytes)
    }

    /// The server counts tokens of a stream only when asked to.
    private var wantsUsageFromServer: Bool {
        guard let facts = decision.operation.facts, facts.isStreaming, !facts.wantsUsage else { return false }
        return decision.dialect == .openAIChat || decision.dialect == .openAICompletions
    }
}
