/// Finds the `KnownField` of a lower-case name: one hash of four bytes, one slot, one comparison.
///
/// The table is made once and only read after that.
package enum FieldTable {
    private static let slotCount = 1024

    private struct Entry {
        var start: UInt16
        var length: UInt8
        var known: KnownField
    }

    private struct Storage {
        /// All names, one after the other.
        var names: [UInt8] = []
        var slots: [Entry]
        var traits: [FieldTraits] = KnownField.allCases.map(\.declaredTraits)

        init() {
            slots = Array(repeating: Entry(start: 0, length: 0, known: .other), count: slotCount)
            for known in KnownField.allCases {
                guard let name = known.name else { continue }
                let bytes = name.withUTF8Buffer { Array($0) }
                let start = UInt16(names.count)
                names.append(contentsOf: bytes)
                var slot = bytes.withUnsafeBytes { hash(UnsafeRawBufferPointer($0)) }
                while slots[slot].length != 0 { slot = (slot + 1) & (slotCount - 1) }
                slots[slot] = Entry(start: start, length: UInt8(bytes.count), known: known)
            }
        }
    }

    private static let storage = Storage()

    @inline(__always)
    private static func hash(_ name: UnsafeRawBufferPointer) -> Int {
        let count = name.count
        let mix =
            count &* 131 &+ Int(name[0]) &* 17 &+ Int(name[count - 1]) &* 29 &+ Int(name[count >> 1]) &* 71
            &+ Int(name[count >> 2]) &* 7
        return (mix ^ (mix >> 8)) & (slotCount - 1)
    }

    /// The field that `name` (already in lower case) stands for.
    static func recognise(_ name: UnsafeRawBufferPointer) -> KnownField {
        guard name.count > 0 else { return .other }
        let exact = lookUp(name)
        return exact != .other ? exact : family(name)
    }

    /// What the field may do.
    @inline(__always)
    package static func traits(_ known: KnownField) -> FieldTraits { storage.traits[Int(known.rawValue)] }

    @inline(__always)
    private static func lookUp(_ name: UnsafeRawBufferPointer) -> KnownField {
        var slot = hash(name)
        while true {
            let entry = storage.slots[slot]
            if entry.length == 0 { return .other }
            if Int(entry.length) == name.count, equals(entry, name) { return entry.known }
            slot = (slot + 1) & (slotCount - 1)
        }
    }

    @inline(__always)
    private static func equals(_ entry: Entry, _ name: UnsafeRawBufferPointer) -> Bool {
        storage.names.withUnsafeBytes { names in
            Bytes.equal(
                UnsafeRawBufferPointer(rebasing: names[Int(entry.start)..<Int(entry.start) + name.count]), name)
        }
    }

    /// Families of names known by how they begin, and names that only differ by `_` for `-`.
    private static func family(_ name: UnsafeRawBufferPointer) -> KnownField {
        if let underscored = Bytes.firstIndex(of: UInt8(ascii: "_"), in: name) {
            return isDisguise(name, firstUnderscore: underscored) ? .disguised : .other
        }
        return family(ofDashed: name)
    }

    private static func family(ofDashed name: UnsafeRawBufferPointer) -> KnownField {
        guard name.count > 6, name[0] == UInt8(ascii: "x"), name[1] == UInt8(ascii: "-") else { return .other }
        if Bytes.hasPrefix(name, "x-forwarded") { return .xForwardedOther }
        if Bytes.hasPrefix(name, "x-sallyport") { return .xSallyport }
        if Bytes.hasPrefix(name, "x-envoy-") { return .xEnvoy }
        if Bytes.hasPrefix(name, "x-gateway-") { return .xGateway }
        if Bytes.hasPrefix(name, "x-user-") || Bytes.hasPrefix(name, "x-auth-request-") { return .xUser }
        if Bytes.equal(name, "x-original-url") || Bytes.equal(name, "x-rewrite-url")
            || Bytes.equal(name, "x-original-host") || Bytes.equal(name, "x-original-method")
        {
            return .xOriginal
        }
        if Bytes.equal(name, "x-http-method-override") || Bytes.equal(name, "x-http-method")
            || Bytes.equal(name, "x-method-override")
        {
            return .xMethodOverride
        }
        return .other
    }

    /// Servers in the manner of CGI turn both `-` and `_` into `_`, so that `x_forwarded_for` would arrive as the
    /// field that we removed. A name is a disguise when, written with dashes, it is one that has rules.
    private static func isDisguise(_ name: UnsafeRawBufferPointer, firstUnderscore: Int) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: name.count, alignment: 1) { dashed in
            dashed.copyMemory(from: name)
            for index in firstUnderscore..<dashed.count where dashed[index] == UInt8(ascii: "_") {
                dashed[index] = UInt8(ascii: "-")
            }
            let plain = UnsafeRawBufferPointer(dashed)
            let exact = lookUp(plain)
            let meant = exact != .other ? exact : family(ofDashed: plain)
            return !traits(meant).isEmpty
        }
    }
}
