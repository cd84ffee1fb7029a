#if os(Linux)
    import Foundation

    /// What was measured so far: one JSON object.
    struct Report {
        private var values: [(name: String, value: Double)] = []

        /// Runs the work and keeps how many milliseconds it took, of the clock and of the processor. The kernel's work for
        /// a transaction is done in the call, so that both have it.
        @discardableResult
        mutating func time<T>(_ name: String, _ work: () throws -> T) rethrows -> T {
            let (wall, cpu) = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
            let result = try work()
            note("\(name)_wall_ms", Double(nanoseconds(CLOCK_MONOTONIC) - wall) / 1e6)
            note("\(name)_cpu_ms", Double(nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) / 1e6)
            return result
        }

        /// Keeps a number.
        mutating func note(_ name: String, _ value: Double) { values.append((name, value)) }

        /// Prints all: of numbers that were kept more than once, the median.
        func print() {
            var order: [String] = []
            var all: [String: [Double]] = [:]
            for (name, value) in values {
                if all[name] == nil { order.append(name) }
                all[name, default: []].append(value)
            }
            let parts = order.map { name in
                let sorted = (all[name] ?? []).sorted()
                return "\"\(name)\": \(sorted[sorted.count / 2])"
            }
            Swift.print("{\(parts.joined(separator: ", "))}")
        }
    }

    /// A clock.
    func nanoseconds(_ clock: clockid_t) -> Int {
        var time = timespec()
        clock_gettime(clock, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    /// A number of `/proc/self/status`, in MiB.
    func memory(_ name: String) -> Double {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("\(name):") }
        return line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Double($0) }
            .map { $0 / 1024 } ?? 0
    }
#endif
