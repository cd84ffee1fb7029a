/// Keys, strings, and what is passed over.
extension UsageScanner {
    /// A model's name may be longer; the rest of it is left out.
    static let longestString = 256

    /// Reads on in a string from `start`.
    mutating func string(_ bytes: RawSpan, _ start: Int) -> Int {
        if isEscaped { return escape(bytes, start) }
        let stop = bytes.endOfPlainText(from: start)
        count(stop - start)
        if keepsString { keep(bytes, start..<stop) }
        guard stop < bytes.byteCount else { return stop }
        switch bytes.byte(stop) {
        case UInt8(ascii: "\""):
            endString()
            return stop + 1
        case UInt8(ascii: "\\"):
            isEscaped = true
            return stop + 1
        default: return stop
        }
    }

    /// Bytes of a string that is content; a string that is passed over counts with what is around it.
    @inline(__always)
    private mutating func count(_ bytes: Int) {
        if counts { notes.contentBytes += bytes }
    }

    /// The byte after a backslash. `\uXXXX` is three bytes of most texts: its four digits are counted as they come.
    private mutating func escape(_ bytes: RawSpan, _ index: Int) -> Int {
        isEscaped = false
        let byte = bytes.byte(index)
        count(byte == UInt8(ascii: "u") ? -1 : 1)
        // A name with an escape is kept without it.
        return index + 1
    }

    private mutating func endString() {
        if mode == .skipString {
            mode = .skip
            return
        }
        mode = .comma
        if keepsString {
            endKeptString(plan.places[Int(place)].role)
            dropScratch()
        }
        if depth == 0 {
            mode = .value
            place = UsagePlan.root
        }
    }

    private mutating func endKeptString(_ role: UsageRole) {
        switch role {
        case .model: model = String(decoding: scratch, as: UTF8.self)
        case .answerID: answerID = String(decoding: scratch, as: UTF8.self)
        case .kind: if Self.lastKinds.contains(where: { $0.elementsEqual(scratch) }) { notes.isLast = true }
        default: finish = String(decoding: scratch, as: UTF8.self)
        }
    }

    /// Kinds of events after which a server says no more.
    private static let lastKinds = [
        "message_stop", "response.completed", "response.incomplete", "response.failed", "transcript.text.done",
        "speech.audio.done", "image_generation.completed", "image_edit.completed", "error",
    ].map { Array($0.utf8) }

    /// Keeps what fits.
    private mutating func keep(_ bytes: RawSpan, _ range: Range<Int>) {
        let kept = range.prefix(max(0, Self.longestString - scratch.count))
        bytes.extracting(kept).withUnsafeBytes { scratch.append(contentsOf: $0) }
    }

    /// Forgets what was kept, but not its memory.
    mutating func dropScratch() {
        scratch.removeAll(keepingCapacity: true)
        keepsString = false
    }

    /// Reads on in a key from `start`.
    mutating func key(_ bytes: RawSpan, _ start: Int) -> Int {
        if isEscaped {
            isEscaped = false
            return start + 1
        }
        let stop = bytes.endOfPlainText(from: start)
        guard stop < bytes.byteCount else {
            keepKey(bytes, start..<stop)
            return stop
        }
        switch bytes.byte(stop) {
        case UInt8(ascii: "\""):
            endKey(bytes, start..<stop)
            return stop + 1
        case UInt8(ascii: "\\"):
            isEscaped = true
            keyIsStrange = true
            return stop + 1
        default: return stop
        }
    }

    /// A cut goes through the key: what is here of it is kept, up to what is longer than any key of a plan.
    private mutating func keepKey(_ bytes: RawSpan, _ range: Range<Int>) {
        let room = PackedKey.maximumLength + 1 - scratch.count
        for index in range.prefix(max(0, room)) { scratch.append(bytes.byte(index)) }
    }

    @inline(__always)
    private mutating func endKey(_ bytes: RawSpan, _ range: Range<Int>) {
        mode = .colon
        place = 0
        guard scratch.isEmpty, !keyIsStrange else {
            endKeptKey(bytes, range)
            return
        }
        place = member(bytes, range)
    }

    /// The end of a key that a cut went through, or that has an escape.
    private mutating func endKeptKey(_ bytes: RawSpan, _ range: Range<Int>) {
        if !keyIsStrange {
            keepKey(bytes, range)
            place = member(scratch.span.bytes, 0..<scratch.count)
        }
        scratch.removeAll(keepingCapacity: true)
    }

    /// The place of the member with that key.
    @inline(__always)
    private func member(_ bytes: RawSpan, _ range: Range<Int>) -> UInt8 {
        guard !range.isEmpty, range.count <= PackedKey.maximumLength else { return 0 }
        let around = plan.places[Int(UInt8(truncatingIfNeeded: stack))]
        let bit = UsagePlan.bit(first: bytes.byte(range.lowerBound), count: range.count)
        guard around.keys & bit != 0 else { return 0 }
        let key = PackedKey(bytes, from: range.lowerBound, count: range.count)
        var index = Int(around.firstEdge)
        while index < Int(around.lastEdge) {
            if plan.edges[index].key == key { return plan.edges[index].place }
            index += 1
        }
        return 0
    }

    /// Passes over containers from `start`.
    mutating func skip(_ bytes: RawSpan, _ start: Int) -> Int {
        let stop = bytes.nextStructure(from: start)
        guard stop < bytes.byteCount, bytes.byte(stop) >= 0x20 else {
            if counts { notes.contentBytes += stop - start }
            return stop
        }
        if counts { notes.contentBytes += stop + 1 - start }
        switch bytes.byte(stop) {
        case UInt8(ascii: "\""): mode = .skipString
        case UInt8(ascii: "{"), UInt8(ascii: "["): skipDepth += 1
        default:
            skipDepth -= 1
            if skipDepth == 0 { endSkip() }
        }
        return stop + 1
    }

    private mutating func endSkip() {
        mode = .comma
        if depth == 0 {
            mode = .value
            place = UsagePlan.root
        }
    }
}
