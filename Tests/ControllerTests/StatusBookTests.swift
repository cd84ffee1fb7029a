import Kubernetes
import Testing

@testable import Controller

@Suite("Which statuses are written when")
struct StatusBookTests {
    private func draft(_ name: String, _ message: String = "") -> StatusDraft {
        StatusDraft(
            place: ObjectPlace(resource: StatusKinds.all[6], namespace: "ai", name: name),
            content: .conditions([Condition(type: "Accepted", status: .true, reason: "Accepted", message: message)]))
    }

    @Test("What is written is not written again, until it is to be something else, or is in doubt")
    func once() {
        var book = StatusBook()
        book.wish([draft("a")])
        #expect(book.next(now: 0) == .write(draft("a")))
        book.wrote(draft("a"))
        book.wish([draft("a")])
        #expect(book.next(now: 1) == .rest)
        book.wish([draft("a", "new")])
        #expect(book.next(now: 2) == .write(draft("a", "new")))
        book.wrote(draft("a", "new"))
        book.doubt()
        #expect(book.next(now: 3) == .write(draft("a", "new")))
    }

    @Test("An object that is made anew, of the same name and with the same to say, is written to again")
    func anew() {
        var book = StatusBook()
        var first = draft("a")
        first.uid = "1"
        book.wish([first])
        #expect(book.next(now: 0) == .write(first))
        book.wrote(first)
        var second = first
        second.uid = "2"
        book.wish([second])
        #expect(book.next(now: 1) == .write(second))
    }

    @Test("No more than the burst at once, then one after the other")
    func rate() {
        var pace = StatusBook.Pace()
        (pace.burst, pace.interval) = (3, 100)
        var book = StatusBook(pace)
        book.wish((0..<10).map { draft("d\($0)") })
        var written: [Int64] = []
        var now: Int64 = 0
        while written.count < 10, now < 10_000 {
            switch book.next(now: now) {
            case .write(let draft):
                book.wrote(draft)
                written.append(now)
            case .wait(let until): now = until
            case .rest: now = 10_000
            }
        }
        #expect(written == [0, 0, 0, 100, 200, 300, 400, 500, 600, 700])
    }

    @Test("Who fails waits longer each time, others do not wait for him, and a new wish is tried at once")
    func failures() {
        var book = StatusBook()
        book.wish([draft("a"), draft("b")])
        var waits: [Int64] = []
        var now: Int64 = 0
        var isOtherWritten = false
        for _ in 0..<40 {
            switch book.next(now: now) {
            case .rest: Issue.record("the failure is forgotten")
            case .wait(let until):
                waits.append(until - now)
                now = until
            case .write(let next) where next.place.name == "b":
                isOtherWritten = true
                #expect(now == 0)
                book.wrote(next)
            case .write(let next): book.failed(next, now: now, chance: 1)
            }
        }
        #expect(isOtherWritten)
        #expect(waits.prefix(4) == [1000, 2000, 4000, 8000])
        #expect(waits.max() ?? 0 <= 300_000)
        book.wish([draft("a", "other")])
        #expect(book.next(now: now) == .write(draft("a", "other")))
        book.failed(draft("a", "other"), now: now, chance: 0, after: 60_000)
        #expect(book.next(now: now) == .wait(until: now + 60_000))
    }

    @Test("An object that is gone is forgotten")
    func gone() {
        var book = StatusBook()
        book.wish([draft("a")])
        book.wish([])
        #expect(book.next(now: 0) == .rest && book.waiting == 0)
        book.failed(draft("a"), now: 0, chance: 0)
        #expect(book.next(now: 100_000) == .rest)
    }
}
