import CText

/// Reads lines that are written as ours are: members in the order of the schema, no spaces, nothing that the schema
/// does not have.
///
/// It goes through one list of all members, so that it calls nothing for an object within another, and what is there
/// twice needs no look: the list is never gone back. It takes fewer lines than `LineReader.whole` and finds the same in
/// them. Of all others it says nothing but that they are others: what is wrong is told by `whole`.
extension LineReader {
    typealias Entry = OrderedTable.Entry

    /// Less than 0: it is another line.
    private static let other = -1

    /// True when the line is one of ours, and all of it is written down.
    mutating func readOrdered(_ line: LineBytes) -> Bool {
        guard line.pair(0) == 0x227b else { return false }
        let places = UnsafeMutableRawPointer(places)
        let marks = mark(line)
        var lengths = lengths
        var seen: (UInt64, UInt64) = (0, 0)
        var seenObjects: UInt64 = 0
        var index = 2
        var entry = ordered + 1
        while true {
            let from = entry
            if !Self.isNext(entry, line, index) {
                repeat { entry = entry.pointee.next } while !Self.isNext(entry, line, index)
            }
            let start = index &+ entry.pointee.length
            seen.0 |= entry.pointee.bits.0
            seen.1 |= entry.pointee.bits.1
            if entry.pointee.isText {
                let end = Self.firstMark(marks, start)
                let place = (places + entry.pointee.offset).assumingMemoryBound(to: Place.self)
                place.pointee = Place(start, end, 0)
                index = end
                // Texts that are one of a few words are mostly as long as in the line before that was of the same kind.
                // Then the end is worked out from that length: what follows can be read before it is known where the
                // text ends. (That a length is written down only when it is another keeps the compiler from seeing that
                // both are the same place.)
                if entry.pointee.isSteady {
                    let length = Int(lengths[entry.pointee.field])
                    if end &- start == length {
                        index = start &+ length
                    } else {
                        lengths[entry.pointee.field] = UInt16(truncatingIfNeeded: end &- start)
                    }
                }
                if line.four(end) & 0xff_ffff == 0x22_2c22 {
                    index &+= 3
                    entry += 1
                    continue
                }
                if line.byte(end) == UInt8(ascii: "\"") {
                    index &+= 1
                } else {
                    index = unusualText(place, line, start, end)
                    guard index >= 0 else { return false }
                }
            } else if entry.pointee.isObject {
                guard Self.isThird(entry, line, index) else { return false }
                seenObjects |= entry.pointee.bits.2
                if lengths == self.lengths { lengths += kindOffset }
                index = start
                entry += 1
                continue
            } else if entry.pointee.isInteger, let (value, end) = line.fewDigits(start) {
                let place = (places + entry.pointee.offset).assumingMemoryBound(to: Place.self)
                place.pointee = Place(start, end, Int64(truncatingIfNeeded: value))
                index = end
            } else {
                guard Self.isThird(entry, line, index) else { return false }
                seenObjects |= entry.pointee.bits.2
                if entry.pointee.kind == .none {
                    guard let empty = Self.emptyObject(from, line, index) else { return false }
                    seenObjects |= empty.pointee.bits.2
                    // The length of the name with `":{"`, of which the last is `}` here.
                    index &+= empty.pointee.length
                    entry = empty
                } else {
                    index = orderedValue(entry, line, start)
                    guard index >= 0 else { return false }
                    if line.pair(index) == 0x222c {
                        index &+= 2
                        entry = entry.pointee.next
                        continue
                    }
                }
            }
            while line.byte(index) == UInt8(ascii: "}") {
                index &+= 1
                entry = entry.pointee.parent
                guard entry != ordered else {
                    bits[2] = seenObjects
                    return isWhole(line, index, seen)
                }
            }
            guard line.pair(index) == 0x222c else { return false }
            index &+= 2
            entry = entry.pointee.next
        }
    }

