import Records

/// Which records are kept with their line, and which are only counted.
struct Keeping {
    private let limit: UInt64

    /// - Parameter share: 0...1; what is no such number keeps everything.
    init(share: Double) {
        limit = share >= 0 && share < 1 ? UInt64(share * 4_294_967_296) : 1 << 32
    }

    /// All records of an id share a fate, unless somebody will ask about one of them.
    func keeps(idHash: UInt32, _ scanner: borrowing RecordScanner, in line: UnsafeRawBufferPointer) -> Bool {
        UInt64(idHash) < limit || Self.matters(scanner, in: line)
    }

    /// Denials, thefts, what a staged policy sees otherwise, connections that were cut, disagreements, what nodes did not
    /// show, and alarms: the last two have no verdict.
    static func matters(_ scanner: borrowing RecordScanner, in line: UnsafeRawBufferPointer) -> Bool {
        guard let verdict = scanner.raw(.verdict, in: line), equal(verdict, "allowed") else { return true }
        if scanner.isTrue(.suspectedTheft) || scanner.isTrue(.connectionDisagreement) { return true }
        if let staged = scanner.raw(.stagedVerdict, in: line), !equal(staged, "allowed") { return true }
        if scanner.has(.aiBudgetExhausted) || scanner.has(.aiBudgetStaged) { return true }
        guard let event = scanner.raw(.connectionEvent, in: line) else { return false }
        return equal(event, "cut")
    }

    private static func equal(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        bytes.elementsEqual(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
