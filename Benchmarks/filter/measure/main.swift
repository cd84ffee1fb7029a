#if os(Linux)
    import Foundation

    // What Benchmarks/filter/run measures with, one job at a time; each prints one JSON object, or rules.

    let usage = """
        usage: filter-bench agent DIRECTORY NODE
               filter-bench parts DIRECTORY NODE
               filter-bench repeat policy|peers|local_pod|remote_pod DIRECTORY NODE COUNT
               filter-bench install DIRECTORY NODE [GROUP]
               filter-bench rules linear|policies DIRECTORY NODE
               filter-bench serve PORT
               filter-bench connect ADDRESS PORT SECONDS
               filter-bench watch DIRECTORY NODE GROUP RECORDS
               filter-bench flood ADDRESS SECONDS SENDER SENDERS

        """
    let words = Array(CommandLine.arguments.dropFirst())
    do {
        switch (words.first, words.count) {
        case ("agent", 3): try AgentRun(words[1], words[2]).run()
        case ("repeat", 5): try AgentRun(words[2], words[3]).repeat(words[1], Int(words[4]) ?? 1)
        case ("parts", 3): try PartsRun(words[1], words[2]).run()
        case ("install", 3): try install(words[1], words[2], group: nil)
        case ("install", 4): try install(words[1], words[2], group: UInt16(words[3]))
        case ("rules", 4): try PlainRules(words[2], words[3], isLinear: words[1] == "linear").print()
        case ("serve", 2): try Connections.serve(UInt16(words[1]) ?? 0)
        case ("connect", 4): try Connections.connect(words[1], UInt16(words[2]) ?? 0, seconds: Double(words[3]) ?? 1)
        case ("watch", 5): try await watch(words[1], words[2], UInt16(words[3]) ?? 0, records: words[4])
        case ("flood", 5):
            try flood(words[1], seconds: Double(words[2]) ?? 1, Int(words[3]) ?? 0, of: Int(words[4]) ?? 1)
        default:
            FileHandle.standardError.write(Data(usage.utf8))
            exit(64)
        }
    } catch {
        FileHandle.standardError.write(Data("filter-bench: \(error)\n".utf8))
        exit(70)
    }
#else
    print("filter-bench: rules of a kernel are those of Linux")
#endif
