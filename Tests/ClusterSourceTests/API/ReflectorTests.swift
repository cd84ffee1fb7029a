import Kubernetes
import Testing

@testable import ClusterSource

/// The decisions alone: what is asked after what happened.
@Suite struct ReflectorTests {
    private let page = Reflector.Step.list(next: nil, limit: 500)

    /// One that has listed at version 7, at time 0.
    private func watching(_ terms: Reflector.Terms = Reflector.Terms()) -> Reflector {
        var reflector = Reflector(terms)
        reflector.found()
        _ = reflector.listed(version: "7", next: nil, now: 0)
        return reflector
    }

    /// What it does next, however long it waits for that, and when.
    private func next(_ reflector: Reflector, now: Int64) -> (step: Reflector.Step, at: Int64) {
        let step = reflector.step(now: now, chance: 0)
        guard case .wait(let until) = step else { return (step, now) }
        return (reflector.step(now: until, chance: 0), until)
    }

    @Test func looksListsInPartsAndWatches() {
        var reflector = Reflector()
        #expect(reflector.step(now: 0, chance: 0) == .discover)
        reflector.found()
        #expect(reflector.step(now: 0, chance: 0) == page)
        #expect(!reflector.hasListed)
        #expect(reflector.listed(version: "5", next: "abc", now: 1) == false)
        #expect(reflector.step(now: 1, chance: 0) == .list(next: "abc", limit: 500))
        #expect(reflector.listed(version: "5", next: nil, now: 2) == true)
        #expect(reflector.step(now: 2, chance: 0) == .watch(from: "5", seconds: 300))
        #expect(reflector.step(now: 2, chance: 0.5) == .watch(from: "5", seconds: 450))
        reflector.watching(now: 2)
        reflector.progressed(to: "6")
        reflector.progressed(to: "9")
        reflector.watchEnded(now: 300_000, chance: 0)
        #expect(reflector.step(now: 300_000, chance: 0) == .watch(from: "9", seconds: 300))
    }

    @Test func aStateThatIsTooOldIsListedAnewAtOnceAndThenWithPatience() {
        var reflector = watching()
        reflector.failed(.expired, now: 100, chance: 0)
        #expect(reflector.step(now: 100, chance: 0) == page)
        _ = reflector.listed(version: "8", next: nil, now: 101)
        reflector.failed(.expired, now: 102, chance: 0)
        #expect(next(reflector, now: 102).at > 102)
        #expect(next(reflector, now: 102).step == page)
    }

    @Test func aListThatExpiresBetweenItsPartsIsAskedForWhole() {
        var reflector = Reflector()
        reflector.found()
        _ = reflector.listed(version: "5", next: "abc", now: 0)
        reflector.failed(.expired, now: 1, chance: 0)
        #expect(next(reflector, now: 1).step == .list(next: nil, limit: nil))
        _ = reflector.listed(version: "6", next: nil, now: 2)
        reflector.failed(.expired, now: 10_000, chance: 0)
        #expect(next(reflector, now: 10_000).step == page)
    }

    @Test func anyFailureOfAListBeginsAnew() {
        for failure in [Reflector.Failure.down, .garbled, .silent, .refused, .busy(nil)] {
            var reflector = Reflector()
            reflector.found()
            _ = reflector.listed(version: "5", next: "abc", now: 0)
            reflector.failed(failure, now: 1, chance: 0)
            let step = next(reflector, now: 1)
            #expect(failure == .busy(nil) || step.step == page, "\(failure)")
            #expect(step.at > 1)
        }
    }

    @Test func patienceGrowsIsBoundedAndSpread() {
        var reflector = watching()
        var now: Int64 = 0
        var waits: [Int64] = []
        for _ in 0..<12 {
            reflector.failed(.down, now: now, chance: 1)
            let at = next(reflector, now: now).at
            waits.append(at - now)
            now = at
        }
        #expect(waits.prefix(4) == [200, 400, 800, 1600])
        #expect(waits.last == 30_000)
        var other = watching()
        other.failed(.down, now: 0, chance: 0)
        #expect(next(other, now: 0).at == 100)
    }

    @Test func theServerMayAskForMorePatience() {
        var reflector = watching()
        reflector.failed(.busy(5_000), now: 0, chance: 0)
        #expect(next(reflector, now: 0).at == 5_000)
        #expect(next(reflector, now: 0).step == .watch(from: "7", seconds: 300))
    }

