#if os(Linux)
    import Foundation
    import Synchronization

    /// Commands that run in the namespaces of pods. One that ends is not started again.
    final class PodCommands: Sendable {
        private let processes: Mutex<[Process]>

        /// Starts all of them.
        init(_ plan: LabPlan, logs: String?) throws(LabError) {
            var started: [Process] = []
            do throws(LabError) {
                for pod in plan.pods {
                    for command in pod.commands {
                        started.append(
                            try Self.start(
                                command, pod.namespace,
                                log: logs.map { "\($0)/\(pod.name.namespace).\(pod.name.name).log" }))
                    }
                }
            } catch {
                Self.end(started)
                throw error
            }
            processes = Mutex(started)
        }

        func stop() {
            let all = processes.withLock { all in
                defer { all = [] }
                return all
            }
            Self.end(all)
        }

        private static func start(
            _ command: [String], _ namespace: String, log: String?
        ) throws(LabError) -> Process {
            guard let ip = Programs.find("ip") else { throw LabError(.unavailable, "`ip` is not installed") }
            let process = Process()
            process.executableURL = URL(filePath: ip)
            process.arguments = ["netns", "exec", namespace] + command
            process.standardInput = FileHandle.nullDevice
            let output = try log.map { path throws(LabError) in try Self.append(to: path) } ?? FileHandle.nullDevice
            process.standardOutput = output
            process.standardError = output
            do {
                try process.run()
            } catch {
                throw LabError(.system, "cannot start \(ip): \(error.localizedDescription)")
            }
            return process
        }

        private static func append(to path: String) throws(LabError) -> FileHandle {
            let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else {
                throw LabError(.system, "cannot open \(path): \(SystemText.describe(errno))")
            }
            return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        }

        /// First asked, then made to.
        private static func end(_ processes: [Process]) {
            for process in processes where process.isRunning { process.terminate() }
            for _ in 0..<40 where processes.contains(where: \.isRunning) { usleep(25_000) }
            for process in processes where process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }
    }
#endif
