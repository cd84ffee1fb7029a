import Kubernetes
import ModelTraffic

/// Findings as SARIF 2.1.0, which code scanning reads.
struct SarifReport {
    private let report: CheckReport

    init(_ report: CheckReport) { self.report = report }

    func write(_ stream: inout ResultStream) {
        stream.write(
            "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\n\"runs\":[{")
        stream.write("\"tool\":")
        stream.write(tool)
        stream.write(",\"columnKind\":\"unicodeCodePoints\",\n")
        stream.member("results", report.findings.lazy.map(result), isLast: true)
        stream.line("}]}")
    }

    private var tool: JSONLiteral {
        let rules = CheckRule.all.map { rule -> JSONLiteral in
            .object([
                ("id", .string(rule.identifier)), ("shortDescription", .object([("text", .string(rule.meaning))])),
                ("defaultConfiguration", .object([("level", .string(rule.level.rawValue))])),
            ])
        }
        let driver: JSONLiteral = .object([
            ("name", .string("sallyport")), ("version", .string(Version.text)), ("rules", .array(rules)),
        ])
        return .object([("driver", driver)])
    }

    private func result(_ finding: CheckFinding) -> JSONLiteral {
        let path = finding.path.isEmpty ? "" : "\(finding.path): "
        let advice = finding.advice.isEmpty ? "" : "; \(finding.advice)"
        var members: [(String, JSONLiteral)] = [
            ("ruleId", .string(finding.rule)), ("level", .string(finding.level.rawValue)),
            ("message", .object([("text", .string(Printable.oneLine(path + finding.message + advice)))])),
        ]
        if let index = CheckRule.all.firstIndex(where: { $0.identifier == finding.rule }) {
            members.append(("ruleIndex", .integer(Int64(index))))
        }
        var location: [(String, JSONLiteral)] = []
        if let position = finding.position { location.append(("physicalLocation", place(position))) }
        if let object = finding.object {
            let name: JSONLiteral = .object([
                ("fullyQualifiedName", .string(object.description)), ("kind", .string("resource")),
            ])
            location.append(("logicalLocations", .array([name])))
        }
        if finding.isStaged { members.append(("properties", .object([("staged", .bool(true))]))) }
        if !location.isEmpty { members.append(("locations", .array([.object(location)]))) }
        return .object(members)
    }

    private func place(_ position: Position) -> JSONLiteral {
        let path = CheckReport.path(position.file, in: report.directory)
        return .object([
            ("artifactLocation", .object([("uri", .string(Self.uri(path)))])),
            (
                "region",
                .object([
                    ("startLine", .integer(Int64(position.line))), ("startColumn", .integer(Int64(position.column))),
                ])
            ),
        ])
    }

    /// A path as a reference: what does not stand in one by itself is escaped.
    static func uri(_ path: String) -> String {
        var text = path.hasPrefix("/") ? "file://" : ""
        for byte in path.utf8 {
            let scalar = UnicodeScalar(byte)
            if scalar.isASCII,
                scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                    || "-._~/".unicodeScalars.contains(scalar)
            {
                text.unicodeScalars.append(scalar)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                text += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return text
    }
}