    @Test func aWatchThatFailsThriceFromOneStateIsListedAnew() {
        for failure in [Reflector.Failure.down, .garbled, .silent, .refused] {
            var reflector = watching()
            for _ in 0..<2 {
                reflector.failed(failure, now: 0, chance: 0)
                #expect(next(reflector, now: 0).step == .watch(from: "7", seconds: 300))
            }
            reflector.failed(failure, now: 0, chance: 0)
            #expect(next(reflector, now: 0).step == page)
        }
    }

    @Test func progressForgivesFailures() {
        var reflector = watching()
        for version in 8..<20 {
            reflector.failed(.down, now: 0, chance: 0)
            reflector.failed(.down, now: 0, chance: 0)
            reflector.progressed(to: "\(version)")
            reflector.failed(.down, now: 0, chance: 0)
            #expect(next(reflector, now: 0) == (.watch(from: "\(version)", seconds: 300), 100))
            reflector.progressed(to: "\(version)")
        }
    }

    @Test func aServerThatLetsGoAtOnceIsNotAskedWithoutEnd() {
        var reflector = watching()
        var now: Int64 = 0
        for _ in 0..<20 {
            reflector.watching(now: now)
            reflector.watchEnded(now: now + 1, chance: 0)
            now = next(reflector, now: now + 1).at
        }
        #expect(now > 60_000)
    }

    @Test func anOldListIsReadAgain() {
        var reflector = watching()
        reflector.watching(now: 3_000_000)
        reflector.watchEnded(now: 3_500_000, chance: 0)
        #expect(reflector.step(now: 3_500_000, chance: 0) == .watch(from: "7", seconds: 300))
        reflector.watching(now: 3_500_000)
        reflector.watchEnded(now: 3_600_000, chance: 0)
        #expect(reflector.step(now: 3_600_000, chance: 0) == page)
    }

    @Test func aKindThatNeverWasThereIsWaitedForWithoutNoise() {
        var reflector = Reflector()
        var now: Int64 = 0
        var looks = 0
        while now < 600_000 {
            #expect(reflector.notFound(now: now, chance: 0.5) == true)
            #expect(next(reflector, now: now).step == .discover)
            now = next(reflector, now: now).at
            looks += 1
        }
        #expect((25...60).contains(looks))
        reflector.found()
        #expect(reflector.step(now: now, chance: 0) == page)
    }

    @Test func aKindThatWasThereIsGivenUpOnlyAfterAMinute() {
        var reflector = watching()
        reflector.failed(.missing, now: 0, chance: 0)
        #expect(next(reflector, now: 0).step == .discover)
        var now: Int64 = 100
        var looks = 0
        while !reflector.notFound(now: now, chance: 0) {
            #expect(reflector.hasListed)
            now = next(reflector, now: now).at
            looks += 1
        }
        #expect(now >= 60_000 && looks >= 3)
        #expect(!reflector.hasListed)
    }

    @Test func oneGoodLookForgivesThoseInWhichItWasMissing() {
        var reflector = watching()
        #expect(reflector.notFound(now: 0, chance: 0) == false)
        #expect(reflector.notFound(now: 50_000, chance: 0) == false)
        reflector.found()
        #expect(reflector.notFound(now: 70_000, chance: 0) == false)
        #expect(reflector.notFound(now: 120_000, chance: 0) == false)
    }

    @Test func errorsAreWhatTheyMean() {
        func failure(_ status: Int, _ reason: String = "", retry: Int64? = nil) -> Reflector.Failure {
            Reflector.Failure(
                APIError(
                    status: status, ServedStatus(Array(FakeCluster.statusText(status, reason, "x").utf8)),
                    retryAfter: retry.map { Milliseconds($0) }, "GET /x"))
        }
        #expect(failure(410, "Expired") == .expired)
        #expect(failure(400, "Expired") == .expired)
        #expect(failure(404) == .missing)
        #expect(failure(401) == .refused && failure(403) == .refused)
        #expect(failure(429, retry: 3_000) == .busy(3_000))
        #expect(failure(500) == .down)
        #expect(failure(504, retry: 1_000) == .busy(1_000))
        #expect(Reflector.Failure(APIError("Malformed", "", "")) == .garbled)
        #expect(Reflector.Failure(APIError("Silent", "", "")) == .silent)
        #expect(Reflector.Failure(APIError("Unreachable", "", "")) == .down)
    }
}
