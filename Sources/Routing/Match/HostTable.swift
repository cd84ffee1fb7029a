/// Which number belongs to a host: exact names, then wildcards from the longest, then any.
struct HostTable: Sendable {
    private var exact = ByteMap()
    /// Keyed by the part after `*`, with its dot: `.example.com`.
    private var wildcards = ByteMap()
    /// Bit n: there is a wildcard with n labels after `*` (63: or more). Only those are looked up.
    private var labelCounts: UInt64 = 0
    private var any: Int32 = -1

    /// The number of a host name as configured (nil: any host); `value` if it had none.
    mutating func findOrInsert(_ hostname: String?, _ value: Int) -> Int {
        guard let hostname else {
            if any < 0 { any = Int32(value) }
            return Int(any)
        }
        guard hostname.hasPrefix("*.") else { return exact.findOrInsert(Array(hostname.utf8), value) }
        let suffix = Array(hostname.utf8.dropFirst())
        labelCounts |= 1 << UInt64(min(63, suffix.count { $0 == UInt8(ascii: ".") }))
        return wildcards.findOrInsert(suffix, value)
    }

    /// Goes through the numbers that fit a host, most specific first.
    struct Cursor {
        fileprivate var stage = 0
        fileprivate var at = 0
        fileprivate var labelsLeft = -1
        init() {}
    }

    /// The next number that fits; nil when there is no more.
    @inline(__always)
    func next(_ cursor: inout Cursor, _ host: UnsafeRawBufferPointer, _ work: inout Work) -> Int? {
        if cursor.stage == 0 {
            cursor.stage = 1
            if let found = exact.find(host, work: &work) { return found }
        }
        if cursor.stage == 1 {
            if let found = nextWildcard(&cursor, host, &work) { return found }
            cursor.stage = 2
        }
        guard cursor.stage == 2 else { return nil }
        cursor.stage = 3
        return any < 0 ? nil : Int(any)
    }

    private func nextWildcard(_ cursor: inout Cursor, _ host: UnsafeRawBufferPointer, _ work: inout Work) -> Int? {
        if labelCounts == 0 { return nil }
        if cursor.labelsLeft < 0 {
            // `*` stands for at least one character: a dot at the very front begins no suffix.
            cursor.at = 1
            cursor.labelsLeft = host.dropFirst().count { $0 == UInt8(ascii: ".") }
        }
        while let dot = host.index(of: UInt8(ascii: "."), from: cursor.at) {
            let labels = cursor.labelsLeft
            cursor.labelsLeft -= 1
            cursor.at = dot + 1
            guard labelCounts & (1 << UInt64(min(63, max(0, labels)))) != 0 else { continue }
            if let found = wildcards.find(host.part(dot..<host.count), work: &work) { return found }
        }
        return nil
    }

    /// The most specific number that fits.
    func first(_ host: UnsafeRawBufferPointer, _ work: inout Work) -> Int? {
        var cursor = Cursor()
        return next(&cursor, host, &work)
    }
}
