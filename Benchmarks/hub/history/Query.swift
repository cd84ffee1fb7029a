import Foundation
import History
import Logging
import Records
import Synchronization

/// Makes days of sums, one record of each series in each minute, through the way that all records take; then asks.
func query(_ directory: String, days: Int, series: Int) async throws {
    let minute: Int64 = 60_000_000
    // Begins and ends in the middle of everything.
    let first: Int64 = 1_795_000_000 * 1_000_000 / minute
    var configuration = History.Configuration(directory: directory)
    configuration.detailShare = 0
    configuration.retention = 100 * 86_400
    configuration.interval = 1 << 40
    configuration.queueBytes = 1 << 30
    configuration.maximumBytes = 1 << 40
    let time = ClockBox(first * minute)
    configuration.clock = { time.now }
    let isNew = !FileManager.default.fileExists(atPath: directory + "/history.sqlite")
    let history = try History(configuration, logger: Logger(label: "bench"))
    let end = first + Int64(days) * 1_440
    if isNew { make(history, time, first..<end, series) }
    time.set(end * minute)
    history.keepHouse()
    let status = history.status
    print(
        "\(status.series) series, tables of \(status.tableBytes >> 20) MB, segments of \(status.segmentBytes >> 20) MB")
    try await ask(history, first * minute, end * minute)
    history.close()
}

private final class ClockBox: Sendable {
    private let value: Mutex<Int64>
    init(_ clock: Int64) { value = Mutex(clock) }
    var now: Int64 { value.withLock { $0 } }
    func set(_ time: Int64) { value.withLock { $0 = time } }
}

private func make(_ history: History, _ time: ClockBox, _ minutes: Range<Int64>, _ series: Int) {
    var lines = Lines(series: series)
    let began = ContinuousClock.now
    for minute in minutes {
        time.set(minute * 60_000_000)
        history.take(lines.batch(0, count: series, time: minute * 60_000_000), count: series)
        history.flush()
        if minute % 30 == 0 { history.keepHouse() }
        if (minute - minutes.lowerBound) % 1_440 == 1_439 {
            print("made \(minute - minutes.lowerBound + 1) minutes in \(ContinuousClock.now - began)")
        }
    }
}

private func ask(_ history: History, _ from: Int64, _ to: Int64) async throws {
    let hour: Int64 = 3_600_000_000
    let denied = try RecordFilter("verdict=denied")
    let team = try RecordFilter("workload.namespace=team-3 and ai.model=\"llama3.2:3b\"")
    let questions: [(String, GroupQuery)] = [
        ("all", GroupQuery(from: from, to: to)),
        (
            "by workload, 20 by cost",
            GroupQuery(from: from, to: to, by: [.workloadNamespace, .workloadName], order: .cost)
        ),
        ("by model and verdict", GroupQuery(from: from, to: to, by: [.aiModel, .verdict])),
        ("by verdict, each hour", GroupQuery(from: from, to: to, step: hour, by: [.verdict])),
        ("by namespace, each 6 hours", GroupQuery(from: from, to: to, step: 6 * hour, by: [.workloadNamespace])),
        ("denied by reason", GroupQuery(filter: denied, from: from, to: to, by: [.reason, .policy])),
        (
            "one team and model by key, each hour",
            GroupQuery(filter: team, from: from, to: to, step: hour, by: [.principalName])
        ),
        ("the last hour, each minute, by model", GroupQuery(from: to - hour, to: to, step: hour / 60, by: [.aiModel])),
        ("a day, each 5 minutes", GroupQuery(from: to - 24 * hour, to: to, step: hour / 12)),
    ]
    for (name, question) in questions { try await time(history, name, question, .all) }
    let few: MeasureColumns = [.count, .bytes, .tokens, .cost]
    try await time(history, "by workload, counts, bytes, tokens and cost alone", questions[1].1, few)
}

/// Asks nine times and says how long that took.
private func time(_ history: History, _ name: String, _ question: GroupQuery, _ columns: MeasureColumns) async throws {
    var times: [Duration] = []
    var count: UInt64 = 0
    for _ in 0..<9 {
        let began = ContinuousClock.now
        count = try await history.groups(question, columns: columns).total.count
        times.append(ContinuousClock.now - began)
    }
    let first = times[0]
    times.sort()
    print("\(name): \(count) records; median \(times[4]), first \(first), worst \(times[8])")
}
