import Access
import Addresses
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// What is known of a connection.
struct HubContext: InitializableFromSource, Sendable {
    /// Address of the other side; nil: not known.
    let address: Address?

    init(source: ApplicationRequestContextSource) {
        address = source.channel.remoteAddress?.ipAddress.flatMap { Address($0) }
    }
}

/// Every request comes by here: its host, its route, who asks, where from, the query, the answer, in this order.
struct HubResponder: HTTPResponder {
    let configuration: HubConfiguration
    let table: RouteTable
    let doorkeeper: Doorkeeper
    let logger: Logger
    private let hosts: HostCheck
    private var isTLS: Bool { configuration.certificate != nil }

    init(
        _ configuration: HubConfiguration, data: any HubData, cluster: any HubCluster, doorkeeper: Doorkeeper,
        logger: Logger
    ) {
        self.configuration = configuration
        self.doorkeeper = doorkeeper
        self.logger = logger
        hosts = HostCheck(configuration)
        let api = HubAPI(configuration, data: data, cluster: cluster, doorkeeper: doorkeeper)
        let console = ConsolePages(configuration, doorkeeper: doorkeeper)
        let routes = api.routes + console.routes
        let described = routes + [Route.description(of: routes, version: configuration.version)]
        table = RouteTable(described)
    }

    func respond(to request: Request, context: HubContext) async throws -> Response {
        var response = await answer(request, context)
        SecurityHeaders.add(to: &response, isTLS: isTLS)
        if request.method == .head { response.body = ResponseBody() }
        return response
    }

    private func answer(_ request: Request, _ context: HubContext) async -> Response {
        do {
            return try await handle(request, context)
        } catch let problem as Problem {
            return problem.response
        } catch {
            logger.error("a request of the console failed", metadata: ["reason": "\(error)"])
            return Problem(500, "internal_error", "that went wrong here; the log of the hub says why").response
        }
    }

    private func handle(_ request: Request, _ context: HubContext) async throws -> Response {
        // An address that nobody knows stands for whoever has none.
        let place = CallerPlace(source: context.address ?? Address(ipv4: 0))
        let shown = try Shown.read(request, place, isTLS: isTLS)
        // A program that shows a key or token is sent by nobody's page, and may come by way of a proxy, as through the API
        // server of a cluster, which has its own name for us.
        if shown.credentials == nil || HostCheck.mayBePage(request) { try hosts.check(request.head.authority) }
        let target = request.head.path ?? "/"
        let halves = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = halves.first.map { String($0) } ?? "/"
        let route: Route
        let segment: String
        switch table.find(request.method, path) {
        case .route(let found, let text): (route, segment) = (found, text)
        case .otherMethods(let methods): return otherMethods(methods)
        case .nothing: throw Problem.nothingHere
        }
        if ![.get, .head].contains(request.method), shown.credentials == nil, HostCheck.mayBePage(request) {
            try hosts.checkOrigin(request)
        }
        var viewer: Viewer?
        if route.audience != .anyone {
            do {
                viewer = try doorkeeper.viewer(shown)
            } catch Doorkeeper.Refusal.nobody where route.audience == .page {
                return .goTo(path == "/" ? "/login" : "/login?to=\(Self.encoded(target))")
            } catch {
                throw error.problem
            }
        }
        if route.audience == .operator, viewer?.has(.operator) != true {
            throw Problem(403, "role_needed", "this is for the role Operator")
        }
        let query = halves.count > 1 ? String(halves[1]) : ""
        let arguments = route.audience == .page ? try Arguments("", []) : try Arguments(query, route.parameters)
        return try await route.handle(
            Call(
                request: request, path: path, arguments: arguments, segment: segment, viewer: viewer, shown: shown,
                now: configuration.now()))
    }

    private func otherMethods(_ methods: [String]) -> Response {
        var response = Problem(405, "method_not_allowed", "this path has \(methods.joined(separator: ", "))").response
        response.headers[.allow] = methods.joined(separator: ", ")
        return response
    }

    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }
}

extension Doorkeeper.Refusal {
    /// What is answered.
    var problem: Problem {
        switch self {
        case .nobody: Problem(401, "login_needed", "log in, or send an access key as `Authorization: Bearer`")
        case .noGood:
            Problem(401, "invalid_credentials", "the key or token is not right here, or does not open the console")
        case .wait(let seconds):
            Problem(429, "too_many_failures", "too many failed logins from your address", retryAfter: seconds)
        }
    }
}
