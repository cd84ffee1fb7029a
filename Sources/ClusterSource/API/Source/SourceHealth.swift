import Kubernetes

/// How well a source knows its cluster, kind by kind: for readiness, metrics and conditions.
public struct SourceHealth: Sendable {
    /// How one kind, or one object that is read by its name, stands.
    public enum Standing: String, Hashable, Sendable {
        /// Nothing is known yet.
        case unknown
        /// Known, and kept up to date.
        case following
        /// The cluster does not have the kind; it is waited for.
        case notInstalled
        /// Known as it was, and not up to date: the server cannot be asked. Why is in `problem`.
        case stale
        /// The server says that we may not read it.
        case refused
        /// The server says that we may not read it, and nothing depends on it: an installation grants it on request.
        case declined
    }

    /// One kind, or one object that is read by its name.
    public struct Entry: Sendable {
        /// Kind, as `Kind.group`.
        public let kind: String
        /// What part of it; empty: all.
        public let part: String
        /// How it stands.
        public var standing = Standing.unknown
        /// Seconds since 1970 from when on it stands so.
        public var since: Int64
        /// Objects that are known.
        public var objects = 0
        /// The last problem while there is one; nil: all is well.
        public var problem: String?
        /// Whole lists that were read.
        public var lists: UInt64 = 0
        /// Watches that were begun.
        public var watches: UInt64 = 0
        /// Changes that watches told of.
        public var events: UInt64 = 0
        /// Questions that failed.
        public var failures: UInt64 = 0

        /// One that is not known yet.
        public init(kind: String, part: String, since: Int64) {
            self.kind = kind
            self.part = part
            self.since = since
        }

        /// Seconds since it was up to date last; 0: it is.
        public func age(now: Int64) -> Int64 {
            switch standing {
            case .stale, .refused: max(0, now - since)
            case .unknown, .following, .notInstalled, .declined: 0
            }
        }
    }

    /// All of them, by kind and part.
    public var entries: [Entry]
    /// True once everything that is wanted was read, or is known not to be there: from then on there are snapshots.
    public var isSynced: Bool
    /// Snapshots since the start.
    public var revision: UInt64

    /// A state of a source.
    public init(entries: [Entry], isSynced: Bool, revision: UInt64) {
        self.entries = entries
        self.isSynced = isSynced
        self.revision = revision
    }

    /// How old the oldest of what is known is: seconds since its kind was up to date last; 0: all of it is.
    ///
    /// - Parameter now: seconds since 1970.
    public func age(now: Int64) -> Int64 { entries.map { $0.age(now: now) }.max() ?? 0 }

    /// What is not up to date now, in words; empty: all is well.
    public var problems: [String] {
        entries.compactMap { entry in
            entry.problem.map { "\(entry.kind)\(entry.part.isEmpty ? "" : " \(entry.part)"): \($0)" }
        }
    }
}
