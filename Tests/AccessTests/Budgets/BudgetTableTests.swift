import Addresses
import Kubernetes
import Testing

@testable import Access

/// A `Budget` as YAML.
func budget(
    _ name: String, namespace: String = "ai", target: String = "kind: HTTPRoute, name: chat", per: String = "Principal",
    limit: String = "{tokens: 100}", window: String = "{calendar: Hour}", metadata: String = ""
) -> String {
    """
    ---
    apiVersion: sallyport.dev/v1alpha1
    kind: Budget
    metadata: {name: \(name), namespace: \(namespace)\(metadata)}
    spec:
      targetRefs: [{group: gateway.networking.k8s.io, \(target)}]
      per: \(per)
      limit: \(limit)
      window: \(window)

    """
}

@Suite("Which budgets apply, and to whom")
struct BudgetTableTests {
    private let alice = Spender(kind: "AccessKey", namespace: "ai", name: "alice")
    private let bob = Spender(kind: "AccessKey", namespace: "ai", name: "bob")
    private let carol = Spender(kind: "ServiceAccount", namespace: "lab", name: "carol")
    private let estimate = SpendEstimate(tokens: 40, leastTokens: 11, picodollars: 4_000, leastPicodollars: 1_100)

    private func table(_ yaml: String, mayHaveMistakes: Bool = false) -> BudgetTable {
        BudgetTable(objects(gatewayAndRoute + yaml, mayHaveMistakes: mayHaveMistakes), revision: 1)
    }

    private func place(
        _ table: BudgetTable, listener: String = "web", route: String = "chat", namespace: String = "ai",
        rule: String? = "talk"
    ) -> BudgetSet {
        table.budgets(
            gateway: NamespacedName("ai", "front"), listener: listener,
            route: ObjectReference(
                group: "gateway.networking.k8s.io", kind: "HTTPRoute", namespace: namespace, name: route),
            rule: rule)
    }

    private func lines(_ table: BudgetTable, _ set: BudgetSet, _ spender: Spender) -> [SpendLine] {
        guard case .lines(let lines) = table.demand(set, spender, estimate) else { return [] }
        return lines
    }

    private func denial(_ table: BudgetTable, _ set: BudgetSet, _ estimate: SpendEstimate? = nil) -> Reason? {
        guard case .denied(let reason, _) = table.demand(set, alice, estimate ?? self.estimate) else { return nil }
        return reason
    }

