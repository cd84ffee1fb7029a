import Access
import Addresses
import Kubernetes
import ModelTraffic
import Records

/// Which requests were allowed, by whom: what least-privilege access policies must go on allowing, and budgets.
public struct RequestsSeen: Sendable {
    /// Where a policy would be attached: a route, or a listener where the policy in force is of another namespace.
    struct Target: Hashable, Comparable, Sendable {
        let kind: String
        let name: NamespacedName
        let section: String?

        static func < (a: Self, b: Self) -> Bool {
            (a.name, a.kind, a.section ?? "") < (b.name, b.kind, b.section ?? "")
        }

        var words: String { "\(kind) \(name)" + (section.map { ", listener \($0)" } ?? "") }
    }

    /// Who called.
    enum Caller: Hashable, Comparable, Sendable {
        case key(String)
        case token(issuer: String, subject: String)
        case serviceAccount(namespace: String, name: String)
        case certificate(String)
        case workload(WorkloadName)
        case address(Address)
    }

    /// What one caller needs.
    struct Need: Hashable, Sendable {
        /// By the classes of requests: what was named in them.
        var byClasses: [OperationClasses: Names] = [:]
        /// Requests to servers that are not known.
        var unknown: Set<Endpoint> = []
        /// True: it did more than is kept.
        var isCut = false
    }

    /// What requests of some classes named.
    struct Names: Hashable, Sendable {
        var models: Set<String> = []
        /// Some that would use a model named none.
        var hasUnnamedModel = false
        var isMCP = false
        var tools: Set<String> = []
        var prompts: Set<String> = []
        var resources: Set<String> = []
    }

    /// Method and path of a request to a server that is not known.
    struct Endpoint: Hashable, Comparable, Sendable {
        let method: String
        let path: String
        static func < (a: Self, b: Self) -> Bool { (a.path, a.method) < (b.path, b.method) }
    }

    /// What is known of a caller behind a target.
    struct Activity: Sendable {
        var need = Need()
        /// The rules that allowed it.
        var rules: Set<RuleUsage.Key> = []
        var spending = DailySpending()
        var confidence = Confidence()
    }

    private(set) var targets: [Target: [Caller: Activity]] = [:]
    /// Records of callers that are not kept, because there are too many.
    public private(set) var overflow: UInt64 = 0
    private(set) var share = 1.0
    private var callers = 0
    private let mostCallers: Int
    private let mostNames: Int

    /// - Parameters:
    ///   - mostCallers: callers that are kept, of all targets together.
    ///   - mostNames: models, tools and paths of each that are kept.
    public init(mostCallers: Int = 16_384, mostNames: Int = 256) {
        self.mostCallers = mostCallers
        self.mostNames = mostNames
    }

    /// Says which share of all records was kept.
    public mutating func note(share: Double) { self.share = min(self.share, max(0, min(1, share))) }

    /// Takes in one record.
    public mutating func take(_ record: Record) {
        guard record.point == .gateway, record.verdict == .allowed, let target = Target(record),
            let caller = Caller(record, namespace: target.name.namespace)
        else { return }
        if targets[target]?[caller] == nil {
            guard callers < mostCallers else {
                overflow += 1
                return
            }
            callers += 1
        }
        var activity = targets[target]?.removeValue(forKey: caller) ?? Activity()
        activity.confidence.add(record.time)
        activity.spending.add(record)
        if activity.rules.count < 16 {
            activity.rules.insert(RuleUsage.Key(policy: record.policy, rule: record.rule))
        }
        activity.need.add(record, most: mostNames)
        targets[target, default: [:]][caller] = activity
    }
}

extension RequestsSeen.Target {
    /// nil: no policy of a namespace decided.
    fileprivate init?(_ record: Record) {
        guard let policy = NamespacedName(slashed: record.policy), let route = KindName(record.place.route) else {
            return nil
        }
        if route.name.namespace == policy.namespace {
            self.init(kind: route.kind, name: route.name, section: nil)
        } else if let gateway = NamespacedName(slashed: record.place.gateway), gateway.namespace == policy.namespace,
            // No policy can name a listener that a ListenerSet adds, and one for the whole Gateway would be wider.
            !record.place.listener.contains("/")
        {
            self.init(kind: Gateway.kind, name: gateway, section: record.place.listener)
        } else {
            return nil
        }
    }
}

