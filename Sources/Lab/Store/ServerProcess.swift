#if os(Linux)
    import Foundation

    /// The process that listens for the pods of a lab after the command that made it has ended.
    public enum ServerProcess {
        /// What it prints once every port is open.
        public static let ready = "ready"

        /// Starts a program and waits until it is ready.
        ///
        /// - Parameters:
        ///   - executable: the program; it prints `ready` and closes its output, or says why not on the log.
        ///   - log: the file for what goes wrong.
        /// - Throws: `LabError` when it does not become ready; it has ended then.
        public static func start(
            _ executable: String, _ arguments: [String], log: String
        ) throws(LabError) -> ProcessMark {
            let process = Process()
            process.executableURL = URL(filePath: executable)
            process.arguments = arguments
            let output = Pipe()
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = output
            guard FileManager.default.createFile(atPath: log, contents: nil, attributes: [.posixPermissions: 0o600]),
                let errors = FileHandle(forWritingAtPath: log)
            else { throw LabError(.system, "cannot write \(log)") }
            process.standardError = errors
            do {
                try process.run()
            } catch {
                throw LabError(.system, "cannot start \(executable): \(error.localizedDescription)")
            }
            let said = (try? output.fileHandleForReading.readToEnd()) ?? nil
            guard String(decoding: said ?? Data(), as: UTF8.self) == ready + "\n",
                let start = startTime(process.processIdentifier)
            else {
                process.terminate()
                process.waitUntilExit()
                let lines = ((try? String(contentsOfFile: log, encoding: .utf8)) ?? "").split(separator: "\n")
                let why = lines.first { $0.hasPrefix("error: ") }?.dropFirst(7) ?? lines.last ?? "it ended"
                throw LabError(.system, "nobody listens for the pods: \(why)")
            }
            return ProcessMark(number: process.processIdentifier, start: start)
        }

        /// True when that very process runs.
        public static func isRunning(_ process: ProcessMark) -> Bool { startTime(process.number) == process.start }

        /// Ends that process, and waits until it is gone.
        static func end(_ process: ProcessMark) {
            for (signal, rounds) in [(SIGTERM, 40), (SIGKILL, 40)] {
                for round in 0..<rounds where isRunning(process) {
                    if round == 0 { kill(process.number, signal) }
                    usleep(25_000)
                }
            }
        }

        /// When a process was started, in ticks; nil: there is none, or it has ended and nobody has asked for it yet.
        static func startTime(_ number: Int32) -> UInt64? {
            guard let text = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8),
                // The second field is the program's name in brackets, with anything in it.
                let bracket = text.lastIndex(of: ")")
            else { return nil }
            let fields = text[text.index(after: bracket)...].split(separator: " ")
            guard fields.count > 19, fields[0] != "Z" else { return nil }
            return UInt64(fields[19])
        }
    }
#endif
