import Foundation
import History
import Logging

/// Measures `History` for the hub's numbers. It prints numbers and decides nothing.
///
///     history-bench sustain DIRECTORY SECONDS [RATE]    records a second to disk (100,000)
///     history-bench steady DIRECTORY RECORDS            so many records, whatever the time; prints JSON
///     history-bench query DIRECTORY [DAYS] [SERIES]     makes that many days of sums and asks about them
///     history-bench live DIRECTORY SECONDS STREAMS      streams that follow while 10,000 records a second come
let arguments = CommandLine.arguments.dropFirst().map { $0 }
guard arguments.count >= 2 else {
    print("usage: history-bench sustain|steady|query|live DIRECTORY [NUMBERS]")
    exit(64)
}
let directory = arguments[1]
let numbers = arguments.dropFirst(2).compactMap { Int($0) }
let number = { (index: Int, fallback: Int) in numbers.indices.contains(index) ? numbers[index] : fallback }

switch arguments[0] {
case "sustain": try await sustain(directory, seconds: number(0, 10), rate: number(1, 100_000), streams: 0)
case "live": try await sustain(directory, seconds: number(0, 10), rate: 10_000, streams: number(1, 100))
case "steady": try await steady(directory, records: number(0, 200_000))
case "query": try await query(directory, days: number(0, 7), series: number(1, 5_000))
default:
    print("history-bench: '\(arguments[0])' is none of sustain, steady, query and live")
    exit(64)
}
