/// The first two messages of an SCTP association, as they are on the wire: kernels without SCTP carry them too, and
/// filters see no difference.
struct SCTPMessage: Hashable {
    /// What the first chunk is.
    enum Kind: UInt8 {
        case initiate = 1
        case acknowledge = 2
        case abort = 6
    }

    let kind: Kind
    let source: UInt16
    let destination: UInt16
    /// The tag of the association, by which the receiver knows it; 0 in an `initiate`.
    let tag: UInt32
    /// The tag that the sender wants to be called by.
    let ownTag: UInt32
    /// What is put into the cookie of an `acknowledge`.
    let cookie: [UInt8]

    init(
        _ kind: Kind, from source: UInt16, to destination: UInt16, tag: UInt32, ownTag: UInt32 = 0, cookie: [UInt8] = []
    ) {
        self.kind = kind
        self.source = source
        self.destination = destination
        self.tag = tag
        self.ownTag = ownTag
        self.cookie = cookie
    }

    /// The message that bytes begin with, whatever their checksum; nil: none of these.
    init?(_ bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        guard bytes.count >= 16, let kind = Kind(rawValue: bytes[12]) else { return nil }
        let number = { (place: Int, size: Int) in bytes[place..<place + size].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        guard kind == .abort || bytes.count >= 32 else { return nil }
        var cookie: [UInt8] = []
        if kind == .acknowledge, bytes.count >= 36, number(32, 2) == 7 {
            let end = min(bytes.count, 32 + max(Int(number(34, 2)), 4))
            cookie = Array(bytes[36..<end])
        }
        self.init(
            kind, from: UInt16(number(0, 2)), to: UInt16(number(2, 2)), tag: number(4, 4),
            ownTag: kind == .abort ? 0 : number(16, 4), cookie: cookie)
    }

    /// What somebody says who listens.
    func acknowledged(ownTag: UInt32, name: String) -> SCTPMessage {
        SCTPMessage(
            .acknowledge, from: destination, to: source, tag: self.ownTag, ownTag: ownTag,
            cookie: Array(name.utf8.prefix(400)))
    }

    /// What is said where nobody listens.
    var refused: SCTPMessage { SCTPMessage(.abort, from: destination, to: source, tag: ownTag) }

    /// The bytes, with their checksum.
    var bytes: [UInt8] {
        var chunk: [UInt8] = []
        if kind != .abort {
            chunk = Self.big(ownTag, 4) + Self.big(65536, 4) + Self.big(1, 2) + Self.big(1, 2) + Self.big(1, 4)
        }
        if kind == .acknowledge {
            // Parameter 7 is the cookie; parameters begin at multiples of four bytes.
            chunk += Self.big(7, 2) + Self.big(UInt32(4 + cookie.count), 2) + cookie
        }
        let length = UInt32(4 + chunk.count)
        chunk += Array(repeating: 0, count: (4 - chunk.count % 4) % 4)
        let head = Self.big(UInt32(source), 2) + Self.big(UInt32(destination), 2) + Self.big(tag, 4)
        var all = head + [0, 0, 0, 0, kind.rawValue, 0] + Self.big(length, 2) + chunk
        let sum = CRC32C.sum(all)
        for index in 0..<4 { all[8 + index] = UInt8(truncatingIfNeeded: sum >> UInt32(8 * index)) }
        return all
    }

    private static func big(_ number: UInt32, _ size: Int) -> [UInt8] {
        (0..<size).map { UInt8(truncatingIfNeeded: number >> UInt32(8 * (size - 1 - $0))) }
    }
}

/// The checksum of SCTP (RFC 9260, appendix A).
enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { start in
        (0..<8).reduce(UInt32(start)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0x82f6_3b78 : sum >> 1 }
    }

    static func sum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
    }
}
