import Addresses
import Foundation
import Kubernetes
import PolicyWorlds
import Testing

@testable import Policy

/// The product's evaluator and the naive one, over random clusters: they agree on every question.
///
/// Runs a bounded number of worlds; `SALLYPORT_FUZZ_SECONDS=n` runs for n seconds, `SALLYPORT_FUZZ_SEED=n` repeats a run.
@Suite("Product and naive evaluator agree") struct AgreementTests {
    static let environment = ProcessInfo.processInfo.environment

    @Test func onRandomClusters() {
        let first = Self.environment["SALLYPORT_FUZZ_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)
        let seconds = Self.environment["SALLYPORT_FUZZ_SECONDS"].flatMap(Double.init)
        print("AgreementTests seed \(first)\(seconds.map { " for \($0) s" } ?? "")")
        let end = Date().addingTimeInterval(seconds ?? 0)
        var (worlds, tally) = (UInt64(0), Tally())
        // Rare answers come in clumps, a world has many or none: a run goes on until it has seen enough of each.
        while seconds == nil ? worlds < 2_000 || (!tally.showsEverything && worlds < 4_000) : Date() < end {
            // The first world of a run has the seed of the run, so that a seed that is printed repeats at once.
            let seed = first &+ worlds
            worlds += 1
            guard Self.agree(seed: seed, queries: 30, &tally) else { break }
        }
        print("AgreementTests: \(worlds) worlds, \(tally)")
        guard seconds == nil, worlds >= 2_000 else { return }
        #expect(tally.showsEverything)
    }

    struct Tally: CustomStringConvertible {
        var allowed = 0
        var denied = 0
        var ambiguous = 0
        var staged = 0

        /// A run in which nothing is denied, staged or ambiguous would show nothing.
        var showsEverything: Bool { allowed > 1_000 && denied > 1_000 && ambiguous > 20 && staged > 20 }

        var description: String {
            "\(allowed) allowed, \(denied) denied, \(ambiguous) ambiguous, \(staged) different when staged"
        }

        mutating func count(_ enforced: NaiveVerdict, _ staged: NaiveVerdict) {
            if enforced.isAllowed { allowed += 1 } else { denied += 1 }
            if enforced.egress.isAmbiguous || enforced.ingress.isAmbiguous { ambiguous += 1 }
            if enforced != staged { self.staged += 1 }
        }
    }

    /// False after the first disagreement, which is recorded.
    static func agree(seed: UInt64, queries: Int, _ tally: inout Tally) -> Bool {
        let world = RandomCluster(seed: seed)
        let objects = objects(world.text)
        let guests = guestList(objects, inSteps: seed % 2 == 0)
        let naive = NaiveEvaluator(objects)
        var dice = WorldDice(seed: seed ^ 0x5eed)
        for _ in 0..<queries {
            let query = world.query(&dice)
            let expected = [false, true].map { naive.evaluate(query, staged: $0) }
            let found = answer(guests, query)
            if let enforced = expected[0], let staged = expected[1] { tally.count(enforced, staged) }
            if found == expected { continue }
            Issue.record(
                """
                seed \(seed): \(query)
                naive   \(expected.map { $0.map { "\($0)" } ?? "nobody" })
                product \(found.map { $0.map { "\($0)" } ?? "nobody" })
                \(world.text)
                """)
            return false
        }
        return true
    }

    /// The guest list of the objects; in steps: a policy comes to a list that was made without it.
    private static func guestList(_ objects: Objects, inSteps: Bool) -> GuestList {
        let (inventory, policies) = (Inventory(objects), WorkloadPolicy.all(in: objects))
        guard inSteps else { return GuestList(inventory: inventory, policies: policies) }
        return GuestList(inventory: inventory, policies: policies.dropLast())
            .updated(inventory: inventory, policies: policies)
    }

    /// The product's answer, enforced and staged, in the words of the naive one.
    private static func answer(_ guests: GuestList, _ query: NaiveQuery) -> [NaiveVerdict?] {
        guard let source = party(guests, query.source), let destination = party(guests, query.destination) else {
            return [nil, nil]
        }
        let decision = guests.evaluate(
            Connection(
                source: source, destination: destination, traffic: Traffic(query.proto, port: query.port),
                name: query.name, isThroughService: query.isThroughService))
        return [decision.enforced, decision.staged].map { verdict in
            NaiveVerdict(egress: NaiveRuling(verdict.egress), ingress: NaiveRuling(verdict.ingress))
        }
    }

    private static func party(_ guests: GuestList, _ side: NaiveQuery.Side) -> Party? {
        switch side {
        case .address(let address): guests.party(address)
        case .pod(let name, let isIPv4):
            guests.endpoints(named: name).first.flatMap { guests.party(endpoint: $0, isIPv4: isIPv4) }
        }
    }
}

extension NaiveRuling {
    fileprivate init(_ ruling: Ruling) { self.init(isAllowed: ruling.isAllowed, isAmbiguous: ruling.isAmbiguous) }
}
