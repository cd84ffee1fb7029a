import Foundation

/// The checkout that these tests are part of.
enum Repository {
    /// Its top folder, found from this file's own place.
    static let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Text of a file by its path from the top.
    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// Swift files of a target, as paths from the top, sorted.
    static func sources(of target: String) -> [String] {
        files(under: "Sources/\(target)").filter { $0.hasSuffix(".swift") }
    }

    /// Text files that people read or machines run: everything but what was built and what git ignores by rule.
    static func textFiles() -> [String] {
        let kinds = ["swift", "md", "yaml", "yml", "py", "sh", "json", "txt", "tsv", "toml", "cfg", "conf", "lua"]
        let names = ["Makefile", "run"]
        return files(under: ".").filter { path in
            let file = URL(filePath: path)
            return kinds.contains(file.pathExtension) || names.contains(file.lastPathComponent)
        }
    }

    private static func files(under folder: String) -> [String] {
        let top = root.appending(path: folder).standardizedFileURL
        let skipped: Set<String> = [".git", ".venv", "venv", "__pycache__", ".state", "node_modules"]
        guard let walk = FileManager.default.enumerator(at: top, includingPropertiesForKeys: nil) else { return [] }
        var found: [String] = []
        for case let file as URL in walk {
            if skipped.contains(file.lastPathComponent) || file.lastPathComponent.hasPrefix(".build") {
                walk.skipDescendants()
            } else if !file.hasDirectoryPath {
                found.append(String(file.standardizedFileURL.path.dropFirst(root.path.count + 1)))
            }
        }
        return found.sorted()
    }
}
