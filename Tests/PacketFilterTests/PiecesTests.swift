import PolicyWorlds
import Testing

@testable import PacketFilter

/// Long lists that share what they hold.
@Suite("Pieces of a long list") struct PiecesTests {
    @Test("whatever is put in, taken out and replaced: it is the list that an array would be")
    func edits() {
        let seed = AgreementTests.environment["SALLYPORT_FUZZ_SEED"].flatMap(UInt64.init) ?? .random(in: 0 ... .max)
        print("PiecesTests seed \(seed)")
        var dice = WorldDice(seed: seed)
        for size in [0, 1, 2, 255, 256, 511, 512, 513, 3_000] {
            var array = (0..<size).map { $0 * 4 }
            var list = Pieces(array)
            // Mostly more, then mostly fewer, until nothing is left.
            for step in 0..<4_000 {
                let index = array.isEmpty ? 0 : Int.random(in: 0..<array.count, using: &dice)
                switch Int.random(in: 0..<10, using: &dice) {
                case 0..<(step < 1_500 ? 6 : 2):
                    let number = Int.random(in: -9..<16_000, using: &dice)
                    let place = array.firstIndex { $0 >= number } ?? array.count
                    #expect(list.place { $0 < number } == place)
                    array.insert(number, at: place)
                    list.insert(number, at: place)
                case 6 where !array.isEmpty:
                    list.replace(at: index, with: array[index])
                case _ where !array.isEmpty:
                    #expect(list[index] == array[index])
                    array.remove(at: index)
                    list.remove(at: index)
                default: break
                }
            }
            #expect(list.count == array.count && list.elementsEqual(array), "seed \(seed)")
            #expect(list.indices.allSatisfy { list[$0] == array[$0] })
            #expect(list == Pieces(array) && list.hashValue == Pieces(array).hashValue)
            for index in array.indices.reversed() { list.remove(at: index) }
            #expect(list.isEmpty && list == [] && list.place { _ in true } == 0)
        }
    }

    @Test("a copy shares all but what stands near an edit, and what is different is found in that")
    func sharing() {
        let old = Pieces(Array(0..<10_000))
        #expect(old.unshared(with: old) == ([], []))
        var new = old
        new.remove(at: 5_000)
        new.insert(-1, at: 0)
        let (own, others) = old.unshared(with: new)
        #expect(own.count < 1_100 && others.count == own.count)
        #expect(Set(own).subtracting(others) == [5_000] && Set(others).subtracting(own) == [-1])
        #expect(old != new && old.elementsEqual(0..<10_000))
    }
}
