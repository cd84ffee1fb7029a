/// Walks over the text of one head, which ends with an empty line, and puts names in lower case in place.
struct HeadReader {
    private let base: UnsafeMutablePointer<UInt8>
    /// The index after the empty line that ends the head.
    let end: Int
    var position = 0
    let tables = WireTables.shared

    init(_ text: UnsafeMutableBufferPointer<UInt8>) {
        precondition(text.count >= 4 && text[text.count - 1] == Bytes.lf, "a head ends with an empty line")
        base = text.baseAddress.unsafelyUnwrapped
        end = text.count
    }

    @inline(__always)
    subscript(index: Int) -> UInt8 {
        precondition(index >= 0 && index < end)
        return base[index]
    }

    func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        precondition(range.lowerBound >= 0 && range.upperBound <= end)
        return UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count)
    }

    func mutableSlice(_ range: Range<Int>) -> UnsafeMutableBufferPointer<UInt8> {
        precondition(range.lowerBound >= 0 && range.upperBound <= end)
        return UnsafeMutableBufferPointer(start: base + range.lowerBound, count: range.count)
    }

    /// Moves over bytes that `table`, one of `WireTables`, allows.
    @inline(__always)
    mutating func skip(while table: UnsafePointer<UInt8>) {
        let base = base
        var index = position
        while table[Int(base[index])] != 0 { index &+= 1 }
        position = index
    }

    /// Moves over one token and puts it in lower case.
    @inline(__always)
    private mutating func skipLoweredToken() {
        // Locals, since a store through a pointer makes the compiler load every property again. The line feed at the
        // end of the text is in no table and stops the walk.
        let (token, base) = (tables.token, base)
        var index = position
        while true {
            let byte = token[Int(base[index])]
            if byte == 0 { break }
            base[index] = byte
            index &+= 1
        }
        position = index
    }

    /// Moves over a line end.
    @inline(__always)
    mutating func expectLineEnd() throws(Rejection) {
        guard position &+ 1 < end else { throw .badFieldLine }
        guard base[position] == Bytes.cr, base[position &+ 1] == Bytes.lf else {
            throw lineRejection(at: position)
        }
        position &+= 2
    }

    /// Why the byte at `index`, which cannot be part of a line, is wrong.
    func lineRejection(at index: Int) -> Rejection {
        switch self[index] {
        case Bytes.cr: .bareCR
        case Bytes.lf: .bareLF
        case 0x20..., Bytes.tab: .badFieldLine
        default: .controlCharacter
        }
    }

    /// Reads all fields up to the empty line, which must be the end of the text.
    mutating func readFields(
        into fields: inout [Field], limits: WireLimits, notes: inout FieldNotes
    ) throws(Rejection) {
        while self[position] != Bytes.cr {
            guard fields.count < limits.fields else { throw .tooManyFields }
            let field = try readField(limits)
            try notes.note(field.known)
            fields.append(field)
        }
        try expectLineEnd()
        guard position == end else { throw .badFieldLine }
    }

    @inline(__always)
    private mutating func readField(_ limits: WireLimits) throws(Rejection) -> Field {
        let (base, end) = (base, end)
        let nameStart = position
        skipLoweredToken()
        let nameEnd = position
        guard nameEnd > nameStart, nameEnd < end, base[nameEnd] == Bytes.colon else {
            throw nameRejection(from: nameStart)
        }
        guard nameEnd - nameStart <= Int(UInt16.max) else { throw .fieldTooLarge }
        var valueStart = nameEnd &+ 1
        while valueStart < end, Bytes.isBlank(base[valueStart]) { valueStart &+= 1 }
        let lineEnd = Bytes.endOfText(base, from: valueStart, to: end)
        position = lineEnd
        try expectLineEnd()
        var valueEnd = lineEnd
        while valueEnd > valueStart, Bytes.isBlank(base[valueEnd &- 1]) { valueEnd &-= 1 }
        let length = valueEnd &- valueStart
        guard length <= limits.valueBytes else { throw .fieldTooLarge }
        if !limits.allowsObsoleteText, slice(valueStart..<valueEnd).contains(where: { $0 >= 0x80 }) {
            throw .obsoleteText
        }
        let isWireForm = valueStart == nameEnd &+ 2 && base[nameEnd &+ 1] == Bytes.space && valueEnd == lineEnd
        return Field(
            nameStart: UInt32(truncatingIfNeeded: nameStart), valueStart: UInt32(truncatingIfNeeded: valueStart),
            valueLength: UInt32(truncatingIfNeeded: length),
            nameLength: UInt16(truncatingIfNeeded: nameEnd &- nameStart),
            known: FieldTable.recognise(slice(nameStart..<nameEnd), tables), isWireForm: isWireForm)
    }

    /// Why the text at `start` is not `name:`.
    private func nameRejection(from start: Int) -> Rejection {
        guard position < end else { return .badFieldLine }
        let byte = self[position]
        if position == start {
            if Bytes.isBlank(byte) { return .obsoleteFolding }
            return byte == Bytes.colon ? .badFieldName : nameByteRejection(byte)
        }
        return Bytes.isBlank(byte) ? .spaceBeforeColon : nameByteRejection(byte)
    }

    private func nameByteRejection(_ byte: UInt8) -> Rejection {
        switch byte {
        case Bytes.cr: position + 1 < end && self[position + 1] == Bytes.lf ? .badFieldLine : .bareCR
        case Bytes.lf: .bareLF
        case 0..<0x20, 0x7F: .controlCharacter
        default: .badFieldName
        }
    }
}

/// Which fields a section has, gathered while it is read.
struct FieldNotes {
    private var seen: UInt128 = 0
    /// Whether a second field of a kind of which there must be one is refused (requests), or only a second
    /// Content-Length or Transfer-Encoding (responses).
    let strict: Bool

    init(strict: Bool) { self.strict = strict }

    func has(_ known: KnownField) -> Bool { seen & (1 &<< UInt128(truncatingIfNeeded: known.rawValue)) != 0 }

    @inline(__always)
    mutating func note(_ known: KnownField) throws(Rejection) {
        guard known != .other else { return }
        let bit: UInt128 = 1 &<< UInt128(truncatingIfNeeded: known.rawValue)
        if seen & bit != 0 { try refuseSecond(known) }
        seen |= bit
    }

    private func refuseSecond(_ known: KnownField) throws(Rejection) {
        switch known {
        case .contentLength: throw .duplicateContentLength
        case .transferEncoding: throw .badTransferEncoding
        case .host where strict: throw .duplicateHost
        default: if strict, FieldTable.traits(known).contains(.single) { throw .duplicateField }
        }
    }
}
