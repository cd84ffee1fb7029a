import Foundation
import Logging
import RecordFiles
import Synchronization
import Testing

/// Whole lines, always, whatever the disk does.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct RecordWriterTests {
    private func withDirectory(_ body: (String) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "records-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    private func writer(_ directory: String, fileBytes: Int = 64 << 20, files: Int = 8, queueBytes: Int = 8 << 20)
        throws
        -> RecordWriter
    {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return try RecordWriter(
            .init(directory: directory, fileBytes: fileBytes, files: files, queueBytes: queueBytes), logger: logger)
    }

    private func lines(_ path: String) throws -> [String] {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.isEmpty || text.hasSuffix("\n"), "whole lines only")
        return text.split(separator: "\n").map(String.init)
    }

    @Test("lines are written in order, and counted")
    func order() throws {
        try withDirectory { directory in
            let writer = try writer(directory)
            for number in 0..<5_000 { writer.enqueue(Array("\(number)\n".utf8), count: 1) }
            writer.close()
            #expect(try lines("\(directory)/records.jsonl") == (0..<5_000).map(String.init))
            #expect(writer.written == 5_000)
            #expect(writer.dropped == 0)
            writer.enqueue(Array("late\n".utf8), count: 1)
            #expect(writer.dropped == 1)
        }
    }

    @Test("files change when they are full; only so many are kept; no line is lost or split")
    func rotation() throws {
        try withDirectory { directory in
            let writer = try writer(directory, fileBytes: 100, files: 3)
            for number in 100..<160 {
                writer.enqueue(Array("line \(number) ---------\n".utf8), count: 1)
                // One batch each: what waits together is written together.
                while writer.written < UInt64(number - 99) { usleep(200) }
            }
            writer.close()
            let names = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
            #expect(names == ["records.1.jsonl", "records.2.jsonl", "records.3.jsonl", "records.jsonl"])
            let all = try ["records.3", "records.2", "records.1", "records"].flatMap {
                try lines("\(directory)/\($0).jsonl")
            }
            let numbers = all.compactMap { Int($0.split(separator: " ")[1]) }
            #expect(numbers == Array((160 - numbers.count)..<160))
            for name in names {
                let size = try FileManager.default.attributesOfItem(atPath: "\(directory)/\(name)")[.size] as? Int
                #expect(size ?? 0 <= 100)
            }
        }
    }

    @Test(
        "the torn end of an earlier run is cut off", arguments: [0, 1, 70_000, 200_000])
    func torn(length: Int) throws {
        try withDirectory { directory in
            let path = "\(directory)/records.jsonl"
            try ("whole\n" + String(repeating: "t", count: length)).write(
                toFile: path, atomically: false, encoding: .utf8)
            let writer = try writer(directory)
            writer.enqueue(Array("next\n".utf8), count: 1)
            writer.close()
            #expect(try lines(path) == ["whole", "next"])
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode.map { $0 & 0o111 } == 0)
        }
        try withDirectory { directory in
            let path = "\(directory)/records.jsonl"
            try String(repeating: "t", count: length).write(toFile: path, atomically: false, encoding: .utf8)
            try writer(directory).close()
            #expect(try lines(path) == [])
        }
    }

    @Test("nobody else may read a new file")
    func mode() throws {
        try withDirectory { directory in
            try writer(directory).close()
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(directory)/records.jsonl")
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test("more than may wait is dropped and counted, never half of it")
    func overflow() throws {
        try withDirectory { directory in
            let writer = try writer(directory, queueBytes: 1_000)
            let batch = Array(String(repeating: "0123456789\n", count: 50).utf8)
            for _ in 0..<2_000 { writer.enqueue(batch, count: 50) }
            writer.enqueue([UInt8](repeating: 10, count: 1_001), count: 1_001)
            writer.close()
            let count = try lines("\(directory)/records.jsonl").count
            #expect(count % 50 == 0)
            #expect(writer.written == UInt64(count))
            #expect(writer.written + writer.dropped == 2_000 * 50 + 1_001)
            #expect(writer.dropped >= 1_001)
        }
    }

    @Test("a directory that cannot be written is an error at the start that names the file")
    func unwritable() throws {
        #expect(throws: RecordWriterError.self) { try writer("/proc/no-such-directory") }
        do {
            _ = try writer("/no/such/directory")
        } catch let error as RecordWriterError {
            #expect("\(error)".contains("/no/such/directory/records.jsonl"))
        }
    }

    @Test("a full disk: lines are counted as lost, what is there stays whole")
    func fullDisk() throws {
        try withDirectory { directory in
            // Every write to this device fails as on a full disk.
            try FileManager.default.createSymbolicLink(
                atPath: "\(directory)/records.jsonl", withDestinationPath: "/dev/full")
            let writer = try writer(directory)
            for _ in 0..<10 { writer.enqueue(Array("lost\nlost\n".utf8), count: 2) }
            writer.close()
            #expect(writer.written == 0)
            #expect(writer.dropped == 20)
        }
    }

    @Test("a file that cannot be changed for a new one loses no older file")
    func rotationFails() throws {
        try withDirectory { directory in
            let writer = try writer(directory, fileBytes: 50, files: 3)
            func put(_ text: String, _ count: UInt64) {
                writer.enqueue(Array("\(text)\n".utf8), count: 1)
                while writer.written + writer.dropped < count { usleep(200) }
            }
            put(String(repeating: "a", count: 40), 1)
            put(String(repeating: "b", count: 40), 2)
            // A directory stands where the present file would go, so that it cannot be moved aside.
            try FileManager.default.removeItem(atPath: "\(directory)/records.1.jsonl")
            try FileManager.default.createDirectory(
                atPath: "\(directory)/records.1.jsonl/x", withIntermediateDirectories: true)
            try FileManager.default.createDirectory(
                atPath: "\(directory)/records.2.jsonl/x", withIntermediateDirectories: true)
            for number in 0..<5 { put(String(repeating: "\(number)", count: 40), UInt64(3 + number)) }
            writer.close()
            #expect(writer.written + writer.dropped == 7)
        }
    }

    /// Counts what it is given.
    private final class Counter: RecordSink {
        private let counts = Mutex((lines: 0, bytes: 0))
        var lines: Int { counts.withLock { $0.lines } }
        var bytes: Int { counts.withLock { $0.bytes } }

        func take(_ lines: [UInt8], count: Int) {
            counts.withLock { counts in
                counts.lines += count
                counts.bytes += lines.count
            }
        }
    }

    @Test("every sink gets all lines, also those that the file has no room for")
    func sinks() throws {
        try withDirectory { directory in
            let sinks = [Counter(), Counter()]
            let writer = try RecordWriter(
                .init(directory: directory, queueBytes: 1_000, sinks: sinks), logger: Logger(label: "test"))
            for _ in 0..<1_000 { writer.enqueue(Array("a\nb\n".utf8), count: 2) }
            writer.enqueue([], count: 0)
            writer.close()
            for sink in sinks {
                #expect(sink.lines == 2_000)
                #expect(sink.bytes == 4_000)
            }
            // A writer is a sink itself.
            let second = try RecordWriter(
                .init(directory: directory, sinks: [writer] + sinks), logger: Logger(label: "test"))
            second.take(Array("c\n".utf8), count: 1)
            second.close()
            #expect(sinks[0].lines == 2_002, "once by itself, once through the first")
        }
    }
}
