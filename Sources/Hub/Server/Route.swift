import HTTPTypes
import Hummingbird
import NIOCore

/// One route: the server's table and `/openapi.json` are made of these.
struct Route: Sendable {
    /// Who may ask.
    enum Audience: String, Sendable {
        /// Everybody: it tells nothing of the cluster.
        case anyone
        /// Who is logged in.
        case viewer
        /// Who is logged in with the role `Operator`.
        case `operator`
        /// Who is logged in; others are sent to the login page.
        case page
    }

    /// What is answered, for the description.
    enum Answer: Sendable {
        /// JSON of a schema of `Schemas`.
        case json(String)
        /// Server-sent events.
        case events
        /// Text of a type.
        case text(String)
        /// Nothing, or another page.
        case nothing
    }

    let method: HTTPRequest.Method
    /// The path; a part in braces stands for one segment.
    let path: String
    let audience: Audience
    let summary: String
    let parameters: [Parameter]
    let answer: Answer
    let handle: @Sendable (Call) async throws -> Response

    init(
        _ method: HTTPRequest.Method, _ path: String, _ audience: Audience, _ summary: String,
        _ parameters: [Parameter] = [], gives answer: Answer,
        _ handle: @escaping @Sendable (Call) async throws -> Response
    ) {
        self.method = method
        self.path = path
        self.audience = audience
        self.summary = summary
        self.parameters = parameters
        self.answer = answer
        self.handle = handle
    }
}

/// One request, read and judged as far as every route needs it.
struct Call: Sendable {
    /// What came.
    let request: Request
    /// Its path, without the query.
    let path: String
    /// The query.
    let arguments: Arguments
    /// What stands where the route has braces.
    let segment: String
    /// Who asks; nil: the route is for everybody.
    let viewer: Viewer?
    /// What was shown to say so.
    let shown: Doorkeeper.Shown
    /// Microseconds since 1970.
    let now: Int64

    /// Who asks, where the route's audience is not everybody.
    func known() throws(Problem) -> Viewer {
        guard let viewer else { throw Problem(401, "login_needed", "log in first") }
        return viewer
    }

    /// Value of a header.
    func header(_ name: HTTPField.Name) -> String? { request.headers[name] }

    /// The body, up to 16 KiB.
    func body() async throws -> [UInt8] {
        do {
            return Array(buffer: try await request.body.collect(upTo: 16 << 10))
        } catch is NIOTooManyBytesError {
            throw Problem(413, "body_too_large", "at most 16384 bytes")
        }
    }
}

/// The routes, found by method and path.
struct RouteTable: Sendable {
    /// All of them, in order.
    let routes: [Route]
    private let exact: [String: [Int]]
    private let patterns: [(head: String, tail: String, route: Int)]

    /// What was found.
    enum Found {
        case route(Route, segment: String)
        /// The path is there, with these methods.
        case otherMethods([String])
        case nothing
    }

    init(_ routes: [Route]) {
        self.routes = routes
        var exact: [String: [Int]] = [:]
        var patterns: [(String, String, Int)] = []
        for (index, route) in routes.enumerated() {
            if let open = route.path.firstIndex(of: "{"), let close = route.path.firstIndex(of: "}") {
                let tail = route.path[route.path.index(after: close)...]
                patterns.append((String(route.path[..<open]), String(tail), index))
            } else {
                exact[route.path, default: []].append(index)
            }
        }
        self.exact = exact
        self.patterns = patterns
    }

    /// The route for a request. `HEAD` is `GET` without its body.
    func find(_ method: HTTPRequest.Method, _ path: String) -> Found {
        var candidates = (exact[path] ?? []).map { (route: $0, segment: "") }
        if candidates.isEmpty {
            for pattern in patterns {
                guard path.hasPrefix(pattern.head), path.hasSuffix(pattern.tail),
                    path.utf8.count > pattern.head.utf8.count + pattern.tail.utf8.count
                else { continue }
                let segment = path.dropFirst(pattern.head.count).dropLast(pattern.tail.count)
                guard !segment.contains("/"), let text = Arguments.decoded(segment) else { continue }
                candidates.append((pattern.route, text))
            }
        }
        guard !candidates.isEmpty else { return .nothing }
        let wanted = method == .head ? .get : method
        guard let found = candidates.first(where: { routes[$0.route].method == wanted }) else {
            return .otherMethods(candidates.map { routes[$0.route].method.rawValue })
        }
        return .route(routes[found.route], segment: found.segment)
    }
}
