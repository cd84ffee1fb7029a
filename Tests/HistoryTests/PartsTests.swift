import Records
import Testing

@testable import History

@Suite("Where records are put in time")
struct TimePlacementTests {
    /// Where a record goes, nil: where it came.
    typealias Case = (off: Int64, duration: Int64, expected: Int64?)

    @Test(
        "what a record says counts within five minutes",
        arguments: [
            (0, 0, 0), (-299 * second, 0, -299 * second), (300 * second, 0, 300 * second), (-301 * second, 0, nil),
            (301 * second, 0, nil), (-10 * minute, 9 * minute, -10 * minute), (-10 * minute, 20 * minute, nil),
            (-2 * hour, 2 * hour, 0), (400 * second, -200 * second, nil), (80 * 365 * day, 0, nil),
            (-50 * 365 * day, 0, nil), (-hour, .max, nil),
        ] as [Case])
    func place(_ one: Case) { check(one, isClockRight: false) }

    @Test(
        "of a source whose clock is right it counts for a day, however long it waited, and never in the future",
        arguments: [
            (0, 0, 0), (300 * second, 0, 300 * second), (301 * second, 0, nil), (-301 * second, 0, -301 * second),
            (-day, 0, -day), (-day - 1, 0, nil), (-day - hour, hour, -day - hour), (-day, 2 * hour, -22 * hour),
            (-10 * minute, 20 * minute, nil), (.min, 0, nil), (.max, 1, nil), (.min, .max, -1),
        ] as [Case])
    func late(_ one: Case) { check(one, isClockRight: true) }

    private func check(_ one: Case, isClockRight: Bool) {
        let (time, isOver) = noon.addingReportingOverflow(one.off)
        let placed = TimePlacement.place(
            time: isOver ? one.off : time, duration: one.duration, arrival: noon, isClockRight: isClockRight)
        #expect(placed == .init(time: noon + (one.expected ?? 0), isMisplaced: one.expected == nil))
    }

    @Test("a commit touches no more than the minutes of a day, whatever sources say")
    func bounded() {
        let seed = UInt64.random(in: 0 ... .max)
        var dice = SplitMix(state: seed)
        for _ in 0..<10_000 {
            let time = Int64.random(in: 0...(4 * noon), using: &dice)
            let duration = Int64.random(in: -hour...(4 * noon), using: &dice)
            let placed = TimePlacement.place(
                time: time, duration: duration, arrival: noon, isClockRight: dice.next() % 2 == 0)
            #expect((noon - day - hour...noon + 5 * minute).contains(placed.time), "seed \(seed)")
        }
    }
}

@Suite("Which clock is trusted to delete by")
struct SteadyClockTests {
    @Test("a jump, forward or back, is watched for an hour", arguments: [10 * 365 * day, -hour, -10 * 365 * day])
    func jump(by: Int64) {
        var clock = SteadyClock(wall: noon, uptime: 0, newest: noon - hour)
        clock.look(wall: noon + hour, uptime: hour)
        #expect(clock.isSteady)
        clock.look(wall: noon + hour + by, uptime: hour)
        #expect(!clock.isSteady)
        clock.look(wall: noon + hour + by + 59 * minute, uptime: hour + 59 * minute)
        #expect(!clock.isSteady)
        clock.look(wall: noon + hour + by + hour, uptime: hour + hour)
        #expect(clock.isSteady)
    }

    @Test("a start in another year is suspicious, one after a night is not")
    func start() {
        #expect(SteadyClock(wall: noon, uptime: 5, newest: noon - 12 * hour).isSteady)
        #expect(SteadyClock(wall: noon, uptime: 5, newest: nil).isSteady)
        #expect(!SteadyClock(wall: noon, uptime: 5, newest: noon - 365 * day).isSteady)
        #expect(!SteadyClock(wall: noon, uptime: 5, newest: noon + day).isSteady)
    }

    @Test("a clock that is slewed is not one that jumps")
    func slew() {
        var clock = SteadyClock(wall: noon, uptime: 0, newest: nil)
        for step in 1...1_000 as ClosedRange<Int64> {
            clock.look(wall: noon + step * 11 * second, uptime: step * 10 * second)
            #expect(clock.isSteady)
        }
    }
}