extension RequestsSeen.Caller {
    /// Whoever called; nil: nobody knows.
    init?(used record: Record) {
        let namespace = NamespacedName(slashed: record.policy)?.namespace ?? record.principal?.namespace
        self.init(record, namespace: namespace ?? "")
    }

    /// - Parameter namespace: of the policy, which knows keys and issuers of its own namespace only.
    /// - Returns: nil when nobody knows.
    fileprivate init?(_ record: Record, namespace: String) {
        guard let principal = record.principal else {
            if let workload = record.workload {
                self = .workload(workload.workloadName)
                return
            }
            guard let address = record.source.flatMap({ Address($0.address) }) else { return nil }
            self = .address(address)
            return
        }
        let issuer = NamespacedName(slashed: principal.owner)
        switch principal.kind {
        case "access_key" where principal.namespace == namespace: self = .key(principal.name)
        case "token":
            guard let issuer, issuer.namespace == namespace else { return nil }
            self = .token(issuer: issuer.name, subject: principal.name)
        case "service_account": self = .serviceAccount(namespace: principal.namespace, name: principal.name)
        case "certificate": self = .certificate(principal.name)
        default: return nil
        }
    }
}

extension RequestsSeen.Need {
    fileprivate mutating func add(_ record: Record, most: Int) {
        var fits = true
        defer { if !fits { isCut = true } }
        guard let ai = record.ai, !ai.server.isEmpty else {
            guard let http = record.http else { return }
            let endpoint = RequestsSeen.Endpoint(
                method: String(decoding: http.method, as: UTF8.self), path: String(decoding: http.path, as: UTF8.self))
            fits = Self.insert(endpoint, into: &unknown, most) && fits
            return
        }
        let classes = ai.classes.reduce(into: OperationClasses()) { $0.formUnion(OperationClasses(name: $1) ?? []) }
        var names = byClasses[classes] ?? RequestsSeen.Names()
        if !ai.model.isEmpty {
            fits = Self.insert(String(decoding: ai.model, as: UTF8.self), into: &names.models, most) && fits
        } else if !classes.isDisjoint(with: [.inference, .modelMutation]) {
            names.hasUnnamedModel = true
        }
        if !ai.mcpMethod.isEmpty || ai.server == "mcp" {
            names.isMCP = true
            let name = String(decoding: ai.tool, as: UTF8.self)
            switch String(decoding: ai.mcpMethod, as: UTF8.self) {
            case "tools/call": fits = Self.insert(name, into: &names.tools, most) && fits
            case "prompts/get": fits = Self.insert(name, into: &names.prompts, most) && fits
            case "completion/complete":
                fits = Self.insert(name, into: &names.prompts, most) && fits
                fits = Self.insert(name, into: &names.resources, most) && fits
            default: if !name.isEmpty { fits = Self.insert(name, into: &names.resources, most) && fits }
            }
        }
        byClasses[classes] = names
    }

    /// False: there is no more room.
    private static func insert<Value: Hashable>(_ value: Value, into set: inout Set<Value>, _ most: Int) -> Bool {
        guard set.count < most || set.contains(value) else { return false }
        set.insert(value)
        return true
    }
}

/// What was spent on the day (of UTC) on which the most was.
struct DailySpending: Hashable, Sendable {
    private var day = Int64.min
    private var tokens: Int64 = 0
    private var cost: Int128 = 0
    private(set) var mostTokens: Int64 = 0
    private(set) var mostCost: Int128 = 0

    /// Records come nearly in the order of time; of a day that has passed the rest counts to the next.
    mutating func add(_ record: Record) {
        guard let ai = record.ai else { return }
        let today = record.time / 86_400_000_000
        if today > day { (day, tokens, cost) = (today, 0, 0) }
        if let counted = ai.tokens {
            let sum = max(0, counted.input).addingReportingOverflow(max(0, counted.output))
            let total = tokens.addingReportingOverflow(sum.overflow ? .max : sum.partialValue)
            tokens = total.overflow ? .max : total.partialValue
        }
        if let dollars = Cost(ai.cost) { cost += min(dollars.picodollars, Int128(Int64.max)) }
        mostTokens = max(mostTokens, tokens)
        mostCost = max(mostCost, cost)
    }
}
