import ClusterSource
import Kubernetes

/// How a controller stands, at one moment.
public struct ControllerReport: Sendable {
    /// A Gateway of ours.
    public struct Gateway: Sendable {
        /// Which one.
        public var name: NamespacedName
        /// Pods that are ready.
        public var ready: Int
        /// Where it is reached.
        public var addresses: [String]
        /// Why it is not programmed; nil: it is.
        public var problem: String?
    }

    /// Statuses of objects that were looked at, by what became of them.
    public struct Statuses: Sendable {
        /// They were not as they should be, and are now.
        public var written: UInt64
        /// They were as they should be.
        public var unchanged: UInt64
        /// They are tried again.
        public var failed: UInt64
        /// Still to be looked at.
        public var waiting: Int
    }

    /// Questions of API servers about objects, by answer.
    public struct Admission: Sendable {
        /// Yes.
        public var allowed: UInt64
        /// No.
        public var refused: UInt64
        /// None in time.
        public var unanswered: UInt64
    }

    /// Who it is in the election.
    public var identity: String
    /// Whether it leads.
    public var isLeader: Bool
    /// Who leads, as far as is known; empty: nobody.
    public var leader: String
    /// How well the cluster is known.
    public var health: SourceHealth
    /// What was written.
    public var statuses: Statuses
    /// What was asked.
    public var admission: Admission
    /// False: there is no certificate yet to answer with.
    public var answersAtAdmission: Bool
    /// By name.
    public var gateways: [Gateway]
    /// What is wrong with the certificates of our own parts.
    public var trouble: String?

    /// Why it cannot do its work; none: it can.
    public var obstacles: [String] {
        var all: [String] = []
        if !health.isSynced { all.append("the cluster is not known yet") }
        if !answersAtAdmission { all.append("there is no certificate for admission yet") }
        return all
    }
}
