import Foundation
import Testing

@Suite("Nothing of one machine, nothing unfinished")
struct TidinessTests {
    /// Absolute home and workplace paths; the pattern is written so that it does not find itself.
    private static let homes = ["/" + "home/", "/" + "Users/", "/" + "root/", "/" + "work/"]

    @Test("no file names a path of somebody's machine")
    func noHomePaths() throws {
        for file in Repository.textFiles() {
            for (index, line) in try lines(file).enumerated() {
                for home in Self.homes where line.contains(home) {
                    Issue.record("\(file):\(index + 1): names \(home)...: \(line.prefix(120))")
                }
            }
        }
    }

    @Test("no source is left unfinished")
    func nothingUnfinished() throws {
        let marks = ["TO" + "DO", "FIX" + "ME", "fatal" + "Error(", "not " + "implemented"]
        for file in Repository.textFiles() where file.hasPrefix("Sources/") {
            for (index, line) in try lines(file).enumerated() {
                for mark in marks where line.contains(mark) {
                    Issue.record("\(file):\(index + 1): \(mark) in what we ship: \(line.prefix(120))")
                }
            }
        }
    }

    @Test("no source file is longer than a person reads")
    func smallFiles() throws {
        for file in Repository.textFiles() where file.hasPrefix("Sources/") {
            let count = try lines(file).count
            #expect(count <= 450, "\(file) has \(count) lines: split it by what its parts are for")
        }
    }

    private func lines(_ file: String) throws -> [Substring] {
        try Repository.text(file).split(separator: "\n", omittingEmptySubsequences: false)
    }
}
