#if os(Linux)
    import Foundation

    /// The records of labs, each a file of a directory.
    public struct LabStore: Sendable {
        private let folder: String

        /// - Parameter directory: the state directory of this user.
        public init(_ directory: String) { folder = "\(directory)/labs" }

        /// Takes a lab for as long as the value lives: no other process makes it or takes it down meanwhile.
        ///
        /// - Throws: `LabError` when another does.
        public func lock(_ name: LabName) throws(LabError) -> LabLock {
            do {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw LabError(.system, "cannot make \(folder): \(error.localizedDescription)")
            }
            return try LabLock("\(folder)/\(name).lock", name)
        }

        /// The record of a lab; nil: there is none.
        ///
        /// - Throws: `LabError` when it cannot be read.
        public func read(_ name: LabName) throws(LabError) -> LabRecord? {
            let path = path(name)
            guard FileManager.default.fileExists(atPath: path) else { return nil }
            do {
                let record = try JSONDecoder().decode(LabRecord.self, from: Data(contentsOf: URL(filePath: path)))
                guard record.version == LabRecord.current else { throw CocoaError(.coderReadCorrupt) }
                return record
            } catch {
                throw LabError(
                    .system, "\(path) is no record of a lab",
                    advice: "`sallyport lab down --name \(name)` takes the lab away whatever its record says")
            }
        }

        /// The record of a lab that is up.
        ///
        /// - Throws: `LabError` when there is none.
        public func require(_ name: LabName) throws(LabError) -> LabRecord {
            guard let record = try read(name) else {
                throw LabError(.usage, "there is no lab called \(name)", advice: "`sallyport lab up DIR` makes one")
            }
            guard record.isComplete else { throw Self.incomplete(name) }
            return record
        }

        static func incomplete(_ name: LabName) -> LabError {
            LabError(
                .usage, "the lab \(name) was never completed",
                advice: "`sallyport lab down --name \(name)` takes away what there is of it")
        }

        /// Writes a record, whole or not at all.
        public func write(_ record: LabRecord) throws(LabError) {
            let path = "\(folder)/\(record.plan.name).json"
            do {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                try encoder.encode(record).write(to: URL(filePath: path), options: .atomic)
            } catch {
                throw LabError(.system, "cannot write \(path): \(error.localizedDescription)")
            }
        }

        /// Forgets a lab.
        public func remove(_ name: LabName) { _ = try? FileManager.default.removeItem(atPath: path(name)) }

        /// Where the process that listens writes what goes wrong.
        public func log(_ name: LabName) -> String { "\(folder)/\(name).log" }

        /// Makes the directory for what commands of pods print.
        ///
        /// - Throws: `LabError` when it cannot be made.
        public func makeLogs(_ name: LabName) throws(LabError) -> String {
            let path = "\(folder)/\(name).logs"
            do {
                try FileManager.default.createDirectory(
                    atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw LabError(.system, "cannot make \(path): \(error.localizedDescription)")
            }
            return path
        }

        /// Forgets what a lab has logged.
        func removeLogs(_ name: LabName) {
            for path in [log(name), "\(folder)/\(name).logs"] { _ = try? FileManager.default.removeItem(atPath: path) }
        }

        /// The names of all labs that have a record.
        public var names: [LabName] {
            let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return files.filter { $0.hasSuffix(".json") }.sorted().compactMap { try? LabName(String($0.dropLast(5))) }
        }

        private func path(_ name: LabName) -> String { "\(folder)/\(name).json" }
    }

    /// A lab that is this process's for now.
    public final class LabLock: Sendable {
        private let descriptor: Int32

        init(_ path: String, _ name: LabName) throws(LabError) {
            descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else {
                throw LabError(.system, "cannot open \(path): \(SystemText.describe(errno))")
            }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                close(descriptor)
                throw LabError(.unavailable, "another process is making the lab \(name), or taking it down")
            }
        }

        deinit {
            // Said and not left to closing: a program that is being started has the descriptor too, for a moment.
            flock(descriptor, LOCK_UN)
            close(descriptor)
        }
    }
#endif
