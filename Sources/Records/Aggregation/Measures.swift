/// What was measured of many records together.
public struct Measures: Sendable, Hashable {
    /// Records.
    public var count: UInt64 = 0
    /// Attempts that have no record of their own (`connection.repeats`).
    public var repeats: UInt64 = 0
    /// Bytes that came from the sources.
    public var bytesIn: UInt64 = 0
    /// Bytes that were answered.
    public var bytesOut: UInt64 = 0
    /// Packets that came from the sources.
    public var packetsIn: UInt64 = 0
    /// Packets that were answered.
    public var packetsOut: UInt64 = 0
    /// Tokens in, cached ones among them.
    public var tokensIn: UInt64 = 0
    /// Tokens out, those of reasoning among them.
    public var tokensOut: UInt64 = 0
    /// Tokens in that were read from a cache.
    public var tokensCached: UInt64 = 0
    /// Tokens out that were reasoning.
    public var tokensReasoning: UInt64 = 0
    /// Of the tokens in and out together: those that no server reported.
    public var tokensEstimated: UInt64 = 0
    /// Dollars.
    public var cost = Cost()
    /// Durations together, in microseconds.
    public var durationSum: UInt64 = 0
    /// The longest, in microseconds.
    public var durationMaximum: UInt64 = 0
    /// Times to the first byte together, in microseconds.
    public var firstByteSum: UInt64 = 0
    /// Records with a duration by its length.
    public var durations = Histogram()
    /// Records with a first byte by the time to it.
    public var firstBytes = Histogram()
    /// Time of the first record, in microseconds since 1970; the latest that there is while `count` is 0.
    public var first: Int64 = .max
    /// Time of the last; the earliest that there is while `count` is 0.
    public var last: Int64 = .min

    /// Nothing.
    public init() {}

    /// Adds a scanned record. Numbers less than 0, which only a source that lies says, are nothing.
    public mutating func add(_ scanner: borrowing RecordScanner, in line: UnsafeRawBufferPointer) {
        count &+= 1
        first = min(first, scanner.time)
        last = max(last, scanner.time)
        add(.connectionRepeats, scanner, to: &repeats)
        add(.bytesIn, scanner, to: &bytesIn)
        add(.bytesOut, scanner, to: &bytesOut)
        add(.packetsIn, scanner, to: &packetsIn)
        add(.packetsOut, scanner, to: &packetsOut)
        if scanner.isSeen(.timingDuration) {
            let duration = UInt64(max(0, scanner.place(.timingDuration).number))
            durationSum = durationSum.addingSaturated(duration)
            durationMaximum = max(durationMaximum, duration)
            durations.observe(duration)
        }
        if scanner.isSeen(.timingFirstByte) {
            let firstByte = UInt64(max(0, scanner.place(.timingFirstByte).number))
            firstByteSum = firstByteSum.addingSaturated(firstByte)
            firstBytes.observe(firstByte)
        }
        if scanner.isSeen(.aiTokensInput) || scanner.isSeen(.aiTokensOutput) { addTokens(scanner) }
        if scanner.isSeen(.aiCostUSD) {
            let place = scanner.place(.aiCostUSD)
            let text = UnsafeRawBufferPointer(
                start: scanner.bytes + Int(place.start), count: Int(place.end - place.start))
            if let more = Cost(digits: text) { cost += more }
        }
    }

    private mutating func addTokens(_ scanner: borrowing RecordScanner) {
        var (input, output) = (UInt64(0), UInt64(0))
        add(.aiTokensInput, scanner, to: &input)
        add(.aiTokensOutput, scanner, to: &output)
        tokensIn = tokensIn.addingSaturated(input)
        tokensOut = tokensOut.addingSaturated(output)
        add(.aiTokensCached, scanner, to: &tokensCached)
        add(.aiTokensReasoning, scanner, to: &tokensReasoning)
        guard scanner.isSeen(.aiTokensEstimate), scanner.place(.aiTokensEstimate).number == 1 else { return }
        tokensEstimated = tokensEstimated.addingSaturated(input.addingSaturated(output))
    }

    @inline(__always)
    private func add(_ field: FieldNumber, _ scanner: borrowing RecordScanner, to sum: inout UInt64) {
        guard scanner.isSeen(field) else { return }
        sum = sum.addingSaturated(UInt64(max(0, scanner.place(field).number)))
    }

    /// Adds up; what does not fit stays at the most that does.
    public static func += (sum: inout Measures, more: Measures) {
        sum.count = sum.count.addingSaturated(more.count)
        sum.repeats = sum.repeats.addingSaturated(more.repeats)
        sum.bytesIn = sum.bytesIn.addingSaturated(more.bytesIn)
        sum.bytesOut = sum.bytesOut.addingSaturated(more.bytesOut)
        sum.packetsIn = sum.packetsIn.addingSaturated(more.packetsIn)
        sum.packetsOut = sum.packetsOut.addingSaturated(more.packetsOut)
        sum.tokensIn = sum.tokensIn.addingSaturated(more.tokensIn)
        sum.tokensOut = sum.tokensOut.addingSaturated(more.tokensOut)
        sum.tokensCached = sum.tokensCached.addingSaturated(more.tokensCached)
        sum.tokensReasoning = sum.tokensReasoning.addingSaturated(more.tokensReasoning)
        sum.tokensEstimated = sum.tokensEstimated.addingSaturated(more.tokensEstimated)
        sum.cost += more.cost
        sum.durationSum = sum.durationSum.addingSaturated(more.durationSum)
        sum.durationMaximum = max(sum.durationMaximum, more.durationMaximum)
        sum.firstByteSum = sum.firstByteSum.addingSaturated(more.firstByteSum)
        sum.durations += more.durations
        sum.firstBytes += more.firstBytes
        sum.first = min(sum.first, more.first)
        sum.last = max(sum.last, more.last)
    }
}
