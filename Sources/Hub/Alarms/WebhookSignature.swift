import Crypto
import Foundation

/// What proves to who takes an alarm that it is ours and of now: `t=SECONDS,v1=HEX`, the HMAC-SHA256 of the seconds since 1970, a dot
/// and the body.
public struct WebhookSignature: Sendable {
    /// The header that it stands in.
    public static let header = "sallyport-signature"
    /// Bytes that a secret has at least.
    public static let leastBytes = 16

    private let key: SymmetricKey

    /// - Parameter secret: shared with who takes the alarms.
    public init(secret: [UInt8]) { key = SymmetricKey(data: secret) }

    /// Value of the header for a body that is sent now.
    public func value(for body: [UInt8], seconds: Int64) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Array("\(seconds).".utf8) + body, using: key)
        let digits = code.map { byte in
            let text = String(byte, radix: 16)
            return byte < 16 ? "0" + text : text
        }
        return "t=\(seconds),v1=\(digits.joined())"
    }
}
