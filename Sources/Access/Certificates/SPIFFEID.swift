/// The name of a workload as SPIFFE writes it: `spiffe://trust-domain/path`.
///
/// Only the one form that the specification permits is taken, so that comparing bytes is comparing names: nothing is
/// decoded, folded or cut off.
public struct SPIFFEID: Hashable, Sendable, CustomStringConvertible {
    /// The whole of it.
    public let bytes: [UInt8]
    /// Where the path begins, with its slash; `bytes.count` where there is none.
    let pathStart: Int

    /// Why something is no SPIFFE ID.
    public enum Mistake: String, Error, Hashable, Sendable, CaseIterable, CustomStringConvertible {
        case tooLong, scheme, trustDomain, path

        /// Half a sentence: what it must be.
        public var description: String {
            switch self {
            case .tooLong: "must have at most 2048 bytes"
            case .scheme: "must begin with spiffe://"
            case .trustDomain:
                "must name a trust domain of at most 255 characters: a-z, 0-9, '.', '-' and '_', without user or port"
            case .path:
                "must have a path of segments of A-Z, a-z, 0-9, '.', '-' and '_', none of them empty, '.' or '..'"
            }
        }
    }

    static let scheme = Array("spiffe://".utf8)

    /// Reads a SPIFFE ID.
    public init(_ bytes: [UInt8]) throws(Mistake) {
        guard bytes.count <= 2048 else { throw .tooLong }
        guard bytes.starts(with: Self.scheme) else { throw .scheme }
        let rest = bytes[Self.scheme.count...]
        let slash = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        let domain = rest[..<slash]
        guard (1...255).contains(domain.count), domain.allSatisfy(Self.isOfTrustDomain) else { throw .trustDomain }
        guard Self.isPath(rest[slash...]) else { throw .path }
        self.bytes = bytes
        pathStart = slash
    }

    /// Whether bytes claim to be a SPIFFE ID, in whatever case: then they must be a good one.
    static func isClaimed(by bytes: [UInt8]) -> Bool {
        bytes.prefix(7).map { $0 | 0x20 }.elementsEqual("spiffe:".utf8)
    }

    /// `trust-domain`.
    public var trustDomain: String { String(decoding: bytes[Self.scheme.count..<pathStart], as: UTF8.self) }

    /// `/path`, or nothing.
    public var path: String { String(decoding: bytes[pathStart...], as: UTF8.self) }

    /// The whole of it.
    public var description: String { String(decoding: bytes, as: UTF8.self) }

    /// Empty, or segments with a slash in front of each.
    private static func isPath(_ path: ArraySlice<UInt8>) -> Bool {
        guard !path.isEmpty else { return true }
        return path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .allSatisfy { segment in
                !segment.isEmpty && !segment.elementsEqual(".".utf8) && !segment.elementsEqual("..".utf8)
                    && segment.allSatisfy { isOfTrustDomain($0) || (0x41...0x5a).contains($0) }
            }
    }

    private static func isOfTrustDomain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
