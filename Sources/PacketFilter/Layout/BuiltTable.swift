import Policy

/// A table, with what the next one may be made from.
struct BuiltTable: Sendable {
    let ruleset: Ruleset
    let addresses: GroupAddresses
    /// Pods of the node with addresses of the family.
    let local: [LocalPods.Pod]
    let roster: PodRoster
    let leads: PodLeads
    /// By the names of their chains.
    let programs: [String: ProgramParts]
    /// What asks for traffic.
    let traffic: [TableParts.TrafficKey: TrafficChain.Made]
    /// What it was made for.
    let node: FilteredNode
    /// What is the same whatever policies say.
    let base: TableParts

    /// The table after pods came or went, when all that changes is elements of sets; nil: more does, or that is not
    /// known.
    ///
    /// - Parameters:
    ///   - list: it says the same about groups as the one that this was made from.
    ///   - local: pods of the node with addresses of the family.
    func updated(_ list: GuestList, _ local: [LocalPods.Pod], _ addresses: GroupAddresses) -> BuiltTable? {
        guard let changes = addresses.changes else { return nil }
        let isSame = self.local == local
        if isSame, changes.isEmpty { return self }
        let roster = isSame ? roster : PodRoster(local, list)
        guard roster.hasSameChains(as: self.roster), var sets = podSets(list, local) else { return nil }
        if !changes.isEmpty { sets.append(addresses.everyone(ruleset.set(SetNames.pods))) }
        var programs = programs
        for (name, old) in self.programs {
            guard let parts = old.updated(changes) else { return nil }
            // All others are as they were.
            if let before = old.sets.first, let now = parts.sets.first, !now.isCopy(of: before) { sets.append(now) }
            programs[name] = parts
        }
        var chains: [Chain] = []
        for entry in roster.changes(since: self.roster) {
            programs[entry.name]?.tell(entry.workloads)
            if let chain = programs[entry.name]?.chain { chains.append(chain) }
        }
        return BuiltTable(
            ruleset: ruleset.replacing(sets, chains), addresses: addresses, local: local, roster: roster,
            leads: leads, programs: programs, traffic: traffic, node: node, base: base)
    }

    /// The sets about pods of the node, where those are others; nil: too many are.
    private func podSets(_ list: GuestList, _ local: [LocalPods.Pod]) -> [KernelSet]? {
        let difference = local.difference(from: self.local)
        if difference.isEmpty { return [] }
        guard difference.count <= GroupAddresses.mostEdits else { return nil }
        let family = ruleset.family
        return PodSet.allCases.compactMap { set in
            // What goes comes first: an address may be another pod's now.
            let edits = difference.map { change in
                switch change {
                case .remove(_, let pod, _): (key: family.key(pod.address.bits), element: KernelSet.Element?.none)
                case .insert(_, let pod, _):
                    (key: family.key(pod.address.bits), element: set.element(pod, leads, list, family))
                }
            }
            return ruleset.set(set.name)?.edited(edits)
        }
    }
}
