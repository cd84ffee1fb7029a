import Foundation

/// A page of records as a hub answers it: the records stay the texts that they are.
struct RecordList {
    /// Each record, JSON.
    let lines: [[UInt8]]
    /// Where to go on; nil: there are no more.
    let next: String?
    /// How much of what happened is there.
    let complete: Complete

    /// What a hub says of that.
    struct Complete: Decodable {
        /// The share of ordinary records that is kept.
        var share = 1.0
        /// Records that were lost.
        var lost: UInt64 = 0
    }

    /// nil: it is none.
    init?(_ body: [UInt8]) {
        let head = Array("{\"records\":[".utf8)
        guard body.starts(with: head) else { return nil }
        var (depth, isText, start) = (0, false, -1)
        var lines: [[UInt8]] = []
        var index = head.count
        scan: while index < body.count {
            let byte = body[index]
            if isText {
                if byte == UInt8(ascii: "\\") { index += 1 } else if byte == UInt8(ascii: "\"") { isText = false }
            } else {
                switch byte {
                case UInt8(ascii: "\""): isText = true
                case UInt8(ascii: "{"):
                    if depth == 0 { start = index }
                    depth += 1
                case UInt8(ascii: "}"):
                    depth -= 1
                    guard depth >= 0 else { return nil }
                    if depth == 0 { lines.append(Array(body[start...index])) }
                case UInt8(ascii: "]") where depth == 0: break scan
                default: break
                }
            }
            index += 1
        }
        guard index < body.count else { return nil }
        self.lines = lines
        struct Rest: Decodable {
            var next: String?
            var complete: Complete?
        }
        let rest = Data("{\"records\":[]".utf8) + body[(index + 1)...]
        guard let read = try? JSONDecoder().decode(Rest.self, from: rest) else { return nil }
        next = read.next
        complete = read.complete ?? Complete()
    }
}
