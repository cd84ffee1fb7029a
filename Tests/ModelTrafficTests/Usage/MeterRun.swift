import Testing

@testable import ModelTraffic

/// What a meter made of an answer.
struct MeterRun: Equatable {
    var usage: TokenUsage
    /// What goes on to the caller.
    var sent: [UInt8] = []
    /// The usage after each event.
    var steps: [TokenUsage] = []
    /// Where events ended, counted from the beginning of the answer.
    var ends: [Int] = []
    var model: String?
    var finish: String?
    var sequence: Int64?

    var text: String { String(decoding: sent, as: UTF8.self) }

    /// Feeds an answer cut at those places. `finishes`: false when the answer is broken off.
    static func of(
        _ answer: [UInt8], _ dialect: Dialect, _ format: AnswerFormat, input: Int64 = 100, strips: Bool = false,
        cuts: [Int] = [], finishes: Bool = true
    ) -> MeterRun {
        var run = of(answer, dialect, format, input, strips, cuts, finishes, keepsNames: true)
        let without = of(answer, dialect, format, input, strips, cuts, finishes, keepsNames: false)
        #expect(without.model == nil && without.finish == nil)
        let names = (run.model, run.finish)
        (run.model, run.finish) = (nil, nil)
        // Whether names are kept changes nothing of what is counted and sent on.
        #expect(run == without)
        (run.model, run.finish) = names
        return run
    }

    private static func of(
        _ answer: [UInt8], _ dialect: Dialect, _ format: AnswerFormat, _ input: Int64, _ strips: Bool, _ cuts: [Int],
        _ finishes: Bool, keepsNames: Bool
    ) -> MeterRun {
        var meter = UsageMeter(
            dialect, format: format, estimatedInput: input, stripsUsage: strips, keepsNames: keepsNames)
        var run = MeterRun(usage: meter.usage)
        let places = [0] + cuts.sorted() + [answer.count]
        for (start, end) in zip(places, places.dropFirst()) where start < end {
            run.feed(&meter, Array(answer[start..<end]), at: start)
        }
        if finishes { run.sent += meter.finish() }
        run.usage = meter.usage
        run.model = meter.responseModel
        run.finish = meter.finishReason
        run.sequence = meter.lastSequence
        return run
    }

    static func of(
        _ answer: String, _ dialect: Dialect, _ format: AnswerFormat, input: Int64 = 100, strips: Bool = false,
        cuts: [Int] = [], finishes: Bool = true
    ) -> MeterRun {
        of(Array(answer.utf8), dialect, format, input: input, strips: strips, cuts: cuts, finishes: finishes)
    }

    private mutating func feed(_ meter: inout UsageMeter, _ piece: [UInt8], at start: Int) {
        piece.withUnsafeBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                let step = meter.next(bytes, from: offset)
                switch step.action {
                case .forward: sent += bytes[offset..<step.end]
                case .replace(let other): sent += other
                case .drop, .hold: break
                }
                if step.isEvent {
                    steps.append(meter.usage)
                    ends.append(start + step.end)
                }
                offset = step.end
            }
        }
    }
}

/// Server-sent events of those data.
func events(_ data: String..., end: String = "\n") -> String {
    data.map { "data: " + $0 + end + end }.joined()
}
