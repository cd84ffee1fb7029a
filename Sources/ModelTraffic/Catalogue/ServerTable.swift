import Kubernetes

/// What is known of one kind of server, as a person writes it down.
///
///     server  ollama: Ollama
///     images  ollama
///     ports   11434
///     telling-ports 11434
///
///     GET,HEAD  /api/tags   Metadata
///     POST      /api/chat   Inference                  ollama-chat   # without messages it can unload the model
///     POST      /api/pull   ModelMutation,ServerFetch  ollama-model  # from any registry
///
/// Columns are parted by spaces: methods, path, classes and, where the body is read, its dialect; a note follows `#`.
public struct ServerTable: Sendable, Hashable {
    /// What a Service's annotation says.
    public var name: String
    /// What people call it.
    public var title: String
    /// Images that are this server, as `ImageName` matches them.
    public var images: [String]
    /// Ports it listens on, to tell apart servers that share an image.
    public var ports: [Int]
    /// Ports that hardly anything else uses: where the image says nothing, they tell the server.
    public var tellingPorts: [Int]
    /// Its endpoints.
    public var rows: [EndpointRow]

    /// A line of a table that cannot be understood.
    public struct Problem: Error, Hashable, Sendable {
        /// Counted from 1.
        public var line: Int
        /// What would be right.
        public var message: String
    }

    /// A server.
    public init(
        name: String, title: String, images: [String] = [], ports: [Int] = [], tellingPorts: [Int] = [],
        rows: [EndpointRow] = []
    ) {
        self.name = name
        self.title = title
        self.images = images
        self.ports = ports
        self.tellingPorts = tellingPorts
        self.rows = rows
    }

    /// Reads a table. Lines that cannot be understood are left out of it, so that what they speak of is unknown, and
    /// denied; they are listed in `problems`.
    public init(_ text: String, problems: inout [Problem]) {
        self.init(name: "", title: "")
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            do throws(LineProblem) {
                try read(line)
            } catch {
                problems.append(Problem(line: index + 1, message: error.message))
            }
        }
        if name.isEmpty { problems.append(Problem(line: 1, message: "must have a line 'server NAME: TITLE'")) }
    }

    private struct LineProblem: Error {
        var message: String
    }

    private mutating func read(_ line: Substring) throws(LineProblem) {
        let parts = line.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let words = (parts.first ?? "").split(separator: " ")
        guard let first = words.first else { return }
        switch first {
        case "server":
            guard words.count >= 3, words[1].hasSuffix(":") else {
                throw LineProblem(message: "must be 'server NAME: TITLE'")
            }
            name = String(words[1].dropLast())
            title = words[2...].joined(separator: " ")
        case "images": images += words.dropFirst().map(String.init)
        case "ports": ports += try Self.ports(words.dropFirst())
        case "telling-ports": tellingPorts += try Self.ports(words.dropFirst())
        default: rows.append(try Self.row(words, note: parts.count > 1 ? parts[1] : ""))
        }
    }

    private static func ports(_ words: ArraySlice<Substring>) throws(LineProblem) -> [Int] {
        let ports = words.compactMap { Int($0) }.filter { (1...65535).contains($0) }
        guard ports.count == words.count else { throw LineProblem(message: "must be port numbers") }
        return ports
    }

    private static func row(_ words: [Substring], note: Substring) throws(LineProblem) -> EndpointRow {
        guard words.count == 3 || words.count == 4 else {
            throw LineProblem(message: "must have methods, a path, classes and at most a dialect")
        }
        let methods = words[0].split(separator: ",").compactMap { MethodWord(rawValue: String($0)) }
        guard methods.count == words[0].split(separator: ",").count, !methods.isEmpty else {
            throw LineProblem(message: "must have methods parted by commas")
        }
        let classes = words[2].split(separator: ",").compactMap { OperationClasses(name: $0) }
        guard classes.count == words[2].split(separator: ",").count, !classes.isEmpty else {
            throw LineProblem(message: "must have operation classes parted by commas")
        }
        let dialect = words.count == 4 ? Dialect(rawValue: String(words[3])) : nil
        guard words.count == 3 || dialect != nil else { throw LineProblem(message: "must have a dialect that exists") }
        do throws(PathPatternError) {
            return EndpointRow(
                methods: methods, path: try PathPattern(String(words[1])), classes: OperationClasses(classes),
                dialect: dialect, note: note.split(separator: " ").joined(separator: " "))
        } catch {
            throw LineProblem(message: "the path " + error.message)
        }
    }
}
