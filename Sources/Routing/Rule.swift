import Kubernetes

/// A route object: its kind, namespace and name.
public struct RouteKey: Hashable, Sendable, CustomStringConvertible {
    /// Kind of route.
    public enum Kind: String, Hashable, Sendable {
        case http = "HTTPRoute"
        case grpc = "GRPCRoute"
    }

    /// Which kind of route.
    public var kind: Kind
    /// Namespace and name.
    public var name: NamespacedName

    /// `Kind namespace/name`.
    public var description: String { "\(kind.rawValue) \(name)" }
}

/// One rule of a route on one listener, ready to be followed.
public final class CompiledRule: Sendable {
    /// Dense in the table: the place in `RoutingTable.rules`.
    public let id: Int
    /// What most rules say nothing of; nil: neither does this one.
    public let extras: RuleExtras?
    /// Place of its listener in `RoutingTable.listeners`.
    public let listener: Int
    /// The route that it is a rule of.
    public let route: RouteKey
    /// Place in the route's `spec.rules`.
    public let ruleIndex: Int
    /// `name` of the rule, when it has one.
    public let ruleName: String?
    /// What to do.
    public let action: RuleAction

    init(
        id: Int, listener: Int, route: RouteKey, ruleIndex: Int, ruleName: String?, action: RuleAction,
        extras: RuleExtras?
    ) {
        self.id = id
        self.listener = listener
        self.route = route
        self.ruleIndex = ruleIndex
        self.ruleName = ruleName
        self.action = action
        self.extras = extras
    }
}

/// What most rules say nothing of. It stands apart, so that a request of such a rule has little to fetch from memory.
public final class RuleExtras: Sendable {
    /// Filters of the rule; those of a backend come after them.
    public let filters: RuleFilters
    /// How long things may take.
    public let timeouts: RuleTimeouts
    /// When to try again; nil: as the gateway does by default.
    public let retry: HTTPRoute.Retry?

    /// nil when nothing is said.
    init?(filters: RuleFilters, timeouts: RuleTimeouts, retry: HTTPRoute.Retry?) {
        guard !filters.isEmpty || timeouts != RuleTimeouts() || retry != nil else { return nil }
        self.filters = filters
        self.timeouts = timeouts
        self.retry = retry
    }
}

/// How long things may take. nil: the gateway's own default; 0 milliseconds: no limit.
public struct RuleTimeouts: Hashable, Sendable {
    /// From the first byte of the request to the last of the response.
    public var request: Milliseconds?
    /// One attempt at a backend.
    public var backendRequest: Milliseconds?

    /// No limits of its own.
    public init(request: Milliseconds? = nil, backendRequest: Milliseconds? = nil) {
        self.request = request
        self.backendRequest = backendRequest
    }
}

/// What a rule does with a request.
public enum RuleAction: Sendable {
    /// Sends it to one of these.
    case forward(Backends)
    /// Answers with a redirect.
    case redirect(Redirect)
    /// Answers 500: the rule has a filter that cannot be followed, and leaving it out could open something.
    case refuse(String)
}

/// Backends with their shares of the traffic.
public struct Backends: Sendable {
    /// In the order of the rule; those with weight 0 are left out.
    public let targets: [BackendTarget]
    /// Running sums of the weights.
    private let sums: [UInt64]

    init(_ targets: [BackendTarget]) {
        self.targets = targets.filter { $0.weight > 0 }
        var sum: UInt64 = 0
        sums = self.targets.map {
            sum += UInt64($0.weight)
            return sum
        }
    }

    /// The backend for one request; nil: there is none, the answer is 500.
    /// - Parameter point: Any number, evenly distributed: a random one, or a counter.
    public func pick(_ point: UInt64) -> Int? {
        guard let total = sums.last, total > 0 else { return nil }
        if sums.count == 1 { return 0 }
        let at = point % total
        var (low, high) = (0, sums.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if at < sums[middle] { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

/// A backend of a rule.
public struct BackendTarget: Sendable {
    /// Where it is.
    public enum Destination: Hashable, Sendable {
        /// A place in `RoutingTable.clusters`.
        case cluster(Int)
        /// It cannot be used: 500 for its share of the requests. The words are for the record, not for the caller.
        case invalid(String)
    }

    /// Where requests go.
    public var destination: Destination
    /// Its share, against the sum of all weights.
    public var weight: Int
    /// Filters of this backend alone.
    public var filters: RuleFilters
    /// A redirect as a filter of the backend: answered instead of sending.
    public var redirect: Redirect?

    /// The cluster; nil when it is invalid.
    public var cluster: Int? {
        if case .cluster(let index) = destination { index } else { nil }
    }
}

/// What is changed on the way, to and fro.
public struct RuleFilters: Sendable {
    /// Changes of the request's headers.
    public var requestHeaders: HeaderChanges?
    /// Changes of the response's headers.
    public var responseHeaders: HeaderChanges?
    /// Change of host and path.
    public var rewrite: Rewrite?
    /// Which pages of other origins may use it.
    public var cors: CORSPolicy?
    /// Where copies go.
    public var mirrors: [MirrorTarget] = []
    /// Chooses by the model that a request names.
    public var models: ModelChooser?

    /// No changes.
    public init() {}

    /// True when there is nothing to do.
    public var isEmpty: Bool {
        requestHeaders == nil && responseHeaders == nil && rewrite == nil && cors == nil && mirrors.isEmpty
            && models == nil
    }
}

/// Header changes: first `set`, then `add`, then `remove`; names are lower-case.
public typealias HeaderChanges = RouteFilter.HeaderChanges

/// Where copies of requests go; what comes back is thrown away.
public struct MirrorTarget: Sendable {
    /// Where copies go.
    public var destination: BackendTarget.Destination
    /// `numerator` of `denominator` requests are copied.
    public var numerator: Int
    /// Of how many.
    public var denominator: Int

    /// Whether to copy this request.
    /// - Parameter point: Any number, evenly distributed.
    public func takes(_ point: UInt64) -> Bool { point % UInt64(max(1, denominator)) < UInt64(max(0, numerator)) }
}
