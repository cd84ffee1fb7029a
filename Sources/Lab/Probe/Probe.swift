import Addresses

/// A connection that is tried.
public struct Probe: Hashable, Sendable {
    /// Where it is opened.
    public var source: LabPlace
    /// The address that it comes from; nil: the one that the kernel takes.
    public var sourceAddress: Address?
    /// Where it goes: a pod's address, a Service's, any.
    public var destination: Address
    /// Protocol and port; of ICMP only the request for an echo.
    public var traffic: Traffic

    /// That probe.
    public init(from source: LabPlace, _ sourceAddress: Address? = nil, to destination: Address, _ traffic: Traffic) {
        self.source = source
        self.sourceAddress = sourceAddress
        self.destination = destination
        self.traffic = traffic
    }

    /// Asks whether an address is there.
    public static func echo(_ isIPv4: Bool) -> Traffic {
        isIPv4 ? Traffic(.icmp, icmpType: 8, code: 0) : Traffic(.icmpv6, icmpType: 128, code: 0)
    }
}

/// What became of a probe.
public struct ProbeOutcome: Hashable, Sendable {
    /// The probe.
    public let probe: Probe
    /// What came back.
    public let answer: Answer

    /// That outcome.
    public init(probe: Probe, answer: Answer) {
        self.probe = probe
        self.answer = answer
    }

    /// What came back.
    public enum Answer: Hashable, Sendable {
        /// Somebody listens, and said who he is.
        case answered(String)
        /// Somebody listens, and said nothing.
        case connected
        /// The address was reached, and nobody listens there.
        case refused
        /// Nothing came back in time: something on the way dropped it, or there is no such address.
        case silent
        /// Somebody on the way said that it goes no further, or the kernel did not send it; why.
        case unreachable(String)
        /// It was not tried; why.
        case untried(String)
    }

    /// True when the packets came through, whether somebody listens or not; nil: not tried.
    public var isReached: Bool? {
        switch answer {
        case .answered, .connected, .refused: true
        case .silent, .unreachable: false
        case .untried: nil
        }
    }
}

/// How probes are made.
public struct ProbeOptions: Hashable, Sendable {
    /// How long an answer is waited for, in milliseconds.
    public var timeout: Int
    /// The most probes that run at once.
    public var concurrency: Int

    /// Those options.
    public init(timeout: Int = 300, concurrency: Int = 512) {
        self.timeout = max(timeout, 1)
        self.concurrency = max(concurrency, 1)
    }
}
