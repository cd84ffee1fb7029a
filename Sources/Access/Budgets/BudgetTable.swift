import Kubernetes

/// Which budgets apply at one place, as `BudgetTable.budgets` found them.
public struct BudgetSet: Sendable, Hashable {
    let budgets: [Int32]
    /// A budget with mistakes; -1: none.
    let invalid: Int32
    let revision: UInt64

    /// True when there is nothing to ask, reserve or meter.
    public var isEmpty: Bool { budgets.isEmpty && invalid < 0 }
}

/// What the budgets of a place ask of one request.
public enum BudgetDemand: Sendable {
    /// To be reserved, all or none.
    case lines([SpendLine])
    /// Nothing may pass, because of that budget (`namespace/name`).
    case denied(Reason, budget: String)
}

/// The budgets of one snapshot, compiled. Never changes, and is shared by all event loops.
public final class BudgetTable: Sendable {
    /// Revision of the snapshot.
    public let revision: UInt64
    /// Conditions of all budgets, by namespace and name.
    public let statuses: [ObjectStatus]
    private let budgets: [CompiledBudget]
    private let attachments: BudgetAttachments

    /// Compiles all of the objects; wrong ones deny.
    public init(_ objects: Objects, revision: UInt64) {
        self.revision = revision
        let compiler = BudgetCompiler(objects)
        budgets = compiler.budgets
        attachments = compiler.attachments
        statuses = compiler.statuses.sorted {
            ($0.reference.namespace, $0.reference.name) < ($1.reference.namespace, $1.reference.name)
        }
    }

    /// All that apply to one rule of a route behind one listener: those of the rule, the route, the listener and the
    /// Gateway together. To be asked when the configuration is compiled, once for each rule.
    ///
    /// - Parameter rule: name of the rule; nil when it has none.
    public func budgets(
        gateway: NamespacedName, listener: String, route: ObjectReference, rule: String?
    ) -> BudgetSet {
        let found = attachments.inForce(gateway: gateway, listener: listener, route: route, rule: rule)
        return BudgetSet(
            budgets: found.filter { !budgets[Int($0)].isInvalid },
            invalid: found.first { budgets[Int($0)].isInvalid } ?? -1,
            revision: revision)
    }

    /// What the budgets of a place ask of a request that could cost so much.
    ///
    /// A budget of dollars denies what has no price: what it costs is unknown.
    public func demand(_ set: BudgetSet, _ spender: Spender, _ estimate: SpendEstimate) -> BudgetDemand {
        guard set.revision == revision else { return .denied(.internalError, budget: "") }
        guard set.invalid < 0 else { return .denied(.invalidBudget, budget: budgets[Int(set.invalid)].name) }
        var lines: [SpendLine] = []
        lines.reserveCapacity(set.budgets.count + 1)
        for index in set.budgets {
            switch budgets[Int(index)].ask(spender, estimate) {
            case .line(let line): lines.append(line)
            case .notCounted: continue
            case .unpriced: return .denied(.unpricedModel, budget: budgets[Int(index)].name)
            }
        }
        return .lines(lines)
    }
}

extension SpendLine {
    /// The demand of a limit of tokens that a rule of an `AccessPolicy` has for each of its callers.
    ///
    /// - Parameters:
    ///   - policy: `namespace/name` of the policy.
    ///   - ruleID: stands for policy and rule: the rule's `LimiterKey.rule`.
    ///   - count: tokens in the window.
    static func tokens(
        ofPolicy policy: String, ruleID: UInt128, count: Int64, window: Milliseconds, _ spender: Spender,
        _ estimate: SpendEstimate
    ) -> SpendLine {
        SpendLine(
            account: ruleID ^ spender.id, unit: .tokens, limit: count, window: .rolling(window),
            wanted: estimate.tokens, least: estimate.leastTokens, budget: policy, subject: spender.subject,
            reason: .tokensRateLimited)
    }
}
