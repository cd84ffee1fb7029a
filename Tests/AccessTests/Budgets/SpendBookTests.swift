import Kubernetes
import Testing

@testable import Access

@Suite("The life of a spend")
struct SpendBookTests {
    @Test("what could be spent is set aside, what was spent is booked, the rest comes back")
    func life() {
        let book = SpendBook()
        let first = book.take(line(limit: 100, wanted: 60))
        #expect(first != nil)
        #expect(book.denial(line(limit: 100, wanted: 41)) == SpendDenial(.exhausted, line: 0, retryAfter: 1_000))
        #expect(first?.meter(tokens(10), now: noon) == .ok)
        #expect(book.status()?.spent == 10)
        #expect(book.status()?.reserved == 50)
        first?.settle(tokens(25), now: noon)
        first?.settle(tokens(99), now: noon)
        #expect(book.status()?.spent == 25)
        #expect(book.status()?.reserved == 0)
        #expect(book.take(line(limit: 100, wanted: 75)) != nil)
    }

    @Test("a reservation that is dropped gives back what it holds, and what was metered stays booked")
    func dropped() {
        let book = SpendBook()
        do {
            let reservation = book.take(line(limit: 100, wanted: 60))
            #expect(reservation?.meter(tokens(7), now: noon) == .ok)
        }
        #expect(book.status()?.spent == 7)
        #expect(book.status()?.reserved == 0)
    }

    @Test("a stream may begin with what is left, if that is enough to begin")
    func partial() {
        let book = SpendBook()
        let all = book.take(line(limit: 100, wanted: 1_000, least: 10))
        #expect(all?.granted(0) == 100)
        #expect(book.denial(line(limit: 100, wanted: 1_000, least: 1))?.cause == .exhausted)
        #expect(all?.meter(tokens(99), now: noon) == .ok)
        #expect(all?.meter(tokens(100), now: noon) == .exhausted(line: 0))
    }

    @Test("it goes on in steps while something is left, and is cut after one event too much at most")
    func steps() {
        let book = SpendBook()
        let stream = book.take(line(limit: 100, wanted: 30, least: 10, step: 20))
        #expect(stream?.meter(tokens(35), now: noon) == .ok)
        #expect(book.status()?.reserved == 20)
        let other = book.take(line(limit: 100, wanted: 45))
        #expect(other != nil)
        #expect(stream?.meter(tokens(54), now: noon) == .ok)
        #expect(stream?.meter(tokens(57), now: noon) == .exhausted(line: 0))
        #expect(book.status()?.spent == 57)
        other?.settle(tokens(0), now: noon)
    }

    @Test("spending exactly what was asked for cuts nothing")
    func exact() {
        let book = SpendBook()
        let request = book.take(line(limit: 50, wanted: 50))
        #expect(request?.meter(tokens(50), now: noon) == .ok)
        #expect(request?.meter(tokens(51), now: noon) == .exhausted(line: 0))
    }

    @Test("an answer that cost more than it said is booked in full")
    func lie() {
        let book = SpendBook()
        book.take(line(limit: 100, wanted: 10))?.settle(tokens(500), now: noon)
        #expect(book.status()?.spent == 500)
        #expect(book.denial(line(limit: 100, wanted: 1))?.cause == .exhausted)
    }

    @Test("what metering took for spent and was not comes back from where it was booked")
    func refund() {
        let book = SpendBook()
        let stream = book.take(line(limit: 1_000, window: minute, wanted: 900))
        #expect(stream?.meter(tokens(100), now: noon) == .ok)
        #expect(stream?.meter(tokens(150), now: noon + 5_000) == .ok)
        stream?.settle(tokens(120), now: noon + 6_000)
        #expect(book.status(now: noon + 6_000)?.spent == 120)
        // The 100 of the beginning were 70 in truth; the 50 later ones count for five seconds more.
        #expect(book.status(now: noon + 62_000)?.spent == 50)
        #expect(book.status(now: noon + 67_000)?.spent == 0)
    }

