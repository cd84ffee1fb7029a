import Foundation

/// What was measured so far, in order.
struct Report {
    private var values: [(name: String, value: Double)] = []

    /// Runs the work and keeps how many milliseconds of CPU it took.
    mutating func time<T>(_ name: String, _ work: () -> T) -> T {
        let start = cpuNanoseconds()
        let result = work()
        note(name, Double(cpuNanoseconds() - start) / 1e6)
        return result
    }

    /// Keeps a number.
    mutating func note(_ name: String, _ value: Double) { values.append((name, value)) }

    /// Prints all, with the most memory that the process ever had in MiB.
    func print() {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let all = values + [("peak_mib", Double(usage.ru_maxrss) / 1024)]
        Swift.print("{" + all.map { "\"\($0.name)\": \($0.value)" }.joined(separator: ", ") + "}")
    }
}

/// CPU time of this process in nanoseconds.
func cpuNanoseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
}
