/// Where the member that is read stands in its event, so that it can be taken out.
struct MemberPlace: Sendable {
    /// The comma before the key; -1 when it is the first member.
    private var commaBefore = -1
    /// The key's first byte; -1 when no key came, or a cut between lines.
    private var start = -1
    /// True when the member has no comma before it, so that the one after it must go.
    private(set) var endsBeforeComma = false

    mutating func begin(at offset: Int) { start = offset }

    mutating func comma(at offset: Int) {
        commaBefore = offset
        endsBeforeComma = false
    }

    /// The member up to `end`, with the comma before it.
    mutating func range(to end: Int) -> Range<Int> {
        let first = commaBefore < 0 ? start : commaBefore
        guard start >= 0, first < end else { return 0..<0 }
        endsBeforeComma = commaBefore < 0
        return first..<end
    }
}
