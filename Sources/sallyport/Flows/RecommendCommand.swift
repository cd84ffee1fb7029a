import ArgumentParser
import Foundation
import Hindsight
import Hub
import Kubernetes
import Synchronization

/// `sallyport recommend`
struct RecommendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recommend",
        abstract: "Write the policies that what was seen needs, and no more.",
        discussion: """
            NetworkPolicies of workloads, AccessPolicies of routes with their models, tools and classes, and Budgets, out \
            of what was allowed. They are staged: nothing changes until they are promoted. Each says for how long and \
            how completely it was looked. With --unused it says which rules and which privileges nobody needed.

            EXAMPLES
              sallyport recommend --policies DIR --since 7d > seen.yaml
              sallyport recommend --policies DIR --unused
            """)

    @Argument(help: ArgumentHelp("Which records; several words mean all of them.", valueName: "filter"))
    var filter: [String] = []
    @Option(
        help: ArgumentHelp(
            "Directory of the objects that are in force; with --cluster: what is applied to those of the cluster.",
            valueName: "dir"))
    var policies: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("From when: how far back, such as 15m or 7d, or RFC 3339.", valueName: "time"))
    var since = TimeOption("-7d")
    @Flag(help: "Policies that are in force at once, instead of staged ones.")
    var enforced = false
    @Flag(help: "Say which rules and privileges nobody needed, instead.")
    var unused = false
    @OptionGroup var access: HubAccess
    @OptionGroup var output: OutputOptions

    func validate() throws { try access.check(policies) }

    func run() async throws {
        let cluster = try await Cluster.read(access.objects(policies), ClusterOptions.parse(["--quiet"]))
        let walk = RecordWalk(filter: filter.joined(separator: " "), since: since, until: nil)
        if unused { return try await tellUnused(cluster, walk) }
        let seen = Mutex((connections: ConnectionsSeen(), requests: RequestsSeen()))
        let coverage = try await access.open { hub in
            try await walk.run(hub) { record in
                seen.withLock {
                    $0.connections.take(record)
                    $0.requests.take(record)
                }
            }
        }
        var settings = RecommendationSettings()
        settings.isStaged = !enforced
        settings.ranges = cluster.objects.namedRanges
        let found = seen.withLock { seen in
            seen.connections.note(share: coverage.share)
            seen.requests.note(share: coverage.share)
            return seen.connections.recommendations(cluster.objects, settings: settings)
                + seen.requests.recommendations(cluster.objects, settings: settings)
        }
        switch output.format {
        case .json: Terminal.standardOutput.result(try JSON.text(found.map(Entry.init)))
        case .text:
            guard !found.isEmpty else {
                Terminal.standardError.line("nothing was seen that a policy could be made of")
                return
            }
            Terminal.standardOutput.result(found.map(\.text).joined(separator: "---\n").trimmingEnd)
        }
    }

    /// For programs.
    struct Entry: Encodable {
        var kind: String
        var namespace: String
        var name: String
        var subject: String
        var confidence: String
        var seen: String
        var remarks: [String]
        var manifest: String

        init(_ found: Recommendation) {
            kind = found.kind
            namespace = found.name.namespace
            name = found.name.name
            subject = found.subject
            confidence = found.confidence.level.rawValue
            seen = found.confidence.words
            remarks = found.remarks
            manifest = found.text
        }
    }

    // MARK: What nobody needed

    /// For programs.
    struct Unneeded: Encodable {
        var policy: String
        var rule: String
        var kind: String
        var value: String?
        var file: String?
        var line: Int?
    }

    private func tellUnused(_ cluster: Cluster, _ walk: RecordWalk) async throws {
        let looks = Mutex((audit: PrivilegeAudit(objects: cluster.objects), replay: Replay(objects: cluster.objects)))
        let coverage = try await access.open { hub in
            try await walk.run(hub) { record in
                looks.withLock {
                    $0.audit.take(record)
                    $0.replay.take(record)
                }
            }
        }
        let found = looks.withLock { looks -> [Unneeded] in
            let rules = looks.replay.usage().unusedRules(of: cluster.objects).map {
                Unneeded(
                    policy: $0.key.policy, rule: $0.key.rule, kind: $0.isWholePolicy ? "policy" : "rule",
                    file: $0.position?.file, line: $0.position?.line)
            }
            return rules
                + looks.audit.unused().map {
                    Unneeded(policy: $0.rule.policy, rule: $0.rule.rule, kind: $0.kind.rawValue, value: $0.value)
                }
        }
        switch output.format {
        case .json: Terminal.standardOutput.result(try JSON.text(found))
        case .text:
            let share = coverage.share < 1 ? ", of which \(Int((coverage.share * 100).rounded())) % are kept" : ""
            Terminal.standardOutput.result("Looked at \(Words.count(Int(coverage.records), "record"))\(share).")
            for entry in found {
                let place = entry.file.map { " (\($0):\(entry.line ?? 0))" } ?? ""
                let rule = entry.rule.isEmpty ? entry.policy : "\(entry.policy) \(entry.rule)"
                let what =
                    entry.value.map { "nobody needed the \(entry.kind.replacing("_", with: " ")) \($0)" }
                    ?? "never used"
                Terminal.standardOutput.result(Printable.oneLine("\(rule)\(place): \(what)"))
            }
        }
    }
}

extension String {
    /// Without line ends at the end.
    fileprivate var trimmingEnd: String {
        var text = self[...]
        while text.last?.isNewline == true { text = text.dropLast() }
        return String(text)
    }
}
