/// What a string may be.
public struct TextRule: Hashable, Sendable {
    /// What such a string is called on reference pages.
    public var name: String
    /// Number of characters.
    public var length: ClosedRange<Int>
    /// A regular expression for the whole string, in the syntax of RE2; nil: any characters.
    public var pattern: String?
    /// A format that API servers know; nil: none.
    public var format: String?

    /// That rule.
    init(_ name: String, _ length: ClosedRange<Int>, pattern: String? = nil, format: String? = nil) {
        self.name = name
        self.length = length
        self.pattern = pattern.map { "^(?:\($0))$" }
        self.format = format
    }
}

// The rules of our kinds, each beside a `Check` of the decoders that says the same; the tests hold the two against each
// other. Where a pattern says less than the check, the check has the last word.
extension TextRule {
    private static let labelPart = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
    private static let subdomainPattern = "\(labelPart)(\\.\(labelPart))*"
    /// Anything but control characters.
    private static let printablePattern = #"[^\x00-\x1f\x7f-\x9f]*"#

    /// Name of a namespace: `Check.label`.
    static let label = TextRule("DNS label", 1...63, pattern: labelPart)
    /// Name of an object: `Check.subdomain`.
    static let subdomain = TextRule("DNS name", 1...253, pattern: subdomainPattern)
    /// `Check.group`.
    static let group = TextRule("API group", 0...253, pattern: "(\(subdomainPattern))?")
    /// `Check.kind`.
    static let kind = TextRule("kind", 1...63, pattern: "[A-Za-z]([-A-Za-z0-9]*[A-Za-z0-9])?")
    /// `Check.objectName`.
    static let objectName = TextRule("name", 1...253)
    /// `Check.labelKey`.
    static let labelKey = TextRule(
        "label key", 1...317, pattern: "(\(subdomainPattern)/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
    /// `Check.labelValue`.
    static let labelValue = TextRule("label value", 0...63, pattern: "([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")
    /// `Check.dataKey`.
    static let dataKey = TextRule(
        "key of a Secret or ConfigMap", 1...253, pattern: #"[-._a-zA-Z0-9]*[-_a-zA-Z0-9][-._a-zA-Z0-9]*|\.{3,}"#)
    /// `Check.pattern`.
    static let pattern = TextRule("pattern", 1...256, pattern: printablePattern)
    /// `Check.mediaHost`.
    static let host = TextRule("host name or *. and one", 1...255, pattern: "(\\*\\.)?\(subdomainPattern)")
    /// `Check.spiffeID`.
    static let spiffeID = TextRule(
        "SPIFFE ID", 10...2048, pattern: #"spiffe://([^*\x00-\x1f\x7f-\x9f]*(/\*)?|\*)"#)
    /// `Check.fingerprint`.
    static let fingerprint = TextRule("SHA-256 in hexadecimal", 64...64, pattern: "[0-9a-f]{64}")
    /// The hash of an `AccessKey`.
    static let keyHash = TextRule("SHA-256 in hexadecimal", 64...64, pattern: "[0-9a-fA-F]{64}")
    /// `Fields.networks`: host bits that are set are left to the decoder.
    static let network = TextRule(
        "address block", 4...49,
        pattern: #"((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])/(3[0-2]|[12]?[0-9])"#
            + #"|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*/(12[0-8]|1[01][0-9]|[1-9]?[0-9])"#)
    /// `Check.method`.
    static let method = TextRule("HTTP method", 1...32, pattern: "[-A-Z]+")
    /// `Check.path`: empty segments, dot segments and bad escapes are left to the decoder.
    static let path = TextRule("absolute path", 1...1024, pattern: #"/[-A-Za-z0-9/._~!$&'()*+,;=:@%]*"#)
    /// `Milliseconds.init(duration:)`.
    static let duration = TextRule("duration", 2...28, pattern: "([0-9]{1,5}(h|m|s|ms)){1,4}")
    /// `Fields.time`.
    static let time = TextRule("time of RFC 3339", 20...64, format: "date-time")
    /// `Dollars.init`.
    static let dollars = TextRule(
        "dollars in quotes", 1...20, pattern: #"9000000(\.0{1,12})?|([0-8][0-9]{6}|[0-9]{1,6})(\.[0-9]{1,12})?"#)
    /// The check of `Provider.Prices`.
    static let price = TextRule("dollars in quotes", 1...13, pattern: #"[0-9]{1,6}(\.[0-9]{1,6})?"#)
    /// `Check.claimName`.
    static let claimName = TextRule("name of a claim", 1...256, pattern: printablePattern)
    /// `Check.modelName`.
    static let modelName = TextRule("name of a model", 1...256, pattern: printablePattern)
    /// `Check.keySetURL`: whether host and port are such is left to the decoder.
    static let webAddress = TextRule(
        "https:// address", 9...2048,
        pattern: #"(https://([-a-z0-9.]+|\[[0-9A-Fa-f:.]+\])|http://(localhost|127(\.[0-9]{1,3}){3}|\[::1\]))"#
            + #"(:[0-9]{1,5})?([/?][!$-;=?-\[\]_a-z~]*)?"#)
    /// The images of a `ModelServer`.
    static let image = TextRule(
        "name of an image", 1...255,
        pattern: #"[A-Za-z0-9._-]+|[A-Za-z0-9._-]+(:[0-9]+)?/([A-Za-z0-9._-]+/)*([A-Za-z0-9._-]+|\*)"#)
    /// `PathPattern`: how brackets stand is left to the decoder.
    static let pathPattern = TextRule(
        "pattern of a path", 1...512, pattern: #"[/(\[][-A-Za-z0-9/._~!$&'+,;=:@{}()|\[\]]*"#)

    /// Any text without control characters.
    static func printable(_ length: ClosedRange<Int>) -> TextRule {
        TextRule("text", length, pattern: printablePattern)
    }

    /// Any text.
    static func any(_ length: ClosedRange<Int>) -> TextRule { TextRule("text", length) }
}
