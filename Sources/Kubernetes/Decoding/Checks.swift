import Addresses

// The rules for texts that the CRDs write as patterns, enums and lengths.

extension Check {
    static let label = Check(Names.labelProblem)
    static let subdomain = Check(Names.subdomainProblem)
    static let labelKey = Check(Names.qualifiedNameProblem)
    static let labelValue = Check(Names.labelValueProblem)

    /// `ObjectName` of the Gateway API: any name that is not empty.
    static let objectName = length(1...253)

    /// `SectionName`.
    static let sectionName = subdomain

    /// API group: empty for the core group, else a DNS name.
    static let group = Check { $0.isEmpty ? nil : Names.subdomainProblem($0) }

    /// `Kind`.
    static let kind = Check { text in
        let bytes = text.utf8
        guard let first = bytes.first, let last = bytes.last, bytes.count <= 63,
            Names.isAlphanumeric(first), !Names.isDigit(first), Names.isAlphanumeric(last),
            bytes.allSatisfy({ Names.isAlphanumeric($0) || $0 == UInt8(ascii: "-") })
        else { return "must be a kind such as Service: letters, digits and '-', beginning with a letter" }
        return nil
    }

    /// `PreciseHostname`.
    static let hostname = subdomain

    /// `Hostname`: a DNS name, or `*.` and one.
    static let wildcardHostname = Check { text in
        let name = text.hasPrefix("*.") ? String(text.dropFirst(2)) : text
        guard text.utf8.count <= 253, Names.subdomainProblem(name) == nil else {
            return "must be a lower-case DNS name without a port, with at most '*.' in front"
        }
        return nil
    }

    /// `HTTPHeaderName`: an RFC 9110 token.
    static let headerName = Check { text in
        let isToken = text.utf8.allSatisfy { Names.isAlphanumeric($0) || "!#$%&'*+-.^_`|~".utf8.contains($0) }
        return isToken && (1...256).contains(text.utf8.count)
            ? nil : "must be a header name: 1 to 256 letters, digits and !#$%&'*+-.^_`|~"
    }

    /// A value that goes into a header: nothing that could end the line.
    static let headerValue = Check { text in
        guard (1...4096).contains(text.unicodeScalars.count) else { return "must have 1 to 4096 characters" }
        let isSafe = text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }
        return isSafe ? nil : "must not contain control characters"
    }

    /// `domain/path`, as controller names are written.
    static let domainPrefixedPath = Check { text in
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
        guard text.utf8.count <= 253, parts.count == 2, Names.isSubdomain(parts[0]), !parts[1].isEmpty,
            parts[1].allSatisfy({ Names.isAlphanumeric($0) || "/-._~%!$&'()*+,;=:".utf8.contains($0) })
        else { return "must be a DNS name, '/' and a path, such as example.com/controller" }
        return nil
    }

    /// `ProtocolType` of a listener.
    static let protocolType = Check { text in
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isName = { (name: Substring.UTF8View, middle: String) in
            name.first.map(Names.isAlphanumeric) == true && name.last.map(Names.isAlphanumeric) == true
                && name.allSatisfy { Names.isAlphanumeric($0) || middle.utf8.contains($0) }
        }
        let isRight =
            parts.count == 1
            ? isName(parts[0], "-") : parts.count == 2 && Names.isSubdomain(parts[0]) && isName(parts[1], "")
        return isRight && text.utf8.count <= 255
            ? nil : "must be HTTP, HTTPS, TLS, TCP, UDP, or a name with a domain such as example.com/proto"
    }

    /// Key of a ConfigMap or Secret.
    static let dataKey = Check { text in
        let isRight = text.utf8.allSatisfy { Names.isAlphanumeric($0) || "-_.".utf8.contains($0) }
        return isRight && (1...253).contains(text.utf8.count) && text != "." && text != ".."
            ? nil : "must be at most 253 letters, digits, '-', '_' and '.'"
    }

    /// Blocks of addresses with white space between them, as `ConfigMap.namesRanges` has them.
    static let blocks = Check { text in
        ConfigMap.words(text).allSatisfy { Prefix(String($0)) != nil }
            ? nil : "must be blocks of addresses such as 192.0.2.0/24"
    }

    /// One of some words.
    static func oneOf(_ words: String...) -> Check {
        Check { words.contains($0) ? nil : "must be one of \(words.joined(separator: ", "))" }
    }

    /// A number of characters.
    static func length(_ range: ClosedRange<Int>) -> Check {
        Check {
            range.contains($0.unicodeScalars.count)
                ? nil : "must have \(range.lowerBound) to \(range.upperBound) characters"
        }
    }
}
