import Addresses
import Kubernetes
import Policy
import Reachability

/// What is open, for people.
struct ExposureText {
    private let exposure: Exposure
    private let workloads: [WorkloadExposure]
    private let names: EntityNames

    init(_ exposure: Exposure, _ names: EntityNames, where wanted: (WorkloadName) -> Bool) {
        self.names = names
        self.exposure = exposure
        workloads = exposure.workloads.filter { wanted($0.workload) }
    }

    func lines(_ terminal: Terminal) -> [String] {
        var lines: [String] = []
        for workload in workloads {
            lines.append(terminal.styled(Printable.oneLine(workload.workload.description), .strong))
            lines += self.lines(workload.ingress, "from") + self.lines(workload.egress, "to")
        }
        let shown = Set(workloads.map(\.workload))
        let ways = exposure.waysIn.filter { way in
            way.targets.isEmpty || way.targets.contains { $0.workload.map(shown.contains) ?? true }
        }
        for way in ways { lines += self.lines(way, terminal) }
        return lines.isEmpty ? ["there are no workloads"] : lines
    }

    // MARK: Workloads

    private func lines(_ direction: DirectionExposure, _ way: String) -> [String] {
        if direction.isEmpty { return ["  \(way) elsewhere: nothing"] }
        var lines: [String] = []
        for outside in direction.outside {
            let who = outside.isAnywhere ? "anywhere outside" : addresses(outside.addresses)
            lines.append("  \(way) \(who): \(outside.traffic) (\(Self.text(outside.reason)))")
        }
        for namespaces in direction.namespaces {
            let pods = namespaces.isWhole ? "" : "some pods of "
            lines.append(
                "  \(way) \(pods)\(Self.text(namespaces.scope)): \(namespaces.traffic) (\(Self.text(namespaces.reason)))"
            )
        }
        for possible in direction.hypothetical {
            lines.append("  \(way) \(Self.text(possible.pod)): \(possible.traffic) (\(Self.text(possible.reason)))")
        }
        for name in direction.names { lines.append("  \(way) \(name.pattern): \(name.traffic)") }
        return lines.map(Printable.oneLine)
    }

    /// Up to four ranges, and how many more there are.
    func addresses(_ set: IntervalSet<UInt128>) -> String {
        let families: [(all: IntervalSet<UInt128>, name: String)] = [
            (.ipv4, "anywhere (IPv4)"), (.ipv6, "anywhere (IPv6)"),
        ]
        let ranges = families.flatMap { family in
            family.all.isSubset(of: set)
                ? [family.name]
                : set.intersection(family.all).ranges.map {
                    names.text(.addresses(Address(bits: $0.lowerBound)...Address(bits: $0.upperBound)))
                }
        }
        let more = ranges.count - 4
        return (ranges.prefix(4) + (more > 0 ? ["\(more) more ranges"] : [])).joined(separator: ", ")
    }

    private static func text(_ scope: DirectionExposure.Namespaces.Scope) -> String {
        switch scope {
        case .every(let except) where except.isEmpty: "every other namespace"
        case .every(let except): "every other namespace but \(except.joined(separator: ", "))"
        case .named(let names): "\(names.count == 1 ? "namespace" : "namespaces") \(names.joined(separator: ", "))"
        }
    }

    private static func text(_ pod: HypotheticalPod) -> String {
        let labels = pod.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        let own = labels.isEmpty ? "a pod that might be made" : "a pod with \(labels) that might be made"
        if let namespace = pod.namespace { return "\(own) in \(namespace)" }
        let theirs = pod.namespaceLabels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return theirs.isEmpty ? own : "\(own) in a namespace with \(theirs.joined(separator: ","))"
    }

    static func text(_ reason: ExposureReason) -> String {
        switch reason {
        case .unselected: "no policy is about it"
        case .undecided: "no rule decides"
        case .rule(let policy, let path): "\(policy) \(path)"
        case .isolated(let policy): "\(policy) isolates"
        case .outside: "no policy can be about it"
        }
    }

    // MARK: Ways in

    private func lines(_ way: WayIn, _ terminal: Terminal) -> [String] {
        let state = way.isBlocked ? terminal.styled("blocked", .good) : terminal.styled("open", .careful)
        var lines = [
            "\(Printable.oneLine("\(way.kind.rawValue) way in by \(way.source)")): \(way.targets.isEmpty ? "leads nowhere" : state)"
        ]
        for target in way.targets {
            let who = target.workload?.description ?? target.address?.description ?? "nobody"
            let through =
                target.service.map { "through Service \($0)" } ?? "through \(target.hostPorts) of its node"
            let blocked =
                target.blockedBy.map { ", not \(target.wanted.subtracting(target.allowed)) (\(Self.text($0)))" } ?? ""
            let open = target.allowed.isEmpty ? "nothing" : target.allowed.description
            lines.append(Printable.oneLine("  to \(who) \(through): \(open)\(blocked)"))
        }
        return lines + way.problems.map { "  \(terminal.styled("careful:", .careful)) \(Printable.oneLine($0))" }
    }
}
