/// Reads a line and writes down where its fields are.
///
/// Members are written in the order of the schema, so the one after the last is looked for first, eight bytes of its
/// name at a time. What is not written like that is read too, only slower. Functions take the place at which they begin
/// and return the one behind what they read; less than 0: what they read is none.
struct LineReader: ~Copyable {
    /// Where a value is.
    struct Place {
        /// First byte of a text, behind its quotation mark, or of a number. Of an array its first entry.
        var start: UInt32 = 0
        /// The byte behind its last. Of an array the entry behind its last.
        var end: UInt32 = 0
        /// The number; of a text 1 when there are escapes in it.
        var number: Int64 = 0

        init() {}

        @inline(__always)
        init(_ start: Int, _ end: Int, _ number: Int64) {
            self.start = UInt32(truncatingIfNeeded: start)
            self.end = UInt32(truncatingIfNeeded: end)
            self.number = number
        }
    }

    typealias Member = MemberTable.Member

    /// Bytes that a line has at most.
    static let longestLine = 1 << 20

    private let objects = MemberTable.shared.objects
    /// The record, in the list of all members.
    let ordered = OrderedTable.shared.root
    /// Fields without which a line is no record, in two words.
    let required = (
        UInt64(truncatingIfNeeded: MemberTable.shared.required),
        UInt64(truncatingIfNeeded: MemberTable.shared.required >> 64)
    )
    /// The numbers of the fields of a step of the trace.
    let stepFields = MemberTable.shared.stepFields
    /// A place for each field.
    let places = UnsafeMutablePointer<Place>.allocate(capacity: Record.fields.count)
    /// A bit for each field and, behind them, for each object.
    let bits = UnsafeMutablePointer<UInt64>.allocate(capacity: 3)
    /// Lengths that texts had, for each field, at first those that stand in front of objects, whatever the line; behind
    /// them of each kind of lines.
    let lengths = UnsafeMutablePointer<UInt16>.allocate(capacity: (Int(kinds) + 1) * mostFields)
    /// Kinds of lines; a number of bits that are all 1.
    static let kinds: UInt32 = 15
    /// Fields that there can be: each has one of so many bits.
    static let mostFields = 128
    /// The entries of arrays. A step of the trace has one for each of its fields.
    private(set) var entries = UnsafeMutablePointer<Place>.allocate(capacity: 64)
    private var entryCapacity = 64
    /// Entries of the line so far; what is behind them is of lines before.
    var entryCount = 0
    /// The line, and zeros behind it.
    private var memory = UnsafeMutableRawPointer.allocate(byteCount: 4_096, alignment: 16)
    private var capacity = 4_096
    /// A bit for each byte of the line that ends a text or needs a look.
    private(set) var marks = UnsafeMutablePointer<UInt64>.allocate(capacity: 65)
    /// Words of them that there is room for; behind them there is one more.
    private(set) var markCapacity = 64
    /// Why the line is no record.
    private(set) var failure: RecordLineError?

