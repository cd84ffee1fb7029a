/// What a rule did with a packet that it logged: the text that stands before the packet in the log.
public enum LoggedVerdict: String, Hashable, Sendable, CaseIterable {
    /// Policies let it through.
    case allowed
    /// Policies about who sent it dropped it.
    case deniedEgress = "denied-egress"
    /// Policies about whom it goes to dropped it.
    case deniedIngress = "denied-ingress"
    /// It was dropped: from or to an address that no pod is known to have.
    case deniedUnknown = "denied-unknown"
    /// It was dropped: it came in by an interface to which its source's address does not belong.
    case deniedSpoofed = "denied-spoofed"

    /// True when it was let through.
    public var isAllowed: Bool { self == .allowed }
}

/// The counters of packets that rules dealt with and did not log, by their names in the kernel.
public enum UnloggedCounter {
    /// Denied packets, of which ones like them had been logged.
    public static let repeats = BaseChains.repeats
    /// Packets, allowed or denied, of which there were too many.
    public static let unseen = BaseChains.unseen
    /// TCP packets from the middle of connections that the kernel does not know.
    public static let strays = BaseChains.strays
}
