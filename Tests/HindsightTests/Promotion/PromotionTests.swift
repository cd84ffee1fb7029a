import Records
import Testing

@testable import Hindsight

@Suite struct PromotionTests {
    private let agent = Record.Workload("Deployment agents/agent", pod: "a", labels: ["app=agent"])
    private let ollama = Record.Workload("StatefulSet ai/ollama", pod: "o", labels: ["app=ollama"])
    private let name = "NetworkPolicy ai/ollama"

    private func seen(
        _ port: UInt16, _ seconds: Int64, staged: Bool = false, denied: Bool = false, by policy: String? = nil
    ) -> Record {
        var record = connection(
            "c\(port)-\(seconds)", from: "10.0.0.7", agent, to: "10.0.1.9", ollama, port: port,
            verdict: denied ? .denied : .allowed, at: moment(seconds))
        if staged { record.staged = Record.Staged(policy: name, rule: "", verdict: .denied, reason: "isolated") }
        record.policy = policy ?? (denied ? name : "")
        return record
    }

    /// A day with one connection a minute on each port; those to 81 were foretold to be denied.
    private func begun(_ settings: Promotion.Settings = Promotion.Settings()) -> Promotion {
        var promotion = Promotion(.policy(name), settings: settings)
        for minute in 0..<1_440 {
            promotion.takeBefore(seen(80, Int64(minute) * 60))
            promotion.takeBefore(seen(81, Int64(minute) * 60, staged: true))
        }
        promotion.enforce(at: moment(86_400))
        return promotion
    }

    @Test("denials that were foretold are no surprise; it is kept when the time is over")
    func keeps() {
        var promotion = begun()
        for minute in 0..<10 {
            #expect(promotion.take(seen(80, 86_400 + Int64(minute) * 60)) == nil)
            #expect(promotion.take(seen(81, 86_400 + Int64(minute) * 60, denied: true)) == nil)
        }
        #expect(promotion.advance(to: moment(86_400 + 599)) == nil)
        let outcome = promotion.advance(to: moment(86_400 + 600))
        #expect(
            outcome?.rollsBack == false && outcome?.foretold == 10 && outcome?.surprises == 0 && outcome?.seen == 20)
        #expect(promotion.phase == outcome.map { .over($0) })
        // What comes later changes nothing.
        #expect(promotion.take(seen(80, 90_000, denied: true)) == nil)
        #expect(promotion.advance(to: moment(99_999)) == nil)
    }

    @Test("a spike of denials of what was allowed rolls back at once, with evidence")
    func rollsBack() {
        var promotion = begun()
        var outcome: Promotion.Outcome?
        for second in 0..<30 where outcome == nil {
            outcome = promotion.take(seen(80, 86_400 + Int64(second), denied: true))
        }
        #expect(outcome?.rollsBack == true && outcome?.surprises == 11)
        #expect(outcome?.evidence.count == 1)
        #expect(outcome?.evidence.first?.group.topic == "tcp/80" && outcome?.evidence.first?.allowedBefore == 1_440)
        #expect(outcome?.evidence.first?.tally.example == "c80-86410")
        #expect(outcome?.words.contains("c80-86410") == true)
    }

    @Test("many more denials than foretold are a spike too")
    func foretoldInExcess() {
        var promotion = begun()
        var outcome: Promotion.Outcome?
        for second in 0..<120 where outcome == nil {
            outcome = promotion.take(seen(81, 86_400 + Int64(second), denied: true))
        }
        #expect(outcome?.rollsBack == true)
        #expect((14...24).contains(outcome.map { $0.surprises + $0.foretold } ?? 0))
    }

    @Test("denials by other policies, before it was enforced, and of those who were not there do not count")
    func others() {
        var promotion = begun()
        for second in 0..<50 {
            #expect(promotion.take(seen(80, 86_400 + Int64(second), denied: true, by: "NetworkPolicy ai/other")) == nil)
            #expect(promotion.take(seen(80, 86_399 - Int64(second), denied: true)) == nil)
            #expect(promotion.take(seen(9_000, 86_400 + Int64(second), denied: true)) == nil)
        }
        let outcome = promotion.advance(to: moment(90_000))
        #expect(outcome?.rollsBack == false && outcome?.strangers == 50 && outcome?.surprises == 0)
    }

    @Test("without anything seen it is kept, and said to be unproved")
    func unproved() {
        var promotion = begun()
        let outcome = promotion.advance(to: moment(90_000))
        #expect(outcome?.rollsBack == false && outcome?.seen == 0)
        #expect(outcome?.words.contains("not shown") == true)
    }

    @Test("when there was more before than is kept, strangers are no excuse")
    func cut() {
        var settings = Promotion.Settings()
        settings.mostGroups = 1
        var promotion = begun(settings)
        var outcome: Promotion.Outcome?
        for second in 0..<30 where outcome == nil {
            outcome = promotion.take(seen(9_000, 86_400 + Int64(second), denied: true))
        }
        #expect(outcome?.rollsBack == true)
    }

    @Test("nobody is a stranger where only a share of the records is there")
    func sampled() {
        var promotion = Promotion(.policy(name))
        promotion.note(isSampled: true)
        promotion.enforce(at: moment(0))
        var outcome: Promotion.Outcome?
        for second in 0..<30 where outcome == nil {
            outcome = promotion.take(seen(9_000, Int64(second), denied: true))
        }
        #expect(outcome?.rollsBack == true)
    }

    @Test("a budget is watched by what it exhausts")
    func budget() {
        var promotion = Promotion(.budget("ai/daily"))
        promotion.takeBefore(request(model: "m", at: moment()))
        promotion.enforce(at: moment(60))
        var outcome: Promotion.Outcome?
        for second in 0..<30 where outcome == nil {
            var record = request(
                model: "m", verdict: .denied, reason: "budget_exhausted", at: moment(60 + Int64(second)))
            record.ai?.budget = Record.Budget(exhausted: "ai/daily", counters: "local")
            outcome = promotion.take(record)
        }
        #expect(outcome?.rollsBack == true)
    }
}
