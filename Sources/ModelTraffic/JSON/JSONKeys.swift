/// Finds keys of one object that are equal, or equal but for case.
///
/// Up to `fewKeys` keys are compared with each other by a 32-bit hash. Above, they go into a hash table whose hash is
/// seeded by the process, so that nobody can choose keys that collide: the work stays linear in the text.
struct JSONKeys {
    /// Above so many keys an object gets a table.
    static let fewKeys = 16

    /// How many times one key was compared with another: the only work here that is not one pass over the text.
    private(set) var comparisons = 0
    private var folded: [UInt8] = []
    private var other: [UInt8] = []
    /// Open addressing; upper half hash, lower half entry index + 1; 0 is a free place.
    private var table: [UInt64] = []

    /// The hash of a key, the same for keys that fold to the same text.
    mutating func hash(_ entry: JSONEntry, _ text: Span<UInt8>) -> UInt32 {
        var hash = keyHashStart
        guard !entry.isEscaped else { return slowHash(entry, text) }
        for at in entry.range {
            let byte = text[at]
            if byte >= 0x80 { return slowHash(entry, text) }
            hash = keyHash(hash, byte)
        }
        return hash
    }

    private mutating func slowHash(_ entry: JSONEntry, _ text: Span<UInt8>) -> UInt32 {
        fold(entry, text, into: &folded)
        return folded.reduce(keyHashStart, keyHash)
    }

    /// Throws when two keys of the object at `index` are the same, or the same but for case.
    mutating func check(_ index: Int, _ tape: [JSONEntry], _ text: Span<UInt8>) throws(JSONProblem) {
        if tape[index].count <= Self.fewKeys {
            try checkFew(index, tape, text)
        } else {
            try checkMany(index, tape, text)
        }
    }

    /// Two sets of 64 places tell almost always that a hash is new; only when they do not is it looked for.
    private mutating func checkFew(
        _ index: Int, _ tape: [JSONEntry], _ text: Span<UInt8>
    ) throws(JSONProblem) {
        var seen: (UInt64, UInt64) = (0, 0)
        var key = index + 1
        while key < Int(tape[index].link) {
            let hash = tape[key].link
            let places: (UInt64, UInt64) = (1 << UInt64(hash & 63), 1 << UInt64(hash >> 26))
            if seen.0 & places.0 != 0, seen.1 & places.1 != 0 { try search(index + 1, key, tape, text) }
            seen = (seen.0 | places.0, seen.1 | places.1)
            key = after(key + 1, tape)
        }
    }

    /// Compares the key at `key` with those before it.
    private mutating func search(
        _ first: Int, _ key: Int, _ tape: [JSONEntry], _ text: Span<UInt8>
    ) throws(JSONProblem) {
        var earlier = first
        while earlier < key {
            comparisons += 1
            if tape[earlier].link == tape[key].link { try compare(tape[earlier], tape[key], text) }
            earlier = after(earlier + 1, tape)
        }
    }

    private mutating func checkMany(
        _ index: Int, _ tape: [JSONEntry], _ text: Span<UInt8>
    ) throws(JSONProblem) {
        var size = 64
        while size < tape[index].count * 2 { size *= 2 }
        table.removeAll(keepingCapacity: true)
        table.append(contentsOf: repeatElement(0, count: size))
        var key = index + 1
        while key < Int(tape[index].link) {
            let hash = seededHash(tape[key], text)
            var place = Int(truncatingIfNeeded: hash) & (size - 1)
            while table[place] != 0 {
                comparisons += 1
                if table[place] >> 32 == hash & 0xFFFF_FFFF {
                    try compare(tape[Int(table[place] & 0xFFFF_FFFF) - 1], tape[key], text)
                }
                place = (place + 1) & (size - 1)
            }
            table[place] = hash << 32 | UInt64(key + 1)
            key = after(key + 1, tape)
        }
    }

    private mutating func seededHash(_ entry: JSONEntry, _ text: Span<UInt8>) -> UInt64 {
        fold(entry, text, into: &folded)
        var hasher = Hasher()
        folded.withUnsafeBytes { hasher.combine(bytes: $0) }
        return UInt64(UInt(bitPattern: hasher.finalize()))
    }

    private mutating func compare(_ a: JSONEntry, _ b: JSONEntry, _ text: Span<UInt8>) throws(JSONProblem) {
        fold(a, text, into: &folded)
        fold(b, text, into: &other)
        guard folded == other else { return }
        folded.removeAll(keepingCapacity: true)
        other.removeAll(keepingCapacity: true)
        unescape(a, text, into: &folded)
        unescape(b, text, into: &other)
        // The place of the second key, with its quote.
        throw JSONProblem(code: folded == other ? .duplicateKey : .caseVariantKey, offset: Int(b.start) - 1)
    }

    private func after(_ value: Int, _ tape: [JSONEntry]) -> Int {
        tape[value].isContainer ? Int(tape[value].link) : value + 1
    }
}

/// Begin of the hash of a key.
let keyHashStart: UInt32 = 0x811C_9DC5

/// One byte of a folded key, or of an ASCII key in any case.
@inline(__always)
func keyHash(_ hash: UInt32, _ byte: UInt8) -> UInt32 { (hash ^ UInt32(byte | 0x20)) &* 0x0100_0193 }

/// Replaces `result` by the text of a key without the differences that readers which ignore case do not see.
private func fold(_ entry: JSONEntry, _ text: Span<UInt8>, into result: inout [UInt8]) {
    result.removeAll(keepingCapacity: true)
    unescape(entry, text, into: &result)
    foldCase(&result)
}

/// Lower case, by the rules of Unicode: the long s and the Kelvin sign are an s and a k, because they are to Go.
func foldCase(_ text: inout [UInt8]) {
    var isASCII = true
    for index in text.indices {
        let byte = text[index]
        if byte >= 0x80 { isASCII = false }
        if (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) { text[index] = byte | 0x20 }
    }
    guard !isASCII else { return }
    var folded: [UInt8] = []
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
        if scalar.isASCII || !scalar.properties.changesWhenCaseMapped {
            folded.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        } else {
            // Down, up and down again: some letters meet only on the way.
            let up = scalar.properties.lowercaseMapping.uppercased()
            folded.append(contentsOf: up.lowercased().utf8)
        }
    }
    text = folded
}
