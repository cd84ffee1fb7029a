import PolicyWorlds
import Testing

@testable import Policy

@Suite("What two states share at both ends") struct SharedEndsTests {
    private final class Thing {}

    @Test("is what one by one is found, whatever came, went or was replaced")
    func random() {
        let seed = UInt64.random(in: 0 ... .max)
        print("SharedEndsTests seed \(seed)")
        var dice = WorldDice(seed: seed)
        var seen = (whole: 0, ends: 0)
        for _ in 0..<2_000 {
            let old = (0..<Int.random(in: 0...9, using: &dice)).map { _ in Thing() }
            var new = old
            for _ in 0..<Int.random(in: 0...2, using: &dice) {
                let place = Int.random(in: 0...new.count, using: &dice)
                switch Int.random(in: 0..<3, using: &dice) {
                case 0: new.insert(dice.chance(30) ? old.first ?? Thing() : Thing(), at: place)
                case 1: if place < new.count { new.remove(at: place) }
                default: if place < new.count { new[place] = Thing() }
                }
            }
            let ends = SharedEnds(old, new)
            let prefix = zip(old, new).prefix { $0 === $1 }.count
            let rest = (old.dropFirst(prefix), new.dropFirst(prefix))
            let suffix = zip(rest.0.reversed(), rest.1.reversed()).prefix { $0 === $1 }.count
            #expect(ends.prefix == prefix && ends.suffix == suffix, "seed \(seed)")
            if prefix == old.count, prefix == new.count { seen.whole += 1 }
            if prefix > 0, suffix > 0 { seen.ends += 1 }
        }
        #expect(seen.whole > 100 && seen.ends > 100, "\(seen)")
    }

    @Test("is nothing where elements are no references")
    func others() {
        let texts = ["a", "b"]
        #expect(SharedEnds(texts, texts).prefix == 0 && SharedEnds(texts, texts).suffix == 0)
    }
}
