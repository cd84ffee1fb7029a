#if os(Linux)
    import Agent
    import Foundation
    import Glibc
    import Logging
    import RecordFiles

    /// The agent with its records: rules are installed, and what the kernel does is told, until the input ends. Then
    /// everything that was counted is printed.
    func watch(_ directory: String, _ node: String, _ group: UInt16, records: String) async throws {
        var logger = Logger(label: "filter-bench", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = .error
        let writer = try RecordWriter(.init(directory: records), logger: logger)
        let agent = try Agent(NodeSettings(node: node, logGroup: group), records: writer, logger: logger)
        try await agent.enforce(Cluster(directory).snapshot)
        sayReady()
        while readLine() != nil {}
        await agent.stop()
        let counts = await agent.seen
        writer.close()
        var report = Report()
        report.note("opened", Double(counts?.opened ?? 0))
        report.note("closed", Double(counts?.closed ?? 0))
        report.note("told", Double(counts?.denials ?? 0))
        report.note("shown", Double(counts?.packets ?? 0))
        report.note("repeats", Double(counts?.repeats ?? 0))
        report.note("unseen", Double(counts?.unseen ?? 0))
        report.note("lost", Double(counts?.lost ?? 0))
        report.note("records_dropped", Double(counts?.recordsDropped ?? 0))
        report.note("peak_mib", memory("VmHWM"))
        report.print()
    }

    /// Sends datagrams to many ports as fast as it can, for some seconds; prints how many went.
    ///
    /// - Parameters:
    ///   - place: which of the senders it is.
    ///   - count: how many send: each to other ports than the rest at any time, as callers who know nothing of each other
    ///     do.
    func flood(_ text: String, seconds: Double, _ place: Int, of count: Int) throws {
        let sender = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        guard sender >= 0 else { throw BenchError("no socket") }
        defer { close(sender) }
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_addr.s_addr = inet_addr(text)
        var (byte, sent, failed, number) = (UInt8(0), 0, 0, 50_000 * place / max(count, 1))
        let start = nanoseconds(CLOCK_MONOTONIC)
        while nanoseconds(CLOCK_MONOTONIC) - start < Int(seconds * 1e9) {
            for _ in 0..<256 {
                target.sin_port = UInt16(10_000 + number % 50_000).bigEndian
                number += 1
                let done = withUnsafePointer(to: &target) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        sendto(sender, &byte, 1, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                    }
                }
                if done == 1 { sent += 1 } else { failed += 1 }
            }
        }
        var report = Report()
        report.note("sent", Double(sent))
        report.note("failed", Double(failed))
        report.note("seconds", Double(nanoseconds(CLOCK_MONOTONIC) - start) / 1e9)
        report.print()
    }
#endif
