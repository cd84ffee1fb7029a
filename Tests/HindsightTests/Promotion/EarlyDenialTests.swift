import Records
import Testing

@testable import Hindsight

@Suite struct EarlyDenialTests {
    private func begun(most: UInt64 = 3) -> Promotion {
        var settings = Promotion.Settings()
        settings.mostSurprises = most
        var promotion = Promotion(.policy("ai/team"), settings: settings)
        for minute in 0..<60 {
            promotion.takeBefore(request("b\(minute)", model: "llama3", at: moment(Int64(minute) * 60)))
        }
        promotion.enforce(at: moment(3_600))
        return promotion
    }

    @Test("a request that is denied before its model is read belongs to those that named one")
    func denied() {
        var promotion = begun()
        var outcome: Promotion.Outcome?
        for second in 0..<10 where outcome == nil {
            outcome = promotion.take(
                request(
                    "d\(second)", model: "", verdict: .denied, reason: "rule_not_matched",
                    at: moment(3_600 + Int64(second))))
        }
        #expect(outcome?.rollsBack == true && outcome?.surprises == 4)
        #expect(outcome?.evidence.first?.group.topic == "POST /api/chat")
    }

    @Test("one that names another model is a stranger, not one of them")
    func strangers() {
        var promotion = begun()
        for second in 0..<10 {
            let record = request(
                "d\(second)", model: "other", verdict: .denied, reason: "model_not_allowed",
                at: moment(3_600 + Int64(second)))
            #expect(promotion.take(record) == nil)
        }
        #expect(promotion.advance(to: moment(3_600 + 600))?.strangers == 10)
    }
}