    @Test("of several budgets every one must have enough, or nothing is taken of any")
    func nested() {
        let book = SpendBook()
        let small = line(1, limit: 50, wanted: 40)
        let large = line(2, limit: 1_000, wanted: 40)
        let first = book.take(small, large)
        #expect(first != nil)
        #expect(book.denial(large, small)?.line == 1)
        #expect(book.status(2)?.reserved == 40)
        #expect(book.status(1)?.reserved == 40)
        first?.settle(tokens(0), now: noon)
    }

    @Test("every one of several budgets can cut a stream")
    func nestedCut() {
        let book = SpendBook()
        let stream = book.take(
            line(1, limit: 1_000, wanted: 500, least: 1), line(2, limit: 30, wanted: 500, least: 1))
        #expect(stream?.meter(tokens(29), now: noon) == .ok)
        #expect(stream?.meter(tokens(30), now: noon) == .exhausted(line: 1))
    }

    @Test("a staged budget is counted, denies nothing and says what it would have done")
    func staged() {
        let book = SpendBook()
        let stream = book.take(line(1, limit: 10, wanted: 20, isStaged: true), line(2, limit: 100, wanted: 20))
        #expect(stream?.stagedShortfall == 0)
        #expect(stream?.meter(tokens(20), now: noon) == .ok)
        #expect(book.status(1)?.spent == 20)
        let short = book.take(line(3, limit: 50, wanted: 20, least: 20, isStaged: true))
        #expect(short?.stagedShortfall == nil)
        #expect(short?.meter(tokens(51), now: noon) == .ok)
        #expect(short?.stagedShortfall == 0)
        #expect(SpendBook(capacity: 1).take(line(limit: 1, wanted: 1, isStaged: true)) != nil)
    }

    @Test("windows pass, and the wait is told")
    func windows() {
        let book = SpendBook()
        book.take(line(limit: 100, wanted: 100))?.settle(tokens(100), now: noon + 60_000)
        #expect(book.denial(line(limit: 100, wanted: 1), now: noon + 600_000)?.retryAfter == 3_000_000)
        #expect(book.denial(line(limit: 100, wanted: 101))?.retryAfter == nil)
        #expect(book.take(line(limit: 100, wanted: 100), now: noon + 3_600_000) != nil)
        book.take(line(2, limit: 100, window: minute, wanted: 30))?.settle(tokens(30), now: noon)
        book.take(line(2, limit: 100, window: minute, wanted: 70), now: noon + 9_000)?
            .settle(tokens(70), now: noon + 9_000)
        #expect(book.denial(line(2, limit: 100, window: minute, wanted: 20), now: noon + 10_000)?.retryAfter == 51_000)
        #expect(book.denial(line(2, limit: 100, window: minute, wanted: 31), now: noon + 10_000)?.retryAfter == 60_000)
    }

    @Test("a clock that is set back opens nothing")
    func clockBack() {
        let book = SpendBook()
        book.take(line(limit: 100, wanted: 100))?.settle(tokens(100), now: noon)
        for back in [1, 3_600_000, 86_400_000, noon] as [Int64] {
            #expect(book.denial(line(limit: 100, wanted: 1), now: noon - back)?.cause == .exhausted)
        }
    }

    @Test("another window or limit in the configuration is no way to spend twice")
    func changed() {
        let book = SpendBook()
        let running = book.take(line(limit: 100, wanted: 20))
        #expect(running?.meter(tokens(10), now: noon) == .ok)
        book.take(line(limit: 100, wanted: 60))?.settle(tokens(60), now: noon)
        #expect(book.denial(line(limit: 100, window: minute, wanted: 25))?.cause == .exhausted)
        #expect(book.status()?.spent == 70)
        running?.settle(tokens(5), now: noon)
        // Booked in another window: it stays there, and counts until the new window has passed.
        #expect(book.status()?.spent == 70)
        #expect(book.denial(line(limit: 30, window: minute, wanted: 1))?.cause == .exhausted)
        #expect(book.take(line(limit: 30, window: minute, wanted: 30), now: noon + 61_000) != nil)
    }

