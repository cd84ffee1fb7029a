/// How much of a message's head the gateway is willing to read. A caller that goes over gets 414 or 431.
package struct WireLimits: Sendable, Equatable {
    /// The whole head with its line ends, in bytes. For HTTP/2 the sum of names, values and 32 for each field.
    package var headBytes: Int
    /// Number of fields; for HTTP/2 each piece of a cookie counts.
    package var fields: Int
    /// The request target as sent, in bytes.
    package var targetBytes: Int
    /// One field's value, in bytes.
    package var valueBytes: Int
    /// All trailer lines together, in bytes.
    package var trailerBytes: Int
    /// One chunk's extensions, in bytes; they are read over and dropped.
    package var chunkExtensionBytes: Int
    /// Whether bytes above 0x7F may stand in values (they are opaque to us; they never may in names).
    package var allowsObsoleteText: Bool

    package init(
        headBytes: Int = 64 << 10, fields: Int = 100, targetBytes: Int = 8 << 10, valueBytes: Int = 32 << 10,
        trailerBytes: Int = 8 << 10, chunkExtensionBytes: Int = 256, allowsObsoleteText: Bool = true
    ) {
        self.headBytes = min(max(headBytes, 64), 1 << 24)
        self.fields = max(fields, 1)
        self.targetBytes = max(targetBytes, 1)
        self.valueBytes = max(valueBytes, 1)
        self.trailerBytes = max(trailerBytes, 0)
        self.chunkExtensionBytes = max(chunkExtensionBytes, 0)
        self.allowsObsoleteText = allowsObsoleteText
    }

    package static let standard = WireLimits()
}
