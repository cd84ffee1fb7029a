import Foundation

/// The checkout that these tests are part of.
enum Repository {
    /// Its top folder, found from this file's own place.
    static let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// A line of a file.
    struct Line {
        let file: String
        /// From 1.
        let number: Int
        let text: Substring

        /// `file:number`
        var place: String { "\(file):\(number)" }
    }

    /// Bytes of a file by its path from the top.
    static func bytes(_ path: String) throws -> Data {
        try Data(contentsOf: root.appending(path: path))
    }

    /// All lines of a file.
    static func lines(_ path: String) throws -> [Substring] {
        String(decoding: try bytes(path), as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// Lines of a file that have a text in them. Whole files are searched as bytes: most have none, and are never
    /// taken apart.
    static func lines(_ path: String, containing text: String) throws -> [Line] {
        guard try bytes(path).range(of: Data(text.utf8)) != nil else { return [] }
        return try lines(path).enumerated().filter { $0.element.contains(text) }.map { index, line in
            Line(file: path, number: index + 1, text: line)
        }
    }

    /// How many lines a file has.
    static func lineCount(_ path: String) throws -> Int {
        try bytes(path).withUnsafeBytes { bytes in bytes.reduce(into: 0) { $0 += $1 == UInt8(ascii: "\n") ? 1 : 0 } }
    }

    /// Swift files of a target, as paths from the top, sorted.
    static func sources(of target: String) -> [String] {
        files(under: "Sources/\(target)").filter { $0.hasSuffix(".swift") }
    }

    /// Text files that people read or machines run: everything but what was built and what git ignores by rule.
    static let textFiles: [String] = {
        let kinds = ["swift", "md", "yaml", "yml", "py", "sh", "json", "txt", "tsv", "toml", "cfg", "conf", "lua"]
        let names = ["Makefile", "run"]
        return files(under: ".").filter { path in
            let file = URL(filePath: path)
            return kinds.contains(file.pathExtension) || names.contains(file.lastPathComponent)
        }
    }()

    private static func files(under folder: String) -> [String] {
        let skipped: Set<String> = [".git", ".venv", "venv", "__pycache__", ".state", "node_modules"]
        guard let walk = FileManager.default.enumerator(atPath: root.appending(path: folder).path) else { return [] }
        var found: [String] = []
        while let path = walk.nextObject() as? String {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            if skipped.contains(name) || name.hasPrefix(".build") {
                walk.skipDescendants()
            } else if walk.fileAttributes?[.type] as? FileAttributeType == .typeRegular {
                found.append(folder == "." ? path : "\(folder)/\(path)")
            }
        }
        return found.sorted()
    }
}
