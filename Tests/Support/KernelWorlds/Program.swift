#if os(Linux)

    import Glibc

    /// What a program left behind.
    public struct Outcome: Sendable {
        /// Its exit status; 128 and more when a signal ended it.
        public let status: Int32
        /// What it wrote.
        public let output: String
        /// What it complained about.
        public let errors: String
    }

    /// Runs a program to its end, in the namespace of the calling thread, and throws when it fails.
    /// - Returns: what it wrote.
    @discardableResult
    public func run(_ program: String, _ arguments: String..., input: String = "") throws -> String {
        let outcome = try attempt(program, arguments, input: input)
        guard outcome.status == 0 else {
            let words = ([program] + arguments).joined(separator: " ")
            throw WorldError("\(words): exit \(outcome.status): \(outcome.errors)\(outcome.output)")
        }
        return outcome.output
    }

    /// Runs a program to its end, in the namespace of the calling thread.
    public func attempt(_ program: String, _ arguments: [String], input: String = "") throws -> Outcome {
        let streams = [try namelessFile(input), try namelessFile(""), try namelessFile("")]
        defer { for stream in streams { close(stream) } }
        let child = try spawn(program, arguments, streams: streams)
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { throw WorldError("waitpid: \(reason(of: errno))") }
        }
        let signal = status & 0x7f
        return Outcome(
            status: signal == 0 ? (status >> 8) & 0xff : 128 + signal, output: contents(of: streams[1]),
            errors: contents(of: streams[2]))
    }

    /// A program that runs beside the test.
    public final class Companion {
        /// Its number.
        public let process: pid_t
        private let streams: [Int32]

        /// Starts it, in the namespace of the calling thread.
        public init(_ program: String, _ arguments: String...) throws {
            streams = [try namelessFile(""), try namelessFile(""), try namelessFile("")]
            process = try spawn(program, arguments, streams: streams)
        }

        /// What it has written so far.
        public var output: String { contents(of: streams[1]) }
        /// What it has complained about so far.
        public var errors: String { contents(of: streams[2]) }

        deinit {
            kill(process, SIGKILL)
            waitpid(process, nil, 0)
            for stream in streams { close(stream) }
        }
    }

    /// Starts a program with these three files as its streams.
    private func spawn(_ program: String, _ arguments: [String], streams: [Int32]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, stream) in streams.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, stream, Int32(number))
        }
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child = pid_t()
        let code = posix_spawnp(&child, program, &actions, nil, &words, environ)
        guard code == 0 else { throw WorldError("cannot start \(program): \(reason(of: code))") }
        return child
    }

    /// A file without a name: a pipe could fill up, and would need somebody who reads.
    private func namelessFile(_ text: String) throws -> Int32 {
        var path = Array("/tmp/kernel-world-XXXXXX".utf8CString)
        let file = mkstemp(&path)
        guard file >= 0 else { throw WorldError("mkstemp: \(reason(of: errno))") }
        unlink(path)
        _ = fcntl(file, F_SETFD, FD_CLOEXEC)
        let bytes = Array(text.utf8)
        guard pwrite(file, bytes, bytes.count, 0) == bytes.count else {
            throw WorldError("cannot write the input: \(reason(of: errno))")
        }
        return file
    }

    private func contents(of file: Int32) -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = pread(file, &chunk, chunk.count, off_t(bytes.count))
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<count]
        }
    }

#endif
