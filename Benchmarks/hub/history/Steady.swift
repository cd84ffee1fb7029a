import Foundation
import History
import Logging

/// Stores that many records as fast as they are acknowledged, and prints one line of JSON: what was sent, what is there, and the memory
/// at each tenth. It is bounded by records, not by time, so that it says the same on a slow machine.
func steady(_ directory: String, records: Int) async throws {
    let history = try History(History.Configuration(directory: directory), logger: Logger(label: "bench"))
    var lines = Lines(series: 5_000)
    let batch = 500
    let underWay = 32
    let source = SourceName("bench", incarnation: "1")
    var number: UInt64 = 0
    var sent = 0
    var place = 0
    var resident: [Int] = []
    while sent < records {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<underWay where sent < records {
                if place + batch > lines.count { place = 0 }
                number += 1
                let next = SourceBatch(
                    source: source, number: number, lines: lines.batch(place, count: batch, time: wall()), count: batch)
                group.addTask { try await history.take(next) }
                place += batch
                sent += batch
            }
            try await group.waitForAll()
        }
        if sent * 10 / records > resident.count { resident.append(residentKB()) }
    }
    history.close()
    let status = history.status
    let report = try History.verify(directory: directory)
    let answer: [String: Any] = [
        "sent": sent, "taken": status.taken, "dropped": status.dropped.all, "residentKB": resident,
        "problem": report.problem?.description ?? "",
    ]
    print(String(decoding: try JSONSerialization.data(withJSONObject: answer), as: UTF8.self))
}
