import Dispatch
import Kubernetes
import Logging
import Reachability
import Synchronization

/// Answers questions of an API server about objects, from the newest state of the cluster.
final class AdmissionDesk: Sendable {
    /// An answer, or why there is none: then the API server does what its configuration says.
    enum Answer: Sendable, Equatable {
        case review([UInt8])
        /// The question is not understood.
        case bad(String)
        /// Nothing is known of the cluster yet, or too much is asked at once, or it took too long.
        case unavailable(String)
    }

    private struct State {
        var snapshot: Snapshot?
        /// Rules that do not hold in that snapshot; nil: nobody has asked yet.
        var broken: [GuaranteeProofs.Rule: Proof]?
        var running = 0
        var counts = Counts()
    }

    /// What was answered since the start.
    struct Counts: Sendable {
        var allowed: UInt64 = 0
        var refused: UInt64 = 0
        var unanswered: UInt64 = 0
    }

    private let state = Mutex(State())
    private let judge: ClusterJudge
    private let clock: ControllerClock
    private let logger: Logger
    /// Judgements take time and are not to be done where other tasks wait.
    private let queue = DispatchQueue(label: "sallyport.admission", attributes: .concurrent)
    /// So many questions at once.
    private let most: Int

    init(_ judge: ClusterJudge, most: Int = 8, clock: ControllerClock, logger: Logger) {
        self.judge = judge
        self.most = most
        self.clock = clock
        self.logger = logger
    }

    var counts: Counts { state.withLock(\.counts) }
    var isReady: Bool { state.withLock { $0.snapshot != nil } }

    /// The cluster from now on, with what was found out about its guarantees, if that has been done.
    func take(_ snapshot: Snapshot, broken: [GuaranteeProofs.Rule: Proof]? = nil) {
        state.withLock { state in
            // What was found out about an older one says nothing of a newer.
            if let newer = state.snapshot, newer.revision > snapshot.revision { return }
            if state.snapshot?.revision != snapshot.revision { state.broken = nil }
            state.snapshot = snapshot
            if let broken { state.broken = broken }
        }
    }

    /// Answers within that many milliseconds.
    func answer(_ question: [UInt8], within limit: Int64) async -> Answer {
        let review: AdmissionReview
        do throws(AdmissionReview.Problem) { review = try AdmissionReview(question) } catch {
            return .bad(error.description)
        }
        guard enter() else {
            return .unavailable(isReady ? "too many questions at once" : "nothing is known of the cluster yet")
        }
        let answer = await withCheckedContinuation { continuation in
            let once = Once(continuation)
            queue.async {
                let verdict = self.verdict(review)
                self.leave()
                once.give(.review(verdict.body(uid: review.uid).text), verdict)
            }
            Task {
                await clock.sleep(limit)
                once.give(.unavailable("it took longer than \(limit) ms to judge"), nil)
            }
        }
        count(answer, review)
        return answer.0
    }

    private func enter() -> Bool {
        state.withLock { state in
            guard state.snapshot != nil, state.running < most else {
                state.counts.unanswered += 1
                return false
            }
            state.running += 1
            return true
        }
    }

    private func leave() { state.withLock { $0.running -= 1 } }

    private func count(_ answer: (Answer, AdmissionVerdict?), _ review: AdmissionReview) {
        let verdict = answer.1
        state.withLock { state in
            if let verdict {
                if verdict.refusal == nil { state.counts.allowed += 1 } else { state.counts.refused += 1 }
            } else {
                state.counts.unanswered += 1
            }
        }
        if let refusal = verdict?.refusal {
            logger.notice(
                "refused at admission",
                metadata: [
                    "object": "\(review.kind) \(review.namespace)/\(review.name)", "user": "\(review.user)",
                    "reason": "\(refusal)",
                ])
        }
    }

    private func verdict(_ review: AdmissionReview) -> AdmissionVerdict {
        let (snapshot, known) = state.withLock { ($0.snapshot, $0.broken) }
        guard let snapshot else { return AdmissionVerdict(refusal: "nothing is known of the cluster yet") }
        let broken = known ?? GuaranteeProofs(snapshot.objects).refuted
        if known == nil { take(snapshot, broken: broken) }
        return AdmissionJudge(judge: judge, snapshot: snapshot, broken: broken, now: clock.today()).verdict(review)
    }

    /// Gives the first of several answers.
    private final class Once: Sendable {
        private let waiting: Mutex<CheckedContinuation<(Answer, AdmissionVerdict?), Never>?>

        init(_ continuation: CheckedContinuation<(Answer, AdmissionVerdict?), Never>) {
            waiting = Mutex(continuation)
        }

        func give(_ answer: Answer, _ verdict: AdmissionVerdict?) {
            let waiting = waiting.withLock { waiting -> CheckedContinuation<(Answer, AdmissionVerdict?), Never>? in
                defer { waiting = nil }
                return waiting
            }
            waiting?.resume(returning: (answer, verdict))
        }
    }
}
