import Testing

@testable import Gateway

@Suite("When keys are fetched")
struct KeySetScheduleTests {
    private let terms = KeySetSchedule.Terms()

    @Test("at once, and then a little before its time")
    func refresh() {
        var schedule = KeySetSchedule(refresh: 600_000, terms: terms, now: 7)
        #expect(schedule.next == 7)
        schedule.started(now: 7)
        schedule.succeeded(now: 1_000, jitter: 0)
        #expect(schedule.next == 601_000)
        schedule.succeeded(now: 1_000, jitter: 0.5)
        #expect(schedule.next == 541_000)
        schedule.succeeded(now: 1_000, jitter: 0.999_999)
        #expect(schedule.next > 480_999 && schedule.next <= 601_000)
    }

    @Test("after failures ever later, up to a bound, and never sooner than half of that")
    func failures() {
        var schedule = KeySetSchedule(refresh: 86_400_000, terms: terms, now: 0)
        var waits: [Int64] = []
        for _ in 0..<70 {
            schedule.failed(now: 0, jitter: 0)
            waits.append(schedule.next)
        }
        #expect(waits.prefix(4) == [500, 1_000, 2_000, 4_000] && waits.max() == 150_000 && waits.last == 150_000)
        schedule.failed(now: 0, jitter: 0.999_999)
        #expect(schedule.next > 299_000 && schedule.next <= 300_000)
        schedule.succeeded(now: 0, jitter: 0)
        schedule.failed(now: 0, jitter: 0)
        #expect(schedule.next == 500)
        // A set that is fetched each minute is not left alone for five.
        var short = KeySetSchedule(refresh: 60_000, terms: terms, now: 0)
        for _ in 0..<20 { short.failed(now: 0, jitter: 0.999_999) }
        #expect(short.next <= 60_000)
    }

    @Test("an unknown key is a reason 30 seconds after the last fetch began")
    func unknownKeys() {
        var schedule = KeySetSchedule(refresh: 600_000, terms: terms, now: 0)
        #expect(schedule.earliest(now: 5) == 5)
        schedule.started(now: 1_000)
        schedule.succeeded(now: 1_500, jitter: 0)
        #expect(schedule.earliest(now: 2_000) == 31_000)
        #expect(schedule.earliest(now: 31_000) == 31_000)
        #expect(schedule.earliest(now: 99_000) == 99_000)
    }

    @Test("good keys are good for a day")
    func age() {
        var schedule = KeySetSchedule(refresh: 600_000, terms: terms, now: 0)
        #expect(schedule.isTooOld(now: 0))
        schedule.succeeded(now: 1_000, jitter: 0)
        schedule.failed(now: 601_000, jitter: 0)
        #expect(!schedule.isTooOld(now: 86_400_999))
        #expect(schedule.isTooOld(now: 86_401_000))
    }
}
