/// Where in a line of a stream the reading is.
struct EventLines: Sendable {
    /// What the bytes that come belong to.
    enum Part: Sendable {
        /// The beginning of a line: `matched` bytes of `data:` have come.
        case name
        /// The one space after `data:` that is not data.
        case space
        case data
        /// The rest of a line that has no data.
        case other
    }

    var part = Part.name
    var matched = 0
    /// Bytes of the event in earlier pieces.
    var carried = 0
    /// Lines of data in the event.
    var dataLines = 0
    /// Bytes of the byte order mark that have come; 3 when no more of it can come.
    var mark = 0
    /// True when the last line ended with a carriage return, which a line feed may follow.
    var endedWithReturn = false
    /// True when what came before that line feed was dropped.
    var dropped = false
    /// Bytes of `[DONE]` that have come where the data of an event begins; -1: it begins with something else.
    var ending = 0
    /// The first byte of an answer without events that is not white space; 0 until it comes.
    var first: UInt8 = 0

    /// The byte of `data:` at that place.
    @inline(__always)
    static func name(_ index: Int) -> UInt8 {
        switch index {
        case 0: UInt8(ascii: "d")
        case 2: UInt8(ascii: "t")
        case 4: UInt8(ascii: ":")
        default: UInt8(ascii: "a")
        }
    }

    /// What OpenAI's streams, and those made like them, say at the end.
    static let ending = Array("[DONE]".utf8)

    /// True when the data of the event begins with that.
    var isEnding: Bool { ending == Self.ending.count }

    /// Bytes of data, for whether they are that end.
    @inline(__always)
    mutating func compareEnding(_ bytes: RawSpan, from start: Int) {
        var index = start
        while ending >= 0, !isEnding, index < bytes.byteCount {
            ending = bytes.byte(index) == Self.ending[ending] ? ending + 1 : -1
            index += 1
        }
    }

    /// The byte of the byte order mark at that place.
    static func mark(_ index: Int) -> UInt8 { index == 0 ? 0xef : index == 1 ? 0xbb : 0xbf }
}

/// Streams: where an event ends, and what goes on of it.
extension UsageMeter {
    /// Server-sent events.
    mutating func nextEvent(_ bytes: RawSpan, from offset: Int) -> MeterStep {
        var index = offset
        let end = bytes.byteCount
        while index < end {
            let byte = bytes.byte(index)
            if line.endedWithReturn {
                line.endedWithReturn = false
                if byte == 0x0a {
                    index += 1
                    guard isBetweenEvents, index == offset + 1 else { continue }
                    return MeterStep(end: index, isEvent: false, action: line.dropped ? .drop : .forward)
                }
            }
            switch line.part {
            case .name:
                guard byte == 0x0a || byte == 0x0d else {
                    name(byte)
                    index += 1
                    continue
                }
                let isEmpty = line.matched == 0 && (line.mark == 0 || line.mark == 3)
                // A field without a colon is one without a value.
                if line.matched == 4 { line.dataLines += 1 }
                index = endLine(bytes, index)
                if isEmpty { return endBlock(bytes, offset..<index) }
            case .space:
                if byte == 0x20 { index += 1 }
                line.part = .data
            case .data:
                line.compareEnding(bytes, from: index)
                let base = line.carried - offset
                index = scanner.scan(bytes, from: index, base: base)
                if index < end {
                    scanner.control(at: base + index)
                    index = endLine(bytes, index)
                }
            case .other:
                index = bytes.endOfLine(from: index)
                if index < end { index = endLine(bytes, index) }
            }
        }
        return wait(bytes, offset..<end)
    }

    /// One JSON value on each line.
    mutating func nextLine(_ bytes: RawSpan, from offset: Int) -> MeterStep {
        var index = offset
        let end = bytes.byteCount
        while index < end {
            index = scanner.scan(bytes, from: index, base: 0)
            guard index < end else { break }
            let isFeed = bytes.byte(index) == 0x0a
            scanner.control(at: 0)
            index += 1
            if isFeed, scanner.hasBegun {
                endEvent()
                return MeterStep(end: index, isEvent: true, action: .forward)
            }
        }
        return MeterStep(end: end, isEvent: false, action: .forward)
    }

