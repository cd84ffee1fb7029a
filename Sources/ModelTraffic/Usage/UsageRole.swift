/// What a place in an answer's JSON means to the meter.
enum UsageRole: UInt8, Sendable {
    /// Nothing by itself; other places are below it.
    case none

    // Numbers.
    case input, output, total, cachedInput, cacheWrite, reasoning
    /// Output up to now, which more will follow.
    case outputSoFar
    /// The same of one of several answers: they add up.
    case inputOfOne, outputOfOne, cachedOfOne
    /// Output beside the one that is reported.
    case outputBeside
    /// Length of sound, which may have decimals.
    case seconds
    /// Number of an event in its stream.
    case sequence

    // Strings.
    /// Text that the model wrote.
    case content
    /// Name of the model that answered.
    case model
    /// Name of the answer.
    case answerID
    /// Why the model stopped.
    case finish
    /// A picture, or where one lies.
    case image
    /// What kind of event it is; some kinds are always the last.
    case kind

    // Others.
    /// Any JSON value that the model wrote.
    case contentTree
    /// True in the last event of an answer.
    case last
    /// The object with the usage.
    case usage
    /// The array of answers, and one of them.
    case choices, choice

    /// Its bit in a set of roles.
    var bit: UInt32 { 1 << UInt32(rawValue) }
}
