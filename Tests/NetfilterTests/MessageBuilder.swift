#if os(Linux)

    import Glibc

    /// Bytes in network order, for tests that write what the kernel would.
    func network<T: FixedWidthInteger>(_ number: T) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }

    /// Bytes in the order of this machine.
    func native<T: FixedWidthInteger>(_ number: T) -> [UInt8] { withUnsafeBytes(of: number) { Array($0) } }

    /// An attribute with its padding.
    func attribute(_ type: UInt32, _ value: [UInt8], nested: Bool = false) -> [UInt8] {
        let head = native(UInt16(value.count + 4)) + native(UInt16(type) | (nested ? 0x8000 : 0))
        return head + value + [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
    }

    /// An attribute of attributes.
    func nest(_ type: UInt32, _ parts: [UInt8]...) -> [UInt8] {
        attribute(type, parts.flatMap { $0 }, nested: true)
    }

    /// A message of netfilter.
    func message(
        _ type: UInt16, family: Int32 = AF_INET, flags: UInt16 = 0, sequence: UInt32 = 0, _ attributes: [UInt8]...
    ) -> [UInt8] {
        frame(type, flags: flags, sequence: sequence, [UInt8(family), 0, 0, 0] + attributes.flatMap { $0 })
    }

    /// A message of netlink.
    func frame(_ type: UInt16, flags: UInt16 = 0, sequence: UInt32 = 0, _ payload: [UInt8]) -> [UInt8] {
        native(UInt32(payload.count + 16)) + native(type) + native(flags) + native(sequence) + native(UInt32(0))
            + payload
    }

    /// Random numbers of a seed that is printed, so that a failure can be made again.
    struct SeededNumbers: RandomNumberGenerator {
        private var state: UInt64

        init(test: String = #function) {
            state = UInt64.random(in: 0 ... .max)
            print("\(test) seed \(state)")
        }

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return z ^ (z >> 31)
        }

        mutating func bytes(_ count: Int) -> [UInt8] {
            (0..<count).map { _ in UInt8.random(in: 0 ... .max, using: &self) }
        }

        mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

        /// The bytes with a few of them changed, doubled or taken away.
        mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
            var result = bytes
            for _ in 0..<number(1...6) where !result.isEmpty {
                let place = number(0...(result.count - 1))
                switch number(0...4) {
                case 0: result[place] = UInt8.random(in: 0 ... .max, using: &self)
                case 1: result[place] ^= 1 << UInt8(number(0...7))
                case 2: result[place] = [0, 1, 0x7f, 0x80, 0xff][number(0...4)]
                case 3: result.removeSubrange(place..<min(result.count, place + number(1...8)))
                default: result.insert(contentsOf: self.bytes(number(1...8)), at: place)
                }
            }
            return result
        }
    }

#endif
