import Foundation
import Kubernetes
import Routing
import Testing

@testable import Gateway

/// What is wrong never widens access: whatever slip makes an object wrong, no request reaches anything that it did not
/// reach before.
///
/// A slip counts when it is reported: the decoder has a mistake in the object, or the compiler says that the object
/// itself is wrong. What is well-formed and means something else cannot be told from what was meant; nor can a name of
/// an object that is not there, which may come later, or a place that somebody else has.
@Suite struct SlipTests {
    static let environment = ProcessInfo.processInfo.environment

    @Test("one slip at every place of a world with every kind of object")
    func everySlip() {
        let trial = Trial(SlipWorld(SlipWorld.fixed))
        #expect(trial.baseProblems == [])
        #expect(!trial.before.allowed.isEmpty)
        var reported: [String: Int] = [:]
        for slip in trial.slips {
            guard let grown = trial.growth(slip) else { continue }
            reported[trial.kind(slip), default: 0] += 1
            if !grown.isEmpty { Issue.record("\(slip): \(grown.count) more, such as \(grown.prefix(2))") }
        }
        print("SlipTests.everySlip: \(trial.slips.count) slips, reported: \(reported.sorted { $0.key < $1.key })")
        for kind in Slip.kinds { #expect(reported[kind, default: 0] > 20, "\(kind)") }
    }

    /// `SALLYPORT_FUZZ_SECONDS` runs for so long, `SALLYPORT_FUZZ_SEED` repeats a run.
    @Test("some slips in worlds that nobody thought of")
    func randomSlips() {
        let seed = Self.environment["SALLYPORT_FUZZ_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)
        let seconds = Self.environment["SALLYPORT_FUZZ_SECONDS"].flatMap(Double.init)
        print("SlipTests.randomSlips seed \(seed)")
        var maker = WorldMaker(random: SeededRandom(seed: seed))
        let end = Date().addingTimeInterval(seconds ?? 0)
        var (rounds, reported) = (0, 0)
        while seconds == nil ? rounds < 40 : Date() < end {
            rounds += 1
            let trial = Trial(maker.world())
            #expect(!trial.hasDecodingMistakes, "seed \(seed), world \(rounds): \(trial.baseProblems)")
            for _ in 0..<25 {
                guard let slip = trial.slips.randomElement(using: &maker.random), let grown = trial.growth(slip) else {
                    continue
                }
                reported += 1
                guard !grown.isEmpty else { continue }
                Issue.record(
                    "seed \(seed), world \(rounds), \(slip): \(grown.prefix(2)) in\n\(trial.text)\n---\n\(slip.texts)")
            }
        }
        #expect(reported > rounds)
        print("SlipTests.randomSlips: \(rounds) worlds, \(reported) slips reported")
    }
}

/// A world, and what becomes of it with a slip.
struct Trial {
    let world: SlipWorld
    let names = Reach.Names()
    let slips: [Slip]
    let before: Reach
    private let files: [DecodedFile]
    private let base: Set<String>

    init(_ world: SlipWorld) {
        self.world = world
        files = world.objects.enumerated().map { ObjectDecoder.decode(text: $1.json, file: "\($0).yaml") }
        let snapshot = ObjectDecoder.combine(files, revision: 1)
        before = Reach(snapshot, world.grid, names)
        before.fill()
        base = Self.problems(snapshot, before.configuration)
        slips = world.objects.enumerated().flatMap { index, object in
            let others = world.objects.indices.filter { $0 != index && world.objects[$0]["kind"] == object["kind"] }
            return Slip.all(in: object, at: index, names: others.compactMap { Self.name(world.objects[$0]) })
        }
    }

    /// What is wrong without any slip; of the world of a test: nothing.
    var baseProblems: [String] { base.sorted() }

    /// Whether an object of the world cannot be read even without a slip.
    var hasDecodingMistakes: Bool { !files.allSatisfy(\.mistakes.isEmpty) }

    /// The world, to look at.
    var text: String { world.objects.map(\.json).joined(separator: "\n---\n") }

    func kind(_ slip: Slip) -> String {
        if case .text(let kind)? = world.objects[slip.object]["kind"] { kind } else { "" }
    }

    private static func name(_ object: Node) -> String? {
        if case .text(let name)? = object["metadata", "name"] { name } else { nil }
    }

    private func snapshot(_ slip: Slip) -> Snapshot {
        var files = files
        files[slip.object] = ObjectDecoder.decode(text: slip.texts[0], file: "\(slip.object).yaml")
        files += slip.texts.dropFirst().map { ObjectDecoder.decode(text: $0, file: "\(slip.object).yaml") }
        return ObjectDecoder.combine(files, revision: 1)
    }

    /// What can be reached with the slip and could not be without it; nil when nobody is told that the object is wrong.
    func growth(_ slip: Slip) -> [String]? {
        let snapshot = snapshot(slip)
        let after = Reach(snapshot, world.grid, names)
        guard isReported(slip, snapshot, after) else { return nil }
        after.fill()
        return after.allowed.subtracting(before.allowed).sorted().map(after.describe)
    }

    private func isReported(_ slip: Slip, _ snapshot: Snapshot, _ after: Reach) -> Bool {
        if !snapshot.mistakes.isEmpty || !snapshot.unreadable.isEmpty { return true }
        let file = "\(slip.object).yaml"
        return Self.problems(snapshot, after.configuration).subtracting(base).contains { $0.hasPrefix(file) }
    }

    /// Reasons of conditions by which an object is well-formed and names something that is not there, or that somebody
    /// else has.
    private static let wellFormed: Set = [
        "AccessKeyNotFound", "BackendNotFound", "RefNotPermitted", "Conflicted", "HostnameConflict", "ProtocolConflict",
        "ListenersNotValid", "NotAllowedByListeners", "NoMatchingListenerHostname",
    ]

    /// False when a policy names an object that is not there; a part of one that is there can be told from one to come.
    private static func hasAllTargets(_ status: ObjectStatus, _ objects: Objects) -> Bool {
        let policies = objects.accessPolicies.values.filter { $0.reference == status.reference }
        return policies.flatMap { policy in policy.targetRefs.map { (policy.metadata.namespace, $0) } }
            .allSatisfy { namespace, target in
                let key = NamespacedName(namespace, target.name)
                return objects.gateways[key] != nil || objects.httpRoutes[key] != nil || objects.grpcRoutes[key] != nil
            }
    }

    /// What is said against each object: its file, the condition and the reason.
    private static func problems(_ snapshot: Snapshot, _ configuration: GatewayConfiguration) -> Set<String> {
        var problems = Set(snapshot.mistakes.map(\.description))
        func add(_ object: ObjectStatus, _ conditions: [Condition]) {
            for condition in conditions where condition.status == .false && condition.type != "Conflicted" {
                let isSomebodyElses =
                    wellFormed.contains(condition.reason)
                    || ["there is no Gateway", "the older Gateway", "no listener can be served"]
                        .contains(where: condition.message.contains)
                    || condition.reason == "TargetNotFound" && !hasAllTargets(object, snapshot.objects)
                if isSomebodyElses { continue }
                problems.insert(
                    "\(object.position?.file ?? "?") \(object.reference.kind) \(condition.type) \(condition.reason): "
                        + condition.message)
            }
        }
        for status in configuration.routing.statuses {
            let inner = status.listeners.flatMap(\.conditions) + status.parents.flatMap(\.conditions)
            add(status.object, status.object.conditions + inner)
        }
        for status in configuration.access.statuses(nowSeconds: 1_800_000_000) { add(status, status.conditions) }
        for mistake in configuration.mistakes {
            let gateway = snapshot.objects.gateways.values.first { $0.reference == mistake.object }
            problems.insert("\(gateway?.metadata.position?.file ?? "?") \(mistake.description)")
        }
        return problems
    }
}
