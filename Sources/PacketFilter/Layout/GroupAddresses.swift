import Addresses
import Policy

/// Addresses of all pods of a family, and the group that each is of. Of several pods with one address, one has it.
struct GroupAddresses: Sendable {
    /// Ascending.
    let all: [GuestList.FoundAddress]
    /// Of each group, how many.
    let counts: [Int32]
    /// What is otherwise than in the list before, by address; nil: there was none with these groups.
    let changes: [Change]?

    private let family: Family

    /// An address that came, went, or has become another group's.
    struct Change: Sendable {
        /// As a key of the kernel.
        let key: UInt128
        /// Of the pod that had it.
        var old: UInt32?
        /// Of the pod that has it.
        var new: UInt32?
    }

    /// - Parameter previous: of a list whose groups are the same, by number.
    init(_ list: GuestList, _ family: Family, previous: GroupAddresses?) {
        self.family = family
        let all = list.foundAddresses(isIPv4: family.isIPv4)
        let changes = previous.map { Self.changes($0.all, all, family) }
        self.all = all
        var counts = previous?.counts ?? Array(repeating: Int32(0), count: list.grouping.groups.count)
        if let changes {
            for change in changes {
                if let group = change.old { counts[Int(group)] -= 1 }
                if let group = change.new { counts[Int(group)] += 1 }
            }
        } else {
            for address in all { counts[Int(address.group)] += 1 }
        }
        self.counts = counts
        self.changes = changes
    }

    /// All of them, as the set that every table has.
    ///
    /// - Parameter previous: what that was before the changes.
    func everyone(_ previous: KernelSet?) -> KernelSet {
        if let previous, let changes {
            let edits = changes.filter { ($0.old == nil) != ($0.new == nil) }
                .map { (key: $0.key, element: $0.new == nil ? nil : KernelSet.Element($0.key)) }
            if edits.isEmpty { return previous }
            if edits.count <= Self.mostEdits { return previous.edited(edits) }
        }
        return KernelSet(
            SetNames.pods, .address, comment: "addresses of all pods of the cluster",
            all.map { .init(family.key($0.bits)) })
    }

    /// With more edits than this a set is made anew.
    static let mostEdits = 32

    private static func changes(
        _ old: [GuestList.FoundAddress], _ new: [GuestList.FoundAddress], _ family: Family
    ) -> [Change] {
        var found: [Change] = []
        var (i, j) = (0, 0)
        while i < old.count || j < new.count {
            if i < old.count, j < new.count, old[i] == new[j] {
                (i, j) = (i + 1, j + 1)
            } else if j == new.count || (i < old.count && old[i].bits < new[j].bits) {
                found.append(Change(key: family.key(old[i].bits), old: old[i].group, new: nil))
                i += 1
            } else if i == old.count || new[j].bits < old[i].bits {
                found.append(Change(key: family.key(new[j].bits), old: nil, new: new[j].group))
                j += 1
            } else {
                found.append(Change(key: family.key(new[j].bits), old: old[i].group, new: new[j].group))
                (i, j) = (i + 1, j + 1)
            }
        }
        return found
    }
}
