import Foundation
import Hindsight
import Hub
import Records

/// Every record of a time, page by page, the oldest first.
struct RecordWalk: Sendable {
    /// Which.
    var filter: String
    /// From when.
    var since: TimeOption
    /// To when; nil: now.
    var until: TimeOption?

    /// How much of what happened they were.
    struct Coverage: Sendable {
        /// The share of ordinary records that is kept.
        var share = 1.0
        /// Records that were lost on their way.
        var lost: UInt64 = 0
        /// Records that came.
        var records: UInt64 = 0
        /// Lines that are none.
        var unreadable: UInt64 = 0
    }

    /// Hands each over.
    func run(_ hub: ConsoleClient, _ body: (Record) -> Void) async throws -> Coverage {
        var coverage = Coverage()
        var cursor: String?
        repeat {
            var query = [("filter", filter), ("from", since.text), ("order", "oldest"), ("limit", "1000")]
            if let until { query.append(("to", until.text)) }
            if let cursor { query.append(("cursor", cursor)) }
            guard let page = RecordList(try await hub.get("/api/v1/records", query)) else {
                throw ConsoleClient.Trouble.notAHub("its records are none")
            }
            coverage.share = min(coverage.share, page.complete.share)
            coverage.lost = max(coverage.lost, page.complete.lost)
            for line in page.lines {
                guard let record = try? Record(line: line) else {
                    coverage.unreadable += 1
                    continue
                }
                coverage.records += 1
                body(record)
            }
            cursor = page.lines.isEmpty ? nil : page.next
        } while cursor != nil
        return coverage
    }
}

extension Tally {
    /// When it was last, as people read it.
    var lastText: String { records == 0 ? "never" : PlainLog.timestamp(time_t(last / 1_000_000)) }
}
