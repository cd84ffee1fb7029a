import Access
import Foundation
import HTTPTypes
import Hummingbird
import Kubernetes

/// The console's pages: a skeleton that is filled by its modules, which ask the API.
struct ConsolePages: Sendable {
    let configuration: HubConfiguration
    let doorkeeper: Doorkeeper
    let logins = IssuerLogins()
    var isTLS: Bool { configuration.certificate != nil }

    init(_ configuration: HubConfiguration, doorkeeper: Doorkeeper) {
        self.configuration = configuration
        self.doorkeeper = doorkeeper
    }

    /// A page: its file is `NAME.html`, its module `NAME.js`.
    private struct Page {
        let path: String
        let name: String
        let title: String
        var needsD3 = false
    }

    private static let pages = [
        Page(path: "/", name: "overview", title: "Overview"),
        Page(path: "/map", name: "map", title: "Map", needsD3: true),
        Page(path: "/records", name: "records", title: "Records"),
        Page(path: "/policies", name: "policies", title: "Policies"),
        Page(path: "/ai", name: "ai", title: "AI"),
        Page(path: "/guarantees", name: "guarantees", title: "Guarantees"),
        Page(path: "/objects", name: "objects", title: "Objects"),
    ]

    var routes: [Route] {
        let pages = Self.pages.map { page in
            Route(.get, page.path, .page, page.title, gives: .text("text/html")) { call in
                Self.html(render(page, try call.known(), call.shown.session))
            }
        }
        return pages + issuerRoutes + [
            Route(
                .get, "/login", .anyone, "The login form.",
                [Parameter("to", .text(most: 2000), "Where to go then.")], gives: .text("text/html"), loginForm),
            Route(.post, "/login", .anyone, "Logs in.", gives: .text("text/html"), login),
            Route(
                .get, "/login/link", .anyone, "Logs in with the link of the start.",
                [Parameter("token", .text(most: 64), isNeeded: true, "The link's secret.")], gives: .text("text/html"),
                loginLink),
            Route(.post, "/logout", .page, "Logs out.", gives: .text("text/html"), logout),
            Route(.get, "/assets/{name}", .anyone, "The console's files.", gives: .text("*/*"), asset),
        ]
    }

    // MARK: Pages

    private func render(_ page: Page, _ viewer: Viewer, _ session: SessionSecret?) -> String {
        let links = Self.pages.map { link in
            let current = link.path == page.path ? " aria-current=\"page\"" : ""
            return
                "<li><a href=\"\(link.path)\"\(current)><span class=\"i i-\(link.name)\" aria-hidden=\"true\"></span>"
                + "<span>\(link.title)</span></a></li>"
        }
        let hasD3 = ConsoleAssets.all["d3.js"] != nil
        let d3 = page.needsD3 && hasD3 ? "<script src=\"/assets/d3.js\" defer></script>" : ""
        return Template.fill(
            ConsoleAssets.text("page.html"),
            [
                "title": page.title, "name": page.name, "viewer": viewer.name,
                "role": viewer.role.rawValue, "version": configuration.version,
                "sight": viewer.sight.names.map { $0.joined(separator: ", ") } ?? "all namespaces",
                "seal": session?.seal("logout") ?? "",
            ],
            html: ["links": links.joined(), "main": ConsoleAssets.text("\(page.name).html"), "d3": d3])
    }

    private func asset(_ call: Call) async throws -> Response {
        guard let asset = ConsoleAssets.all[call.segment], !call.segment.hasSuffix(".html") else {
            throw Problem.nothingHere
        }
        var response: Response
        if call.header(.ifNoneMatch) == asset.tag {
            response = Response(status: .notModified)
        } else {
            response = .bytes(asset.bytes, asset.type)
        }
        response.headers[.eTag] = asset.tag
        response.headers[.cacheControl] = "no-cache"
        return response
    }

    // MARK: Login

    private func loginForm(_ call: Call) async throws -> Response {
        loginPage(to: call.arguments["to"] ?? "/", says: "", status: .ok)
    }

