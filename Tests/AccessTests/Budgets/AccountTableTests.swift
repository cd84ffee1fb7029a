import Testing

@testable import Access

@Suite("Accounts by their ids")
struct AccountTableTests {
    @Test("what a dictionary would do, whatever comes and goes")
    func random() {
        let seed = UInt64.random(in: 0 ... .max)
        print("AccountTableTests seed \(seed)")
        var dice = SeededGenerator(seed: seed)
        var table = AccountTable()
        var model: [UInt128: SpendAccount] = [:]
        for _ in 0..<20_000 {
            // Ids that differ in their highest bits alone, as those made of addresses of IPv6 do.
            let id = UInt128(dice.next() % 600) << 120 | UInt128(dice.next() % 2)
            switch dice.next() % 100 {
            case 0:
                let limit = UInt128(dice.next() % 200) << 120
                table.removeAll { $0.id < limit }
                model = model.filter { $0.key >= limit }
            case 1..<40:
                #expect(table[id] === model[id], "seed \(seed)")
            default:
                guard model[id] == nil else { continue }
                let account = Self.account(id)
                table.insert(account)
                model[id] = account
            }
            #expect(table.count == model.count, "seed \(seed)")
        }
        #expect(Set(table.all.map(\.id)) == Set(model.keys), "seed \(seed)")
        #expect(model.count > 100, "seed \(seed)")
    }

    @Test("none is found where there are none")
    func empty() {
        var table = AccountTable()
        #expect(table[0] == nil && table.count == 0 && Array(table.all).isEmpty)
        table.insert(Self.account(0))
        #expect(table[0] != nil && table[1] == nil)
        table.removeAll { _ in true }
        #expect(table[0] == nil && table.count == 0)
    }

    private static func account(_ id: UInt128) -> SpendAccount {
        SpendAccount(line(id, limit: 1, wanted: 1), now: noon)
    }
}
