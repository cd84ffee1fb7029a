import Foundation

/// Test material of others, read where it is and never copied.
enum Corpus {
    static let root: URL = {
        if let path = ProcessInfo.processInfo.environment["SALLYPORT_CONFORMANCE"] { return URL(filePath: path) }
        var project = URL(filePath: #filePath)
        for _ in 0..<4 { project.deleteLastPathComponent() }
        return project.deletingLastPathComponent().appending(path: "shared/conformance")
    }()

    static func has(_ folder: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: folder).path)
    }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    static func files(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path).sorted()
            .map { folder + "/" + $0 }
    }
}

/// One block of llhttp's Markdown tests: an input and the events that its parser reported.
struct LlhttpCase: CustomStringConvertible, Sendable {
    var file: String
    var title: String
    /// `request`, `response-lenient-headers`, ...
    var type: String
    var skipsBody: Bool
    var input: [UInt8]
    var log: String

    var description: String { "\(file) \(title) [\(type)]" }
    var isLenient: Bool { type.contains("lenient") }
    var isRequest: Bool { type.hasPrefix("request") }

    /// The error that llhttp reported; nil also when it only paused at an upgrade.
    var error: String? {
        guard let line = log.split(separator: "\n").first(where: { $0.contains(" error code=") }) else { return nil }
        return line.contains("Pause on") ? nil : String(line)
    }

    var completeMessages: Int { log.components(separatedBy: " message complete").count - 1 }

    var bodyLength: Int {
        log.split(separator: "\n").filter { $0.contains("span[body]") }.reduce(0) { sum, line in
            let length = line.split(separator: " ").first { $0.hasPrefix("len=") }.flatMap { Int($0.dropFirst(4)) }
            return sum + (length ?? 0)
        }
    }

    static func readAll() throws -> [LlhttpCase] {
        var cases: [LlhttpCase] = []
        for folder in ["http/llhttp/test/request", "http/llhttp/test/response"] {
            for file in try Corpus.files(folder) {
                let name = (folder as NSString).lastPathComponent + "/" + (file as NSString).lastPathComponent
                cases += read(try Corpus.text(file), file: name)
            }
        }
        return cases
    }

    private static func read(_ text: String, file: String) -> [LlhttpCase] {
        var cases: [LlhttpCase] = []
        var title = ""
        var meta = ""
        var fence: String?
        var block: [Substring] = []
        var input = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let open = fence {
                guard line == "```" else {
                    block.append(line)
                    continue
                }
                fence = nil
                let content = block.joined(separator: "\n")
                if open == "http" { input = content }
                if open == "log" {
                    let type = meta.firstMatch(of: #/"type":\s*"([^"]+)"/#).map { String($0.1) } ?? "request"
                    cases.append(
                        LlhttpCase(
                            file: file, title: title, type: type, skipsBody: meta.contains("skipBody"),
                            input: unescape(input), log: content))
                }
            } else if line.hasPrefix("```") {
                fence = String(line.dropFirst(3))
                block = []
            } else if line.hasPrefix("#") {
                title = line.drop { $0 == "#" || $0 == " " }.description
            } else if line.hasPrefix("<!-- meta") {
                meta = String(line)
            }
        }
        return cases
    }

