#if os(Linux)
    import Foundation

    /// Programs of the system that a lab is put together with.
    enum Programs {
        /// What a program left.
        struct Ending: Sendable {
            let status: Int32
            let output: String
        }

        private static let folders = ["/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/local/bin"]

        /// Where a program is; nil: it is not installed.
        static func find(_ name: String) -> String? {
            folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
        }

        /// True when this machine has a program: by its path, or by its name.
        static func isThere(_ name: String) -> Bool {
            name.hasPrefix("/")
                ? FileManager.default.isExecutableFile(atPath: name) : !name.contains("/") && find(name) != nil
        }

        /// Runs a program to its end.
        ///
        /// - Parameter input: what it reads.
        /// - Returns: its status, and what it printed on both streams.
        /// - Throws: `LabError` when it is not installed or cannot be started.
        static func run(_ name: String, _ arguments: [String], input: String = "") throws(LabError) -> Ending {
            guard let path = find(name) else {
                throw LabError(.unavailable, "`\(name)` is not installed", advice: "a lab needs it: \(package(name))")
            }
            let process = Process()
            process.executableURL = URL(filePath: path)
            process.arguments = arguments
            let output = Pipe()
            let feed = Pipe()
            process.standardInput = feed
            process.standardOutput = output
            process.standardError = output
            do {
                try process.run()
            } catch {
                throw LabError(.system, "cannot start \(path): \(error.localizedDescription)")
            }
            // Fed by another thread: a program that prints before it has read everything would wait for us.
            Thread.detachNewThread {
                // One that ends early must not end us: the signal for that waits for this thread, and goes with it.
                var signals = sigset_t()
                sigemptyset(&signals)
                sigaddset(&signals, SIGPIPE)
                pthread_sigmask(SIG_BLOCK, &signals, nil)
                try? feed.fileHandleForWriting.write(contentsOf: Data(input.utf8))
                try? feed.fileHandleForWriting.close()
            }
            let printed = (try? output.fileHandleForReading.readToEnd()) ?? nil
            process.waitUntilExit()
            return Ending(status: process.terminationStatus, output: String(decoding: printed ?? Data(), as: UTF8.self))
        }

        /// The same; anything but success is thrown, with the first line that the program printed.
        static func require(
            _ name: String, _ arguments: [String], input: String = "", to purpose: String
        ) throws(LabError) {
            let ending = try run(name, arguments, input: input)
            guard ending.status != 0 else { return }
            let lines = ending.output.split(whereSeparator: \.isNewline).map(String.init)
            let line = lines.first ?? "status \(ending.status)"
            throw LabError(.system, "cannot \(purpose): \(name): \(line)\(failedLine(lines, input))")
        }

        /// `ip -batch` names the line that failed by its number.
        private static func failedLine(_ lines: [String], _ input: String) -> String {
            guard let mark = lines.first(where: { $0.hasPrefix("Command failed -:") }),
                let number = mark.split(separator: ":").last.flatMap({ Int($0) })
            else { return "" }
            let all = input.split(separator: "\n", omittingEmptySubsequences: false)
            return all.indices.contains(number - 1) ? " (\(all[number - 1]))" : ""
        }

        private static func package(_ name: String) -> String {
            name == "ip" ? "Debian's package is iproute2" : "Debian's package is nftables"
        }
    }
#endif
