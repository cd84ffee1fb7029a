import Foundation

/// Draws graphs with Graphviz, where that is installed.
enum Graphviz {
    /// More edges than this nobody can look at, and Graphviz takes very long for.
    static let largest = 2_000

    /// The drawing of a graph.
    ///
    /// - Throws: `Failure` when Graphviz is not there, or the graph is too large to be looked at.
    static func svg(_ graph: ConnectivityGraph) throws -> String {
        guard graph.view.entries.count <= largest else {
            throw Failure(
                .usage, "\(graph.view.entries.count) connections are too many for a drawing (at most \(largest))",
                advice: "draw fewer with --focus, --from or --to")
        }
        guard let program = program(ProcessInfo.processInfo.environment["PATH"] ?? "") else {
            throw Failure(
                .unavailable, "Graphviz is not installed: there is no program `dot`",
                advice: "install it, or print the graph itself with --output dot")
        }
        return try run(program, graph.dot)
    }

    /// Where `dot` is; nil: nowhere.
    static func program(_ path: String) -> String? {
        path.split(separator: ":").map { "\($0)/dot" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private static func run(_ program: String, _ text: String) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: program)
        process.arguments = ["-Tsvg"]
        process.standardInput = try file(of: text)
        process.standardOutput = output
        do {
            try process.run()
        } catch {
            throw Failure(.unavailable, "\(program) cannot be started: \(error.localizedDescription)")
        }
        let drawn = (try? output.fileHandleForReading.readToEnd()) ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(.unavailable, "\(program) ended with \(process.terminationStatus)")
        }
        return String(decoding: drawn, as: UTF8.self)
    }

    /// A file without a name that holds the text: unlike a pipe it does not end us when nobody reads it.
    private static func file(of text: String) throws -> FileHandle {
        let path = FileManager.default.temporaryDirectory.appending(path: "sallyport-\(UUID().uuidString).dot")
        defer { try? FileManager.default.removeItem(at: path) }
        do {
            try Data(text.utf8).write(to: path)
            return try FileHandle(forReadingFrom: path)
        } catch {
            throw Failure(.cannotCreate, "a temporary file cannot be written: \(error.localizedDescription)")
        }
    }
}
