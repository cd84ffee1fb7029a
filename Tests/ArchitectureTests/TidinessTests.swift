import Foundation
import Testing

@Suite("Nothing of one machine, nothing unfinished")
struct TidinessTests {
    @Test(
        "no file names a path of somebody's machine",
        // In two parts, so that this file does not find itself.
        arguments: ["home/", "Users/", "root/", "work/"])
    func noHomePaths(folder: String) throws {
        for start in [" /", "\"/", "'/", "(/", "=/", "`/"] {
            for file in Repository.textFiles {
                for line in try Repository.lines(file, containing: start + folder) {
                    Issue.record("\(line.place): names /\(folder)...: \(line.text.prefix(120))")
                }
            }
        }
    }

    @Test(
        "no source is left unfinished",
        arguments: ["TO" + "DO", "FIX" + "ME", "fatal" + "Error(", "not " + "implemented"])
    func nothingUnfinished(mark: String) throws {
        for file in Repository.textFiles where file.hasPrefix("Sources/") {
            for line in try Repository.lines(file, containing: mark) {
                Issue.record("\(line.place): \(mark) in what we ship: \(line.text.prefix(120))")
            }
        }
    }

    @Test("no source file is longer than a person reads")
    func smallFiles() throws {
        // What a program wrote nobody reads.
        for file in Repository.textFiles where file.hasPrefix("Sources/") && !file.contains("/Generated/") {
            let count = try Repository.lineCount(file)
            #expect(count <= 450, "\(file) has \(count) lines: split it by what its parts are for")
        }
    }
}
