/// A run of TCP, UDP or SCTP ports, both ends included.
public struct PortRange: Hashable, Sendable, CustomStringConvertible {
    /// The lowest port.
    public let first: UInt16
    /// The highest port, never below `first`.
    public let last: UInt16

    /// Every port, 0 included.
    public static let all = PortRange(unchecked: 0, .max)

    /// One port.
    public init(_ port: UInt16) { self.init(unchecked: port, port) }

    /// Ports from `first` to `last`; nil when they are in the wrong order.
    public init?(_ first: UInt16, _ last: UInt16) {
        guard first <= last else { return nil }
        self.init(unchecked: first, last)
    }

    private init(unchecked first: UInt16, _ last: UInt16) {
        self.first = first
        self.last = last
    }

    /// `80` or `8000-8080`, decimal without leading zeros; nil for everything else.
    public init?(_ text: String) {
        let parts = Array(text.utf8)[...].split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        let ports = parts.compactMap { decimal($0, max: Int(UInt16.max)) }.map { UInt16($0) }
        guard (1...2).contains(parts.count), ports.count == parts.count else { return nil }
        self.init(ports[0], ports[ports.count - 1])
    }

    /// True when the port is in the range.
    public func contains(_ port: UInt16) -> Bool { first <= port && port <= last }

    /// True when a port is in both.
    public func overlaps(_ other: PortRange) -> Bool { first <= other.last && other.first <= last }

    /// `80` or `8000-8080`.
    public var description: String { first == last ? "\(first)" : "\(first)-\(last)" }
}
