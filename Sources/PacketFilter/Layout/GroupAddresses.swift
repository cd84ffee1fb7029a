import Addresses
import Policy

/// Addresses of all pods of a family, by group, as keys of the kernel.
struct GroupAddresses: Sendable {
    /// Of each group, ascending. Of several pods with one address, one has it.
    let keys: [[UInt128]]
    /// In which groups addresses came or went since the list before, with by how many more there are; nil: there was none
    /// with these groups.
    let changes: [Change]?

    /// What happened to a group.
    struct Change: Sendable {
        let group: Int
        let more: Int
    }

    /// - Parameter previous: of a list whose groups are the same, by number.
    init(_ list: GuestList, _ family: Family, previous: GroupAddresses?) {
        var keys: [[UInt128]] = []
        keys.reserveCapacity(list.grouping.groups.count)
        for index in list.grouping.groups.indices {
            keys.append(Self.keys(index, list, family))
        }
        self.keys = keys
        changes = previous.map { before in
            keys.indices.compactMap { group in
                keys[group] == before.keys[group]
                    ? nil : Change(group: group, more: keys[group].count - before.keys[group].count)
            }
        }
    }

    /// All addresses, ascending.
    var all: [UInt128] { keys.joined().sorted() }

    private static func keys(_ group: Int, _ list: GuestList, _ family: Family) -> [UInt128] {
        guard list.grouping.groups[group].key.isIPv4 == family.isIPv4 else { return [] }
        var keys: [UInt128] = []
        for member in list.grouping.groups[group].members {
            let interface = list.grouping.interfaces[Int(member)]
            if let address = interface.address, list.isFound(interface) { keys.append(family.key(address.bits)) }
        }
        return keys.count > 1 ? keys.sorted() : keys
    }
}
