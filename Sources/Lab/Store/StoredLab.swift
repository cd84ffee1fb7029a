#if os(Linux)
    import Foundation
    import Kubernetes

    /// A lab that stays when the command that made it has ended.
    public enum StoredLab {
        /// The program that listens for the pods: it is given these arguments.
        public struct Server: Sendable {
            let executable: String
            let arguments: [String]

            /// That program.
            public init(executable: String, arguments: [String]) {
                self.executable = executable
                self.arguments = arguments
            }
        }

        /// Makes a lab and keeps its record. When something fails, nothing is left.
        ///
        /// - Parameter directory: what it is made of, for the record.
        /// - Throws: `LabError` when there is one of this name.
        public static func up(
            _ plan: LabPlan, _ cluster: LabCluster, directory: String, _ options: LabOptions, server: Server,
            in store: LabStore
        ) throws(LabError) -> LabRecord {
            let name = try LabName(plan.name)
            try LabBuilder.checkRoot()
            let lock = try store.lock(name)
            defer { withExtendedLifetime(lock) {} }
            if let old = try store.read(name) {
                guard old.isComplete else { throw LabStore.incomplete(name) }
                throw LabError(
                    .usage, "the lab \(name) is up already, of \(old.directory)",
                    advice: "`sallyport lab down --name \(name)` takes it down; --name gives another one its name")
            }
            var record = LabRecord(directory: directory, options: options, plan: plan)
            // Written before anything is made, so that what a crash leaves can be found.
            try store.write(record)
            do throws(LabError) {
                try LabBuilder.up(plan, cluster)
                record.isComplete = true
                try store.write(record)
                record.server = try ServerProcess.start(server.executable, server.arguments, log: store.log(name))
                try store.write(record)
            } catch {
                if let process = record.server { ServerProcess.end(process) }
                // The namespaces of a lab that was here before, without a record, are not ours to take.
                if record.isComplete { _ = try? LabBuilder.down(name) }
                store.remove(name)
                throw error
            }
            return record
        }

        /// Takes a lab down, whatever state it is in.
        ///
        /// - Returns: false when there was nothing of it.
        public static func down(_ name: LabName, in store: LabStore) throws(LabError) -> Bool {
            try LabBuilder.checkRoot()
            let lock = try store.lock(name)
            defer { withExtendedLifetime(lock) {} }
            let record = try? store.read(name)
            if let process = record?.server { ServerProcess.end(process) }
            let count = try LabBuilder.down(name)
            let wasThere = count > 0 || store.names.contains(name)
            store.remove(name)
            store.removeLogs(name)
            return wasThere
        }
    }
#endif