    /// Where the lengths of texts are of lines of this kind: by what stands in front of the first object.
    @inline(__always)
    private var kindOffset: Int {
        func length(_ field: FieldNumber) -> UInt32 {
            let place = places[Int(field.rawValue)]
            return place.end &- place.start
        }
        let sum = length(.point) &+ length(.verdict) &* 2 &+ length(.reason)
        return Int(sum & Self.kinds) &* Self.mostFields
    }

    /// Marks a line, and the byte behind it.
    @inline(__always)
    private mutating func mark(_ line: LineBytes) -> UnsafePointer<UInt64> {
        let blocks = line.count >> 6 &+ 1
        if blocks > markCapacity { growMarks(blocks) }
        text_marks(line.base.assumingMemoryBound(to: UInt8.self), blocks, marks)
        return UnsafePointer(marks)
    }

    /// The first `"` of a text, or what needs a look before it.
    @inline(__always)
    private static func firstMark(_ marks: UnsafePointer<UInt64>, _ start: Int) -> Int {
        let word = UnsafeRawPointer(marks).loadUnaligned(fromByteOffset: start >> 3, as: UInt64.self)
        let found = UInt64(littleEndian: word) >> UInt64(truncatingIfNeeded: start & 7)
        return found != 0 ? start &+ found.trailingZeroBitCount : laterMark(marks, (start &+ 64) & ~7)
    }

    /// The same in what is behind the first bits of a text, from a multiple of eight on.
    @inline(never)
    private static func laterMark(_ marks: UnsafePointer<UInt64>, _ start: Int) -> Int {
        var index = start
        while true {
            let word = UnsafeRawPointer(marks).loadUnaligned(fromByteOffset: index >> 3, as: UInt64.self)
            if word != 0 { return index &+ UInt64(littleEndian: word).trailingZeroBitCount }
            index &+= 64
        }
    }

    /// True when nothing follows, and what every record has is there.
    @inline(__always)
    private func isWhole(_ line: LineBytes, _ end: Int, _ seen: (UInt64, UInt64)) -> Bool {
        let all = (bits[0] | seen.0, bits[1] | seen.1)
        (bits[0], bits[1]) = all
        let missing = (required.0 & ~all.0, required.1 & ~all.1)
        let isEnd = end == line.count || end &+ 1 == line.count && line.byte(end) == UInt8(ascii: "\n")
        return isEnd && missing.0 | missing.1 == 0
    }

    /// The object that stands here without members: one from `first` on, in the same object; nil: none does.
    @inline(never)
    private static func emptyObject(
        _ first: UnsafePointer<Entry>, _ line: LineBytes, _ index: Int
    ) -> UnsafePointer<Entry>? {
        var entry = first
        while entry.pointee.kind != .none {
            if entry.pointee.kind == .object, isHere(entry.pointee.member, line, index),
                line.byte(index + entry.pointee.member.pointee.length) == UInt8(ascii: "}")
            {
                return entry
            }
            entry = entry.pointee.next
        }
        return nil
    }

    /// True when the name of an object stands here, and `{` behind it.
    private static func isHere(_ member: UnsafePointer<Member>, _ line: LineBytes, _ index: Int) -> Bool {
        let (words, masks) = (member.pointee.words, member.pointee.masks)
        return (line.word(index) ^ words.0) & masks.0 | (line.word(index + 8) ^ words.1) & masks.1
            | (line.word(index + 16) ^ words.2) & masks.2 == 0
    }

    /// True when the member's name stands here, and how its value begins: of names that need a third word, their first
    /// two.
    @inline(__always)
    private static func isNext(_ entry: UnsafePointer<Entry>, _ line: LineBytes, _ index: Int) -> Bool {
        let bytes = UnsafeRawPointer(entry)
        return text_begins(line.base + index, bytes, bytes + 16)
    }

    /// The same of the third.
    @inline(__always)
    private static func isThird(_ entry: UnsafePointer<Entry>, _ line: LineBytes, _ index: Int) -> Bool {
        (line.word(index &+ 16) ^ entry.pointee.third.word) & entry.pointee.third.mask == 0
    }

