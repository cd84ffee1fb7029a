/// The syntaxes of names in Kubernetes, each as a question that answers nil for good, else what would be right.
///
/// Written over bytes: regular expressions would need Foundation, and these run for every name of every object.
public enum Names {
    /// RFC 1123 label: `a-z 0-9 -`, alphanumeric at both ends, at most 63.
    public static func labelProblem(_ text: String) -> String? {
        isLabel(text.utf8[...]) && text.utf8.count <= 63
            ? nil
            : "must be at most 63 lower-case letters, digits and '-', with a letter or digit at both ends"
    }

    /// RFC 1123 subdomain: labels of any length joined by dots, at most 253 in all.
    public static func subdomainProblem(_ text: String) -> String? {
        isSubdomain(text.utf8[...]) && text.utf8.count <= 253
            ? nil
            : "must be a DNS name: at most 253 lower-case letters, digits, '-' and '.', "
                + "with a letter or digit at both ends of each part"
    }

    /// Name of an RFC 1035 label, as Services have it: starts with a letter.
    public static func serviceNameProblem(_ text: String) -> String? {
        guard labelProblem(text) == nil, let first = text.utf8.first, isLower(first) else {
            return "must be at most 63 lower-case letters, digits and '-', beginning with a letter"
        }
        return nil
    }

    /// Key of a label or annotation: an optional subdomain and `/`, then a name.
    public static func qualifiedNameProblem(_ text: String) -> String? {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let prefixIsRight = parts.count == 1 || (parts.count == 2 && isSubdomain(parts[0]) && parts[0].count <= 253)
        guard prefixIsRight, let name = parts.last, isLabelText(name), name.count <= 63 else {
            return "must be a label key: at most 63 letters, digits, '-', '_' and '.', with a letter or digit at both "
                + "ends, and before it, if wanted, a DNS name and '/'"
        }
        return nil
    }

    /// Value of a label: empty, or at most 63 of `A-Z a-z 0-9 - _ .`.
    public static func labelValueProblem(_ text: String) -> String? {
        text.isEmpty || (isLabelText(text.utf8[...]) && text.utf8.count <= 63)
            ? nil
            : "must be empty or at most 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends"
    }

    static func isLower(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLower(byte) || isDigit(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    static func isLabel(_ text: Substring.UTF8View) -> Bool {
        guard let first = text.first, let last = text.last else { return false }
        let ends = { (byte: UInt8) in isLower(byte) || isDigit(byte) }
        return ends(first) && ends(last) && text.allSatisfy { ends($0) || $0 == UInt8(ascii: "-") }
    }

    static func isSubdomain(_ text: Substring.UTF8View) -> Bool {
        text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy(isLabel)
    }

    private static func isLabelText(_ text: Substring.UTF8View) -> Bool {
        guard let first = text.first, let last = text.last else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && text.allSatisfy { isAlphanumeric($0) || "-_.".utf8.contains($0) }
    }
}
