import Addresses
import Kubernetes
import Testing

@testable import Access

/// What a decision costs does not depend on how many keys and policies there are. Steps are counted, not seconds.
@Suite("Work of a decision")
struct WorkTests {
    private func door(keys: Int, policies: Int) -> Door {
        let others = (1..<policies).map {
            policy(
                "q\($0)", targets: ["kind: HTTPRoute, name: r\($0)"], rules: "  - from: [{accessKeys: {selector: {}}}]")
        }
        let rules = """
              - {from: [{accessKeys: {names: [k1]}}], to: [{methods: [GET]}]}
              - {from: [{accessKeys: {names: [k2]}}]}
              - {from: [{accessKeys: {selector: {}}}]}
            """
        return Door(
            gatewayAndRoute + (1...keys).map { key("k\($0)", UInt64($0)) }.joined() + others.joined()
                + policy("p", rules: rules), mayHaveMistakes: false)
    }

    /// How many slots a search for each key looks at, by what the table is made of.
    private func probes(_ table: KeyTable) throws -> [Int] {
        let slots = try #require(
            Mirror(reflecting: table).children.first { $0.label == "slots" }?.value as? [Int32])
        #expect(slots.count & (slots.count - 1) == 0 && slots.count >= 2 * table.entries.count)
        return table.entries.map { entry in
            var slot = Int(truncatingIfNeeded: entry.digest.words.0) & (slots.count - 1)
            var steps = 1
            while slots[slot] >= 0, table.entries[Int(slots[slot])].digest != entry.digest, steps < slots.count {
                slot = (slot + 1) & (slots.count - 1)
                steps += 1
            }
            return steps
        }
    }

    @Test("ten keys or ten thousand: a key is found in as many steps")
    func keys() throws {
        for count in [10, 10_000] {
            let table = door(keys: count, policies: 1).table.keys
            let steps = try probes(table)
            // Half of the slots at least are empty: one and a half steps are to be expected, whatever the count.
            #expect(steps.count == count)
            #expect(Double(steps.reduce(0, +)) / Double(count) < 2, "\(count) keys")
            #expect(steps.max() ?? 0 < 64, "\(count) keys")
        }
    }

    @Test("ten policies or a thousand: only the rules of the one in force are looked at")
    func policies() {
        for (keys, policies) in [(10, 10), (10, 1_000), (2_000, 10)] {
            let door = door(keys: keys, policies: policies)
            for (number, looked) in [(UInt64(1), 3), (2, 2), (7, 3)] {
                let verdict = door.ask(key: number)
                #expect(verdict.reason == nil)
                #expect(verdict.basis.enforced.looked == looked && door.table.trace(verdict.basis).count == looked)
            }
            // Nobody is looked for in rules when the credentials are no good.
            let unknown = door.ask(key: 1_000_000)
            #expect(unknown.reason == .unknownKey && unknown.basis.enforced.looked == 0)
            #expect(unknown.basis.staged.looked == 0)
        }
    }

    @Test("rules that select the same keys share one set")
    func sets() {
        let keys = (1...640).map { key("k\($0)", UInt64($0)) }.joined()
        let rules = (0..<50).map { "  - {name: r\($0), from: [{accessKeys: {selector: {}}}]}" }.joined(separator: "\n")
        let door = Door(gatewayAndRoute + keys + policy("p", rules: rules))
        let sets = door.table.policies.flatMap(\.rules).flatMap(\.from).compactMap(\.keys)
        #expect(sets.count == 50)
        let storages = Set(
            sets.map { set in
                (Mirror(reflecting: set).children.first { $0.label == "words" }?.value as? [UInt64])?
                    .withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) } ?? 0
            })
        #expect(storages.count == 1 && !storages.contains(0))
    }
}
