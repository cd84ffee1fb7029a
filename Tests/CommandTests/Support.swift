import Foundation
import Kubernetes

@testable import sallyport

/// A directory of its own for a test, removed when the test lets go of it.
final class TemporaryDirectory {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/sallyport-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, to name: String) throws {
        let file = URL(filePath: "\(path)/\(name)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    func read(_ name: String) throws -> String {
        try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
    }

    /// Paths of all files, hidden ones too.
    var files: [String] {
        let walk = FileManager.default.enumerator(atPath: path)
        var found: [String] = []
        while let name = walk?.nextObject() as? String {
            var isDirectory: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: "\(path)/\(name)", isDirectory: &isDirectory)
            if !isDirectory.boolValue { found.append(name) }
        }
        return found.sorted()
    }
}

/// The failure that a call ends with; nil when it ends well.
func failure(of body: () throws -> Void) -> Failure? {
    do {
        try body()
        return nil
    } catch {
        return error as? Failure ?? Failure(.internal, "another error: \(error)")
    }
}

/// A hash as an AccessKey has it; of no key that anybody knows.
let someHash = String(repeating: "ab", count: 32)
