import GRPCCore

/// What to do after a collector has answered, or has not, as the rules of OTLP have it.
enum ExportVerdict: Hashable {
    /// It was taken.
    case done
    /// It goes again; not before that many seconds, where the collector says so.
    case again(after: Int64?)
    /// It will never be taken.
    case never

    /// - Parameters:
    ///   - status: of the answer.
    ///   - retryAfter: the header; nil: there is none.
    ///   - now: seconds since 1970.
    init(status: Int, retryAfter: String?, now: Int64) {
        switch status {
        case 200..<300: self = .done
        case 429, 502, 503, 504: self = .again(after: retryAfter.flatMap { Self.seconds($0, now: now) })
        default: self = .never
        }
    }

    /// - Parameters:
    ///   - code: of the answer over gRPC, which is an error.
    ///   - after: seconds after which the collector wants to be asked again; nil: it does not say.
    init(code: RPCError.Code, after: Int64?) {
        switch code {
        case .cancelled, .deadlineExceeded, .aborted, .outOfRange, .unavailable, .dataLoss: self = .again(after: after)
        // Too much was sent: only a collector that says when may be asked again.
        case .resourceExhausted: self = after.map { .again(after: $0) } ?? .never
        default: self = .never
        }
    }

    /// The longest time that a collector may ask us to wait, in seconds.
    static let longestWait: Int64 = 600

    /// `Retry-After`: seconds, or a date. Nil: neither.
    static func seconds(_ text: String, now: Int64) -> Int64? {
        let text = text.split(separator: " ").joined(separator: " ")
        if let seconds = Int64(text), seconds >= 0 { return min(seconds, longestWait) }
        guard let date = date(text) else { return nil }
        return min(max(0, date - now), longestWait)
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, in seconds since 1970.
    static func date(_ text: String) -> Int64? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let day = Int64(words[1]), let year = Int64(words[3]),
            let month = months.firstIndex(of: String(words[2])), (1...31).contains(day), (1970...9999).contains(year)
        else { return nil }
        let clock = words[4].split(separator: ":").map { Int64($0) ?? -1 }
        guard clock.count == 3, (0..<24).contains(clock[0]), (0..<60).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        return days(year, Int64(month) + 1, day) * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Days since 1970. Years begin in March here, so that the day that is sometimes there is the last.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let month = month <= 2 ? month + 9 : month - 3
        return year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468
    }
}
