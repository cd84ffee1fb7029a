/// What a node's watcher has seen, and what it has not, since it started.
public struct WatcherCounts: Hashable, Sendable {
    /// Packets of the kernel's log that were read.
    public var packets: UInt64 = 0
    /// Of these: let through.
    public var allowed: UInt64 = 0
    /// Of these: dropped by policies about who sent them.
    public var deniedEgress: UInt64 = 0
    /// Of these: dropped by policies about whom they went to.
    public var deniedIngress: UInt64 = 0
    /// Of these: dropped, from or to an address that no pod is known to have.
    public var deniedUnknown: UInt64 = 0
    /// Of these: dropped, from an address that does not belong to the interface.
    public var deniedSpoofed: UInt64 = 0
    /// Of these: logged by a rule that is not ours.
    public var foreign: UInt64 = 0
    /// Of those that were let through: further packets of connections that were on the record already.
    public var allowedAgain: UInt64 = 0

    /// Records of connections that were opened.
    public var opened: UInt64 = 0
    /// Records of denials, those that tell of repeats too.
    public var denials: UInt64 = 0
    /// Records of connections that ended.
    public var closed: UInt64 = 0
    /// Records of connections that were cut.
    public var cut: UInt64 = 0
    /// Connections about which the kernel and the guest list are at odds.
    public var disagreements: UInt64 = 0
    /// Connections that could not be judged.
    public var unjudged: UInt64 = 0
    /// Connections that were let through of which only the connection table told, because their packet was not seen.
    public var unlogged: UInt64 = 0
    /// Connections that ended and of whose beginning there is no record.
    public var endedUnopened: UInt64 = 0

    /// Denied packets that the kernel did not show, because it had shown ones like them.
    public var repeats: UInt64 = 0
    /// Packets that the kernel did not show, because there were too many.
    public var unseen: UInt64 = 0
    /// TCP packets of connections that had been ended, or that the kernel never knew: they are dropped, and not shown.
    public var strays: UInt64 = 0
    /// Packets that the kernel showed and that were lost before they were read.
    public var lost: UInt64 = 0
    /// How often the kernel had no room for packets.
    public var packetOverruns: UInt64 = 0
    /// How often the kernel had no room for beginnings and ends of connections.
    public var eventOverruns: UInt64 = 0
    /// Messages of the kernel that were not understood.
    public var unreadable: UInt64 = 0
    /// Denied packets that are counted on the record of one like them.
    public var deniedAgain: UInt64 = 0
    /// Denied packets that left no record, because there were too many of their source.
    public var deniedUntold: UInt64 = 0
    /// Open connections that were forgotten, because there were too many.
    public var forgotten: UInt64 = 0
    /// Records that were dropped, because the disk was too slow.
    public var recordsDropped: UInt64 = 0
    /// How often the kernel could not be asked: its log, its connection table or its counters.
    public var failures: UInt64 = 0

    /// Connections that are open now, as far as is known.
    public var open = 0

    /// Nothing yet.
    public init() {}
}
