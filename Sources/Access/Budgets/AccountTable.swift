/// Accounts by their ids: an open-addressed table in which an id and its account stand side by side. With many callers,
/// each look at memory for an account is a wait; this takes one.
struct AccountTable {
    private struct Slot {
        var id: UInt128 = 0
        var account: SpendAccount?
    }

    /// At most half of them are taken; their number is a power of two.
    private var slots: [Slot] = []
    /// How many accounts there are.
    private(set) var count = 0

    /// The account with that id; nil: there is none.
    subscript(id: UInt128) -> SpendAccount? {
        guard !slots.isEmpty else { return nil }
        return slots[place(of: id)].account
    }

    /// All accounts.
    var all: some Sequence<SpendAccount> { slots.lazy.compactMap(\.account) }

    /// Adds an account whose id is not there.
    mutating func insert(_ account: SpendAccount) {
        if 2 * (count + 1) > slots.count { resize(to: max(16, 2 * slots.count)) }
        slots[place(of: account.id)] = Slot(id: account.id, account: account)
        count += 1
    }

    /// Takes out accounts.
    mutating func removeAll(where isGone: (SpendAccount) -> Bool) {
        let old = slots
        slots = Array(repeating: Slot(), count: old.count)
        count = 0
        for slot in old {
            guard let account = slot.account, !isGone(account) else { continue }
            insert(account)
        }
    }

    private mutating func resize(to size: Int) {
        let old = slots
        slots = Array(repeating: Slot(), count: size)
        for slot in old where slot.account != nil { slots[place(of: slot.id)] = slot }
    }

    /// Where an id stands, or where it belongs. Ids may be made of addresses, which others choose: the seed of `Hasher`
    /// is another one in each process.
    private func place(of id: UInt128) -> Int {
        let mask = slots.count - 1
        var place = id.hashValue & mask
        while slots[place].account != nil, slots[place].id != id { place = (place + 1) & mask }
        return place
    }
}
