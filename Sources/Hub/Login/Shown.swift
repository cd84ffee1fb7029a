import Access
import HTTPTypes
import Hummingbird

/// Reads what a request shows to say who asks.
enum Shown {
    /// Cookie of a session: bound to the host where that is possible.
    static func cookieName(isTLS: Bool) -> String { isTLS ? "__Host-sallyport" : "sallyport" }

    /// Cookie of the login form.
    static func formCookieName(isTLS: Bool) -> String { isTLS ? "__Host-sallyport-form" : "sallyport-form" }

    /// Headers in which a program shows a key or token.
    private static let fields: [(CredentialHeader, HTTPField.Name)] =
        [(.authorization, .authorization)] + (HTTPField.Name("x-api-key").map { [(.xAPIKey, $0)] } ?? [])

    static func read(_ request: Request, _ place: CallerPlace, isTLS: Bool) throws(Problem) -> Doorkeeper.Shown {
        var shown = Doorkeeper.Shown(session: nil, credentials: nil, place: place)
        shown.session = cookie(cookieName(isTLS: isTLS), of: request).flatMap { SessionSecret($0) }
        // An API server between us takes `Authorization` for itself, and leaves the other be.
        let offered = fields.flatMap { header, name in
            request.headers[values: name].map { (header, $0) }
        }
        guard let (header, value) = offered.first else { return shown }
        guard offered.count == 1 else {
            throw Problem(400, "several_credentials", "more than one key or token was sent")
        }
        var credentials = Credentials()
        Array(value.utf8).withUnsafeBytes { credentials.offer(header, value: $0) }
        shown.credentials = credentials
        return shown
    }

    /// A cookie that is there exactly once.
    static func cookie(_ name: String, of request: Request) -> String? {
        let pairs = request.headers[values: .cookie].flatMap { $0.split(separator: ";") }
        let found = pairs.compactMap { pair -> Substring? in
            let halves = pair.drop(while: { $0 == " " }).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return halves.count == 2 && halves[0] == name ? halves[1] : nil
        }
        return found.count == 1 ? String(found[0]) : nil
    }

    /// A cookie that only our own pages send, no script reads, and that ends with the browser.
    static func setCookie(_ name: String, _ secret: SessionSecret?, isTLS: Bool, on response: inout Response) {
        let value = secret.map { $0.reveal { $0 } } ?? ""
        let end = secret == nil ? "; Max-Age=0" : ""
        let text = "\(name)=\(value); Path=/; HttpOnly; SameSite=Strict\(isTLS ? "; Secure" : "")\(end)"
        response.headers.append(HTTPField(name: .setCookie, value: text))
    }
}
