import Kubernetes
import ModelTraffic

extension CheckReport {
    // MARK: For people

    func lines(_ terminal: Terminal) -> [String] {
        findings.flatMap { finding -> [String] in
            let style: Terminal.Style =
                switch finding.level {
                case .error: .bad
                case .warning: .careful
                case .note: .faint
                }
            let level = terminal.styled("\(finding.level.rawValue):", style)
            let line = "\(level) \(finding.entry.text(in: directory)) [\(finding.title)]"
            return finding.advice.isEmpty ? [line] : [line, "    \(Printable.oneLine(finding.advice))"]
        } + [summary]
    }

    private var summary: String {
        if hasMistakes { return "\(Words.count(findings.count, "mistake")); nothing else was looked for" }
        let counts = CheckFinding.Level.allCases.map { level in (level, findings.count { $0.level == level }) }
        let found = counts.filter { $0.1 > 0 }.map { Words.count($0.1, $0.0.rawValue) }
        let result = found.isEmpty ? "nothing is wrong" : found.joined(separator: ", ")
        return "\(Words.count(objects, "object")), \(Words.count(proved, "guaranteed rule")) proved: \(result)"
    }

    // MARK: For programs

    func json(_ stream: inout ResultStream) {
        stream.write("{\"objects\":\(objects),\"proved\":\(proved),\n")
        stream.member("findings", findings.lazy.map(Self.value), isLast: true)
        stream.line("}")
    }

    private static func value(_ finding: CheckFinding) -> JSONLiteral {
        var members: [(String, JSONLiteral)] = [
            ("rule", .string(finding.rule)), ("level", .string(finding.level.rawValue)),
        ]
        if let position = finding.position {
            members += [
                ("file", .string(position.file)), ("line", .integer(Int64(position.line))),
                ("column", .integer(Int64(position.column))),
            ]
        }
        if let object = finding.object { members.append(("object", PartyJSON.value(object))) }
        if finding.isStaged { members.append(("staged", .bool(true))) }
        return .object(
            members + [("path", .string(finding.path)), ("message", .string(finding.message))]
                + (finding.advice.isEmpty ? [] : [("advice", .string(finding.advice))]))
    }

    // MARK: For GitHub

    /// A workflow command for each finding: they become annotations of lines.
    var annotations: [String] { findings.map { Self.annotation($0, in: directory) } }

    static func annotation(_ finding: CheckFinding, in directory: String) -> String {
        let name =
            switch finding.level {
            case .error: "error"
            case .warning: "warning"
            case .note: "notice"
            }
        var properties: [(String, String)] = []
        if let position = finding.position {
            properties += [
                ("file", path(position.file, in: directory)), ("line", "\(position.line)"),
                ("col", "\(position.column)"),
            ]
        }
        properties.append(("title", finding.title))
        let text = properties.map { "\($0.0)=\(escaped($0.1, isProperty: true))" }.joined(separator: ",")
        var bare = finding.entry
        (bare.file, bare.line, bare.column) = (nil, nil, nil)
        if !finding.advice.isEmpty { bare.message += "; \(finding.advice)" }
        return "::\(name) \(text)::\(escaped(bare.text(in: directory), isProperty: false))"
    }

    /// A file from where the command was started.
    static func path(_ file: String, in directory: String) -> String {
        directory == "." ? file : directory.hasSuffix("/") ? directory + file : "\(directory)/\(file)"
    }

    private static func escaped(_ text: String, isProperty: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "%": result += "%25"
            case "\r": result += "%0D"
            case "\n": result += "%0A"
            case ":" where isProperty: result += "%3A"
            case "," where isProperty: result += "%2C"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
