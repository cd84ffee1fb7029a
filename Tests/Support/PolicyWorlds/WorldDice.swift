/// Random numbers of a seed (SplitMix64), so that a world in which something failed can be made again.
public struct WorldDice: RandomNumberGenerator {
    private var state: UInt64

    /// The numbers of that seed.
    public init(seed: UInt64) { state = seed }

    /// The next one.
    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// True so many times in a hundred.
    public mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    /// One of them; there is at least one.
    public mutating func pick<T>(_ values: [T]) -> T { values[Int.random(in: 0..<values.count, using: &self)] }

    /// So many of what is made.
    mutating func some<T>(_ counts: ClosedRange<Int>, _ make: (inout WorldDice) -> T) -> [T] {
        (0..<Int.random(in: counts, using: &self)).map { _ in make(&self) }
    }

    /// The same as a list in flow style.
    mutating func list(_ counts: ClosedRange<Int>, _ make: (inout WorldDice) -> String) -> String {
        "[" + some(counts, make).joined(separator: ", ") + "]"
    }
}
