/// A subject as RFC 4514 writes it: the last element first, `CN=alice,OU=ml,O=Example`.
enum SubjectText {
    static let commonName = "2.5.4.3"

    /// The attributes that have a short name here, by object identifier.
    private static let names: [String: String] = [
        commonName: "CN", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.9": "STREET", "2.5.4.10": "O",
        "2.5.4.11": "OU", "2.5.4.5": "serialNumber", "2.5.4.12": "title", "2.5.4.46": "dnQualifier",
        "2.5.4.97": "organizationIdentifier", "0.9.2342.19200300.100.1.25": "DC", "0.9.2342.19200300.100.1.1": "UID",
        "1.2.840.113549.1.9.1": "emailAddress",
    ]

    private static let knownNames = Set(names.values)

    /// The text; nil where the subject is empty, or has an attribute or a value that has no text here: what cannot be
    /// written in full is not written at all, since half of it could be somebody else's name.
    static func write(_ subject: [[CertificateContent.Attribute]]) -> [UInt8]? {
        guard !subject.isEmpty else { return nil }
        var result: [UInt8] = []
        for element in subject.reversed() {
            if !result.isEmpty { result.append(UInt8(ascii: ",")) }
            guard !element.isEmpty else { return nil }
            for (index, attribute) in element.enumerated() {
                guard let name = names[attribute.type], let text = attribute.text else { return nil }
                if index > 0 { result.append(UInt8(ascii: "+")) }
                result.append(contentsOf: name.utf8)
                result.append(UInt8(ascii: "="))
                appendEscaped(text, to: &result)
            }
        }
        return result
    }

    private static func appendEscaped(_ text: [UInt8], to result: inout [UInt8]) {
        for (index, byte) in text.enumerated() {
            let isFirst = index == 0
            let isLast = index == text.count - 1
            let needsEscape =
                special.contains(byte) || (byte == UInt8(ascii: " ") && (isFirst || isLast))
                || (byte == UInt8(ascii: "#") && isFirst)
            if needsEscape { result.append(UInt8(ascii: "\\")) }
            result.append(byte)
        }
    }

    private static let special = Set("\"+,;<>\\".utf8)

    /// Why no certificate can have a subject of this text; nil: one can.
    static func mistake(in text: String) -> String? {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty else { return "must not be empty" }
        guard NameCharacters.areText(bytes) else { return "must not have control characters" }
        for element in elements(of: bytes) {
            let name = String(decoding: element.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
            guard name.utf8.count < element.count, knownNames.contains(name) else {
                return "must be a subject as RFC 4514 writes it, such as CN=alice,O=Example, without spaces around "
                    + "commas and equals signs; \"\(name)\" is none of \(knownNames.sorted().joined(separator: ", "))"
            }
        }
        return nil
    }

    /// The parts between commas and plus signs that are not escaped.
    private static func elements(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var parts: [ArraySlice<UInt8>] = []
        var start = 0
        var isEscaped = false
        for (index, byte) in bytes.enumerated() {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: ",") || byte == UInt8(ascii: "+") {
                parts.append(bytes[start..<index])
                start = index + 1
            }
        }
        return parts + [bytes[start...]]
    }
}
