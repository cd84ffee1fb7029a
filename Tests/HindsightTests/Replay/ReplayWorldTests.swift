import Addresses
import Kubernetes
import Policy
import PolicyWorlds
import Records
import Testing

@testable import Hindsight

/// Replays of random clusters, held against decisions that are made anew.
@Suite struct ReplayWorldTests {
    /// A connection, and the records that nodes would have made of it.
    private struct Question {
        let asked: Policy.Connection
        let records: [(record: Record, local: [Direction])]
    }

    /// The cluster with some of its policies.
    private func thinned(_ all: Objects, _ dice: inout WorldDice) -> Objects {
        var some = all
        for name in all.networkPolicies.keys.sorted() where dice.chance(50) { some.networkPolicies[name] = nil }
        for name in all.clusterNetworkPolicies.keys.sorted() where dice.chance(50) {
            some.clusterNetworkPolicies[name] = nil
        }
        for name in all.adminNetworkPolicies.keys.sorted() where dice.chance(50) {
            some.adminNetworkPolicies[name] = nil
        }
        some.invalid = []
        return some
    }

    private func workload(_ party: Party, _ list: GuestList) -> Record.Workload? {
        guard party.endpoint >= 0 else { return nil }
        let endpoint = list.inventory.endpoints[Int(party.endpoint)]
        return Record.Workload(
            kind: endpoint.workload.kind, namespace: endpoint.namespace, name: endpoint.workload.name,
            pod: endpoint.name.name, labels: PodLabels.telling(endpoint.labels))
    }

    private func question(_ list: GuestList, _ number: Int, _ dice: inout WorldDice) -> Question? {
        let pods = list.inventory.endpoints.filter { !$0.usesHostNetwork }.flatMap(\.addresses)
        let outside = ["192.0.2.1", "203.0.113.9", "10.9.0.1", "10.9.0.2", "8.8.8.8", "2001:db8::1"]
            .compactMap { Address($0) }
        guard !pods.isEmpty else { return nil }
        let ends = (0..<2).map { _ in dice.chance(75) ? dice.pick(pods) : dice.pick(outside) }
        let parties = ends.map { list.party($0) }
        guard ends[0].isIPv4 == ends[1].isIPv4, parties.contains(where: { $0.endpoint >= 0 }),
            ends[0] != ends[1]
        else { return nil }
        let port = UInt16(dice.pick([80, 81, 443, 8080]))
        let proto = dice.pick([IPProtocol.tcp, .tcp, .udp, .sctp])
        let asked = Policy.Connection(
            source: parties[0], destination: parties[1], traffic: Traffic(proto, port: port))
        let verdict = list.evaluate(asked).enforced
        // Each pod's node records what it decides; a pod whose node is not known is on a node of its own.
        var nodes: [String: [Direction]] = [:]
        for (direction, party) in [(Direction.egress, parties[0]), (.ingress, parties[1])] where party.endpoint >= 0 {
            let node = list.inventory.endpoints[Int(party.endpoint)].node ?? "alone-\(party.endpoint)"
            nodes[node, default: []].append(direction)
        }
        let records = nodes.sorted { $0.key < $1.key }.map { node, local in
            let denying = local.first { !verdict[$0].isAllowed }
            let deciding = denying ?? local.last { verdict[$0].policy >= 0 }
            var record = connection(
                "\(number)-\(node)", from: ends[0].description, workload(parties[0], list), to: ends[1].description,
                workload(parties[1], list), port: port, transport: proto.description.lowercased(),
                verdict: denying == nil ? .allowed : .denied,
                direction: deciding.map { $0 == .egress ? .egress : .ingress }, node: node)
            let ruling = verdict[deciding ?? local[0]]
            record.reason = ruling.reason.inRecords
            return (record: record, local: local)
        }
        return Question(asked: asked, records: records)
    }

    /// What must come of a record: the outcome, and whether it may not be told.
    private func expected(
        _ record: Record, _ local: [Direction], _ verdict: Policy.Verdict
    ) -> (outcome: ReplayOutcome, mayDoubt: Bool) {
        if record.verdict == .denied { return (verdict.isAllowed ? .newlyAllowed : .same, true) }
        if local.contains(where: { !verdict[$0].isAllowed }) { return (.newlyDenied, true) }
        // A side that was another node's to decide is not held against this record, if that is known.
        return (.same, !verdict.isAllowed)
    }

