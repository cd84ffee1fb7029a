#if os(Linux)

    import Glibc
    import KernelWorlds
    import Logging
    import PacketFilter
    import Policy
    import RecordFiles
    import Testing

    @testable import Agent
    @testable import Netfilter

    /// A node with two pods on it: three network namespaces, joined by veth pairs, with the rules of `SmallCluster` in the
    /// node's kernel, and a watcher.
    ///
    /// The calling thread is in the node's namespace while `body` runs.
    struct PodWorld {
        let web: Companion
        let db: Companion
        let watcher: Watcher
        let writer: RecordWriter
        let history: GuestListHistory
        let directory: String

        static func run(
            limits: FilteredNode.Limits = .init(), options: (inout Watcher.Options) -> Void = { _ in },
            _ body: (PodWorld) throws -> Void
        ) throws {
            try inNamespace {
                let web = try pod(1)
                let db = try pod(2)
                try write("1", to: "/proc/sys/net/ipv4/ip_forward")
                #expect(ConntrackSettings.turnOn().compactMap(\.problem) == [])
                let node = FilteredNode("n1", interfaces: ["veth"], logGroup: 7, logged: limits)
                let rules = NodeFilter(SmallCluster.list, node)
                var kernel = try KernelTables()
                try kernel.apply(rules.rulesets.map { RulesetChange(installing: $0) })
                var path = Array("/tmp/watcher-XXXXXX".utf8CString)
                guard mkdtemp(&path) != nil else { throw WorldError("mkdtemp") }
                let directory = String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
                defer { _ = try? KernelWorlds.run("rm", "-r", directory) }
                var logger = Logger(label: "test")
                logger.logLevel = .critical
                let writer = try RecordWriter(.init(directory: directory), logger: logger)
                let history = SmallCluster.history(at: wallClockNow())
                var watching = Watcher.Options(group: 7)
                options(&watching)
                let watcher = Watcher(options: watching, history: history, writer: writer, logger: logger)
                try watcher.start()
                defer { watcher.stop() }
                try body(
                    PodWorld(
                        web: web, db: db, watcher: watcher, writer: writer, history: history, directory: directory))
            }
        }

        /// A namespace with the address `10.0.N.2`, whose way to all others is the node.
        private static func pod(_ number: Int) throws -> Companion {
            let holder = try inNamespace { try Companion("sleep", "1000") }
            try KernelWorlds.run(
                "ip", "link", "add", "veth\(number)", "type", "veth", "peer", "name", "eth0", "netns",
                "\(holder.process)")
            try KernelWorlds.run("ip", "addr", "add", "10.0.\(number).1/24", "dev", "veth\(number)")
            try KernelWorlds.run("ip", "link", "set", "veth\(number)", "up")
            try inNamespace(of: holder.process) {
                try KernelWorlds.run("ip", "addr", "add", "10.0.\(number).2/24", "dev", "eth0")
                try KernelWorlds.run("ip", "link", "set", "eth0", "up")
                try KernelWorlds.run("ip", "route", "add", "default", "via", "10.0.\(number).1")
            }
            return holder
        }

        private static func write(_ text: String, to path: String) throws {
            let file = open(path, O_WRONLY | O_CLOEXEC)
            defer { close(file) }
            guard file >= 0, Glibc.write(file, text, text.utf8.count) == text.utf8.count else {
                throw WorldError("cannot write \(path)")
            }
        }

        /// Waits until the watcher has counted that; the test fails when that does not happen.
        func wait(_ what: String, until isDone: (WatcherCounts) -> Bool) throws {
            for _ in 0..<2_000 where !isDone(watcher.counts) { usleep(10_000) }
            if !isDone(watcher.counts) { throw WorldError("never: \(what): \(watcher.counts)") }
        }

        /// Ends the watcher and reads all records.
        func records() throws -> [[String: Any]] {
            watcher.stop()
            writer.close()
            var text = ""
            for name in ["records.2.jsonl", "records.1.jsonl", "records.jsonl"] {
                text += try attempt("cat", ["\(directory)/\(name)"]).output
            }
            return try jsonLines(Array(text.utf8))
        }

        /// A connection from the one to the other, made and used.
        func connect(port: UInt16, sending bytes: Int, answering answer: Int) throws -> (
            client: TestSocket, server: TestSocket
        ) {
            let listener = try inNamespace(of: db.process) {
                let listener = try TestSocket(.tcp, "10.0.2.2", port: port)
                try listener.listen()
                return listener
            }
            let client = try inNamespace(of: web.process) {
                let client = try TestSocket(.tcp, "10.0.1.2", port: 40_000)
                try client.connect(to: "10.0.2.2", port: port)
                return client
            }
            let server = try listener.accept()
            try pass(bytes, from: client, to: server)
            try pass(answer, from: server, to: client)
            return (client, server)
        }

        private func pass(_ count: Int, from sender: TestSocket, to receiver: TestSocket) throws {
            let bytes = [UInt8](repeating: 7, count: count)
            guard Glibc.write(sender.descriptor, bytes, count) == count else { throw WorldError("write") }
            var rest = count
            while rest > 0 { rest -= try receiver.receive().count }
        }
    }

#endif
