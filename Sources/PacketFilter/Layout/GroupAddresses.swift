import Addresses
import Policy

/// Addresses of all pods of a family, as keys of the kernel, and the group that each is of. Of several pods with one
/// address, one has it.
struct GroupAddresses: Sendable {
    /// By key, ascending.
    let all: [(key: UInt128, group: UInt32)]
    /// Of each group, how many.
    let counts: [Int32]
    /// In which groups addresses came or went since the list before, with by how many more there are; nil: there was none
    /// with these groups.
    let changes: [Change]?

    /// What happened to a group.
    struct Change: Sendable {
        let group: Int
        var more: Int
    }

    /// - Parameter previous: of a list whose groups are the same, by number.
    init(_ list: GuestList, _ family: Family, previous: GroupAddresses?) {
        let all = list.foundAddresses(isIPv4: family.isIPv4).map { (key: family.key($0.bits), group: $0.group) }
        var counts = Array(repeating: Int32(0), count: list.grouping.groups.count)
        for address in all { counts[Int(address.group)] += 1 }
        self.all = all
        self.counts = counts
        changes = previous.map { Self.changes($0.all, all) }
    }

    /// All of them, as the set that every table has.
    var everyone: KernelSet {
        KernelSet(
            SetNames.pods, .address, comment: "addresses of all pods of the cluster", all.map { .init($0.key) })
    }

    private static func changes(
        _ old: [(key: UInt128, group: UInt32)], _ new: [(key: UInt128, group: UInt32)]
    ) -> [Change] {
        var found: [UInt32: Change] = [:]
        func note(_ group: UInt32, _ more: Int) {
            found[group, default: Change(group: Int(group), more: 0)].more += more
        }
        var (i, j) = (0, 0)
        while i < old.count || j < new.count {
            if i < old.count, j < new.count, old[i] == new[j] {
                (i, j) = (i + 1, j + 1)
            } else if j == new.count || (i < old.count && old[i].key <= new[j].key) {
                note(old[i].group, -1)
                i += 1
            } else {
                note(new[j].group, 1)
                j += 1
            }
        }
        return Array(found.values)
    }
}
