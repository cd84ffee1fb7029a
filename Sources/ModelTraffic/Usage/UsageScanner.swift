/// Reads JSON as it comes, in pieces cut anywhere, for the places of a plan. It builds nothing and keeps nothing but a
/// key or a short string that a cut went through.
///
/// It is no judge of JSON: what is not JSON ends the reading of that event and harms nothing. Depth is a number, so
/// nesting costs no memory; what is not in the plan is passed over eight bytes at a time.
struct UsageScanner: Sendable {
    /// What comes next.
    enum Mode: UInt8, Sendable {
        case value, firstElement, firstKey, key, colon, comma
        case inKey, inString, inNumber, inWord, inNothing
        case skip, skipString
        case broken
    }

    let plan: UsagePlan
    /// True when a line feed or carriage return ends what is to be read: it is left to the caller.
    let stopsAtLines: Bool
    /// True when members with null usage are looked for; then places in the event must be right.
    let findsNull: Bool
    /// False where nobody asks for the names of model and answer and for the reason to stop.
    let keepsNames: Bool
    /// What was found since the caller last took it.
    var notes = UsageNotes()
    /// True when something other than white space came since the last reset.
    private(set) var hasBegun = false

    var mode = Mode.value
    /// Place of the value that comes next, or of the one that is read.
    var place = UsagePlan.root
    /// Places of the containers around it, the innermost lowest; arrays have the highest bit set.
    var stack: UInt128 = 0
    var depth = 0
    /// Containers around in the part that is passed over.
    var skipDepth = 0
    /// True when the string or the part that is passed over is content.
    var counts = false
    /// True after a backslash in a string.
    var isEscaped = false
    /// True when the key has an escape: no key of a plan has.
    var keyIsStrange = false
    /// Bytes of a key or string from earlier pieces.
    var scratch: [UInt8] = []
    /// True while the string is kept in `scratch`.
    var keepsString = false
    var number = NumberReader()
    /// First letter of `true`, `false` or `null`.
    var word: UInt8 = 0
    /// Where members stand in the event, for taking one out.
    var member = MemberPlace()
    /// The first name of a model, and the last reason to stop.
    var model: String?
    var finish: String?
    /// The first name of the answer.
    var answerID: String?

    init(plan: UsagePlan, stopsAtLines: Bool, findsNull: Bool, keepsNames: Bool) {
        self.plan = plan
        self.keepsNames = keepsNames
        self.findsNull = findsNull
        self.stopsAtLines = stopsAtLines
    }

    /// Ready for the next event; what was found is the caller's to take before.
    mutating func reset() {
        mode = .value
        place = UsagePlan.root
        stack = 0
        depth = 0
        isEscaped = false
        hasBegun = false
        member = MemberPlace()
        if keepsString || !scratch.isEmpty { dropScratch() }
    }

    /// Reads on from `start`; gives the place after what was read: the end, or a line's end that is not
    /// read: `control` is for the caller to call.
    ///
    /// - Parameter base: what is added to a place in `bytes` to have its place in the event.
    mutating func scan(_ bytes: RawSpan, from start: Int, base: Int) -> Int {
        var index = start
        let end = bytes.byteCount
        while index < end {
            let byte = bytes.byte(index)
            if byte < 0x20 {
                if stopsAtLines, byte == 0x0a || byte == 0x0d { return index }
                control(at: base + index)
                index += 1
                continue
            }
            switch mode {
            case .key, .firstKey: index = startKey(bytes, index, byte, base)
            case .value, .firstElement: index = value(bytes, index, byte)
            case .comma: index = afterValue(index, byte, base)
            case .colon: index = colon(index, byte)
            case .inString, .skipString: index = string(bytes, index)
            case .inKey: index = key(bytes, index)
            case .skip: index = skip(bytes, index)
            case .inNothing:
                index = bytes.endOfScalar(from: index)
                if index < end { mode = .comma }
            case .inNumber, .inWord: index = scalar(index, byte, base)
            case .broken: index = stopsAtLines ? bytes.endOfLine(from: index) : end
            }
        }
        return index
    }

    /// A control character: white space between values, and wrong in a string, where it is passed over.
    mutating func control(at offset: Int) {
        endScalar(at: offset)
        isEscaped = false
        if mode == .inKey { keyIsStrange = true }
    }

    /// A number or word ends with whatever cannot be in it, or with the event.
    mutating func endScalar(at offset: Int) {
        switch mode {
        case .inNumber:
            let role = plan.places[Int(place)].role
            notes.numbers.set(role, role == .seconds ? number.roundedUp : number.whole)
            mode = .comma
        case .inWord:
            endWord(at: offset)
            mode = .comma
        case .inNothing: mode = .comma
        default: return
        }
        if depth == 0 { endRoot() }
    }

    private mutating func endWord(at offset: Int) {
        switch plan.places[Int(place)].role {
        case .usage where findsNull && word == UInt8(ascii: "n"): notes.nullUsage = member.range(to: offset)
        case .last where word == UInt8(ascii: "t"): notes.isLast = true
        default: break
        }
    }

