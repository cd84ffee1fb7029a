/// The numbers of usage that an event, or an answer up to now, has reported.
struct UsageNumbers: Sendable {
    var input: Int64 = 0
    var output: Int64 = 0
    var outputSoFar: Int64 = 0
    var outputBeside: Int64 = 0
    var total: Int64 = 0
    var cachedInput: Int64 = 0
    var cacheWrite: Int64 = 0
    var reasoning: Int64 = 0
    var seconds: Int64 = 0
    var sequence: Int64 = 0
    /// Which of them were reported (bits of roles).
    var seen: UInt32 = 0
    /// Which of them were reported as what cannot be: below zero, not whole, absurd.
    var refused: UInt32 = 0

    /// No request has more tokens.
    static let most: Int64 = 1_000_000_000_000

    /// True when it was reported as what can be.
    @inline(__always)
    func has(_ role: UsageRole) -> Bool { seen & role.bit != 0 }

    /// Takes a number that was read; nil: it cannot be believed.
    mutating func set(_ role: UsageRole, _ number: Int64?) {
        guard let number, number <= Self.most else {
            refused |= role.bit
            seen &= ~role.bit
            return
        }
        switch role {
        case .input: input = number
        case .output: output = number
        case .outputSoFar: outputSoFar = number
        case .total: total = number
        case .cachedInput: cachedInput = number
        case .cacheWrite: cacheWrite = number
        case .reasoning: reasoning = number
        case .seconds: seconds = number
        case .sequence: sequence = number
        case .inputOfOne: input = min(input + number, Self.most)
        case .outputOfOne: output = min(output + number, Self.most)
        case .cachedOfOne: cachedInput = min(cachedInput + number, Self.most)
        case .outputBeside: outputBeside = min(outputBeside + number, Self.most)
        default: return
        }
        seen |= role.bit
        // What is said again rightly is right.
        if !role.addsUp { refused &= ~role.bit }
    }

    /// Takes what a later event reports: it replaces what was reported before, and answers of their own add up.
    mutating func merge(_ later: UsageNumbers) {
        guard later.seen | later.refused != 0 else { return }
        for role in Self.replaced where later.has(role) || later.refused & role.bit != 0 {
            set(role, later.refused & role.bit != 0 ? nil : later.value(role))
        }
        if later.has(.inputOfOne) { set(.inputOfOne, later.input) }
        if later.has(.outputOfOne) { set(.outputOfOne, later.output) }
        if later.has(.cachedOfOne) { set(.cachedOfOne, later.cachedInput) }
        if later.has(.outputBeside) { set(.outputBeside, later.outputBeside) }
        refused |= later.refused
    }

    private static let replaced: [UsageRole] = [
        .input, .output, .outputSoFar, .total, .cachedInput, .cacheWrite, .reasoning, .seconds, .sequence,
    ]

    private func value(_ role: UsageRole) -> Int64 {
        switch role {
        case .input: input
        case .output: output
        case .outputSoFar: outputSoFar
        case .total: total
        case .cachedInput: cachedInput
        case .cacheWrite: cacheWrite
        case .reasoning: reasoning
        case .seconds: seconds
        default: sequence
        }
    }
}

extension UsageRole {
    /// True for numbers of which there may be several in one answer.
    var addsUp: Bool {
        switch self {
        case .inputOfOne, .outputOfOne, .cachedOfOne, .outputBeside: true
        default: false
        }
    }
}

/// What the scanner found in one event, or in one answer that is not a stream.
struct UsageNotes: Sendable {
    var numbers = UsageNumbers()
    /// Bytes of what the model wrote, without escapes.
    var contentBytes = 0
    /// Pictures.
    var images: Int64 = 0
    /// Elements of the array of answers; -1 when there is no such array.
    var choices = -1
    /// True when there is an object with the usage.
    var hasUsage = false
    /// True when the event says that it is the last one.
    var isLast = false
    /// Where a member `"usage":null` stands in the event, with the comma that goes when it goes.
    var nullUsage = 0..<0

    /// Empty again.
    mutating func clear() {
        if numbers.seen | numbers.refused != 0 { numbers = UsageNumbers() }
        contentBytes = 0
        images = 0
        choices = -1
        hasUsage = false
        isLast = false
        nullUsage = 0..<0
    }
}