@Suite("Which rows of sums answer")
struct BucketPlanTests {
    @Test("the coarsest rows inside, finer ones at the edges")
    func levels() {
        let start: Int64 = 29_926_080  // a day begins
        let parts = BucketPlan.parts(
            (start - 67)..<(start + 2_892), step: nil, fives: start + 2_885, hours: start + 2_940, days: start + 2_880)
        #expect(
            parts == [
                .init(level: .minute, minutes: (start - 67)..<(start - 65)),
                .init(level: .five, minutes: (start - 65)..<(start - 60)),
                .init(level: .hour, minutes: (start - 60)..<start),
                .init(level: .day, minutes: start..<(start + 2_880)),
                .init(level: .five, minutes: (start + 2_880)..<(start + 2_885)),
                .init(level: .minute, minutes: (start + 2_885)..<(start + 2_892)),
            ])
        let day = BucketPlan.parts(
            start..<(start + 1_440), step: 15, fives: start + 1_430, hours: start + 1_380, days: start)
        #expect(
            day == [
                .init(level: .five, minutes: start..<(start + 1_430)),
                .init(level: .minute, minutes: (start + 1_430)..<(start + 1_440)),
            ])
    }

    @Test("every minute is in one row of one step, whatever is asked")
    func complete() {
        let seed = UInt64.random(in: 0 ... .max)
        var dice = SplitMix(state: seed)
        for _ in 0..<2_000 {
            let from = Int64.random(in: 0...20_000, using: &dice)
            let to = from + Int64.random(in: 0...10_000, using: &dice)
            let step: Int64? =
                Bool.random(using: &dice) ? nil : [1, 2, 5, 7, 15, 60, 90, 1_440, 10_080].randomElement(using: &dice)
            let fives = Int64.random(in: 0...6_000, using: &dice) * 5
            let hours = Int64.random(in: 0...500, using: &dice) * 60
            let days = min(hours, Int64.random(in: 0...20, using: &dice) * 1_440)
            let parts = BucketPlan.parts(from..<to, step: step, fives: fives, hours: hours, days: days)
            var place = from
            for part in parts {
                #expect(part.minutes.lowerBound == place && !part.minutes.isEmpty, "seed \(seed)")
                place = part.minutes.upperBound
                let length = part.level.minutes
                #expect(part.minutes.lowerBound % length == 0 && part.minutes.upperBound % length == 0)
                if part.level == .five { #expect(place <= fives) }
                if part.level == .hour { #expect(place <= hours) }
                if part.level == .day { #expect(place <= days) }
                guard let step else { continue }
                for begin in stride(from: part.minutes.lowerBound, to: place, by: Int(length)) {
                    #expect(begin / step == (begin + length - 1) / step, "seed \(seed)")
                }
            }
            #expect(place == to, "seed \(seed)")
        }
    }

    @Test("keys of rows are in order and come back")
    func keys() {
        let keys = [
            BucketKey(.minute, 0), BucketKey(.minute, 5, part: 3), BucketKey(.minute, 6), BucketKey(.hour, 0),
            BucketKey(.hour, 60), BucketKey(.day, 29_926_080, part: 1), BucketKey(.five, 5),
        ]
        #expect(keys.map(\.id) == keys.map(\.id).sorted())
        for key in keys { #expect(BucketKey(id: key.id) == key) }
        #expect(BucketKey(id: -1) == nil)
    }
}

@Suite("Cursors")
struct CursorTests {
    private let runs = Runs(era: 9, firsts: [(1, 1), (2, 100), (5, 100), (6, 250)])

    @Test("text and back; what is no cursor is refused")
    func text() throws {
        let cursor = Cursor(era: .max, run: 7, sequence: .max)
        #expect(try Cursor(cursor.description) == cursor)
        for text in ["", "1.2", "1.2.3.4", "1..3", "x y.1.1", "1.1.-5", String(repeating: "1", count: 99)] {
            #expect(throws: HistoryError.self) { try Cursor(text) }
        }
    }

    @Test("a number that was given and lost leads to where the next run began")
    func lost() throws {
        #expect(try runs.sequence(Cursor(era: 9, run: 1, sequence: 120)) == 99)
        #expect(try runs.sequence(Cursor(era: 9, run: 1, sequence: 42)) == 42)
        #expect(try runs.sequence(Cursor(era: 9, run: 5, sequence: 180)) == 180)
        #expect(try runs.sequence(Cursor(era: 9, run: 6, sequence: 300)) == 300)
        #expect(runs.cursor(99).run == 1 && runs.cursor(100).run == 5 && runs.cursor(1_000).run == 6)
        #expect(throws: HistoryError.wrongCursor("8.1.1")) {
            try runs.sequence(Cursor(era: 8, run: 1, sequence: 1))
        }
    }
}

@Suite("Bounds of what waits")
struct BoundTests {
    @Test("lines that find no room are dropped and counted, and nobody waits")
    func queue() {
        let queue = IntakeQueue(limit: 100)
        for _ in 0..<5 { _ = queue.add([UInt8](repeating: 1, count: 40), count: 3) }
        let (items, dropped, isClosed) = queue.take()
        #expect(items.count == 2 && dropped == 9 && !isClosed)
        #expect(queue.add([1], count: 1) == 1, "there is room again")
        queue.close()
        _ = queue.add([1], count: 1)
        #expect(queue.take().dropped == 1)
    }

    @Test("sources are told that there is no room")
    func busy() async {
        let queue = IntakeQueue(limit: 100)
        let batch = { (number: UInt64, size: Int) in
            SourceBatch(
                source: SourceName("a", incarnation: "1"), number: number, lines: [UInt8](repeating: 1, count: size),
                count: 1)
        }
        _ = queue.add(batch(1, 1_000)) { _ in Issue.record("nobody took it yet") }
        await confirmation { refused in
            _ = queue.add(batch(2, 1)) { result in
                #expect(result == .failure(.busy))
                refused()
            }
        }
        #expect(queue.take().items.count == 1)
        queue.close()
        await confirmation { refused in
            _ = queue.add(batch(3, 1)) { result in
                #expect(result == .failure(.closed))
                refused()
            }
        }
    }

    @Test("lives of a source are few, and the one that was seen last stays")
    func sources() {
        var book = SourceBook([])
        for life in 0..<50 {
            book.update(SourceName("a", incarnation: "\(life)")) {
                $0.lastSeen = Int64(life)
                $0.position = 7
            }
        }
        #expect(book.all.count == SourceBook.mostLives)
        #expect(book.position(SourceName("a", incarnation: "49")) == 7)
        #expect(book.position(SourceName("a", incarnation: "3")) == 0)
        #expect(book.removed.count == 46 && book.changed.count == 4)
        book.wereSaved()
        book.forget(before: 49)
        #expect(book.all.count == 1 && book.removed.count == 3)
    }
}

@Suite("What is kept in detail")
struct KeepingTests {
    private func keeps(_ share: Double, _ number: Int, _ change: (inout Record) -> Void = { _ in }) throws -> Bool {
        let line = line(number, change)
        return try line.withUnsafeBytes { line in
            var scanner = RecordScanner()
            try scanner.scan(line)
            let hash = IDHashes.hash("request-\(number)".utf8)
            return Keeping(share: share).keeps(idHash: hash, scanner, in: line)
        }
    }

    @Test("a share, by the id alone", arguments: [0, 0.1, 0.5, 1])
    func share(share: Double) throws {
        let kept = try (0..<4_000).filter { try keeps(share, $0) }.count
        // Ids are always the same, so this cannot fail by bad luck.
        #expect(abs(Double(kept) - 4_000 * share) < 150)
    }

    @Test("what somebody will ask about is kept whatever the share is")
    func always() throws {
        #expect(try !keeps(0, 1))
        #expect(try keeps(0, 1) { $0.verdict = .denied })
        #expect(try keeps(0, 1) { $0.verdict = nil })
        #expect(try keeps(0, 1) { $0.isSuspectedTheft = true })
        #expect(try keeps(0, 1) { $0.staged = .init(policy: "p", rule: "", verdict: .denied, reason: "r") })
        #expect(try !keeps(0, 1) { $0.staged = .init(policy: "p", rule: "", verdict: .allowed, reason: "r") })
        for event in Record.ConnectionEvent.allCases where event != .denied {
            #expect(try keeps(0, 1) { $0.connection = .init(event: event, transport: "tcp") } == (event == .cut))
        }
        #expect(
            try keeps(0, 1) {
                $0.connection = .init(event: .opened, transport: "tcp")
                $0.connection?.isDisagreement = true
            })
    }
}
