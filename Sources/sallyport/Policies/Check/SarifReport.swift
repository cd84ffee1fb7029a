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
        var seen: [String: Int] = [:]
        let results = report.findings.map { finding -> JSONLiteral in
            let name = Self.identity(finding)
            seen[name, default: 0] += 1
            return result(finding, fingerprint: Self.fingerprint("\(name) \(seen[name, default: 1])"))
        }
        stream.member("results", results, isLast: true)
        stream.line("}]}")
    }

    private var tool: JSONLiteral {
        let rules = CheckRule.all.map { rule -> JSONLiteral in
            .object([
                ("id", .string(rule.identifier)), ("name", .string(Self.pascal(rule.identifier))),
                ("shortDescription", .object([("text", .string(rule.meaning))])),
                ("fullDescription", .object([("text", .string("\(rule.meaning) \(rule.help)"))])),
                ("help", .object([("text", .string(rule.help))])),
                ("defaultConfiguration", .object([("level", .string(rule.level.rawValue))])),
                ("properties", .object([("problem.severity", .string(Self.severity(rule.level)))])),
            ])
        }
        let driver: JSONLiteral = .object([
            ("name", .string("sallyport")), ("version", .string(Version.text)), ("rules", .array(rules)),
        ])
        return .object([("driver", driver)])
    }

    /// What a finding is about, wherever it is written: it is the same when lines are added above.
    private static func identity(_ finding: CheckFinding) -> String {
        let owner = finding.object?.description ?? finding.position?.file ?? ""
        let text = finding.object == nil ? finding.message : ""
        return "\(finding.rule) \(finding.isStaged) \(owner) \(finding.path) \(text)"
    }

    /// 64 bits of FNV-1a in hexadecimal: names of findings are not secret, and are to differ by more than chance.
    static func fingerprint(_ name: String) -> String {
        let hash = name.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// `SelectsNothing`.
    private static func pascal(_ identifier: String) -> String {
        identifier.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    /// As code scanning names levels of findings that are not about security alone.
    private static func severity(_ level: CheckFinding.Level) -> String {
        switch level {
        case .error: "error"
        case .warning: "warning"
        case .note: "recommendation"
        }
    }

    private func result(_ finding: CheckFinding, fingerprint: String) -> JSONLiteral {
        let path = finding.path.isEmpty ? "" : "\(finding.path): "
        let advice = finding.advice.isEmpty ? "" : "; \(finding.advice)"
        var members: [(String, JSONLiteral)] = [
            ("ruleId", .string(finding.rule)), ("level", .string(finding.level.rawValue)),
            ("message", .object([("text", .string(Printable.oneLine(path + finding.message + advice)))])),
        ]
        if let index = CheckRule.all.firstIndex(where: { $0.identifier == finding.rule }) {
            members.append(("ruleIndex", .integer(Int64(index))))
        }
        members.append(("partialFingerprints", .object([("sallyportFinding/v1", .string(fingerprint))])))
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