    func loginPage(to target: String, says problem: String, status: HTTPResponse.Status) -> Response {
        var generator = SystemRandomNumberGenerator()
        let secret = SessionSecret(using: &generator)
        let place = Self.local(target).addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        let issuers = doorkeeper.logins.map { entry in
            let name = Template.escaped(entry.issuer.description)
            return
                "<p><a class=\"button wide\" href=\"/login/issuer/start?name=\(name)&amp;to=\(place)\">Log in with \(name)</a></p>"
        }
        let hint =
            doorkeeper.hasLink
            ? "No key yet? Use the link that was shown when the hub was started."
            : "Ask whoever runs this hub for a key."
        var response = Self.html(
            Template.fill(
                ConsoleAssets.text("login.html"),
                [
                    "seal": secret.seal("login"), "to": Self.local(target), "problem": problem, "hint": hint,
                    "version": configuration.version,
                ],
                html: ["issuers": configuration.issuers == nil ? "" : issuers.joined()]), status: status)
        Shown.setCookie(Shown.formCookieName(isTLS: isTLS), secret, isTLS: isTLS, on: &response)
        return response
    }

    /// The form is ours when its seal is of the cookie that came with it.
    private func login(_ call: Call) async throws -> Response {
        let form = try Form(try await call.body())
        let target = Self.local(form["to"])
        let cookie = Shown.cookie(Shown.formCookieName(isTLS: isTLS), of: call.request).flatMap { SessionSecret($0) }
        guard let cookie, cookie.isSealed(form["seal"], "login") else {
            return loginPage(to: target, says: "The form was too old. Try again.", status: .forbidden)
        }
        var credentials = Credentials()
        Array(("Bearer " + form["key"]).utf8).withUnsafeBytes { credentials.offer(.authorization, value: $0) }
        do {
            let (secret, _) = try doorkeeper.login(credentials, at: call.shown.place)
            return entered(secret, target)
        } catch {
            var response = loginPage(to: target, says: error.words, status: .init(code: error.problem.status))
            response.headers[.retryAfter] = error.problem.retryAfter.map { String($0) }
            return response
        }
    }

    private func loginLink(_ call: Call) async throws -> Response {
        do {
            return entered(try doorkeeper.login(link: call.arguments["token"] ?? "", at: call.shown.place), "/")
        } catch {
            let words =
                error == .noGood
                ? "That link was used already, or is not the newest one. The newest is where the hub was started."
                : error.words
            return loginPage(to: "/", says: words, status: .init(code: error.problem.status))
        }
    }

    func entered(_ secret: SessionSecret, _ target: String) -> Response {
        var response = Response.goTo(target)
        Shown.setCookie(Shown.cookieName(isTLS: isTLS), secret, isTLS: isTLS, on: &response)
        Shown.setCookie(Shown.formCookieName(isTLS: isTLS), nil, isTLS: isTLS, on: &response)
        return response
    }

    private func logout(_ call: Call) async throws -> Response {
        let form = try Form(try await call.body())
        guard let secret = call.shown.session, secret.isSealed(form["seal"], "logout") else {
            throw Problem(403, "wrong_seal", "the form is not of this session")
        }
        doorkeeper.logout(secret)
        var response = Response.goTo("/login")
        Shown.setCookie(Shown.cookieName(isTLS: isTLS), nil, isTLS: isTLS, on: &response)
        return response
    }

    /// A path of ours; anything else is the start page: a login must not lead to somebody else's.
    static func local(_ target: String) -> String {
        let isPath = target.utf8.first == UInt8(ascii: "/") && !target.hasPrefix("//") && !target.contains("\\")
        let isPlain = target.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value < 0x7f }
        return isPath && isPlain && !target.hasPrefix("/login") ? target : "/"
    }

    static func html(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        .bytes(text.utf8, "text/html; charset=utf-8", status: status)
    }
}

extension Doorkeeper.Refusal {
    /// What the form says.
    fileprivate var words: String {
        switch self {
        case .nobody, .noGood: "That key is not right here, or does not open the console."
        case .wait(let seconds): "Too many failed logins from your address. Try again in \(seconds) seconds."
        }
    }
}

/// Fields of a form, `application/x-www-form-urlencoded`.
struct Form {
    private var fields: [String: String] = [:]

    init(_ body: [UInt8]) throws(Problem) {
        for pair in String(decoding: body, as: UTF8.self).split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Arguments.decoded(halves[0]),
                let value = Arguments.decoded(halves.count > 1 ? halves[1] : "")
            else { throw Problem(400, "invalid_body", "the form is not well-formed") }
            fields[name] = value
        }
    }

    /// The field; empty: it is not there.
    subscript(_ name: String) -> String { fields[name] ?? "" }
}
