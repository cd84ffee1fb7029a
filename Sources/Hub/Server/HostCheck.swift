import Addresses
import HTTPTypes
import Hummingbird

/// Which names the console answers to. A page of somebody else that gets its own name to lead here (DNS rebinding) is not
/// answered, and what it sends by forms or scripts is refused by its origin.
struct HostCheck: Sendable {
    private let names: Set<String>
    private let isTLS: Bool

    init(_ configuration: HubConfiguration) {
        isTLS = configuration.certificate != nil
        var names = Set(configuration.names.map { $0.lowercased() })
        if !isTLS { names.formUnion(["localhost", "127.0.0.1", "[::1]", Self.host(of: configuration.host)]) }
        self.names = names
    }

    /// The request's `Host`.
    func check(_ authority: String?) throws(Problem) {
        guard let authority, !authority.isEmpty else { throw Problem(400, "host_missing", "the request names no host") }
        guard !names.isEmpty, !names.contains(Self.name(of: authority)) else { return }
        throw Problem(421, "wrong_host", "the console is not known by this name")
    }

    /// False of a program that shows nothing: browsers say where a request comes from that may change something, and one
    /// without a cookie does nothing in anybody's name.
    static func mayBePage(_ request: Request) -> Bool {
        request.headers[.cookie] != nil || request.headers[.origin] != nil || site(of: request) != nil
    }

    /// Where the browser says that the request comes from.
    private static func site(of request: Request) -> String? {
        HTTPField.Name("sec-fetch-site").flatMap { request.headers[$0] }
    }

    /// A request that changes something and shows a cookie must come from our own page. Pages that tell nobody where they
    /// are, as ours do, send forms with the origin `null`: then the browser's own word for it counts.
    func checkOrigin(_ request: Request) throws(Problem) {
        let wrong = Problem(403, "wrong_origin", "the request comes from a page of another origin")
        let site = Self.site(of: request)
        guard let origin = request.headers[.origin]?.lowercased() else {
            throw Problem(403, "origin_missing", "a request with a cookie must say its origin")
        }
        if let site, site != "same-origin" { throw wrong }
        if origin == "null", site != nil { return }
        guard origin == "\(isTLS ? "https" : "http")://\(request.head.authority?.lowercased() ?? "")" else {
            throw wrong
        }
    }

    private static func host(of address: String) -> String { address.contains(":") ? "[\(address)]" : address }

    /// Without the port.
    private static func name(of authority: String) -> String {
        let text = authority.lowercased()
        guard let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") else { return text }
        return String(text[..<colon])
    }
}
