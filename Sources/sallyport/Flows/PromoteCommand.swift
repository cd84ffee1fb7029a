import ArgumentParser
import Foundation
import Hindsight
import Hub
import Kubernetes
import Records
import Synchronization

/// `sallyport promote`
struct PromoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote",
        abstract: "Put a staged policy into force, watch it, and take it back if it does harm.",
        discussion: """
            Changes the annotation sallyport.dev/enforcement of the policy, in its own file or in the cluster, and nothing else. For a while \
            denials are compared with what the staged policy had foretold; when too many are denied that were allowed before, \
            it is staged again, with the evidence, and the command ends with 1.

            EXAMPLES
              sallyport promote NetworkPolicy ai/model-server --dir DIR
              sallyport promote NetworkPolicy ai/model-server --cluster
              sallyport promote AccessPolicy ai/next --dir DIR --watch 30m --most 5
            """)

    @Argument(help: "Kind of the policy: NetworkPolicy, ClusterNetworkPolicy, AccessPolicy, Budget, ...")
    var kind: String
    @Argument(help: "Its name, with its namespace: namespace/name.")
    var name: String
    @Option(help: ArgumentHelp("Directory of the objects; none with --cluster.", valueName: "dir"))
    var dir: String?
    @Option(help: ArgumentHelp("How long it is watched, such as 10m.", valueName: "time"))
    var watch = "10m"
    @Option(help: "Attempts that may be denied by surprise.")
    var most: UInt64 = 10
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How far back it is looked at what was allowed, such as 24h or 7d.", valueName: "time"))
    var since = TimeOption("-24h")
    @OptionGroup var access: HubAccess

    func validate() throws {
        guard (dir != nil) != access.choice.isMeant else {
            throw ValidationError("which objects? name their directory with --dir, or say --cluster")
        }
    }

    func run() async throws {
        guard let seconds = Self.seconds(watch) else {
            throw Failure(.usage, "--watch '\(watch)' is no length of time", advice: "write it like 90s, 10m or 2h")
        }
        let target = try await PromotionTarget(kind: kind, name: name, in: access.objects(dir))
        var settings = Promotion.Settings()
        settings.watchSeconds = seconds
        settings.mostSurprises = most
        let promotion = PromotionBox(Promotion(target.subject, settings: settings))
        let walk = RecordWalk(filter: "", since: since, until: nil)
        let signals = try Signals([SIGTERM, SIGINT])
        let outcome = try await access.open { hub -> Promotion.Outcome in
            let coverage = try await walk.run(hub) { record in promotion.state.withLock { $0.takeBefore(record) } }
            Terminal.standardError.line("looked at \(Words.count(Int(coverage.records), "record")) of the time before")
            try await target.put(.enforced)
            promotion.state.withLock { $0.enforce(at: HubOffice.now()) }
            Terminal.standardOutput.result("\(target.reference) is in force; watched for \(watch)")
            do {
                let outcome = try await Self.watch(hub, promotion, until: signals)
                if outcome.rollsBack { try await target.put(.staged) }
                return outcome
            } catch {
                // Whoever cannot see any more whether it does harm takes it back.
                try await target.put(.staged)
                throw error
            }
        }
        if outcome.rollsBack {
            throw Failure(.findings, "\(target.reference) is staged again: \(outcome.words)")
        }
        Terminal.standardOutput.result("\(target.reference) stays in force: \(outcome.words)")
    }

    /// Follows records until there is an outcome, or somebody ends the command.
    private static func watch(
        _ hub: ConsoleClient, _ promotion: PromotionBox, until signals: Signals
    ) async throws -> Promotion.Outcome {
        try await withThrowingTaskGroup(of: Promotion.Outcome?.self) { group in
            group.addTask { try await watch(hub, promotion) }
            group.addTask {
                for await _ in signals.stream { break }
                return nil
            }
            defer { group.cancelAll() }
            guard let outcome = try await group.next() ?? nil else {
                throw Failure(
                    .findings, "it was ended before it was watched to the end", advice: "the policy is staged again")
            }
            return outcome
        }
    }

    private static func watch(_ hub: ConsoleClient, _ promotion: PromotionBox) async throws -> Promotion.Outcome {
        var last: String?
        while true {
            if let outcome = promotion.state.withLock({ $0.advance(to: HubOffice.now()) }) { return outcome }
            // A page of what has come since: a stream that is silent would not say when time is up.
            var query = [("from", "-15m"), ("order", "oldest"), ("limit", "1000")]
            if let last { query.append(("cursor", last)) }
            guard let page = RecordList(try await hub.get("/api/v1/records", query)) else {
                throw ConsoleClient.Trouble.notAHub("its records are none")
            }
            last = page.next ?? last
            for line in page.lines {
                guard let record = try? Record(line: line) else { continue }
                if let outcome = promotion.state.withLock({ $0.take(record) }) { return outcome }
            }
            if page.lines.count < 1_000 { try await Task.sleep(for: .seconds(1)) }
        }
    }

    static func seconds(_ text: String) -> Int64? {
        guard let unit = text.last, let number = Int64(text.dropLast()), number > 0 else { return nil }
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        return units[unit].flatMap { number.multipliedReportingOverflow(by: $0).overflow ? nil : number * $0 }
    }
}

/// A promotion that several tasks look at.
private final class PromotionBox: Sendable {
    let state: Mutex<Promotion>
    init(_ promotion: Promotion) { state = Mutex(promotion) }
}
