import Kubernetes

/// The request headers in which an access key or a token may come.
public enum CredentialHeader: UInt8, Sendable, CaseIterable {
    /// `Authorization: Bearer KEY`, as OpenAI's clients send it.
    case authorization
    /// `x-api-key: KEY`, as Anthropic's clients send it.
    case xAPIKey
    /// `api-key: KEY`, as Azure's clients send it.
    case apiKey

    /// The header's name in lower case.
    public var name: StaticString {
        switch self {
        case .authorization: "authorization"
        case .xAPIKey: "x-api-key"
        case .apiKey: "api-key"
        }
    }

    /// The credential header of that name in any case; nil for every other header.
    ///
    /// Whatever this knows must never be sent upstream.
    public init?(name: UnsafeRawBufferPointer) {
        switch name.count {
        case 13: self = .authorization
        case 9: self = .xAPIKey
        case 7: self = .apiKey
        default: return nil
        }
        guard equalsIgnoringCase(name, self.name) else { return nil }
    }
}

/// What a request brought to say who is calling: nothing, one key, one token, or something that is no good.
///
/// Offer it every credential header of the request; of a key it keeps a hash, never the key.
public struct Credentials: Sendable {
    enum Content: Sendable {
        case none
        case key(KeyDigest)
        case token(SecretBytes)
        case bad(Reason)
    }

    private(set) var content = Content.none

    /// No credentials yet.
    public init() {}

    /// Takes in one header's value, without the white space around it. More than one in a request, even of the same
    /// key, is refused: two parsers could choose differently.
    public mutating func offer(_ header: CredentialHeader, value: UnsafeRawBufferPointer) {
        guard case .none = content else {
            content = .bad(.severalCredentials)
            return
        }
        var text = value
        if header == .authorization {
            guard let token = bearerToken(value) else {
                content = .bad(.unsupportedScheme)
                return
            }
            text = token
        }
        if AccessKeyText.isWellFormed(text) {
            content = .key(KeyDigest(hashing: text))
        } else if TokenText.looksLikeToken(text) {
            content = .token(SecretBytes(Array(text)))
        } else {
            content = .bad(.malformedKey)
        }
    }

    /// Takes in a header if it is one that carries credentials, and says whether it was.
    public mutating func offer(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) -> Bool {
        guard let header = CredentialHeader(name: name) else { return false }
        offer(header, value: value)
        return true
    }
}

/// What follows `Bearer` and spaces; nil for other schemes. RFC 9110 11.1: schemes have no case.
private func bearerToken(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    guard value.count > 7, value[6] == UInt8(ascii: " "),
        equalsIgnoringCase(UnsafeRawBufferPointer(rebasing: value[..<6]), "bearer"),
        let start = value[7...].firstIndex(where: { $0 != UInt8(ascii: " ") })
    else { return nil }
    return UnsafeRawBufferPointer(rebasing: value[start...])
}

/// True when the bytes are the lower-case name in any case of ASCII.
private func equalsIgnoringCase(_ bytes: UnsafeRawBufferPointer, _ lowerCase: StaticString) -> Bool {
    guard bytes.count == lowerCase.utf8CodeUnitCount else { return false }
    for index in bytes.indices {
        let byte = bytes[index]
        let lower = byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
        guard lower == lowerCase.utf8Start[index] else { return false }
    }
    return true
}