    /// After the outermost value another may follow.
    private mutating func endRoot() {
        mode = .value
        place = UsagePlan.root
    }

    /// A byte of a number or word that means something, or the one after it.
    private mutating func scalar(_ index: Int, _ byte: UInt8, _ base: Int) -> Int {
        if mode == .inWord ? isLetter(byte) : number.take(byte) { return index + 1 }
        endScalar(at: base + index)
        return index
    }

    /// A byte where a key should begin. Most keys are here to their end, with the colon.
    @inline(__always)
    private mutating func startKey(_ bytes: RawSpan, _ index: Int, _ byte: UInt8, _ base: Int) -> Int {
        guard byte == UInt8(ascii: "\"") else {
            if byte == UInt8(ascii: "}"), mode == .firstKey { close(byte) } else { strange(byte) }
            return index + 1
        }
        mode = .inKey
        keyIsStrange = false
        member.begin(at: base + index)
        let next = key(bytes, index + 1)
        guard mode == .colon, next < bytes.byteCount, bytes.byte(next) == UInt8(ascii: ":") else { return next }
        mode = .value
        return next + 1
    }

    @inline(__always)
    private mutating func colon(_ index: Int, _ byte: UInt8) -> Int {
        if byte == UInt8(ascii: ":") { mode = .value } else { strange(byte) }
        return index + 1
    }

    /// A byte after a value.
    @inline(__always)
    private mutating func afterValue(_ index: Int, _ byte: UInt8, _ base: Int) -> Int {
        if byte == UInt8(ascii: ",") {
            comma(at: base + index)
        } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
            close(byte)
        } else {
            strange(byte)
        }
        return index + 1
    }

    /// A byte that cannot stand where it does, unless it is a space.
    private mutating func strange(_ byte: UInt8) {
        if byte != 0x20 { mode = .broken }
    }

    /// The first byte of a value. A string is most often here to its end.
    @inline(__always)
    private mutating func value(_ bytes: RawSpan, _ index: Int, _ byte: UInt8) -> Int {
        if byte == 0x20 { return index + 1 }
        hasBegun = true
        let here = plan.places[Int(place)]
        if here.role == .choice, byte != UInt8(ascii: "]") { notes.choices += 1 }
        switch byte {
        case UInt8(ascii: "\""):
            startString(here.role)
            return index + 1 < bytes.byteCount ? string(bytes, index + 1) : index + 1
        case UInt8(ascii: "{"), UInt8(ascii: "["): open(byte, here)
        case UInt8(ascii: "]") where mode == .firstElement: close(byte)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "t"), UInt8(ascii: "f"),
            UInt8(ascii: "n"):
            startScalar(byte, here.role)
        default: mode = .broken
        }
        return index + 1
    }

    @inline(__always)
    private mutating func startString(_ role: UsageRole) {
        mode = .inString
        counts = role == .content || role == .contentTree
        if role.rawValue > UsageRole.content.rawValue {
            keepsString =
                keepsNames
                && (role == .finish || (role == .model && model == nil) || (role == .answerID && answerID == nil))
                || role == .kind
            if role == .image { notes.images += 1 }
        }
    }

    @inline(__always)
    private mutating func startScalar(_ byte: UInt8, _ role: UsageRole) {
        if byte >= UInt8(ascii: "a") {
            word = byte
            mode = .inWord
        } else {
            number = NumberReader()
            _ = number.take(byte)
            mode = .inNumber
        }
        if role == .none, depth > 0 { mode = .inNothing }
    }

    private mutating func open(_ byte: UInt8, _ here: UsagePlan.Place) {
        let isArray = byte == UInt8(ascii: "[")
        let role = here.role
        if isArray, role == .choices { notes.choices = 0 }
        if !isArray, role == .usage { notes.hasUsage = true }
        guard isArray ? here.element != 0 : here.lastEdge > here.firstEdge else {
            mode = .skip
            skipDepth = 1
            counts = role == .contentTree
            if counts { notes.contentBytes += 1 }
            return
        }
        stack = stack << 8 | UInt128(isArray ? place | 0x80 : place)
        depth += 1
        mode = isArray ? .firstElement : .firstKey
        if isArray { place = here.element } else { member = MemberPlace() }
    }

    private mutating func comma(at offset: Int) {
        let around = UInt8(truncatingIfNeeded: stack)
        if around & 0x80 != 0 {
            place = plan.places[Int(around & 0x7f)].element
            mode = .value
        } else {
            if member.endsBeforeComma { notes.nullUsage = notes.nullUsage.lowerBound..<(offset + 1) }
            member.comma(at: offset)
            mode = .key
        }
    }

    private mutating func close(_ byte: UInt8) {
        let around = UInt8(truncatingIfNeeded: stack)
        guard (around & 0x80 != 0) == (byte == UInt8(ascii: "]")) else {
            mode = .broken
            return
        }
        stack >>= 8
        depth -= 1
        mode = .comma
        member = MemberPlace()
        if depth == 0 { endRoot() }
    }
}

@inline(__always)
private func isLetter(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") }
