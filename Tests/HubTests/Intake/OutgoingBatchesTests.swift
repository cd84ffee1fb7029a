import Records
import Testing

@testable import Hub

@Suite("Batches that wait for the hub")
struct OutgoingBatchesTests {
    func numbers(_ batches: inout OutgoingBatches, _ count: Int) -> [UInt64?] {
        (0..<count).map { _ in batches.next()?.number }
    }

    func line(_ length: Int) -> [UInt8] { [UInt8](repeating: 97, count: length - 1) + [10] }

    @Test("small ones are put together until they are sent")
    func together() throws {
        var batches = OutgoingBatches(most: 1000, batchBytes: 100)
        for _ in 0..<5 { _ = batches.add(line(30), count: 1) }
        #expect(batches.waiting.map(\.count) == [3, 2])
        batches.welcome(committed: 0, window: 1000)
        var got = numbers(&batches, 1)
        #expect(got == [1])
        got = numbers(&batches, 1)
        #expect(got == [2])
        got = numbers(&batches, 1)
        #expect(got == [nil])
        _ = batches.add(line(30), count: 1)
        got = numbers(&batches, 1)
        #expect(got == [3])
    }

    @Test("prompts and answers go in batches of their own, and only to a hub that takes them")
    func contents() throws {
        let content = RecordContent(id: "a", time: 1, prompt: .init(text: [UInt8](repeating: 1, count: 50)))
        for most in [0, content.byteCount - 1, content.byteCount] {
            var batches = OutgoingBatches(most: 1000, batchBytes: 100)
            _ = batches.add(line(30), count: 1)
            let isTaken = batches.add(content)
            #expect(isTaken)
            _ = batches.add(line(30), count: 1)
            #expect(batches.waiting.map(\.contents.count) == [0, 1, 0])
            batches.welcome(committed: 0, window: 1000, longestContent: most)
            var sent: [OutgoingBatches.Batch] = []
            while let batch = batches.next() { sent.append(batch) }
            #expect(sent.map(\.number) == [1, 2, 3], "a number that did not come would look like a loss")
            let isSent = most == content.byteCount
            #expect(sent[1].contents == (isSent ? [content] : []))
            #expect(batches.droppedContents == (isSent ? 0 : 1))
            batches.acknowledge(3)
            #expect(batches.bytes == 0 && batches.isEmpty)
        }
        var full = OutgoingBatches(most: 100, batchBytes: 100)
        let isTaken = full.add(content)
        #expect(!isTaken)
        #expect(full.droppedContents == 1 && full.dropped == 0)
    }

    @Test("a large one is cut between lines")
    func cut() {
        var batches = OutgoingBatches(most: 1000, batchBytes: 100)
        _ = batches.add(line(60) + line(60) + line(30), count: 3)
        #expect(batches.waiting.map(\.lines.count) == [60, 90])
        #expect(batches.waiting.map(\.count) == [1, 2])
    }

    @Test("no more is under way than the hub allows, and at least one batch")
    func window() {
        var batches = OutgoingBatches(most: 1000, batchBytes: 100)
        for _ in 0..<4 { _ = batches.add(line(100), count: 1) }
        var got = numbers(&batches, 1)
        #expect(got == [nil], "before the hub has said anything")
        batches.welcome(committed: 0, window: 250)
        got = numbers(&batches, 3)
        #expect(got == [1, 2, nil])
        batches.acknowledge(1)
        got = numbers(&batches, 2)
        #expect(got == [3, nil])
        batches.disconnect()
        batches.welcome(committed: 2, window: 1)
        got = numbers(&batches, 2)
        #expect(got == [3, nil])
        batches.acknowledge(4)
        #expect(batches.isEmpty)
        #expect(batches.acknowledged == 4)
        #expect(batches.bytes == 0)
    }

    @Test("what comes when it is full is dropped, and the next batch tells")
    func full() {
        var batches = OutgoingBatches(most: 250, batchBytes: 100)
        for _ in 0..<4 { _ = batches.add(line(100), count: 1) }
        #expect(batches.dropped == 2)
        batches.welcome(committed: 0, window: 1000)
        batches.acknowledge(1)
        _ = batches.add(line(20), count: 1)
        _ = batches.add(line(20), count: 1)
        #expect(batches.waiting.map(\.dropped) == [0, 2])
        #expect(batches.waiting.map(\.count) == [1, 2])
    }

    @Test("when nothing comes any more, drops are told in a batch of their own")
    func onlyDrops() {
        var batches = OutgoingBatches(most: 100, batchBytes: 100)
        _ = batches.add(line(100), count: 1)
        _ = batches.add(line(100), count: 1)
        batches.tellOfDrops()
        #expect(batches.waiting.count == 1)
        batches.acknowledge(1)
        batches.tellOfDrops()
        #expect(batches.waiting == [.init(number: 2, lines: [], count: 0, dropped: 1)])
        batches.acknowledge(2)
        batches.tellOfDrops()
        #expect(batches.isEmpty)
    }

    @Test("a hub that claims what was never sent takes nothing away")
    func lyingHub() {
        var batches = OutgoingBatches(most: 1000, batchBytes: 100)
        batches.welcome(committed: 900, window: 1000)
        _ = batches.add(line(10), count: 1)
        let got = numbers(&batches, 1)
        #expect(got == [1])
    }

    @Test("pauses grow, end growing, and begin anew", arguments: [0.0, 0.3, 1.0])
    func pauses(chance: Double) {
        var backoff = Backoff(first: .milliseconds(100), longest: .seconds(1))
        let pauses = (0..<30).map { _ in backoff.next(chance: chance) }
        #expect(pauses[0] == .milliseconds(100) * (0.5 + chance / 2))
        #expect(pauses[29] == .seconds(1) * (0.5 + chance / 2))
        #expect(zip(pauses, pauses.dropFirst()).allSatisfy { $0 <= $1 })
        backoff.reset()
        #expect(backoff.next(chance: chance) == pauses[0])
    }
}
