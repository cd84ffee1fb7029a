import Records

/// What each policy did: the answer of `/api/v1/policies`.
struct PolicyReport: Encodable {
    /// How often, and when last.
    struct Use: Encodable {
        var allowed: UInt64 = 0
        var denied: UInt64 = 0
        /// RFC 3339; absent: never.
        var last: String?

        mutating func add(_ measures: Measures, isAllowed: Bool) {
            let count = measures.count &+ measures.repeats
            if isAllowed { allowed &+= count } else { denied &+= count }
            guard measures.count > 0 else { return }
            let time = Moment.text(measures.last)
            last = max(last ?? time, time)
        }
    }

    /// What a staged policy would change.
    struct Effect: Encodable {
        /// It would decide as what is in force did.
        var same: UInt64 = 0
        var newlyDenied: UInt64 = 0
        var newlyAllowed: UInt64 = 0
    }

    struct Rule: Encodable {
        let name: String
        let use: Use
        /// It is in the object; a rule that is not was there when the records were made.
        let isThere: Bool
    }

    struct Policy: Encodable {
        let policy: PolicyRow
        let recordName: String
        let use: Use
        let rules: [Rule]
        /// For staged ones.
        let effect: Effect?
        /// No record of the time that was asked for names it.
        let isUnused: Bool
    }

    let from: String
    let to: String
    let policies: [Policy]

    init(_ view: ClusterView, enforced: GroupTable, staged: GroupTable) {
        from = Moment.text(enforced.query.from)
        to = Moment.text(enforced.query.to)
        var uses: [String: [String: Use]] = [:]
        for row in enforced.rows {
            uses[row.key[0], default: [:]][row.key[1], default: Use()].add(
                row.total, isAllowed: row.key[2] == "allowed")
        }
        var effects: [String: Effect] = [:]
        var stagedUses: [String: [String: Use]] = [:]
        for row in staged.rows {
            let wouldAllow = row.key[2] == "allowed"
            stagedUses[row.key[0], default: [:]][row.key[1], default: Use()].add(row.total, isAllowed: wouldAllow)
            let count = row.total.count &+ row.total.repeats
            switch (wouldAllow, row.key[3] == "allowed") {
            case (true, false): effects[row.key[0], default: Effect()].newlyAllowed &+= count
            case (false, true): effects[row.key[0], default: Effect()].newlyDenied &+= count
            default: effects[row.key[0], default: Effect()].same &+= count
            }
        }
        policies = view.policies.map { policy in
            let name = policy.recordName
            let rules = (policy.isStaged ? stagedUses : uses)[name] ?? [:]
            return Policy(
                policy: policy, recordName: name, use: Self.sum(rules.values), rules: Self.rules(policy, rules),
                effect: policy.isStaged ? effects[name] ?? Effect() : nil, isUnused: rules.isEmpty)
        }
    }

    private static func sum(_ uses: some Sequence<Use>) -> Use {
        uses.reduce(into: Use()) { sum, use in
            sum.allowed &+= use.allowed
            sum.denied &+= use.denied
            if let last = use.last { sum.last = max(sum.last ?? last, last) }
        }
    }

    /// Those of the object in its order, then those that only records know.
    private static func rules(_ policy: PolicyRow, _ uses: [String: Use]) -> [Rule] {
        let known = Set(policy.rules)
        return policy.rules.map { Rule(name: $0, use: uses[$0] ?? Use(), isThere: true) }
            + uses.filter { !known.contains($0.key) }.sorted { $0.key < $1.key }
            .map { Rule(name: $0.key, use: $0.value, isThere: false) }
    }
}
