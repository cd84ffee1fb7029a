/// The rows of one server, compiled: reads a path segment by segment and knows at its end what the request would do.
///
/// All patterns are followed at once, as one deterministic automaton: a request costs one look-up for each segment of
/// its path, whatever the number of rows, and nothing is tried twice.
struct EndpointAutomaton: Sendable {
    /// Where reading stands: a set of places in patterns.
    struct State: Sendable {
        /// Next for a segment that no text and no text with a capture fits; -1: nothing fits any more.
        var other: Int32 = -1
        /// Next for the empty segment behind a final slash.
        var empty: Int32 = -1
        /// Whether edges with text leave from here.
        var hasTexts = false
        /// The captures with text around them that are looked for here.
        var captures: Range<Int32> = 0..<0
        /// Where in `captureTargets` the next states stand, by the set of captures that fit.
        var captureTargets: Int32 = 0
        /// Where in `outcomes` the nine kinds of request stand; -1: no pattern ends here.
        var outcomes: Int32 = -1
        /// Whatever follows, the state stays: the path need not be read to its end.
        var isLast = false
    }

    /// Text around a capture, as ranges of `text`.
    struct Capture: Sendable {
        var before: Range<Int32>
        var after: Range<Int32>
    }

    /// What a kind of request at an end would do.
    struct Outcome: Sendable, Hashable {
        var classes: OperationClasses
        var dialect: Dialect?
        var model: ModelPlace?
        var row: Int
    }

    var states: [State]
    var texts: SegmentMap
    var captures: [Capture]
    var text: [UInt8]
    var captureTargets: [Int32]
    /// By `State.outcomes` and kind of request: an index into `results`, or -1.
    var outcomes: [Int32]
    var results: [Outcome]

    /// What a request would do; nil when no row fits it. `steps` counts what was looked at.
    @inline(__always)
    func match(
        _ slot: MethodSlot, _ path: UnsafeRawBufferPointer, steps: inout Int
    ) -> EndpointMatch? {
        let end = read(path, steps: &steps)
        guard end >= 0, states[end].outcomes >= 0 else { return nil }
        let result = outcomes[Int(states[end].outcomes) + slot.rawValue]
        guard result >= 0 else { return nil }
        let outcome = results[Int(result)]
        return EndpointMatch(
            classes: outcome.classes, dialect: outcome.dialect, pathModel: outcome.model?.range(in: path),
            row: outcome.row)
    }

    /// The state at the end of a path; -1: none.
    @inline(__always)
    private func read(_ path: UnsafeRawBufferPointer, steps: inout Int) -> Int {
        let slash = UInt8(ascii: "/")
        guard path.count > 0, path[0] == slash else { return -1 }
        var state = 0
        var start = 1
        while true {
            var end = start
            while end < path.count, path[end] != slash { end += 1 }
            state = next(state, UnsafeRawBufferPointer(rebasing: path[start..<end]), steps: &steps)
            if state < 0 || end == path.count || states[state].isLast { return state }
            start = end + 1
        }
    }

    @inline(__always)
    private func next(_ number: Int, _ segment: UnsafeRawBufferPointer, steps: inout Int) -> Int {
        steps += 1
        let state = states[number]
        if segment.isEmpty { return Int(state.empty) }
        if state.hasTexts, let target = texts.find(number, segment, steps: &steps) { return target }
        if state.captures.isEmpty { return Int(state.other) }
        var fitting = 0
        for index in state.captures {
            steps += 1
            if fits(captures[Int(index)], segment) { fitting |= 1 << Int(index - state.captures.lowerBound) }
        }
        return Int(captureTargets[Int(state.captureTargets) + fitting])
    }

    /// Whether a segment is text, a byte at least, text.
    @inline(__always)
    private func fits(_ capture: Capture, _ segment: UnsafeRawBufferPointer) -> Bool {
        guard segment.count > capture.before.count + capture.after.count else { return false }
        for (offset, index) in capture.before.enumerated() where text[Int(index)] != segment[offset] { return false }
        let tail = segment.count - capture.after.count
        for (offset, index) in capture.after.enumerated() where text[Int(index)] != segment[tail + offset] {
            return false
        }
        return true
    }
}

/// Why rows cannot be compiled.
struct AutomatonProblem: Error, Hashable, Sendable {
    /// What is wrong and what would be right.
    var message: String
}
