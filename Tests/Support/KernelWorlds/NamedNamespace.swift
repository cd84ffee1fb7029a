#if os(Linux)

    import CKernelWorlds
    import Glibc

    /// Runs a closure in a network namespace that has a name, as `ip netns` keeps it; the thread comes back after that.
    public func inNamespace<R>(named name: String, _ body: () throws -> R) throws -> R {
        let home = Glibc.open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
        guard home >= 0 else { throw WorldError("cannot open the namespace of this thread: \(reason(of: errno))") }
        defer { close(home) }
        let place = Glibc.open("/run/netns/\(name)", O_RDONLY | O_CLOEXEC)
        guard place >= 0 else { throw WorldError("there is no namespace \(name): \(reason(of: errno))") }
        defer { close(place) }
        guard setns(place, Int32(new_network_namespace)) == 0 else {
            throw WorldError("cannot enter the namespace \(name): \(reason(of: errno))")
        }
        defer { precondition(setns(home, Int32(new_network_namespace)) == 0, "a thread cannot leave its namespace") }
        return try body()
    }

#endif
