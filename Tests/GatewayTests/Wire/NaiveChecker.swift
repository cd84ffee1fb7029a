#if canImport(Gateway)
    @testable import Gateway
#endif

/// What must never get past the boundary, said a second time and in the plainest way: text, splitting and comparing.
/// It shares nothing with the parser, is slow, and only judges heads that the parser accepted.
enum NaiveChecker {
    /// Complaints about a request head as it came on the wire, with the empty line.
    static func request(_ head: [UInt8], mostFields: Int = 100) -> [String] {
        var text = WireDriver.text(head)
        if text.hasPrefix("\r\n") { text.unicodeScalars.removeFirst(2) }
        let lines = split(text)
        var complaints = lineComplaints(lines)
        if lines.count - 1 > mostFields { complaints.append("\(lines.count - 1) fields") }
        let parts = lines.first.map { separated($0, by: " ") } ?? []
        guard parts.count == 3 else { return complaints + ["request line has \(parts.count) parts"] }
        let version = parts[2]
        if version != "HTTP/1.1", version != "HTTP/1.0" { complaints.append("version \(version)") }
        if parts[0].isEmpty || !parts[0].unicodeScalars.allSatisfy(isToken) { complaints.append("method \(parts[0])") }
        complaints += targetComplaints(parts[1], method: parts[0])
        let fields = self.fields(lines.dropFirst())
        complaints += framingComplaints(fields, isOld: version == "HTTP/1.0")
        let hosts = fields.filter { $0.name == "host" }
        let namesHost = parts[1].hasPrefix("http") && version == "HTTP/1.0"
        if hosts.count > 1 || (hosts.isEmpty && !namesHost) { complaints.append("\(hosts.count) hosts") }
        for host in hosts where host.value.isEmpty || host.value.contains(where: { "@/?#\\ ,%".contains($0) }) {
            complaints.append("host \(host.value)")
        }
        for name in ["authorization", "x-api-key", "api-key"] where fields.filter({ $0.name == name }).count > 1 {
            complaints.append("two \(name)")
        }
        return complaints
    }

    /// Complaints about a response head as it came on the wire, with the empty line.
    static func response(_ head: [UInt8]) -> [String] {
        let lines = split(WireDriver.text(head))
        var complaints = lineComplaints(lines)
        guard let first = lines.first, first.hasPrefix("HTTP/1.1 ") || first.hasPrefix("HTTP/1.0 ") else {
            return complaints + ["status line"]
        }
        complaints += framingComplaints(fields(lines.dropFirst()), isOld: first.hasPrefix("HTTP/1.0"))
        return complaints
    }

    /// Complaints about a head that is about to go upstream.
    static func upstream(_ head: [UInt8], peer: String) -> [String] {
        // The gateway adds a few of its own.
        var complaints = request(head, mostFields: 110)
        let fields = self.fields(split(WireDriver.text(head)).dropFirst())
        for field in fields {
            let name = String(field.name.map { $0 == "_" ? "-" : $0 })
            if ["authorization", "x-api-key", "api-key", "proxy-authorization"].contains(name) {
                complaints.append("credential \(field.name)")
            }
            if name.hasPrefix("x-sallyport") || name == "forwarded" || name == "x-real-ip" {
                complaints.append("internal \(field.name)")
            }
            if name.hasPrefix("x-forwarded-") {
                let isOurs = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"].contains(field.name)
                if !isOurs || field.name == "x-forwarded-for" && field.value != peer {
                    complaints.append("spoofed \(field.name)")
                }
            }
            if ["connection", "upgrade"].contains(name), !["upgrade", "websocket"].contains(field.value) {
                complaints.append("hop \(field.name): \(field.value)")
            }
        }
        return complaints
    }

    /// A chunked body from the beginning of `bytes`, read in the plainest way; nil when it is not complete or not
    /// well-formed.
    static func dechunk(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        var rest = bytes
        var body: [UInt8] = []
        while let end = rest.firstIndex(of: 13), end + 1 < rest.endIndex, rest[end + 1] == 10 {
            let size = rest[..<end].prefix { $0 != UInt8(ascii: ";") }
            guard let count = Int(WireDriver.text(size), radix: 16) else { return nil }
            rest = rest[(end + 2)...]
            if count == 0 { return body }
            guard rest.count >= count + 2 else { return nil }
            body += rest.prefix(count)
            rest = rest.dropFirst(count + 2)
        }
        return nil
    }

    // MARK: Parts

    private static func separated(_ text: String, by separator: Unicode.Scalar) -> [String] {
        text.unicodeScalars.split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }

