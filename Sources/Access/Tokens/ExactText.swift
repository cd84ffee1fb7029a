/// A text that is compared byte by byte.
///
/// Swift's strings are equal when Unicode holds them for the same, however they are encoded. Who a caller is must not
/// depend on that: two names that an issuer tells apart are two names here.
public struct ExactText: Hashable, Sendable, CustomStringConvertible {
    /// The UTF-8 of the text.
    public let bytes: [UInt8]

    /// The text as it is written.
    public init(_ text: String) {
        bytes = Array(text.utf8)
    }

    init(bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
    }

    /// The text.
    public var description: String { String(decoding: bytes, as: UTF8.self) }
}

extension ExactText: Comparable {
    /// By bytes.
    public static func < (a: Self, b: Self) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }
}