    @Test("all that are attached on the way apply together")
    func nested() {
        let table = table(
            budget("route") + budget("rule", target: "kind: HTTPRoute, name: chat, sectionName: talk")
                + budget("gateway", target: "kind: Gateway, name: front")
                + budget("listener", target: "kind: Gateway, name: front, sectionName: web")
                + budget("other", target: "kind: HTTPRoute, name: chat2"), mayHaveMistakes: true)
        #expect(
            lines(table, place(table), alice).map(\.budget).sorted() == [
                "ai/gateway", "ai/listener", "ai/route", "ai/rule",
            ])
        #expect(
            lines(table, place(table, listener: "api", rule: nil), alice).map(\.budget).sorted() == [
                "ai/gateway", "ai/route",
            ])
        let elsewhere = place(table, route: "x", namespace: "tenant")
        #expect(lines(table, elsewhere, alice).map(\.budget).sorted() == ["ai/gateway", "ai/listener"])
        #expect(
            table.statuses.map { $0.condition("Accepted")?.reason } == [
                "Accepted", "Accepted", "TargetNotFound", "Accepted", "Accepted",
            ])
        #expect(place(BudgetTable(objects(gatewayAndRoute), revision: 1)).isEmpty)
    }

    @Test("whose spending is added up")
    func subjects() {
        func accounts(_ per: String) -> [UInt128?] {
            let table = table(budget("b", per: per))
            let address = Spender(address: Address("10.0.0.1")!, text: "10.0.0.1")
            return [alice, bob, carol, address].map { lines(table, place(table), $0).first?.account }
        }
        #expect(Set(accounts("All")).count == 1)
        let namespaces = accounts("Namespace")
        #expect(namespaces[0] == namespaces[1] && Set(namespaces).count == 3)
        #expect(Set(accounts("Principal")).count == 4)
        let keys = accounts("AccessKey")
        #expect(keys[0] != nil && keys[1] != nil && keys[0] != keys[1] && keys[2] == nil && keys[3] == nil)
        let all = ["All", "Namespace", "Principal", "AccessKey"].flatMap(accounts).compactMap { $0 }
        #expect(Set(all).count == 1 + 3 + 4 + 2)
    }

    @Test("amounts are those of the unit, and accounts outlive limits and windows")
    func units() {
        let tokens = table(budget("b"))
        let line = lines(tokens, place(tokens), alice)[0]
        #expect([line.limit, line.wanted, line.least] == [100, 40, 11])
        let dollars = table(budget("b", limit: "{dollars: \"0.25\"}"))
        let money = lines(dollars, place(dollars), alice)[0]
        #expect([money.limit, money.wanted, money.least] == [250_000_000_000, 4_000, 1_100])
        #expect(money.account != line.account)
        let later = table(budget("b", limit: "{tokens: 7}", window: "{rolling: 24h}"))
        #expect(lines(later, place(later), alice)[0].account == line.account)
    }

    @Test("a budget of dollars denies what has no price, unless it is only watched")
    func unpriced() {
        let noPrice = SpendEstimate(tokens: 1, leastTokens: 1)
        let table1 = table(budget("b", limit: "{dollars: \"1.00\"}"))
        #expect(denial(table1, place(table1), noPrice) == .unpricedModel)
        let table2 = table(budget("b", limit: "{dollars: \"1.00\"}", metadata: staged))
        #expect(denial(table2, place(table2), noPrice) == nil)
        #expect(lines(table2, place(table2), alice).map(\.isStaged) == [true])
    }

    @Test(
        "one with mistakes denies what it is attached to, or all of its namespace",
        arguments: [
            budget("b", limit: "{tokens: 0}"), budget("b", limit: "{}"), budget("b", window: "{rolling: 1s}"),
            budget("b", per: "Nobody"), budget("b", target: "kind: Service, name: x"),
            budget("b", target: "name: chat"),
            budget("b", metadata: ", annotations: {sallyport.dev/enforcement: stagd}"),
            budget("b") + budget("b", limit: "{tokens: 5}"),
        ])
    func invalid(yaml: String) {
        let table = table(yaml, mayHaveMistakes: true)
        #expect(denial(table, place(table)) == .invalidBudget)
        #expect(table.statuses.contains { $0.condition("Accepted")?.reason == "Invalid" })
    }

    @Test("one with mistakes does not deny elsewhere")
    func invalidElsewhere() {
        let attached = table(
            budget("b", target: "kind: HTTPRoute, name: other", limit: "{tokens: 0}"), mayHaveMistakes: true)
        #expect(denial(attached, place(attached)) == nil)
        let namespace = table(budget("b", namespace: "lab", target: "name: chat"), mayHaveMistakes: true)
        #expect(denial(namespace, place(namespace)) == nil)
        #expect(denial(namespace, place(namespace, namespace: "lab")) == .invalidBudget)
        let lost = table(budget("b", namespace: "A_B", target: "name: chat"), mayHaveMistakes: true)
        #expect(denial(lost, place(lost)) == .invalidBudget)
    }

    @Test("what one table found another does not answer")
    func revisions() {
        let old = table(budget("b"))
        let new = BudgetTable(objects(gatewayAndRoute), revision: 2)
        #expect(denial(new, place(old)) == .internalError)
    }

    @Test("what callers are told: a limit of tokens is a rate, a budget is a quota")
    func denials() {
        let spender = alice
        let line = SpendLine.tokens(
            ofPolicy: "ai/p", ruleID: 77, count: 100, window: Milliseconds(60_000), spender, estimate)
        let book = SpendBook()
        book.take(line)?.settle(tokens(100), now: noon)
        let denial = book.denial(line)?.denial([line])
        #expect(denial == Denial(.tokensRateLimited, retryAfterSeconds: 61))
        #expect(denial?.reason.status == 429 && denial?.reason.code == "rate_limit_exceeded")
        #expect(Reason.budgetExhausted.status == 429 && Reason.budgetExhausted.code == "insufficient_quota")
        #expect(SpendDenial(.exhausted, line: 0, retryAfter: nil).denial([]) == Denial(.budgetExhausted))
        #expect(Denial(.budgetExhausted).forbidsRetry)
        #expect(Denial(.budgetExhausted, retryAfterSeconds: 3_600).forbidsRetry)
        #expect(!Denial(.budgetExhausted, retryAfterSeconds: 1).forbidsRetry)
        #expect(!Denial(.rateLimited, retryAfterSeconds: 60).forbidsRetry && !Denial(.missingKey).forbidsRetry)
        #expect(SpendDenial(.unavailable, line: 0, retryAfter: nil).denial([]).reason == .countersUnavailable)
        #expect(SpendDenial(.noRoom, line: 0, retryAfter: nil).denial([]).reason == .limiterFull)
    }
}
