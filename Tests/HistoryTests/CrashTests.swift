import Foundation
import GRDB
import Testing

@testable import History

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Stores as fast as it can until it is killed: what the crash test starts as a process of its own.
@Suite("The process that is killed")
struct HistoryVictim {
    static let variable = "SALLYPORT_HISTORY_VICTIM"
    static let source = SourceName("victim", incarnation: "one")
    /// Records of a batch.
    static let size = 40

    @Test("stores and says what was acknowledged", .enabled(if: ProcessInfo.processInfo.environment[variable] != nil))
    func store() async throws {
        let folder = try #require(ProcessInfo.processInfo.environment[Self.variable])
        var configuration = History.Configuration(directory: folder + "/history")
        configuration.interval = 1
        configuration.segmentBytes = 100_000
        let history = try History(configuration, logger: quiet)
        let progress = open("\(folder)/progress", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        var number = history.position(of: Self.source)
        while true {
            number += 1
            let first = Int(number) * Self.size
            let time = configuration.clock()
            let batch = SourceBatch(
                source: Self.source, number: number, lines: lines(first..<(first + Self.size), time: time),
                count: Self.size)
            guard try await history.take(batch) == .stored else { return }
            let text = "\(number)\n"
            _ = text.withCString { write(progress, $0, strlen($0)) }
        }
    }
}

#if os(Linux)
    @Suite("Killed with SIGKILL in the middle of writing", .timeLimit(.minutes(3)))
    struct CrashTests {
        @Test("what was acknowledged is all there, nothing is there twice, and everything verifies")
        func killed() async throws {
            let seed = UInt64.random(in: 0 ... .max)
            var dice = SplitMix(state: seed)
            let folder = try Folder()
            var acknowledged = 0
            for round in 0..<12 {
                let victim = try start(folder)
                // Killed when it has come so far, and then at any moment of a commit.
                while progress(folder) < acknowledged + 3 + round {
                    try #require(kill(victim, 0) == 0, "the process ended by itself")
                    usleep(1_000)
                }
                usleep(UInt32.random(in: 0...8_000, using: &dice))
                kill(victim, SIGKILL)
                var status: Int32 = 0
                waitpid(victim, &status, 0)
                acknowledged = progress(folder)
                try await check(folder, acknowledged, "seed \(seed), round \(round)")
            }
        }

        private func check(_ folder: Folder, _ acknowledged: Int, _ place: Comment) async throws {
            let directory = folder.path + "/history"
            #expect(try History.verify(directory: directory).isGood, place)
            var configuration = History.Configuration(directory: directory)
            configuration.segmentBytes = 100_000
            let history = try History(configuration, logger: quiet)
            defer { history.close() }
            #expect(history.status.damage == nil && history.status.problems.isEmpty, place)
            let position = Int(history.position(of: HistoryVictim.source))
            #expect(position >= acknowledged, place)
            // Whole batches, in order, each once: those that were acknowledged, and perhaps some that were about to be.
            let expected = HistoryVictim.size..<((position + 1) * HistoryVictim.size)
            #expect(try await history.numbers() == Array(expected), place)
            let counted = try await history.pool.read { database in
                try Int.fetchOne(database, sql: "SELECT records FROM source WHERE name = 'victim'")
            }
            #expect(counted == expected.count, place)
            let answer = try await history.pool.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") }
            #expect(answer == "ok", place)
            let sums = try await history.groups(.init(from: 0, to: .max - 1))
            #expect(sums.total.count == UInt64(expected.count), place)
        }

        /// The last batch that was acknowledged.
        private func progress(_ folder: Folder) -> Int {
            guard let text = try? String(contentsOfFile: "\(folder.path)/progress", encoding: .utf8) else { return 0 }
            // What follows the last line end may be half a line.
            return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().last.flatMap { Int($0) }
                ?? 0
        }

        /// The same tests in another process, of which only the victim runs.
        private func start(_ folder: Folder) throws -> pid_t {
            let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let arguments = CommandLine.arguments.filter { $0.hasSuffix(".xctest") }
            var words = [own] + arguments + ["--testing-library", "swift-testing", "--filter", "HistoryVictim"]
            words = own.hasSuffix(".xctest") ? [own] + words.suffix(4) : words
            var environment = ProcessInfo.processInfo.environment
            environment[HistoryVictim.variable] = folder.path
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
            var argv = words.map { strdup($0) } + [nil]
            var envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
            defer { for pointer in argv + envp { free(pointer) } }
            var child = pid_t()
            let code = posix_spawn(&child, own, &actions, nil, &argv, &envp)
            try #require(code == 0)
            return child
        }
    }
#endif
