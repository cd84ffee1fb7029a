import Access
import HTTPTypes
import Hummingbird

/// Reads what a request shows to say who asks.
enum Shown {
    /// Cookie of a session: bound to the host where that is possible.
    static func cookieName(isTLS: Bool) -> String { isTLS ? "__Host-sallyport" : "sallyport" }

    /// Cookie of the login form.
    static func formCookieName(isTLS: Bool) -> String { isTLS ? "__Host-sallyport-form" : "sallyport-form" }

    static func read(_ request: Request, _ place: CallerPlace, isTLS: Bool) throws(Problem) -> Doorkeeper.Shown {
        var shown = Doorkeeper.Shown(session: nil, credentials: nil, place: place)
        shown.session = cookie(cookieName(isTLS: isTLS), of: request).flatMap { SessionSecret($0) }
        let values = request.headers[values: .authorization]
        guard let value = values.first else { return shown }
        guard values.count == 1 else {
            throw Problem(400, "several_credentials", "there is more than one Authorization")
        }
        var credentials = Credentials()
        Array(value.utf8).withUnsafeBytes { credentials.offer(.authorization, value: $0) }
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
