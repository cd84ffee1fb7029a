import Addresses
import Synchronization

/// What is known of a caller's connection once it is open; the same for all of its requests.
final class ConnectionFacts {
    let source: Address
    let sourcePort: Int
    /// The same as text, made once.
    let sourceText: String
    /// Server name that the caller asked for in its handshake.
    let serverNameBytes: [UInt8]?
    /// The port that the caller reached.
    let port: Int
    /// Set when the connection is encrypted.
    let tls: TLSSession?
    /// The connection is encrypted.
    let isSecure: Bool
    /// The limits of the port when the connection was made.
    let limits: ConnectionLimits
    /// HTTP/2 without TLS is understood here.
    let allowsPriorKnowledge: Bool
    /// The connection's place among those that the port allows.
    let slot: ConnectionSlot

    init(
        source: Address, sourcePort: Int, port: Int, tls: TLSSession?, limits: ConnectionLimits,
        allowsPriorKnowledge: Bool, slot: ConnectionSlot
    ) {
        self.source = source
        self.sourcePort = sourcePort
        self.port = port
        self.tls = tls
        isSecure = tls != nil
        self.limits = limits
        self.allowsPriorKnowledge = allowsPriorKnowledge
        self.slot = slot
        sourceText = source.description
        serverNameBytes = tls?.serverName.map { Array($0.text.utf8) }
    }
}

/// Limits in the units that the connection needs them in.
final class ConnectionLimits: Sendable {
    let limits: Limits
    let wire: WireLimits
    let headerNanoseconds: UInt64
    let idleNanoseconds: UInt64
    let requestNanoseconds: UInt64
    let streamIdleNanoseconds: UInt64

    init(_ limits: Limits) {
        self.limits = limits
        wire = WireLimits(limits)
        headerNanoseconds = UInt64(limits.headerTimeout) * 1_000_000
        idleNanoseconds = UInt64(limits.idleTimeout) * 1_000_000
        requestNanoseconds = UInt64(limits.requestTimeout) * 1_000_000
        streamIdleNanoseconds = UInt64(limits.streamIdleTimeout) * 1_000_000
    }
}

/// Counts the connections of one port over all event loops.
final class ConnectionCounter: Sendable {
    private let count = Atomic<Int>(0)

    /// A place, or nil when all are taken.
    func take(limit: Int) -> ConnectionSlot? {
        if count.add(1, ordering: .relaxed).newValue > limit {
            count.subtract(1, ordering: .relaxed)
            return nil
        }
        return ConnectionSlot(self)
    }

    fileprivate func release() { count.subtract(1, ordering: .relaxed) }
}

/// One connection's place; given back once.
final class ConnectionSlot: Sendable {
    private let counter: ConnectionCounter
    private let isTaken = Atomic<Bool>(true)

    fileprivate init(_ counter: ConnectionCounter) { self.counter = counter }

    /// Gives the place back; later calls do nothing.
    func release() {
        if isTaken.exchange(false, ordering: .relaxed) { counter.release() }
    }

    deinit { release() }
}

extension WireLimits {
    /// What the parser needs of a listener's limits.
    init(_ limits: Limits) {
        self.init(headBytes: limits.headerBytes, fields: limits.headerCount, targetBytes: limits.uriBytes)
    }
}