    /// A backslash at the end of a line joins it with the next, other line ends are CR LF, then come the escapes.
    private static func unescape(_ text: String) -> [UInt8] {
        let source = Array(
            text.replacingOccurrences(of: "\\\n", with: "").replacingOccurrences(of: "\n", with: "\r\n").utf8)
        var bytes: [UInt8] = []
        var index = 0
        while index < source.count {
            let next = index + 1 < source.count ? source[index + 1] : 0
            let simple: UInt8? =
                switch source[index] == UInt8(ascii: "\\") ? next : 0 {
                case UInt8(ascii: "r"): 13
                case UInt8(ascii: "n"): 10
                case UInt8(ascii: "t"): 9
                case UInt8(ascii: "f"): 12
                default: nil
                }
            if let simple {
                bytes.append(simple)
                index += 2
            } else if source[index] == UInt8(ascii: "\\"), next == UInt8(ascii: "x"), index + 3 < source.count,
                let value = UInt8(String(decoding: source[(index + 2)...(index + 3)], as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                index += 4
            } else {
                bytes.append(source[index])
                index += 1
            }
        }
        return bytes
    }
}

/// One request of http-desync-guardian's YAML, with the tier that it gives it.
struct GuardianCase: CustomStringConvertible, Sendable {
    var file = ""
    var name = ""
    var method: [UInt8] = []
    var uri: [UInt8] = []
    var version: [UInt8] = []
    var headers: [(name: [UInt8], value: [UInt8])] = []
    var tier = ""
    var reason = ""

    var description: String { "\(file): \(name) [\(tier)]" }

    /// The request as it would be sent; a `Host` is added when there is none, since the cases leave it out.
    var bytes: [UInt8] {
        var bytes = method + [32] + uri
        if !version.isEmpty { bytes += [32] + version }
        bytes += [13, 10]
        if !headers.contains(where: { WireDriver.text($0.name).lowercased() == "host" }) {
            bytes += Array("Host: example.com\r\n".utf8)
        }
        for header in headers { bytes += header.name + Array(": ".utf8) + header.value + [13, 10] }
        return bytes + [13, 10]
    }

    static func readAll() throws -> [GuardianCase] {
        var cases: [GuardianCase] = []
        for file in try Corpus.files("http/http-desync-guardian/tests") where file.hasSuffix(".yaml") {
            var name = (file as NSString).lastPathComponent
            name.removeLast(5)
            cases += read(try Corpus.text(file), file: name)
        }
        return cases
    }

    /// Reads the one shape that these files have: it is no general YAML reader.
    private static func read(_ text: String, file: String) -> [GuardianCase] {
        var cases: [GuardianCase] = []
        for line in text.split(separator: "\n") {
            let content = line.trimmingCharacters(in: .whitespaces)
            guard !content.hasPrefix("#"), let colon = content.firstIndex(of: ":") else { continue }
            let key = content[..<colon]
            let value = scalar(content[content.index(after: colon)...].trimmingCharacters(in: .whitespaces))
            if line.hasPrefix("- name") {
                cases.append(GuardianCase(file: file, name: WireDriver.text(value)))
                continue
            }
            guard !cases.isEmpty else { continue }
            cases[cases.count - 1].take(String(key), value, isTop: line.hasPrefix("  ") && !line.hasPrefix("   "))
        }
        return cases
    }

    private mutating func take(_ key: String, _ value: [UInt8], isTop: Bool) {
        switch key {
        case "uri": uri = value
        case "method": method = value
        case "version": version = value
        case "- name": headers.append((value, []))
        case "value" where !headers.isEmpty: headers[headers.count - 1].value = value
        case "tier": tier = WireDriver.text(value)
        case "reason": reason = WireDriver.text(value)
        default: break
        }
    }

    /// A plain or quoted scalar as bytes: characters up to U+00FF are one byte, as the cases mean them.
    private static func scalar(_ text: String) -> [UInt8] {
        guard let quote = text.first, quote == "\"" || quote == "'" else { return Array(text.utf8) }
        var bytes: [UInt8] = []
        var rest = text.dropFirst()
        while let character = rest.popFirst(), character != quote {
            guard character == "\\", quote == "\"", let escape = rest.popFirst() else {
                bytes.append(contentsOf: String(character).utf8)
                continue
            }
            switch escape {
            case "x":
                bytes.append(UInt8(rest.prefix(2), radix: 16) ?? 0)
                rest = rest.dropFirst(2)
            case "r": bytes.append(13)
            case "n": bytes.append(10)
            case "t": bytes.append(9)
            case "0": bytes.append(0)
            default: bytes.append(contentsOf: String(escape).utf8)
            }
        }
        return bytes
    }
}
