import Kubernetes
import ModelTraffic

/// Writes what one caller needs as entries of `to`.
struct RequestNeedWriter {
    /// One entry.
    struct Line {
        var text: String
        var comment = ""
    }

    private let need: RequestsSeen.Need
    private let mediaHosts: [String]
    /// What a person should know.
    private(set) var remarks: [String] = []

    init(_ need: RequestsSeen.Need, mediaHosts: [String]) {
        self.need = need
        self.mediaHosts = mediaHosts
    }

    /// More paths than this are written as prefixes.
    private static let mostPaths = 32
    /// Where nothing of a kind was used, a name that nothing has: a list must not be empty.
    private static let nothing = "none-was-seen"

    mutating func lines() -> [Line] {
        if need.isCut {
            remarks.append("a caller did more different things than are kept: some of them would be denied")
        }
        let models = need.byClasses.values.reduce(into: Set<String>()) { $0.formUnion($1.models) }
        var lines = need.byClasses.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { line($0.key, $0.value, models) }
        lines += unknown()
        return lines
    }

    private mutating func line(
        _ classes: OperationClasses, _ names: RequestsSeen.Names, _ models: Set<String>
    ) -> Line {
        var parts = ["classes: \(Manifest.list(classes.names))"]
        var comment = ""
        // Requests that use no model may name one all the same; those of the caller are enough.
        let named = names.models.isEmpty ? models : names.models
        if names.hasUnnamedModel {
            remarks.append("requests that use a model named none: a rule allows every model of their classes")
        } else if !named.isEmpty {
            parts.append("models: \(Manifest.list(patterns(named)))")
        }
        if names.isMCP {
            let isEmpty = names.tools.isEmpty && names.prompts.isEmpty && names.resources.isEmpty
            if isEmpty {
                parts.append("tools: [\(Self.nothing)]")
                comment = "sessions and lists only: nothing has this name"
            }
            for (field, list) in [("tools", names.tools), ("prompts", names.prompts), ("resources", names.resources)]
            where !list.isEmpty { parts.append("\(field): \(Manifest.list(patterns(list)))") }
        }
        if classes.contains(.serverFetch) {
            if mediaHosts.isEmpty {
                remarks.append(
                    "servers were made to fetch URLs, and records do not say from where: add the hosts as mediaHosts")
            } else {
                parts.append("mediaHosts: \(Manifest.list(mediaHosts))")
            }
        }
        return Line(text: "{\(parts.joined(separator: ", "))}", comment: comment)
    }

    /// Names as patterns; those that no pattern can be are left out.
    private mutating func patterns(_ names: Set<String>) -> [String] {
        let fitting = names.filter { name in
            (1...256).contains(name.utf8.count) && Manifest.keeps(name)
        }
        if fitting.count < names.count {
            remarks.append("a name is too long for a rule or has control characters: it would be denied")
        }
        if fitting.contains(where: { $0.contains("*") }) {
            remarks.append("a name has a star in it, which stands for any text in a rule")
        }
        return fitting.isEmpty ? [Self.nothing] : fitting.sorted()
    }

    // MARK: Servers that are not known

    private mutating func unknown() -> [Line] {
        let writable = need.unknown.filter { Self.isMethod($0.method) && Self.isPath($0.path) }
        if writable.count < need.unknown.count {
            remarks.append("a path or method cannot be written in a rule: it would be denied")
        }
        return Dictionary(grouping: writable, by: \.method).sorted { $0.key < $1.key }.map { method, endpoints in
            let paths = endpoints.map(\.path).sorted()
            var matches = paths.map { "{type: Exact, value: \(Manifest.quoted($0))}" }
            if paths.count > Self.mostPaths {
                let prefixes = Set(paths.map(Self.firstSegment)).sorted()
                matches = prefixes.map { "{type: PathPrefix, value: \(Manifest.quoted($0))}" }
                remarks.append(
                    "\(paths.count) paths were called with \(method): a rule allows all below "
                        + prefixes.joined(separator: ", "))
            }
            return Line(text: "{methods: [\(Manifest.quoted(method))], paths: [\(matches.joined(separator: ", "))]}")
        }
    }

    /// What an entry of `methods` may be.
    private static func isMethod(_ text: String) -> Bool {
        (1...32).contains(text.utf8.count)
            && text.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || $0 == UInt8(ascii: "-") }
    }

    /// What an entry of `paths` may be: the form that the gateway gives to paths.
    private static func isPath(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.first == UInt8(ascii: "/"), bytes.count <= 1_024 else { return false }
        let segments = bytes.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isNormal = segments.enumerated().allSatisfy { index, segment in
            (!segment.isEmpty || index == segments.count - 1) && !segment.elementsEqual(".".utf8)
                && !segment.elementsEqual("..".utf8)
        }
        return isNormal && areOfPaths(bytes)
    }

    private static func areOfPaths(_ bytes: [UInt8]) -> Bool {
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "%") {
                guard index + 2 < bytes.count, isHex(bytes[index + 1]), isHex(bytes[index + 2]),
                    !(bytes[index + 1] == UInt8(ascii: "2") && bytes[index + 2] | 0x20 == UInt8(ascii: "f"))
                else { return false }
                index += 3
                continue
            }
            let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            guard isLetter || isDigit || "-/._~!$&'()*+,;=:@".utf8.contains(byte) else { return false }
            index += 1
        }
        return true
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }

    private static func firstSegment(_ path: String) -> String {
        "/" + (path.split(separator: "/").first.map(String.init) ?? "")
    }
}
