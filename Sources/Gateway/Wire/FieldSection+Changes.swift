/// Adding, replacing and removing fields.
///
/// Nothing that is added can end a line: a name that is not a token is refused, a control character in a value becomes
/// a space. Text that lives in this same section must be given as a `ByteRange`, not as a pointer.
extension FieldSection {
    /// Adds a field at the end; false, and nothing added, when `name` is not a token.
    @discardableResult
    package func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) -> Bool {
        guard name.count > 0, name.count <= Int(UInt16.max), name.allSatisfy(Bytes.isTokenByte) else { return false }
        let start = bytes.count
        for byte in name { bytes.append(Bytes.token[Int(byte)]) }
        let known = withBytes(ByteRange(start, count: name.count)) { FieldTable.recognise($0) }
        finishLine(known: known, nameStart: start, value: value)
        return true
    }

    /// Adds a field whose name is known; a family of names (`xEnvoy`) has none and is refused.
    @discardableResult
    package func append(_ known: KnownField, _ value: UnsafeRawBufferPointer) -> Bool {
        guard let name = known.name else { return false }
        let start = bytes.count
        store(name)
        finishLine(known: known, nameStart: start, value: value)
        return true
    }

    @discardableResult
    package func append(_ known: KnownField, _ value: StaticString) -> Bool {
        append(known, UnsafeRawBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
    }

    @discardableResult
    package func append(_ known: KnownField, _ value: String) -> Bool {
        var value = value
        return value.withUTF8 { append(known, UnsafeRawBufferPointer($0)) }
    }

    @discardableResult
    package func append(name: StaticString, value: UnsafeRawBufferPointer) -> Bool {
        append(name: UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount), value: value)
    }

    @discardableResult
    package func append(name: String, value: String) -> Bool {
        var name = name
        var value = value
        return name.withUTF8 { name in
            value.withUTF8 { append(name: UnsafeRawBufferPointer(name), value: UnsafeRawBufferPointer($0)) }
        }
    }

    /// Adds a number in decimal.
    @discardableResult
    package func append(_ known: KnownField, _ number: UInt64) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { room in
            let count = DecimalText.write(number, into: room)
            return append(known, UnsafeRawBufferPointer(rebasing: room[..<count]))
        }
    }

    /// Adds a field with text that this section already holds.
    @discardableResult
    package func append(_ known: KnownField, copying range: ByteRange) -> Bool {
        guard let name = known.name else { return false }
        let start = bytes.count
        store(name)
        bytes.append(Bytes.colon)
        bytes.append(Bytes.space)
        let valueStart = bytes.count
        bytes.reserveCapacity(valueStart + range.count + 2)
        for index in range.indices { bytes.append(bytes[index]) }
        endLine(known: known, nameStart: start, valueStart: valueStart)
        return true
    }

    /// Replaces all fields of this kind by one.
    package func set(_ known: KnownField, _ value: UnsafeRawBufferPointer) {
        remove(known)
        append(known, value)
    }

    package func set(_ known: KnownField, _ value: StaticString) {
        remove(known)
        append(known, value)
    }

    package func set(_ known: KnownField, _ value: String) {
        remove(known)
        append(known, value)
    }

    package func set(name: String, value: String) {
        remove(name: name)
        append(name: name, value: value)
    }

    package func remove(_ known: KnownField) {
        fields.removeAll { $0.known == known }
    }

    /// Removes all fields with one of these traits.
    package func removeAll(_ traits: FieldTraits) {
        let table = WireTables.shared.traits
        var kept = 0
        for index in fields.indices {
            guard table[Int(fields[index].known.rawValue)].isDisjoint(with: traits) else { continue }
            if kept != index { fields[kept] = fields[index] }
            kept += 1
        }
        fields.removeLast(fields.count - kept)
    }

    /// Removes all fields with this name, whose letters may be of either case.
    package func remove(name: UnsafeRawBufferPointer) {
        bytes.withUnsafeBytes { all in
            fields.removeAll { field in
                Int(field.nameLength) == name.count
                    && Bytes.equalIgnoringCase(name, lowered: UnsafeRawBufferPointer(rebasing: all[field.name.indices]))
            }
        }
    }

    package func remove(name: String) {
        var name = name
        name.withUTF8 { remove(name: UnsafeRawBufferPointer($0)) }
    }

    package func remove(at index: Int) { fields.remove(at: index) }

    // MARK: Lines

    private func finishLine(known: KnownField, nameStart: Int, value: UnsafeRawBufferPointer) {
        let trimmed = Bytes.trimmed(value)
        bytes.append(Bytes.colon)
        bytes.append(Bytes.space)
        let valueStart = bytes.count
        store(trimmed)
        blankControls(from: valueStart)
        endLine(known: known, nameStart: nameStart, valueStart: valueStart)
    }

    private func endLine(known: KnownField, nameStart: Int, valueStart: Int) {
        let valueLength = bytes.count - valueStart
        bytes.append(Bytes.cr)
        bytes.append(Bytes.lf)
        fields.append(
            Field(
                nameStart: UInt32(nameStart), valueStart: UInt32(valueStart), valueLength: UInt32(valueLength),
                nameLength: UInt16(valueStart - nameStart - 2), known: known, isWireForm: true))
    }

    private func blankControls(from start: Int) {
        bytes.withUnsafeMutableBufferPointer { all in
            guard let base = all.baseAddress else { return }
            var index = start
            while true {
                index = Bytes.endOfText(base, from: index, to: all.count)
                guard index < all.count else { return }
                all[index] = Bytes.space
                index += 1
            }
        }
    }
}
