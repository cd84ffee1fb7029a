import Kubernetes
import ModelTraffic
import Reachability

/// Connections as numbers.
struct ConnectivitySummary {
    /// How many workloads there are.
    let workloads: Int
    /// Pairs of workloads between which something is allowed.
    let pairs: Int
    /// Of these, pairs between which everything is.
    let openPairs: Int
    /// Workloads that somebody outside can reach.
    let reachedFromOutside: Int
    /// Workloads that can reach somebody outside.
    let reachOutside: Int
    /// Between namespaces, ascending.
    let namespaces: [Namespaces]

    /// From one namespace into another, or its own.
    struct Namespaces {
        let from: String
        let to: String
        var pairs: Int
    }

    init(_ view: ConnectivityView) {
        workloads = view.workloads.count
        var (inside, open) = (0, 0)
        var (into, out): (Set<WorkloadName>, Set<WorkloadName>) = ([], [])
        var counts: [[String]: Int] = [:]
        for entry in view.rows {
            switch (entry.from.workload, entry.to.workload) {
            case (let from?, let to?):
                inside += 1
                open += entry.traffic.isAll && !entry.isPartial ? 1 : 0
                counts[[from.namespace, to.namespace], default: 0] += 1
            case (nil, let to?): into.insert(to)
            case (let from?, nil): out.insert(from)
            case (nil, nil): break
            }
        }
        (pairs, openPairs, reachedFromOutside, reachOutside) = (inside, open, into.count, out.count)
        namespaces = counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .map { Namespaces(from: $0.key[0], to: $0.key[1], pairs: $0.value) }
    }

    func print(asJSON: Bool) throws {
        if asJSON { return Terminal.standardOutput.result(String(decoding: json.text, as: UTF8.self)) }
        lines.forEach { Terminal.standardOutput.result($0) }
    }

    var json: JSONLiteral {
        .object([
            ("workloads", .integer(Int64(workloads))), ("pairs", .integer(Int64(pairs))),
            ("openPairs", .integer(Int64(openPairs))), ("reachedFromOutside", .integer(Int64(reachedFromOutside))),
            ("reachOutside", .integer(Int64(reachOutside))),
            (
                "namespaces",
                .array(
                    namespaces.map {
                        .object([
                            ("from", .string($0.from)), ("to", .string($0.to)), ("pairs", .integer(Int64($0.pairs))),
                        ])
                    })
            ),
        ])
    }

    var lines: [String] {
        let possible = workloads * max(0, workloads - 1)
        var lines = [
            Words.count(workloads, "workload"),
            "\(pairs) of \(Words.count(possible, "pair")) can connect, \(openPairs) of them on everything",
            "\(reachedFromOutside) can be reached from outside",
            "\(reachOutside) can reach outside",
        ]
        guard !namespaces.isEmpty else { return lines }
        lines.append("")
        let rows = namespaces.map { [Printable.oneLine($0.from), Printable.oneLine($0.to), "\($0.pairs)"] }
        return lines + Printable.table([["NAMESPACE", "TO", "PAIRS"]] + rows)
    }
}
