import Foundation
import ModelTraffic
import Testing

/// The list of endpoints that the built-in tables are held to: read where it is, never copied.
struct SourceRow: Sendable, CustomTestStringConvertible {
    let line: Int
    let server: String
    let methods: [String]
    let path: String
    let classes: OperationClasses
    let note: String

    var testDescription: String { "\(line) \(server) \(methods.joined(separator: ",")) \(path)" }

    /// All rows; none when the list is not there.
    static let all: [SourceRow] = {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let material = ProcessInfo.processInfo.environment["SALLYPORT_CONFORMANCE"].map { URL(filePath: $0) }
        let folder = material ?? package.appending(path: "../shared/conformance")
        let file = folder.appending(path: "../catalogue/endpoint-catalogue.tsv").standardizedFileURL
        guard let text = try? String(contentsOf: file, encoding: .utf8) else {
            print("skipped: no list of endpoints at \(file.path); set SALLYPORT_CONFORMANCE")
            return []
        }
        return text.split(separator: "\n").enumerated().dropFirst().map { SourceRow($0 + 1, $1) }
    }()

    static let isThere = !all.isEmpty

    private static let words: [String: OperationClasses] = [
        "HEALTH": .health, "META": .metadata, "INFER": .inference, "MODEL_MUTATE": .modelMutation,
        "EXEC": .codeExecution, "DATA_READ": .dataRead, "DATA_WRITE": .dataWrite, "ADMIN": .administration,
        "SSRF": .serverFetch,
    ]

    private init(_ line: Int, _ text: Substring) {
        let columns = text.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        self.line = line
        server = columns[0]
        methods = columns[2].components(separatedBy: ",")
        path = columns[3]
        classes = OperationClasses(columns[4].components(separatedBy: ",").compactMap { Self.words[$0] })
        note = columns.count > 5 ? columns[5] : ""
    }

    /// What a request must be classified as. Two notes of the list say more than its column of classes.
    func expected(_ method: String) -> OperationClasses {
        if note.contains("(GET = DATA_READ)"), method == "GET" { return .dataRead }
        if path == "/slots", note.contains("/slots exposes") { return [.metadata, .dataRead] }
        return classes
    }

    /// Requests that the row stands for.
    var requests: [(method: String, isUpgrade: Bool)] {
        methods.flatMap { word -> [(String, Bool)] in
            switch word {
            case "ANY": [("GET", false), ("POST", false), ("PUT", false), ("DELETE", false), ("PROPFIND", false)]
            case "WS": [("GET", true)]
            case "GRPC": [("POST", false)]
            default: [(word, false)]
            }
        }
    }

    /// Paths that the row stands for.
    var examples: [String] {
        var text = path.replacingOccurrences(of: "…", with: "/api/v2/tenants/t/databases/d")
        // A variable of the environment; this is what it holds where nobody chose otherwise.
        if text == "$AIP_PREDICT_ROUTE" { text = "/v1/endpoints/e/deployedModels/m:predict" }
        if text.hasPrefix(":"), let slash = text.firstIndex(of: "/") { text = String(text[slash...]) }
        if let query = text.firstIndex(of: "?") { text = String(text[..<query]) }
        if text.hasPrefix("{ns}") { text = "[/chain|/a/b]" + text.dropFirst(4) }
        var expander = ExampleExpander(Array(text), isGRPC: methods == ["GRPC"], text.contains("/vectordb/"))
        return expander.expand()
    }
}

/// Writes a pattern of the list out as example paths. Knows nothing of the product's pattern language.
private struct ExampleExpander {
    private let text: [Character]
    private let isGRPC: Bool
    private let isMilvus: Bool
    private var at = 0

    init(_ text: [Character], isGRPC: Bool, _ isMilvus: Bool) {
        self.text = text
        self.isGRPC = isGRPC
        self.isMilvus = isMilvus
    }

    mutating func expand(until close: Character? = nil) -> [String] {
        var done: [String] = []
        var current = [""]
        while at < text.count {
            let character = text[at]
            at += 1
            switch character {
            case close: return done + current
            case "|" where close != nil:
                done += current
                current = [""]
            case "(": current = join(current, expand(until: ")"))
            case "[": current = join(current, [""] + expand(until: "]"))
            case "{": current = join(current, capture())
            case "*": current = current.flatMap(star)
            default: current = join(current, [String(character)])
            }
        }
        return done + current
    }

    private func join(_ heads: [String], _ tails: [String]) -> [String] {
        heads.flatMap { head in tails.map { head + $0 } }
    }

    private mutating func capture() -> [String] {
        var name = ""
        while text[at] != "}" {
            name.append(text[at])
            at += 1
        }
        at += 1
        return name.hasSuffix("*") ? ["x1", "x1/y2.txt", "x1/y2/z3"] : ["x1"]
    }

    private func star(_ head: String) -> [String] {
        if head.hasSuffix("/") { return ["\(head)x1", "\(head)x1/y2"] }
        if head.hasSuffix("-") || head.hasSuffix("_") { return ["\(head)x1"] }
        if isGRPC { return ["\(head)Something"] }
        return isMilvus ? [head, "\(head)_x1"] : [head, "\(head)/x1", "\(head)/x1/y2"]
    }
}
