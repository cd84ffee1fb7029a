#if os(Linux)
    import Foundation

    /// Processes that run in the namespaces of a lab.
    enum LabProcesses {
        /// Ends all of them, but for this one: first asked, then made to.
        static func end(in namespaces: [String]) {
            let numbers = Set(
                namespaces.compactMap { NetworkNamespace.number(atPath: "\(NetworkNamespace.folder)/\($0)") })
            for (signal, rounds) in [(SIGTERM, 20), (SIGKILL, 40)] {
                for round in 0..<rounds {
                    let found = list(in: numbers)
                    if found.isEmpty { return }
                    if round == 0 { for process in found { kill(process, signal) } }
                    usleep(50_000)
                }
            }
        }

        /// The numbers of processes whose network is one of these namespaces.
        private static func list(in namespaces: Set<UInt64>) -> [pid_t] {
            let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
            return entries.compactMap { pid_t($0) }.filter { process in
                process != getpid()
                    && NetworkNamespace.number(atPath: "/proc/\(process)/ns/net").map(namespaces.contains) == true
            }
        }
    }
#endif
