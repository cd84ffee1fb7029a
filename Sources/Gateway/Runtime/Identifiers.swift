#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Makes request ids: 128 bits in 32 hexadecimal digits. They name records, they protect nothing, so a fast
/// generator (xoshiro256**, seeded by the system) is enough.
struct RequestIDs: RandomNumberGenerator {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// A sequence of its own for each seed.
    init(seed: UInt64) {
        var mix = seed
        func next() -> UInt64 {
            mix &+= 0x9E37_79B9_7F4A_7C15
            var value = mix
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
        state = (next(), next(), next(), next())
    }

    mutating func next() -> UInt64 {
        let result = rotate(state.1 &* 5, 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = rotate(state.3, 45)
        return result
    }

    /// A new id.
    mutating func makeID() -> String {
        let (high, low) = (next(), next())
        return String(unsafeUninitializedCapacity: 32) { digits in
            for index in 0..<16 {
                digits[index] = Bytes.hexDigit(high >> UInt64(60 - 4 * index))
                digits[16 + index] = Bytes.hexDigit(low >> UInt64(60 - 4 * index))
            }
            return 32
        }
    }

    /// The name of a span: anything but 0.
    mutating func makeSpan() -> UInt64 { max(1, next()) }

    /// The name of a trace: anything but 0.
    mutating func makeTrace() -> UInt128 { max(1, UInt128(next()) << 64 | UInt128(next())) }

    private func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 { (value << count) | (value >> (64 - count)) }
}

/// A clock that never goes back.
enum MonotonicClock {
    /// Nanoseconds since some moment of this machine's run.
    static func nanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// The time of day.
struct WallClock {
    /// Microseconds since 1970.
    func microseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }
}
