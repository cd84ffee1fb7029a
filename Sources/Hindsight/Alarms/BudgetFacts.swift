import Access
import Kubernetes
import Records

/// Budgets in force, found by where a request passed.
struct BudgetFacts: Sendable {
    /// One budget.
    struct Entry: Sendable {
        let name: String
        let per: Budget.Per
        let limit: Budget.Limit
        let window: Budget.Window
    }

    /// A Gateway, listener, route or rule.
    private struct Place: Hashable {
        let kind: String
        let name: NamespacedName
        let section: String?
    }

    private(set) var entries: [Entry] = []
    private var places: [Place: [Int]] = [:]

    init(_ objects: Objects) {
        for budget in objects.budgets.values.sorted(by: { $0.key < $1.key }) where !budget.isMarkedStaged {
            let index = entries.count
            entries.append(
                Entry(name: budget.key.description, per: budget.per, limit: budget.limit, window: budget.window))
            for target in budget.targetRefs {
                let name = NamespacedName(budget.metadata.namespace, target.name)
                places[Place(kind: target.kind, name: name, section: target.sectionName), default: []].append(index)
            }
        }
    }

    /// Budgets that a request counts for, each once.
    func budgets(of record: Record) -> [Int] {
        guard !entries.isEmpty else { return [] }
        var found: [Int] = []
        func look(_ kind: String, _ name: NamespacedName, _ section: String) {
            for section in [section, nil] {
                for index in places[Place(kind: kind, name: name, section: section)] ?? [] where !found.contains(index)
                {
                    found.append(index)
                }
            }
        }
        if let route = KindName(record.place.route) { look(route.kind, route.name, record.place.routeRule) }
        if let gateway = NamespacedName(slashed: record.place.gateway) {
            look(Gateway.kind, gateway, record.place.listener)
        }
        return found
    }
}

extension BudgetFacts.Entry {
    /// Whose spending a request is added to; nil: it is not counted.
    func subject(of record: Record) -> String? {
        switch per {
        case .all: return "all"
        case .namespace: return "namespace \(Self.namespace(of: record.principal))"
        case .accessKey: return record.principal?.kind == "access_key" ? record.who : nil
        case .principal: return record.principal?.words ?? record.source.map { "address \($0.address)" }
        }
    }

    private static func namespace(of principal: Record.Principal?) -> String { principal?.namespace ?? "" }

    /// What a request cost, in the unit of the limit; nil: nothing.
    func spent(_ record: Record) -> Int64? {
        switch limit {
        case .tokens:
            guard let tokens = record.ai?.tokens else { return nil }
            let sum = max(0, tokens.input).addingReportingOverflow(max(0, tokens.output))
            return sum.overflow ? .max : sum.partialValue
        case .dollars:
            return record.ai.flatMap { Cost($0.cost) }.map { Int64(clamping: $0.picodollars) }
        }
    }

    /// The limit as a number.
    var most: Double {
        switch limit {
        case .tokens(let count): Double(count)
        case .dollars(let dollars): Double(dollars.picodollars)
        }
    }

    /// An amount in words.
    func words(_ amount: Double) -> String {
        switch limit {
        case .tokens: "\(Int64(min(amount, 9e18))) tokens"
        case .dollars: "$\(Dollars(picodollars: Int64(min(amount, 9e18) / 1e10) * 10_000_000_000))"
        }
    }
}
