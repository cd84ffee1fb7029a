#if os(Linux)

    import Glibc

    /// What the kernel notes about flows, for this network namespace: off unless somebody turns it on.
    public enum ConntrackSettings: String, CaseIterable, Sendable {
        /// Packets and bytes of each flow.
        case counters = "nf_conntrack_acct"
        /// When each flow began and ended.
        case times = "nf_conntrack_timestamp"
        /// The end of each flow, also when nobody listened at its beginning.
        case events = "nf_conntrack_events"

        /// What became of a setting.
        public struct Result: Hashable, Sendable, CustomStringConvertible {
            /// The setting.
            public let setting: ConntrackSettings
            /// What it was; nil when that could not be read.
            public let before: Int?
            /// Why it is not on; nil when it is.
            public let problem: String?

            /// True when it is on now.
            public var isOn: Bool { problem == nil }

            /// `net.netfilter.nf_conntrack_acct is on`.
            public var description: String {
                "net.netfilter.\(setting.rawValue) " + (problem.map { "cannot be turned on: \($0)" } ?? "is on")
            }
        }

        /// Turns on all settings. They hold for flows that begin later.
        ///
        /// - Parameter folder: where `/proc/sys/net` can be written to; in a container that is somewhere else.
        public static func turnOn(below folder: String = "/proc/sys/net") -> [Result] {
            allCases.map { $0.turnOn(in: folder + "/netfilter") }
        }

        /// Turns on this setting.
        public func turnOn() -> Result { turnOn(in: "/proc/sys/net/netfilter") }

        /// Turns on this setting, which is a file of that folder.
        func turnOn(in folder: String) -> Result {
            let path = "\(folder)/\(rawValue)"
            let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { return Result(setting: self, before: nil, problem: reason(of: errno)) }
            let before = Self.number(in: file)
            close(file)
            if before == 1 { return Result(setting: self, before: 1, problem: nil) }
            return Result(setting: self, before: before, problem: Self.writeOne(to: path))
        }

        private static func number(in file: Int32) -> Int? {
            var bytes = [UInt8](repeating: 0, count: 16)
            let count = retrying { read(file, &bytes, bytes.count) }
            guard count > 0 else { return nil }
            return Int(String(decoding: bytes[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
        }

        /// - Returns: why it did not work.
        private static func writeOne(to path: String) -> String? {
            let file = Glibc.open(path, O_WRONLY | O_CLOEXEC)
            guard file >= 0 else { return reason(of: errno) }
            defer { close(file) }
            return retrying { write(file, "1\n", 2) } == 2 ? nil : reason(of: errno)
        }
    }

#endif
