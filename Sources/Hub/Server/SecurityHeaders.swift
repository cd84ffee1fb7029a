import HTTPTypes
import Hummingbird

/// What every answer has, so that a browser runs, frames, guesses, caches and tells nothing that it should not.
enum SecurityHeaders {
    private static let content = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'",
        "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'",
    ].joined(separator: "; ")

    /// Adds them to what the answer has.
    static func add(to response: inout Response, isTLS: Bool) {
        response.headers[.contentSecurityPolicy] = content
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[name("referrer-policy")] = "no-referrer"
        response.headers[name("x-frame-options")] = "DENY"
        response.headers[name("cross-origin-opener-policy")] = "same-origin"
        response.headers[name("cross-origin-resource-policy")] = "same-origin"
        response.headers[name("permissions-policy")] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        if isTLS { response.headers[.strictTransportSecurity] = "max-age=31536000" }
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    }

    private static func name(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("a header that is none: \(text)") }
        return name
    }
}
