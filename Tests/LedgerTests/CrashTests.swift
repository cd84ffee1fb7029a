import Access
import Foundation
import Testing

@testable import Ledger

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Spends as fast as it can until it is killed: what the crash test starts as a process of its own.
@Suite("The process that is killed")
struct LedgerVictim {
    static let variable = "SALLYPORT_LEDGER_VICTIM"

    @Test("spends and says what it spent", .enabled(if: ProcessInfo.processInfo.environment[variable] != nil))
    func spend() throws {
        let directory = try #require(ProcessInfo.processInfo.environment[Self.variable])
        let book = SpendBook()
        let journal = try SpendJournal(.init(directory: directory), book: book, now: noon, logger: quiet)
        var total = book.spent() ?? 0
        let progress = open("\(directory)/progress", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        var held: [SpendReservation] = []
        while true {
            guard case .granted(let stream) = book.reserve([line(limit: .max, wanted: 1_000)], now: noon) else {
                return
            }
            _ = stream.meter(tokens(3), now: noon)
            total += 3
            if total % 2 == 0 {
                stream.settle(tokens(5), now: noon)
                total += 2
            } else if held.count < 100 {
                held.append(stream)
            }
            // Commits first: what is written as spent was spent before they are counted any further.
            let text = "\(journal.commits) \(total)\n"
            _ = text.withCString { write(progress, $0, strlen($0)) }
            usleep(200)
        }
    }
}

#if os(Linux)
    @Suite("Killed with SIGKILL")
    struct CrashTests {
        @Test("the ledger is whole, at most two commits behind, and nothing is held")
        func killed() throws {
            let folder = try Folder()
            var before: Int64 = 0
            for round in 0..<4 {
                unlink("\(folder.path)/progress")
                let victim = try start(folder)
                // Killed when it has come so far, whenever that is.
                while progress(folder).last.map({ $0.commits < 3 + round * 4 }) ?? true {
                    #expect(kill(victim, 0) == 0, "the process ended by itself")
                    usleep(5_000)
                }
                kill(victim, SIGKILL)
                var status: Int32 = 0
                waitpid(victim, &status, 0)
                let lines = progress(folder)
                let last = try #require(lines.last)
                let stored = lines.filter { $0.commits <= last.commits - 2 }.map(\.total).max() ?? before
                let book = SpendBook()
                try SpendJournal(.init(directory: folder.path), book: book, now: noon, logger: quiet).close()
                let spent = book.spent() ?? 0
                #expect(spent >= stored && spent >= before)
                #expect(spent <= last.total + 5)
                #expect(book.report(now: noon).allSatisfy { $0.reserved == 0 })
                before = spent
            }
        }

        private func progress(_ folder: Folder) -> [(commits: Int, total: Int64)] {
            guard let text = try? String(contentsOfFile: "\(folder.path)/progress", encoding: .utf8) else { return [] }
            // What follows the last line end may be half a line.
            return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().compactMap { line in
                let parts = line.split(separator: " ")
                guard parts.count == 2, let commits = Int(parts[0]), let total = Int64(parts[1]) else { return nil }
                return (commits, total)
            }
        }

        /// The same tests in another process, of which only the victim runs.
        private func start(_ folder: Folder) throws -> pid_t {
            let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let arguments = [own, "--testing-library", "swift-testing", "--filter", "LedgerVictim"]
            var environment = ProcessInfo.processInfo.environment
            environment[LedgerVictim.variable] = folder.path
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
            var argv = arguments.map { strdup($0) } + [nil]
            var envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
            defer { for pointer in argv + envp { free(pointer) } }
            var child = pid_t()
            let code = posix_spawn(&child, own, &actions, nil, &argv, &envp)
            try #require(code == 0)
            return child
        }
    }
#endif