    /// The lines without their CR LF; what is left of CR and LF is found by `lineComplaints`.
    private static func split(_ text: String) -> [String] {
        var lines: [String] = []
        var line = String.UnicodeScalarView()
        var previous: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            if previous == "\r", scalar == "\n" {
                line.removeLast()
                lines.append(String(line))
                line = .init()
            } else {
                line.append(scalar)
            }
            previous = scalar
        }
        if !line.isEmpty { lines.append(String(line)) }
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    private static func lineComplaints(_ lines: [String]) -> [String] {
        var complaints: [String] = []
        for (number, line) in lines.enumerated() {
            for scalar in line.unicodeScalars where scalar.value < 32 && scalar != "\t" || scalar.value == 127 {
                complaints.append("control character \(scalar.value) in line \(number)")
            }
            guard number > 0 else { continue }
            let name = separated(line, by: ":")[0]
            if name.isEmpty || name == line || !name.unicodeScalars.allSatisfy(isToken) {
                complaints.append("field line \(number): \(line.debugDescription)")
            }
        }
        return complaints
    }

    private static func fields(_ lines: ArraySlice<String>) -> [(name: String, value: String)] {
        lines.map { line in
            let parts = separated(line, by: ":")
            let value = parts.dropFirst().joined(separator: ":")
            return (parts[0].lowercased(), String(trim(value)))
        }
    }

    private static func trim(_ text: String) -> Substring {
        var text = Substring(text)
        while let first = text.unicodeScalars.first, first == " " || first == "\t" { text.unicodeScalars.removeFirst() }
        while let last = text.unicodeScalars.last, last == " " || last == "\t" { text.unicodeScalars.removeLast() }
        return text
    }

    private static func framingComplaints(_ fields: [(name: String, value: String)], isOld: Bool) -> [String] {
        let lengths = fields.filter { $0.name == "content-length" }
        let codings = fields.filter { $0.name == "transfer-encoding" }
        var complaints: [String] = []
        if lengths.count + codings.count > 1 { complaints.append("framed twice") }
        if !codings.isEmpty, isOld { complaints.append("coding in HTTP/1.0") }
        for coding in codings where coding.value.lowercased() != "chunked" {
            complaints.append("coding \(coding.value)")
        }
        for length in lengths
        where length.value.isEmpty || !length.value.unicodeScalars.allSatisfy({ ("0"..."9").contains($0) }) {
            complaints.append("length \(length.value)")
        }
        return complaints
    }

    private static func targetComplaints(_ target: String, method: String) -> [String] {
        var complaints: [String] = []
        if target.isEmpty || target.count > 8 << 10 { complaints.append("target of \(target.count)") }
        for scalar in target.unicodeScalars
        where scalar.value <= 32 || scalar.value >= 127 || "\"#<>\\".unicodeScalars.contains(scalar) {
            complaints.append("\(scalar.value) in target")
        }
        if method == "CONNECT" { complaints.append("CONNECT") }
        if target == "*" { return method == "OPTIONS" ? complaints : complaints + ["*"] }
        var path = separated(target, by: "?")[0]
        if !path.hasPrefix("/") {
            guard let scheme = path.range(of: "://") else { return complaints + ["form of the target"] }
            let rest = path[scheme.upperBound...]
            path = rest.firstIndex(of: "/").map { String(rest[$0...]) } ?? "/"
        }
        return complaints + pathComplaints(path)
    }

    private static func pathComplaints(_ path: String) -> [String] {
        var complaints: [String] = []
        let lower = path.lowercased()
        for bad in ["%2f", "%5c", "%00", "%0a", "%0d", "%7f", "%252e", "%252f", "%c0", "%c1"] where lower.contains(bad)
        {
            complaints.append("\(bad) in path")
        }
        let segments = separated(lower.replacingEvery("%2e", with: "."), by: "/")
        for (index, segment) in segments.enumerated().dropFirst() {
            let name = separated(segment, by: ";")[0]
            if name == "." || name == ".." { complaints.append("dot segment") }
            if segment.isEmpty, index != segments.count - 1 { complaints.append("empty segment") }
        }
        return complaints
    }

    private static func isToken(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII
            && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                || "!#$%&'*+-.^_`|~".unicodeScalars.contains(scalar))
    }
}

extension String {
    /// Foundation's way, without Foundation.
    fileprivate func replacingEvery(_ part: String, with other: String) -> String {
        var result = ""
        var rest = Substring(self)
        while let range = rest.range(of: part) {
            result += rest[..<range.lowerBound] + other
            rest = rest[range.upperBound...]
        }
        return result + rest
    }

    fileprivate func range(of part: String) -> Range<Index>? { Substring(self).range(of: part) }
}

extension Substring {
    fileprivate func range(of part: String) -> Range<Index>? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(part) { return index..<self.index(index, offsetBy: part.count) }
            index = self.index(after: index)
        }
        return nil
    }
}
