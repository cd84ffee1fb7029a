import Foundation

/// What was measured so far, in order.
struct Report {
    private var values: [(name: String, value: Double)] = []

    /// Runs the work and keeps how many milliseconds of CPU it took.
    mutating func time<T>(_ name: String, _ work: () -> T) -> T {
        let start = cpuNanoseconds()
        let result = work()
        note(name, Double(cpuNanoseconds() - start) / 1e6)
        note("mib_after_\(name)", residentMiB())
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

/// Resident memory of this process, after what is free was given back to the system.
func residentMiB() -> Double {
    typealias Trim = @convention(c) (Int) -> Int32
    if let trim = dlsym(nil, "malloc_trim") { _ = unsafeBitCast(trim, to: Trim.self)(0) }
    let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
    return fields.count > 1 ? Double(fields[1]).map { $0 * 4096 / 1_048_576 } ?? 0 : 0
}
