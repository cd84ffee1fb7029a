#if os(Linux)
    import Addresses
    import Lab

    /// What probes showed, for people and for programs.
    struct ProbeReport {
        /// One probe.
        struct Line {
            /// What the target is called.
            let target: String
            let comparison: ProbeComparison
        }

        private let lines: [Line]
        /// How many probes ended otherwise than the policies say.
        let differences: Int

        init(_ lines: [Line]) {
            self.lines = lines
            differences = lines.count { $0.comparison.agrees == false }
        }

        // MARK: Text

        func text(asMatrix: Bool) -> [String] {
            var text: [String] = []
            if asMatrix {
                text = table + [""]
                let different = lines.filter { $0.comparison.agrees == false }
                if !different.isEmpty { text += Printable.table(different.prefix(50).map(Self.row)) }
                if different.count > 50 { text.append("and \(different.count - 50) more that differ") }
                if !different.isEmpty { text.append("") }
            } else {
                text = Printable.table(lines.map(Self.row)) + [""]
            }
            return text + [summary]
        }

        private var summary: String {
            let compared = lines.count { $0.comparison.agrees != nil }
            let rest = lines.count - compared
            return "\(lines.count) probes: \(compared - differences) as the policies say, \(differences) otherwise"
                + (rest > 0 ? ", \(rest) not compared" : "")
        }

        private static func row(_ line: Line) -> [String] {
            let probe = line.comparison.outcome.probe
            let from = probe.sourceAddress.map { "\(probe.source) \($0)" } ?? probe.source.description
            let isAddress = line.target == probe.destination.description
            return [
                mark(line.comparison), from, "->", isAddress ? line.target : "\(line.target) \(probe.destination)",
                LabReport.text(probe.traffic), words(line.comparison.outcome.answer),
                "policies: \(words(line.comparison.expected))",
            ].map(Printable.oneLine)
        }

        private static func mark(_ comparison: ProbeComparison) -> String {
            comparison.agrees.map { $0 ? "=" : "!" } ?? "?"
        }

        private static func words(_ answer: ProbeOutcome.Answer) -> String {
            switch answer {
            case .answered(let name): "answered by \(name)"
            case .connected: "reached"
            case .refused: "reached, nobody listens"
            case .silent: "dropped"
            case .unreachable(let why): "not reached: \(why)"
            case .untried(let why): "not tried: \(why)"
            }
        }

        private static func words(_ expected: LabExpectations.Expected) -> String {
            switch expected {
            case .allowed: "allowed"
            case .denied: "denied"
            case .either: "allowed to some of the pods behind it"
            case .unknown(let why): "not known, \(why)"
            }
        }

        // MARK: Table

        private static let mostColumns = 100

        /// A row for each source, a column for each port of each target; all addresses of a target are one cell.
        private var table: [String] {
            var (sources, columns): ([String], [String]) = ([], [])
            var known: Set<String> = []
            var cells: [String: [String: [ProbeComparison]]] = [:]
            for line in lines {
                let probe = line.comparison.outcome.probe
                let (source, column) = (probe.source.description, "\(line.target) \(LabReport.text(probe.traffic))")
                if cells[source] == nil { sources.append(source) }
                if known.insert(column).inserted { columns.append(column) }
                cells[source, default: [:]][column, default: []].append(line.comparison)
            }
            guard columns.count <= Self.mostColumns else {
                return ["\(columns.count) ports are too many for a table; --output json has them all"]
            }
            let numbers = columns.indices.map { "\($0 + 1)" }
            let rows = sources.map { source in
                [source] + columns.map { cells[source]?[$0].map(Self.cell) ?? "" }
            }
            let names = zip(numbers, columns).map { [$0, Printable.oneLine($1)] }
            return Printable.table(names) + [""] + Printable.table([[""] + numbers] + rows)
                + ["", "+ reached, - not reached; = as the policies say, ! otherwise, ? not compared"]
        }

        /// `+=`; where the addresses of one target differ, what differs is shown.
        private static func cell(_ all: [ProbeComparison]) -> String {
            let shown = all.first { $0.agrees == false } ?? all.first { $0.agrees == nil } ?? all[0]
            return (shown.outcome.isReached.map { $0 ? "+" : "-" } ?? "") + mark(shown)
        }

        // MARK: JSON

        struct Entry: Encodable {
            let from: String
            let fromAddress: String?
            let to: String
            let address: String
            let traffic: String
            let reached: Bool?
            let answer: String
            let policies: String
            let agrees: Bool?
        }

        struct Whole: Encodable {
            let probes: [Entry]
            let count: Int
            let differences: Int
        }

        var json: Whole {
            let entries = lines.map { line in
                let (probe, outcome) = (line.comparison.outcome.probe, line.comparison.outcome)
                return Entry(
                    from: probe.source.description, fromAddress: probe.sourceAddress?.description, to: line.target,
                    address: probe.destination.description, traffic: LabReport.text(probe.traffic),
                    reached: outcome.isReached, answer: Self.words(outcome.answer),
                    policies: Self.words(line.comparison.expected), agrees: line.comparison.agrees)
            }
            return Whole(probes: entries, count: entries.count, differences: differences)
        }
    }
#endif