    @Test("amounts that make no sense reserve too much, never too little")
    func absurd() {
        let book = SpendBook()
        #expect(book.denial(line(limit: 100, wanted: -1, least: 1)) == nil)
        #expect(book.denial(line(limit: 100, wanted: 5, least: -1))?.retryAfter == nil)
        #expect(book.denial(line(2, limit: -5, wanted: 1))?.cause == .exhausted)
        #expect(book.denial(line(3, limit: .min, wanted: .max))?.cause == .exhausted)
        let huge = book.take(line(4, limit: .max, wanted: .max, least: 1))
        #expect(huge?.meter(tokens(.max), now: noon) == .ok)
        huge?.settle(tokens(.max), now: noon)
        #expect(book.status(4)?.spent == .max)
        #expect(book.denial(line(4, limit: .max, wanted: 1))?.cause == .exhausted)
        let negative = book.take(line(5, limit: 100, wanted: 10))
        #expect(negative?.meter(tokens(-3), now: noon) == .exhausted(line: 0))
        #expect(book.status(5)?.spent == .max)
    }

    @Test("memory is bounded, and full means closed")
    func bounded() {
        let book = SpendBook(capacity: 1_600)
        var granted = 0
        for account in UInt128(0)..<5_000 {
            guard let reservation = book.take(line(account, limit: 10, wanted: 5)) else { continue }
            reservation.settle(tokens(1), now: noon)
            granted += 1
        }
        #expect(granted == 1_600)
        #expect(book.count == 1_600)
        #expect(book.denial(line(9_999, limit: 10, wanted: 1))?.cause == .noRoom)
        _ = book.takeChanges()
        #expect(book.take(line(9_999, limit: 10, wanted: 1), now: noon + 3_600_000) != nil)
        #expect(book.count <= 1_600)
    }

    @Test("accounts in which nothing was spent are forgotten when room is needed, those that hold something are not")
    func held() {
        let book = SpendBook(capacity: 160)
        let kept = (UInt128(0)..<100).compactMap { book.take(line($0, limit: 10, wanted: 5)) }
        for account in UInt128(1_000)..<3_000 {
            _ = book.take(line(account, limit: 10, wanted: 5), now: noon + Int64(account) * 1_000)
        }
        #expect(kept.count == 100)
        for account in UInt128(0)..<100 {
            #expect(book.denial(line(account, limit: 10, wanted: 6))?.cause == .exhausted)
        }
        for reservation in kept { reservation.settle(tokens(0), now: noon) }
    }
}

@Suite("What is stored of spending")
struct SpendStorageTests {
    @Test("what was booked is given once, with all that is in its bucket")
    func changes() {
        let book = SpendBook()
        let stream = book.take(line(limit: 1_000, window: minute, wanted: 900))
        #expect(book.takeChanges().isEmpty)
        _ = stream?.meter(tokens(10), now: noon)
        _ = stream?.meter(tokens(30), now: noon + 2_000)
        let changes = book.takeChanges()
        #expect(changes.amounts.map(\.value) == [10, 20])
        #expect(changes.lines.map(\.account) == [1])
        #expect(book.takeChanges().isEmpty)
        _ = stream?.meter(tokens(35), now: noon + 2_000)
        _ = stream?.meter(tokens(36), now: noon + 2_000)
        let last = book.takeChanges()
        #expect(last.amounts.map(\.value) == [26] && last.lines.isEmpty)
        // Taken back out of an older bucket: all since then are given.
        stream?.settle(tokens(8), now: noon + 2_000)
        let refunds = book.takeChanges().keepingLast()
        #expect(refunds.amounts.map(\.value).sorted() == [0, 0, 8])
    }

