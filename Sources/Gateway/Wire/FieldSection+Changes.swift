/// Adding, replacing and removing fields.
///
/// Nothing that is added can end a line: a name that is not a token is refused, a control character in a value becomes
/// a space. Text that lives in this same section must be given as a `ByteRange`, not as a pointer.
extension FieldSection {
    /// Adds a field at the end; false, and nothing added, when `name` is not a token.
    @discardableResult
    package func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) -> Bool {
        let token = WireTables.shared.token
        guard name.count > 0, name.count <= Int(UInt16.max) - 2 else { return false }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: name.count + 2) { prefix in
            for index in 0..<name.count {
                prefix[index] = token[Int(name[index])]
                if prefix[index] == 0 { return false }
            }
            prefix[name.count] = Bytes.colon
            prefix[name.count + 1] = Bytes.space
            let known = FieldTable.recognise(
                UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(prefix)[..<name.count]))
            appendLine(known, UnsafeBufferPointer(prefix), value)
            return true
        }
    }

    /// Adds a field whose name is known; a family of names (`xEnvoy`) has none and is refused.
    @discardableResult
    package func append(_ known: KnownField, _ value: UnsafeRawBufferPointer) -> Bool {
        guard let prefix = WireTables.shared.prefix(known) else { return false }
        appendLine(known, prefix, value)
        return true
    }

    @discardableResult
    package func append(_ known: KnownField, _ value: StaticString) -> Bool {
        append(known, UnsafeRawBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
    }

    /// Adds a field with a value of ours: text without control characters, and without blanks at its ends.
    package func append(_ known: KnownField, own value: StaticString) {
        _ = appendOwn(known, UnsafeRawBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
    }

    /// Replaces all fields of this kind by one with a value of ours.
    package func set(_ known: KnownField, own value: StaticString) {
        remove(known)
        append(known, own: value)
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
            return appendOwn(known, UnsafeRawBufferPointer(rebasing: room[..<count]))
        }
    }

    /// Adds a field with text that this section already holds.
    @discardableResult
    package func append(_ known: KnownField, copying range: ByteRange) -> Bool {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: range.count) { value in
            withBytes(range) { UnsafeMutableRawBufferPointer(value).copyMemory(from: $0) }
            return append(known, UnsafeRawBufferPointer(value))
        }
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

    /// Adds a line with a value of ours, in which nothing has to be looked for.
    private func appendOwn(_ known: KnownField, _ value: UnsafeRawBufferPointer) -> Bool {
        guard let prefix = WireTables.shared.prefix(known) else { return false }
        assert(value.allSatisfy { $0 >= 0x20 && $0 != 0x7F } && Bytes.trimmed(value).count == value.count)
        appendLine(known, prefix, value, isClean: true)
        return true
    }

    /// Adds a line with a value of somebody's: without blanks at its ends, and blanks for control characters.
    private func appendLine(_ known: KnownField, _ prefix: UnsafeBufferPointer<UInt8>, _ text: UnsafeRawBufferPointer) {
        appendLine(known, prefix, Bytes.trimmed(text), isClean: false)
    }

    /// Adds a line of `name: ` and the value, made apart so that the storage grows once.
    private func appendLine(
        _ known: KnownField, _ prefix: UnsafeBufferPointer<UInt8>, _ value: UnsafeRawBufferPointer, isClean: Bool
    ) {
        let start = bytes.count
        let lineEnd = prefix.count + value.count
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: lineEnd + 2) { line in
            let raw = UnsafeMutableRawBufferPointer(line)
            raw.copyMemory(from: UnsafeRawBufferPointer(prefix))
            UnsafeMutableRawBufferPointer(rebasing: raw[prefix.count...]).copyMemory(from: value)
            if !isClean { Self.blankControls(line, prefix.count..<lineEnd) }
            line[lineEnd] = Bytes.cr
            line[lineEnd + 1] = Bytes.lf
            bytes.append(contentsOf: UnsafeBufferPointer(line))
        }
        fields.append(
            Field(
                nameStart: UInt32(start), valueStart: UInt32(start + prefix.count), valueLength: UInt32(value.count),
                nameLength: UInt16(prefix.count - 2), known: known, isWireForm: true))
    }

    private static func blankControls(_ line: UnsafeMutableBufferPointer<UInt8>, _ range: Range<Int>) {
        guard let base = line.baseAddress else { return }
        var index = range.lowerBound
        while true {
            index = Bytes.endOfText(base, from: index, to: range.upperBound)
            guard index < range.upperBound else { return }
            line[index] = Bytes.space
            index += 1
        }
    }
}