    init() {
        places.initialize(repeating: Place(), count: Record.fields.count)
        bits.initialize(repeating: 0, count: 3)
        entries.initialize(repeating: Place(), count: entryCapacity)
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: LineBytes.margin)
        lengths.initialize(repeating: 0, count: (Int(Self.kinds) + 1) * Self.mostFields)
        marks.initialize(repeating: 0, count: markCapacity + 1)
        line = LineBytes(base: memory, count: 0)
    }

    deinit {
        bits.deallocate()
        lengths.deallocate()
        marks.deallocate()
        places.deallocate()
        entries.deallocate()
        memory.deallocate()
    }

    /// The line that was read.
    private(set) var line: LineBytes

    /// Fields that the line has, by their numbers.
    var seen: UInt128 {
        @inline(__always)
        get { UInt128(bits[0]) | UInt128(bits[1]) << 64 }
        nonmutating set {
            bits[0] = UInt64(truncatingIfNeeded: newValue)
            bits[1] = UInt64(truncatingIfNeeded: newValue >> 64)
        }
    }

    /// True when the line has the field of this number.
    @inline(__always)
    func isSeen(_ field: UInt8) -> Bool { bits[Int(field >> 6)] & (1 << UInt64(field & 63)) != 0 }

    /// Objects and arrays of objects that the line has, by their numbers.
    var seenObjects: UInt64 { bits[2] }

    /// Reads a line; false: `failure` says why it is none.
    ///
    /// - Parameter readable: bytes behind the line that may be read.
    mutating func read(_ line: UnsafeRawBufferPointer, readable: Int = 0) -> Bool {
        forget()
        guard !line.isEmpty, let base = line.baseAddress else { return fail(0, "there is nothing") >= 0 }
        guard line.count <= Self.longestLine else { return fail(Self.longestLine, "the line is too long") >= 0 }
        let isStopped = Self.isStopped(line, readable)
        if isStopped { self.line = LineBytes(base: base, count: line.count) } else { keep(line) }
        if readOrdered(self.line) { return true }
        forget()
        if isStopped { keep(line) }
        let end = whole(self.line)
        guard end < 0 else { return true }
        if failure == nil { failure = LineBytes.Slip.error(end) }
        seen = 0
        return false
    }

    /// Forgets the line before.
    private mutating func forget() {
        (bits[0], bits[1], bits[2], entryCount) = (0, 0, 0, 0)
        if failure != nil { failure = nil }
    }

    /// True when the reader of ordered lines can read a line where it lies: at its end or behind it there is a line feed,
    /// at which it stops as it does at a zero, and enough that may be read behind that.
    @inline(__always)
    private static func isStopped(_ line: UnsafeRawBufferPointer, _ readable: Int) -> Bool {
        guard readable > LineBytes.margin, let base = line.baseAddress else { return false }
        let last = base + (line.count &- 1)
        return last.load(as: UInt8.self) == UInt8(ascii: "\n")
            || last.load(fromByteOffset: 1, as: UInt8.self) == UInt8(ascii: "\n")
    }

    /// Copies the line to where zeros can be behind it.
    private mutating func keep(_ line: UnsafeRawBufferPointer) {
        if line.count + LineBytes.margin > capacity {
            memory.deallocate()
            capacity = (line.count + LineBytes.margin) * 2
            memory = .allocate(byteCount: capacity, alignment: 16)
        }
        UnsafeMutableRawBufferPointer(start: memory, count: line.count).copyMemory(from: line)
        (memory + line.count).initializeMemory(as: UInt8.self, repeating: 0, count: LineBytes.margin)
        self.line = LineBytes(base: memory, count: line.count)
    }

    private mutating func whole(_ line: LineBytes) -> Int {
        let begin = line.space(0)
        guard line.byte(begin) == UInt8(ascii: "{") else { return fail(begin, "an object must begin") }
        let end = object(0, line, begin + 1)
        guard end >= 0 else { return end }
        let rest = line.space(end)
        guard rest >= line.count else { return fail(rest, "the line must end") }
        let missing = MemberTable.shared.required & ~seen
        guard missing == 0 else {
            return fail(rest, "`\(Record.fields[missing.trailingZeroBitCount].name)` is missing")
        }
        return end
    }

    /// Puts down what is wrong.
    @inline(never)
    private mutating func fail(_ offset: Int, _ reason: String) -> Int {
        if failure == nil { failure = RecordLineError(offset: offset, reason: reason) }
        return -1
    }

    /// The same of a member.
    @inline(never)
    private mutating func fail(_ offset: Int, _ member: UnsafePointer<Member>, _ reason: String) -> Int {
        let name =
            switch member.pointee.kind {
            case .object, .steps: MemberTable.shared.objectNames[member.pointee.object]
            default: Record.fields[member.pointee.field].name
            }
        return fail(offset, "`\(name)` \(reason)")
    }

    // MARK: objects

    /// The members of an object, from behind its `{`.
    private mutating func object(_ number: Int, _ line: LineBytes, _ start: Int) -> Int {
        var guess = objects[number]
        var index = line.space(start)
        if line.byte(index) == UInt8(ascii: "}") { return index + 1 }
        guard line.byte(index) == UInt8(ascii: "\"") else { return LineBytes.Slip.noName.at(index) }
        index &+= 1
        while true {
            let first = line.word(index)
            while !Self.isNext(guess, line, first, index) { guess += 1 }
            if guess.pointee.kind == .none {
                (guess, index) = otherMember(number, line, index)
            } else {
                index = value(guess, line, index &+ guess.pointee.length)
                guess += 1
            }
            guard index >= 0 else { return index }
            if line.pair(index) == 0x222c {
                index &+= 2
            } else {
                index = line.space(index)
                if line.byte(index) == UInt8(ascii: "}") { return index &+ 1 }
                guard line.byte(index) == UInt8(ascii: ",") else { return LineBytes.Slip.noNext.at(index) }
                index = line.space(index &+ 1)
                guard line.byte(index) == UInt8(ascii: "\"") else { return LineBytes.Slip.noName.at(index) }
                index &+= 1
            }
        }
    }

    /// True when the name of a member stands here, the colon behind it, and the beginning of its value.
    @inline(__always)
    private static func isNext(
        _ member: UnsafePointer<Member>, _ line: LineBytes, _ first: UInt64, _ index: Int
    ) -> Bool {
        guard (first ^ member.pointee.words.0) & member.pointee.masks.0 == 0 else { return false }
        guard member.pointee.length > 8 else { return true }
        guard (line.word(index &+ 8) ^ member.pointee.words.1) & member.pointee.masks.1 == 0 else { return false }
        guard member.pointee.length > 16 else { return true }
        return (line.word(index &+ 16) ^ member.pointee.words.2) & member.pointee.masks.2 == 0
    }

    /// A member that is not where it is looked for, that is not written as ours are, or that the schema does not have;
    /// returns the guess for the next.
    @inline(never)
    private mutating func otherMember(
        _ object: Int, _ line: LineBytes, _ start: Int
    ) -> (guess: UnsafePointer<Member>, index: Int) {
        var member = objects[object]
        let end = line.text(start)
        guard end >= 0 else { return (member, end) }
        let name = start..<(end >> 1)
        // Whoever reads the escape would see another name than who does not.
        guard end & 1 == 0 else { return (member, fail(start, "the name of a member has an escape")) }
        let colon = line.space(name.upperBound + 1)
        guard line.byte(colon) == UInt8(ascii: ":") else { return (member, LineBytes.Slip.noColon.at(colon)) }
        let begin = line.space(colon + 1)
        while member.pointee.kind != .none {
            if Self.isName(member, line, name) { return (member + 1, otherValue(member, line, begin)) }
            member += 1
        }
        return (objects[object], line.skip(begin))
    }

    /// The value of a member, of which it is not known yet how it begins.
    private mutating func otherValue(_ member: UnsafePointer<Member>, _ line: LineBytes, _ start: Int) -> Int {
        let kind = member.pointee.kind
        guard let first = kind.beginning.utf8.first else { return value(member, line, start) }
        guard line.byte(start) == first else {
            return fail(
                start, member, "must be \(kind == .string ? "a text" : kind == .object ? "an object" : "an array")")
        }
        return value(member, line, start + 1)
    }

    private static func isName(_ member: UnsafePointer<Member>, _ line: LineBytes, _ name: Range<Int>) -> Bool {
        guard member.pointee.nameLength == name.count else { return false }
        let words = member.pointee.words
        for place in name {
            let offset = place - name.lowerBound
            let word = offset < 8 ? words.0 : offset < 16 ? words.1 : words.2
            guard UInt8(truncatingIfNeeded: word >> UInt64(offset % 8 * 8)) == line.byte(place) else { return false }
        }
        return true
    }

    // MARK: values

    /// The value of a member of the schema, from behind its `"`, `{` or `[`.
    @inline(__always)
    private mutating func value(_ member: UnsafePointer<Member>, _ line: LineBytes, _ start: Int) -> Int {
        let bits = bits + member.pointee.word
        guard bits.pointee & member.pointee.bit == 0 else { return fail(start, member, "is there twice") }
        bits.pointee |= member.pointee.bit
        switch member.pointee.kind {
        case .string:
            let end = line.plainText(start)
            guard line.byte(end) == UInt8(ascii: "\"") else { return unusualText(member, line, start, end) }
            places[member.pointee.field] = Place(start, end, 0)
            return end &+ 1
        case .integer: return integer(member, line, start)
        case .object: return object(member.pointee.object, line, start)
        case .seconds: return seconds(member, line, start)
        case .boolean: return boolean(member, line, start)
        case .texts: return texts(member, line, start)
        case .steps: return steps(member, line, start)
        case .none: return start
        }
    }

    @inline(never)
    private mutating func unusualText(
        _ member: UnsafePointer<Member>, _ line: LineBytes, _ start: Int, _ stop: Int
    ) -> Int {
        let end = line.unusualText(stop)
        guard end >= 0 else { return end }
        places[member.pointee.field] = Place(start, end >> 1, Int64(end & 1))
        return end >> 1 &+ 1
    }

    mutating func boolean(_ member: UnsafePointer<Member>, _ line: LineBytes, _ start: Int) -> Int {
        let word = line.word(start)
        if word & 0xffff_ffff == 0x6575_7274 {
            places[member.pointee.field] = Place(start, start + 4, 1)
            return start + 4
        }
        guard word & 0xff_ffff_ffff == 0x65_736c_6166 else { return fail(start, member, "must be `true` or `false`") }
        places[member.pointee.field] = Place(start, start + 5, 0)
        return start + 5
    }

    @inline(__always)
    mutating func integer(_ member: UnsafePointer<Member>, _ line: LineBytes, _ start: Int) -> Int {
        let isNegative = line.byte(start) == UInt8(ascii: "-")
        let (value, end) = line.digits(isNegative ? start &+ 1 : start)
        guard end >= 0 else { return fail(start, member, "must be a whole number") }
        places[member.pointee.field] = Place(start, end, Self.signed(value, isNegative))
        return end
    }

    @inline(__always)
    private static func signed(_ value: UInt64, _ isNegative: Bool) -> Int64 {
        guard isNegative else { return Int64(clamping: value) }
        return value > UInt64(Int64.max) ? .min : -Int64(value)
    }

    /// Seconds as microseconds; digits after the sixth are left out.
    mutating func seconds(_ member: UnsafePointer<Member>, _ line: LineBytes, _ start: Int) -> Int {
        let isNegative = line.byte(start) == UInt8(ascii: "-")
        var (value, end) = line.digits(isNegative ? start + 1 : start)
        guard end >= 0 else { return fail(start, member, "must be a number of seconds") }
        var fraction: UInt64 = 0
        var scale: UInt64 = 1_000_000
        if line.byte(end) == UInt8(ascii: ".") {
            let point = end
            end &+= 1
            while true {
                let digit = line.byte(end) &- UInt8(ascii: "0")
                guard digit < 10 else { break }
                if scale > 1 {
                    fraction = fraction &* 10 &+ UInt64(digit)
                    scale /= 10
                }
                end &+= 1
            }
            guard end > point + 1 else { return fail(end, member, "must have digits after its point") }
        }
        let (whole, isOver) = value.multipliedReportingOverflow(by: 1_000_000)
        value = isOver ? .max : whole.addingSaturated(fraction &* scale)
        places[member.pointee.field] = Place(start, end, Self.signed(value, isNegative))
        return end
    }

    /// Makes room for so many words of marks.
    @inline(never)
    mutating func growMarks(_ words: Int) {
        marks.deallocate()
        markCapacity = words * 2
        marks = .allocate(capacity: markCapacity + 1)
        marks.initialize(repeating: 0, count: markCapacity + 1)
    }

    // MARK: arrays

    mutating func push(_ place: Place) {
        makeRoom(1)
        entries[entryCount] = place
        entryCount += 1
    }

    /// Makes room for so many entries more.
    @inline(__always)
    mutating func makeRoom(_ more: Int) {
        if entryCount &+ more > entryCapacity { growEntries() }
    }

    @inline(never)
    private mutating func growEntries() {
        let larger = UnsafeMutablePointer<Place>.allocate(capacity: entryCapacity * 2)
        larger.initialize(repeating: Place(), count: entryCapacity * 2)
        larger.update(from: entries, count: entryCount)
        entries.deallocate()
        entries = larger
        entryCapacity *= 2
    }

    private mutating func texts(_ member: UnsafePointer<Member>, _ line: LineBytes, _ start: Int) -> Int {
        let first = entryCount
        var index = line.space(start)
        var isOpen = line.byte(index) != UInt8(ascii: "]")
        if !isOpen { index += 1 }
        while isOpen {
            guard line.byte(index) == UInt8(ascii: "\"") else { return fail(index, member, "must be of texts") }
            let end = line.text(index + 1)
            guard end >= 0 else { return end }
            push(Place(index + 1, end >> 1, Int64(end & 1)))
            index = line.next(end >> 1 + 1, isOpen: &isOpen)
            guard index >= 0 else { return index }
        }
        places[member.pointee.field] = Place(first, entryCount, 0)
        return index
    }

    /// The steps of the trace.
    private mutating func steps(_ member: UnsafePointer<Member>, _ line: LineBytes, _ start: Int) -> Int {
        let step = MemberTable.shared.step
        let first = entryCount
        var all: UInt128 = 0
        var index = line.space(start)
        var isOpen = line.byte(index) != UInt8(ascii: "]")
        if !isOpen { index += 1 }
        while isOpen {
            guard line.byte(index) == UInt8(ascii: "{") else { return fail(index, member, "must be of objects") }
            seen &= ~step
            index = object(member.pointee.object, line, index + 1)
            guard index >= 0 else { return index }
            for field in stepFields { push(isSeen(UInt8(field)) ? places[field] : Place()) }
            all |= seen & step
            index = line.next(index, isOpen: &isOpen)
            guard index >= 0 else { return index }
        }
        seen |= all
        for (offset, field) in stepFields.enumerated() {
            places[field] = Place(first + offset, entryCount, 0)
        }
        return index
    }
}
