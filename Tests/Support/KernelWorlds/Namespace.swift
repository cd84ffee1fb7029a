#if os(Linux)

    import CKernelWorlds
    import Glibc

    /// True when this process may make network namespaces. Tests that need one are skipped where it may not:
    /// `.enabled(if: mayMakeNamespaces, "needs root")`.
    public let mayMakeNamespaces: Bool = (try? inNamespace {}) != nil

    /// Runs a closure in a network namespace of its own, in which `lo` is up and nothing else is.
    ///
    /// Only the calling thread enters the namespace, and it comes back when the closure ends: the rest of the process
    /// stays where it is, and what the closure expects still belongs to the test that runs. Sockets that it opens,
    /// programs and threads that it starts, and `/proc/sys/net` are those of the namespace; `/proc/self/net` is not
    /// (`/proc/thread-self/net` is). The namespace ends with the last socket in it.
    public func inNamespace<R>(_ body: () throws -> R) throws -> R {
        let home = try namespace(of: "thread-self")
        defer { close(home) }
        guard unshare(Int32(new_network_namespace)) == 0 else {
            throw WorldError("cannot make a namespace: \(reason(of: errno))")
        }
        // A thread that stayed would run other tests in a namespace that is not theirs.
        defer { precondition(setns(home, Int32(new_network_namespace)) == 0, "a thread cannot leave its namespace") }
        try bringUpLoopback()
        return try body()
    }

    /// Runs a closure in the network namespace of a process, such as a `Companion` that was started in one of its own.
    public func inNamespace<R>(of process: pid_t, _ body: () throws -> R) throws -> R {
        let home = try namespace(of: "thread-self")
        defer { close(home) }
        let other = try namespace(of: "\(process)")
        defer { close(other) }
        guard setns(other, Int32(new_network_namespace)) == 0 else {
            throw WorldError("cannot enter the namespace of process \(process): \(reason(of: errno))")
        }
        defer { precondition(setns(home, Int32(new_network_namespace)) == 0, "a thread cannot leave its namespace") }
        return try body()
    }

    private func namespace(of process: String) throws -> Int32 {
        let file = Glibc.open("/proc/\(process)/ns/net", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw WorldError("cannot open the namespace of \(process): \(reason(of: errno))") }
        return file
    }

    private func bringUpLoopback() throws {
        try run("ip", "link", "set", "lo", "up")
    }

    /// Why a test world could not be made.
    public struct WorldError: Error, CustomStringConvertible {
        /// One sentence.
        public let description: String
        /// An error that says this.
        public init(_ description: String) { self.description = description }
    }

    /// The words of the system for an error.
    func reason(of errno: Int32) -> String { strerror(errno).map { String(cString: $0) } ?? "error \(errno)" }

#endif