    @Test("every record of a random cluster is judged as a new decision would be")
    func agreesWithDecisions() {
        var changed = 0
        withSeeds(60) { seed, dice in
            let text = RandomCluster(seed: seed).text
            let all = ObjectDecoder.combine([ObjectDecoder.decode(text: text, file: "w.yaml")], revision: 1).objects
            let (before, after) = (thinned(all, &dice), thinned(all, &dice))
            let (old, new) = (GuestList(before), GuestList(after))
            for number in 0..<40 {
                guard let question = question(old, number, &dice) else { continue }
                // Numbers of groups are those of one list.
                var asked = question.asked
                asked.source = new.party(asked.source.address ?? Address(bits: 0))
                asked.destination = new.party(asked.destination.address ?? Address(bits: 0))
                let verdict = new.evaluate(asked).enforced
                for (record, local) in question.records {
                    var replay = Replay(objects: after)
                    replay.take(record)
                    let report = replay.report()
                    let (outcome, mayDoubt) = expected(record, local, verdict)
                    let isDoubt = report.totals[.cannotTell] != nil
                    let isNamed = report.blindSpots.cannotTell[.domainName] != nil
                    #expect(
                        report.totals[outcome] != nil || (isDoubt && (mayDoubt || isNamed)),
                        "seed \(seed): \(outcome) expected of \(encoded(record)), \(report)")
                    if report.totals[.newlyDenied] != nil || report.totals[.newlyAllowed] != nil { changed += 1 }
                    #expect(report.bases.keys.allSatisfy { [.pod, .address].contains($0) }, "seed \(seed)")
                }
            }
        }
        #expect(changed > 40)
    }

    @Test("pods that are gone are judged by what was recorded of them, and as if they were there")
    func judgesWhoIsGone() {
        var byLabels: UInt64 = 0
        withSeeds(60) { seed, dice in
            let text = RandomCluster(seed: seed).text
            let all = ObjectDecoder.combine([ObjectDecoder.decode(text: text, file: "w.yaml")], revision: 1).objects
            let (before, after) = (thinned(all, &dice), thinned(all, &dice))
            let old = GuestList(before)
            var gone = after
            gone.pods = gone.pods.filter { $0.value.usesHostNetwork }
            for number in 0..<30 {
                guard let question = question(old, number, &dice) else { continue }
                for (record, _) in question.records {
                    var (there, without) = (Replay(objects: after), Replay(objects: gone))
                    there.take(record)
                    without.take(record)
                    let (one, other) = (there.report(), without.report())
                    byLabels += other.bases[.recordedLabels] ?? 0
                    let isDoubt = one.totals[.cannotTell] != nil || other.totals[.cannotTell] != nil
                    #expect(
                        isDoubt || one.totals == other.totals,
                        "seed \(seed): \(encoded(record))\nthere \(one)\ngone \(other)")
                }
            }
        }
        #expect(byLabels > 40)
    }

    @Test("one replay of many records is many replays of one")
    func batchesAreNothing() {
        withSeeds(12) { seed, dice in
            let text = RandomCluster(seed: seed).text
            let all = ObjectDecoder.combine([ObjectDecoder.decode(text: text, file: "w.yaml")], revision: 1).objects
            let (before, after) = (thinned(all, &dice), thinned(all, &dice))
            let old = GuestList(before)
            var together = Replay(objects: after)
            var sums: [ReplayOutcome: UInt64] = [:]
            for number in 0..<40 {
                guard let question = question(old, number, &dice) else { continue }
                for (record, _) in question.records {
                    together.take(record)
                    var alone = Replay(objects: after)
                    alone.take(record)
                    for (outcome, tally) in alone.report().totals { sums[outcome, default: 0] += tally.records }
                }
            }
            let found = together.report().totals.mapValues(\.records)
            // A record may say on which node a pod was; so together less is unknown.
            #expect(found.values.reduce(0, +) == sums.values.reduce(0, +), "seed \(seed)")
            #expect(found[.newlyAllowed] == sums[.newlyAllowed], "seed \(seed)")
            #expect(found[.newlyDenied] ?? 0 >= sums[.newlyDenied] ?? 0, "seed \(seed)")
            #expect(found[.cannotTell] ?? 0 <= sums[.cannotTell] ?? 0, "seed \(seed)")
        }
    }
}