    /// The stream ended; what there is of an event is taken as one.
    mutating func finishEvent() -> [UInt8] {
        let rest = takeHeld(without: nullUsage)
        let isDropped = stripsUsage && isOnlyUsage
        endEvent()
        return isDropped ? [] : rest
    }

    /// True when nothing of an event has come.
    private var isBetweenEvents: Bool {
        line.carried == 0
    }

    /// A byte of the beginning of a line.
    @inline(__always)
    private mutating func name(_ byte: UInt8) {
        if line.mark < 3 {
            if byte == EventLines.mark(line.mark) {
                line.mark += 1
                return
            }
            let isBroken = line.mark > 0
            line.mark = 3
            if isBroken {
                line.part = .other
                return
            }
        }
        guard byte == EventLines.name(line.matched) else {
            line.part = .other
            return
        }
        line.matched += 1
        if line.matched == 5 {
            line.part = .space
            line.dataLines += 1
        }
    }

    /// Passes the end of a line.
    @inline(__always)
    private mutating func endLine(_ bytes: RawSpan, _ index: Int) -> Int {
        line.part = .name
        line.matched = 0
        line.mark = 3
        guard bytes.byte(index) == 0x0d else { return index + 1 }
        if index + 1 < bytes.byteCount { return bytes.byte(index + 1) == 0x0a ? index + 2 : index + 1 }
        line.endedWithReturn = true
        return index + 1
    }

    /// An empty line: the event is complete.
    private mutating func endBlock(_ bytes: RawSpan, _ range: Range<Int>) -> MeterStep {
        let isEvent = line.dataLines > 0
        let action = stripsUsage ? strip(bytes, range) : .forward
        if isEvent { endEvent() }
        line.dataLines = 0
        line.ending = 0
        line.carried = 0
        line.dropped = action == .drop
        isTooLong = false
        return MeterStep(end: range.upperBound, isEvent: isEvent, action: action)
    }

    /// The piece ended inside an event.
    private mutating func wait(_ bytes: RawSpan, _ range: Range<Int>) -> MeterStep {
        line.carried += range.count
        guard stripsUsage, !isTooLong, !range.isEmpty else {
            return MeterStep(end: range.upperBound, isEvent: false, action: .forward)
        }
        append(bytes, range)
        guard held.count > Self.longestHeldEvent else {
            return MeterStep(end: range.upperBound, isEvent: false, action: .hold)
        }
        isTooLong = true
        return MeterStep(end: range.upperBound, isEvent: false, action: .replace(takeHeld(without: 0..<0)))
    }

    /// What goes on of a complete event.
    private mutating func strip(_ bytes: RawSpan, _ range: Range<Int>) -> MeterStep.Action {
        let isTooLong = line.carried + range.count > Self.longestHeldEvent
        if !isTooLong, isOnlyUsage {
            held.removeAll(keepingCapacity: true)
            return .drop
        }
        let gone = isTooLong ? 0..<0 : nullUsage
        if held.isEmpty, gone.isEmpty { return .forward }
        held.reserveCapacity(held.count + range.count)
        append(bytes, range)
        return .replace(takeHeld(without: gone))
    }

    /// Hands over what was held, so that it is not copied.
    private mutating func takeHeld(without gone: Range<Int>) -> [UInt8] {
        defer { held = [] }
        if !gone.isEmpty, gone.upperBound <= held.count { held.removeSubrange(gone) }
        return held
    }

    /// The event that a server sends only because usage was asked for.
    private var isOnlyUsage: Bool {
        scanner.notes.hasUsage && scanner.notes.choices == 0
    }

    /// Where the member `"usage":null` stands, with its comma. In data on several lines it stays.
    private var nullUsage: Range<Int> { line.dataLines == 1 ? scanner.notes.nullUsage : 0..<0 }

    private mutating func append(_ bytes: RawSpan, _ range: Range<Int>) {
        bytes.extracting(range).withUnsafeBytes { held.append(contentsOf: $0) }
    }
}
