#if os(Linux)
    import Foundation
    import Kubernetes
    import Testing

    @testable import Lab

    /// Labs that outlive the command that made them: whatever happens, nothing of them is left in the end.
    @Suite("Labs that are kept", .serialized, .enabled(if: Root.isThere, Root.isMissing))
    final class StoredLabTests {
        private let folder = FileManager.default.temporaryDirectory.appending(path: "lab-\(UUID().uuidString)").path
        private let store: LabStore
        private let name: LabName
        private let cluster: LabCluster
        private let plan: LabPlan

        init() throws {
            store = LabStore(folder)
            name = try Root.freshName()
            (cluster, plan) = try LabPlan.make(objects(threeNodes), name: name)
        }

        deinit {
            _ = try? LabBuilder.down(name)
            _ = try? FileManager.default.removeItem(atPath: folder)
        }

        /// Stands for the process that listens.
        private static func server(_ script: String = "echo ready; exec >&-; exec sleep 1000") -> StoredLab.Server {
            StoredLab.Server(executable: "/bin/sh", arguments: ["-c", script])
        }

        private func up(_ server: StoredLab.Server = server(), _ plan: LabPlan? = nil) throws -> LabRecord {
            try StoredLab.up(plan ?? self.plan, cluster, directory: "objects", .init(), server: server, in: store)
        }

        private var namespaces: [String] { NetworkNamespace.names(beginning: name.prefix) }

        @Test("up, up again, down, down again")
        func lifecycle() throws {
            let record = try up()
            #expect(Set(namespaces) == Set(plan.namespaces))
            #expect(try store.require(name) == record && store.names == [name])
            let process = try #require(record.server)
            #expect(ServerProcess.isRunning(process))
            let error = #expect(throws: LabError.self) { try self.up() }
            #expect(error?.message.contains("is up already") == true)
            #expect(Set(namespaces) == Set(plan.namespaces), "the first one lives on")
            #expect(try StoredLab.down(name, in: store))
            #expect(namespaces.isEmpty && store.names.isEmpty && !ServerProcess.isRunning(process))
            #expect(try !StoredLab.down(name, in: store))
            #expect(throws: LabError.self) { try self.store.require(self.name) }
        }

        @Test("every process in the namespaces ends with them, also one that does not want to")
        func processes() throws {
            _ = try up()
            let process = Process()
            process.executableURL = URL(filePath: try #require(Programs.find("ip")))
            process.arguments = ["netns", "exec", plan.outside.namespace, "sh", "-c", "trap '' TERM; echo; sleep 1000"]
            let output = Pipe()
            process.standardOutput = output
            try process.run()
            // It has set its trap when it speaks.
            _ = try output.fileHandleForReading.read(upToCount: 1)
            #expect(try StoredLab.down(name, in: store))
            process.waitUntilExit()
            #expect(process.terminationReason == .uncaughtSignal && namespaces.isEmpty)
        }

        @Test(
            "when nobody listens in the end, nothing is left",
            arguments: ["exit 3", "echo no; sleep 0.1", "echo 'error: a port is taken' >&2"])
        func serverFails(script: String) throws {
            let error = #expect(throws: LabError.self) { try self.up(Self.server(script)) }
            #expect(error?.message.contains("nobody listens") == true)
            if script.contains("taken") { #expect(error?.message.hasSuffix("a port is taken") == true) }
            #expect(namespaces.isEmpty && store.names.isEmpty)
        }

        @Test("when it fails half way, nothing is left")
        func halfWay() throws {
            // A plan in which two pods want one link.
            var text = try #require(String(bytes: JSONEncoder().encode(plan), encoding: .utf8))
            let links = plan.pods.map(\.link).filter { !$0.isEmpty }
            text = text.replacingOccurrences(of: "\"\(links[1])\"", with: "\"\(links[0])\"")
            let node = try #require(plan.pods.first { $0.link == links[0] }).node
            text = text.replacingOccurrences(
                of: "\"node\":\(try #require(plan.pods.first { $0.link == links[1] }).node)", with: "\"node\":\(node)")
            let broken = try JSONDecoder().decode(LabPlan.self, from: Data(text.utf8))
            #expect(broken != plan)
            let error = #expect(throws: LabError.self) { try self.up(Self.server(), broken) }
            #expect(error?.message.contains(links[0]) == true, "the line that failed is named: \(error?.message ?? "")")
            #expect(namespaces.isEmpty && store.names.isEmpty)
        }

        @Test("what a crash left is found and taken down")
        func crash() throws {
            // A lab without a record, and one whose record says that it is not complete.
            try LabBuilder.up(plan, cluster)
            let error = #expect(throws: LabError.self) { try self.up() }
            #expect(error?.message.contains("is there already") == true)
            #expect(Set(namespaces) == Set(plan.namespaces) && store.names.isEmpty)
            let lock = try store.lock(name)
            try store.write(LabRecord(directory: "objects", options: .init(), plan: plan))
            #expect(throws: LabError.self) { try StoredLab.down(self.name, in: self.store) }
            withExtendedLifetime(lock) {}
            #expect(throws: LabError.self) { try self.store.require(self.name) }
        }

        @Test("a lab that was never completed says so, and is taken down")
        func incomplete() throws {
            do {
                let lock = try store.lock(name)
                try store.write(LabRecord(directory: "objects", options: .init(), plan: plan))
                withExtendedLifetime(lock) {}
            }
            let error = #expect(throws: LabError.self) { try self.up() }
            #expect(error?.message.contains("never completed") == true && store.names == [name])
            #expect(try StoredLab.down(name, in: store))
            #expect(store.names.isEmpty)
        }

        @Test("a program that ends before it has read everything does not end us")
        func brokenPipe() throws {
            let input = String(repeating: "no such thing\n", count: 200_000)
            let error = #expect(throws: LabError.self) {
                try Programs.require("ip", ["-batch", "-"], input: input, to: "do this")
            }
            #expect(error?.message.contains("cannot do this") == true)
        }

        @Test("a record that cannot be read is no obstacle to taking a lab down")
        func brokenRecord() throws {
            _ = try up(Self.server("echo ready; exec >&-; exec sleep 1"))
            try Data("{".utf8).write(to: URL(filePath: "\(folder)/labs/\(name).json"))
            #expect(throws: LabError.self) { try self.store.read(self.name) }
            #expect(try StoredLab.down(name, in: store))
            #expect(namespaces.isEmpty && store.names.isEmpty)
        }

        @Test("a process with the number of an earlier one is not it")
        func processNumbers() throws {
            let own = try #require(ServerProcess.startTime(getpid()))
            #expect(ServerProcess.isRunning(ProcessMark(number: getpid(), start: own)))
            #expect(!ServerProcess.isRunning(ProcessMark(number: getpid(), start: own + 1)))
        }
    }
#endif
