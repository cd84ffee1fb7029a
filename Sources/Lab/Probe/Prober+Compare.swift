#if os(Linux)
    extension Prober {
        /// Tries connections and holds what became of them against what policies say; in the order of the probes.
        ///
        /// What should have come through and was not seen to is tried again, with more patience: on a busy machine
        /// answers may be late. What came through and should not have is never tried again.
        ///
        /// - Throws: `LabError` when a place is not in the lab.
        public func compare(
            _ probes: [Probe], _ expectations: LabExpectations, _ options: ProbeOptions = .init()
        ) throws(LabError) -> [ProbeComparison] {
            let expected = probes.map(expectations.expected)
            var results = zip(try run(probes, options), expected).map { ProbeComparison($0, $1) }
            var patient = options
            for _ in 0..<3 {
                let doubtful = results.indices.filter { results[$0].isWorthAnotherTry }
                if doubtful.isEmpty { break }
                patient.timeout *= 3
                patient.concurrency = max(patient.concurrency / 4, 16)
                let again = try run(doubtful.map { probes[$0] }, patient)
                for (index, outcome) in zip(doubtful, again) {
                    results[index] = ProbeComparison(outcome, expected[index])
                }
            }
            return results
        }
    }
#endif