    @Test("more changes than are listed: all that counts is given, and nothing is kept meanwhile")
    func overflow() {
        let book = SpendBook(capacity: 1 << 20)
        let accounts = UInt128(SpendChangeList.most + 10)
        for number in 0..<accounts {
            // All of them in one shard.
            book.take(line(number * 16, limit: 100, window: minute, wanted: 5))?.settle(tokens(3), now: noon)
        }
        let later = noon + 2_000
        book.take(line(16, limit: 100, window: minute, wanted: 5), now: later)?.settle(tokens(4), now: later)
        let changes = book.takeChanges().keepingLast()
        #expect(changes.lines.count == Int(accounts))
        #expect(changes.amounts.reduce(0) { $0 + $1.value } == 3 * Int64(accounts) + 4)
        #expect(book.takeChanges().isEmpty)
        book.take(line(16, limit: 100, window: minute, wanted: 5), now: later)?.settle(tokens(1), now: later)
        #expect(book.takeChanges().amounts.map(\.value) == [5])
    }

    @Test("what counts is the sum of the buckets, whatever comes and goes")
    func sums() {
        let seed = UInt64.random(in: 0 ... .max)
        var dice = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let book = SpendBook()
            var now = noon
            var spent: [(bucket: Int64, amount: Int64)] = []
            let window = SpendWindow.rolling(Milliseconds(60_000))
            for _ in 0..<30 {
                now += Int64.random(in: 0...(Bool.random(using: &dice) ? 3_000 : 90_000), using: &dice)
                let amount = Int64.random(in: 0...50, using: &dice)
                book.take(line(limit: .max, window: window, wanted: 60), now: now)?.settle(tokens(amount), now: now)
                spent.append((window.bucket(at: now), amount))
                let first = window.bucket(at: now) - window.depth
                let expected = spent.reduce(0) { $0 + ($1.bucket >= first ? $1.amount : 0) }
                #expect(book.status(1, now: now)?.spent == expected, "seed \(seed)")
            }
        }
    }

    @Test("after a restart what was booked counts, and what was held does not")
    func restart() {
        let book = SpendBook()
        let stream = book.take(line(1, limit: 100, window: minute, wanted: 90), line(2, limit: 100, wanted: 90))
        _ = stream?.meter(tokens(10), now: noon)
        _ = stream?.meter(tokens(30), now: noon + 2_000)
        let stored = book.takeChanges()
        let next = SpendBook()
        #expect(next.load(stored.entries, now: noon + 3_000))
        #expect(next.takeChanges().isEmpty)
        for account in [1, 2] as [UInt128] {
            #expect(next.status(account, now: noon + 3_000)?.spent == 30)
            #expect(next.status(account, now: noon + 3_000)?.reserved == 0)
        }
        #expect(next.take(line(1, limit: 100, window: minute, wanted: 71), now: noon + 3_000) == nil)
        #expect(next.take(line(1, limit: 100, window: minute, wanted: 80), now: noon + 61_500) != nil)
        let late = SpendBook()
        #expect(late.load(stored.entries, now: noon + 86_400_000))
        #expect(late.count == 0)
    }

    @Test("more than there is room for is told")
    func noRoom() {
        let entries = (UInt128(0)..<100).map {
            SpendEntry(line: line($0, limit: 1, wanted: 1), bucket: hourly.bucket(at: noon), amount: 1)
        }
        #expect(!SpendBook(capacity: 16).load(entries, now: noon))
        #expect(SpendBook(capacity: 200).load(entries, now: noon))
    }
}

extension SpendChanges {
    fileprivate func keepingLast() -> SpendChanges {
        var copy = self
        copy.keepLast()
        return copy
    }

    fileprivate var entries: [SpendEntry] {
        amounts.compactMap { key, amount in
            lines.first { $0.account == key.account }.map { SpendEntry(line: $0, bucket: key.bucket, amount: amount) }
        }
    }
}
