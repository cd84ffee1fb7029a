#if os(Linux)

    import PolicyWorlds
    import Testing

    @testable import Agent

    @Suite("Values of which only so many are kept")
    struct BoundedTableTests {
        /// What a table is to be, in the plainest way.
        private struct Model {
            var entries: [(key: Int, value: Int)] = []
            let limit: Int

            mutating func insert(_ key: Int, _ value: Int) -> Int? {
                entries.removeAll { $0.key == key }
                let evicted = entries.count >= limit ? entries.removeFirst().key : nil
                entries.append((key, value))
                return evicted
            }
        }

        @Test("whatever is done, it is what the plain one is")
        func model() {
            let seed = UInt64.random(in: 0 ... .max)
            var dice = WorldDice(seed: seed)
            for limit in [1, 2, 7, 64, 1_000] {
                var table = BoundedTable<Int, Int>(limit: limit)
                var model = Model(limit: limit)
                for step in 0..<4_000 {
                    let key = Int.random(in: 0..<limit * 2, using: &dice)
                    switch Int.random(in: 0..<6, using: &dice) {
                    case 0...2: #expect(table.insert(key, step)?.key == model.insert(key, step), "seed \(seed)")
                    case 3:
                        let expected = model.entries.first { $0.key == key }?.value
                        model.entries.removeAll { $0.key == key }
                        #expect(table.remove(key) == expected, "seed \(seed)")
                    case 4:
                        let place = model.entries.firstIndex { $0.key == key }
                        if let place { model.entries[place].value += 1 }
                        #expect(table.change(key) { $0 += 1 } == (place != nil), "seed \(seed)")
                    default:
                        let expected = model.entries.isEmpty ? nil : model.entries.removeFirst()
                        let found = table.removeOldest()
                        #expect(found?.key == expected?.key && found?.value == expected?.value, "seed \(seed)")
                    }
                    #expect(table.count == model.entries.count, "seed \(seed)")
                    #expect(table.oldest?.key == model.entries.first?.key, "seed \(seed)")
                    let other = Int.random(in: 0..<limit * 2, using: &dice)
                    #expect(table[other] == model.entries.first { $0.key == other }?.value, "seed \(seed)")
                }
            }
        }
    }

#endif