    /// A text, from behind its quotation mark, into its place.
    @inline(__always)
    private func orderedText(_ place: UnsafeMutablePointer<Place>, _ line: LineBytes, _ start: Int) -> Int {
        let end = Self.firstMark(UnsafePointer(marks), start)
        guard line.byte(end) == UInt8(ascii: "\"") else { return unusualText(place, line, start, end) }
        place.pointee = Place(start, end, 0)
        return end &+ 1
    }

    /// The rest of a text in which something needs a look.
    @inline(never)
    private func unusualText(
        _ place: UnsafeMutablePointer<Place>, _ line: LineBytes, _ start: Int, _ stop: Int
    ) -> Int {
        let end = line.unusualText(stop)
        guard end >= 0 else { return Self.other }
        place.pointee = Place(start, end >> 1, Int64(end & 1))
        return end >> 1 &+ 1
    }

    /// A value that is no object.
    @inline(never)
    private mutating func orderedValue(_ entry: UnsafePointer<Entry>, _ line: LineBytes, _ start: Int) -> Int {
        switch entry.pointee.kind {
        case .integer: return integer(entry.pointee.member, line, start)
        case .seconds:
            guard let (value, end) = line.fewSeconds(start) else {
                return seconds(entry.pointee.member, line, start)
            }
            places[entry.pointee.field] = Place(start, end, Int64(truncatingIfNeeded: value))
            return end
        case .string: return orderedText(places + entry.pointee.field, line, start)
        case .boolean: return boolean(entry.pointee.member, line, start)
        case .texts: return orderedTexts(entry, line, start)
        case .steps: return orderedSteps(entry, line, start)
        case .object, .none: return Self.other
        }
    }

    /// Texts of an array, from behind its `[`.
    private mutating func orderedTexts(_ entry: UnsafePointer<Entry>, _ line: LineBytes, _ start: Int) -> Int {
        guard line.byte(start) == UInt8(ascii: "\"") else { return Self.other }
        let first = entryCount
        var index = start &+ 1
        while true {
            makeRoom(1)
            index = orderedText(entries + entryCount, line, index)
            guard index >= 0 else { return Self.other }
            entryCount &+= 1
            guard line.pair(index) == 0x222c else { break }
            index &+= 2
        }
        guard line.byte(index) == UInt8(ascii: "]") else { return Self.other }
        places[entry.pointee.field] = Place(first, entryCount, 0)
        return index &+ 1
    }

    /// The steps of the trace, from behind the `"` of the first one's first member.
    private mutating func orderedSteps(_ steps: UnsafePointer<Entry>, _ line: LineBytes, _ start: Int) -> Int {
        let first = entryCount
        var index = start
        while true {
            makeRoom(stepFields.count)
            let step = entries + entryCount
            entryCount += stepFields.count
            index = orderedStep(steps + 1, step, line, index)
            guard index >= 0 else { return Self.other }
            guard line.four(index) == 0x227b_2c7d else { break }
            index &+= 4
        }
        guard line.pair(index) == 0x5d7d else { return Self.other }
        for (offset, field) in stepFields.enumerated() { places[field] = Place(first + offset, entryCount, 0) }
        return index &+ 2
    }

    /// One of them; returns the place of its `}`.
    @inline(__always)
    private func orderedStep(
        _ member: UnsafePointer<Entry>, _ step: UnsafeMutablePointer<Place>, _ line: LineBytes, _ start: Int
    ) -> Int {
        var index = start
        var entry = member
        var next = 0
        while true {
            while !Self.isNext(entry, line, index) { entry += 1 }
            guard entry.pointee.isText else { return Self.other }
            bits[0] |= entry.pointee.bits.0
            bits[1] |= entry.pointee.bits.1
            let offset = entry.pointee.field &- stepFields.lowerBound
            while next < offset {
                step[next] = Place()
                next &+= 1
            }
            next = offset &+ 1
            index = orderedText(step + offset, line, index &+ entry.pointee.length)
            guard index >= 0, line.pair(index) == 0x222c else { break }
            index &+= 2
            entry += 1
        }
        while next < stepFields.count {
            step[next] = Place()
            next &+= 1
        }
        return index
    }
}
