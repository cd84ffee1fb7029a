import Foundation
import History
import Logging
import Records
import Synchronization

func wall() -> Int64 { Int64(Date().timeIntervalSince1970 * 1_000_000) }

/// Kilobytes of this process that are in memory now.
func residentKB() -> Int { memoryKB().all }

/// Those, and of them those of files that are mapped: SQLite's tables, which the system takes back when it wants to.
func memoryKB() -> (all: Int, files: Int) {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return (0, 0) }
    let pages = text.split(separator: " ").map { Int($0) ?? 0 }
    guard pages.count > 2 else { return (0, 0) }
    let size = Int(sysconf(Int32(_SC_PAGESIZE)))
    return (pages[1] * size / 1_024, pages[2] * size / 1_024)
}

/// Seconds of processor time so far.
private func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// What all who follow saw together.
private final class StreamCounts: Sendable {
    let seen = Atomic<Int>(0)
    let missed = Atomic<Int>(0)
}

/// Hands lines over at a rate, as event loops do, and prints every second how it goes.
func sustain(_ directory: String, seconds: Int, rate: Int, streams: Int) async throws {
    let configuration = History.Configuration(directory: directory)
    let history = try History(configuration, logger: Logger(label: "bench"))
    var lines = Lines(series: 5_000)
    let batch = 500
    let counts = StreamCounts()
    let filter = try RecordFilter("verdict=denied or workload.namespace=team-3")
    for _ in 0..<streams {
        let stream = try history.follow(filter)
        Task.detached {
            for await event in stream {
                switch event {
                case .record: counts.seen.add(1, ordering: .relaxed)
                case .missed(let count): counts.missed.add(Int(count), ordering: .relaxed)
                }
            }
        }
    }
    print("lines of \(lines.size) bytes, \(lines.count) series, \(rate) a second")
    let began = ContinuousClock.now
    var sent = 0
    var place = 0
    var second = 0
    while second < seconds {
        if place + batch > lines.count { place = 0 }
        history.take(lines.batch(place, count: batch, time: wall()), count: batch)
        place += batch
        sent += batch
        let passed = ContinuousClock.now - began
        if passed >= .seconds(second + 1) {
            second += 1
            let (status, memory) = (history.status, memoryKB())
            print(
                "\(second) s: sent \(sent), taken \(status.taken), dropped \(status.dropped.all), "
                    + "resident \((memory.all - memory.files) >> 10) MB and \(memory.files >> 10) MB of files, disk \(status.segmentBytes >> 20) + \(status.tableBytes >> 20) MB, "
                    + "longest commit \(status.longestCommit / 1_000) ms, cpu \(processorTime())")
        }
        let due = began + .seconds(Double(sent) / Double(rate))
        if due > .now { try await Task.sleep(until: due) }
    }
    let passed = ContinuousClock.now - began
    history.close()
    let status = history.status
    print("sent \(sent) in \(passed), taken \(status.taken), dropped \(status.dropped)")
    if streams > 0 {
        print(
            "\(streams) streams saw \(counts.seen.load(ordering: .relaxed)), missed \(counts.missed.load(ordering: .relaxed))"
        )
    }
    let before = ContinuousClock.now
    let report = try History.verify(directory: directory)
    print(
        "verified \(report.blocks) blocks in \(ContinuousClock.now - before): \(report.problem?.description ?? "good")")
}
