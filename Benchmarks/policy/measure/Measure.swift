import Addresses
import Kubernetes
import Policy
import Reachability

/// All phases on decoded objects.
func measure(_ objects: Objects, _ report: inout Report) {
    let inventory = report.time("inventory") { Inventory(objects) }
    let policies = report.time("translate") { WorkloadPolicy.all(in: objects) }
    let list = report.time("compile") { GuestList(inventory: inventory, policies: policies) }
    let reachability = report.time("tables") { Reachability(list) }
    report.note("segments", Double(report.time("rows") { segments(reachability) }))
    report.note("pods", Double(inventory.endpoints.count))
    report.note("policies", Double(policies.count))
    report.note("groups", Double(list.grouping.groups.count))
    questions(list, &report)
    change(objects, reachability, policies, &report)
}

/// Makes every row; how many runs they have in all.
private func segments(_ reachability: Reachability) -> Int {
    var count = 0
    reachability.forEachRow { row, _ in
        count += row.segments.count
        return true
    }
    return count
}

/// Single decisions, over pairs of pods and addresses that are spread over the cluster.
private func questions(_ list: GuestList, _ report: inout Report) {
    var state: UInt64 = 7
    func next(_ limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % limit
    }
    let outside = list.party(Address(ipv4: 0xc633_6401))
    let count = list.inventory.endpoints.count
    let connections = (0..<100_000).map { index in
        let other = index % 10 == 0 ? outside : list.party(endpoint: next(count), isIPv4: true) ?? outside
        let traffic = Traffic(.tcp, port: [80, 443, 5432, 8080, 9100][index % 5])
        return Connection(
            source: list.party(endpoint: next(count), isIPv4: true) ?? outside, destination: other, traffic: traffic)
    }
    var allowed = 0
    func ask() { for connection in connections where list.evaluate(connection).isAllowed { allowed += 1 } }
    ask()
    let start = cpuNanoseconds()
    for _ in 0..<5 { ask() }
    report.note("evaluate_ns", Double(cpuNanoseconds() - start) / 5 / Double(connections.count))
    if let made = Allocations.during(ask) { report.note("evaluate_allocations", Double(made)) }
    report.note("allowed", Double(allowed) / 7 / Double(connections.count))
}

/// One policy changes, then one pod goes and comes.
private func change(
    _ objects: Objects, _ reachability: Reachability, _ policies: [WorkloadPolicy], _ report: inout Report
) {
    let list = reachability.list
    var changed = policies
    guard let place = policies.firstIndex(where: { $0.ingress?.isEmpty == false && $0.tier == .networkPolicy }) else {
        return
    }
    changed[place].ingress?.removeLast()
    let updated = report.time("change_list") { list.updated(inventory: list.inventory, policies: changed) }
    let again = report.time("change_tables") { reachability.updated(updated) }
    _ = report.time("change_rows") { segments(again) }
    report.note("change_compiled", Double(updated.compiledPolicies))
    report.note("change_tiers", Double(again.computedTiers))
    guarantees(objects, list, updated, &report)

    var fewer = objects
    // The second replica of something: the first one is like it.
    guard let pod = objects.pods.keys.sorted().first(where: { $0.name.hasSuffix("-1") }) else { return }
    fewer.pods[pod] = nil
    let without = report.time("pod_inventory") { Inventory(fewer) }
    let third = report.time("pod_list") { list.updated(inventory: without, policies: policies) }
    let tables = report.time("pod_tables") { reachability.updated(third) }
    _ = report.time("pod_rows") { segments(tables) }
    report.note("pod_compiled", Double(third.compiledPolicies))
}

/// Guarantees, proved, and proved again after a policy changed.
private func guarantees(_ objects: Objects, _ list: GuestList, _ updated: GuestList, _ report: inout Report) {
    let read = ObjectDecoder.snapshot(files: [("guarantees.yaml", Array(guaranteeText.utf8))], revision: 1)
    precondition(read.mistakes.isEmpty, "\(read.mistakes)")
    let guarantees = Array(read.objects.guarantees.values)
    let assets = AssetTable(objects, list.inventory)
    let before = report.time("guarantees_first") { Reachability.proving(list, guarantees) }
    let proofs = report.time("guarantees") { before.updated(updated).check(guarantees, assets) }
    report.note("guarantees_held", Double(proofs.count(where: \.holds)))
}
