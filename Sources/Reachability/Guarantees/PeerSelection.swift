import Addresses
import Kubernetes
import Policy

/// Who is meant by one side of a question: pods, addresses of nobody, and names.
///
/// Groups are of pods that policies treat alike; a question may be about some pods of a group only. Then the group
/// is in the selection, with those that are meant.
struct PeerSelection {
    /// Peers of which something is meant.
    let peers: IntervalSet<UInt32>
    /// Of groups: the interfaces that are meant, ascending.
    let members: [Int32: [Int32]]
    /// Runs of addresses that are meant, whatever they are called.
    let runs: IntervalSet<UInt32>
    /// Of these, those that a side names, and does not only mean because it means everyone.
    let namedRuns: IntervalSet<UInt32>
    /// Names, by index, that are meant wherever they lead.
    private let names: Set<Int>

    var isEmpty: Bool { peers.isEmpty }

    /// - Parameters:
    ///   - members: of groups; none of the lists is empty.
    ///   - runs: peers, ascending.
    ///   - namedRuns: see there; ascending.
    ///   - names: by index, ascending.
    init(_ members: [Int32: [Int32]], runs: [Int], namedRuns: [Int], names: [Int], _ space: PeerSpace) {
        self.members = members
        self.runs = IntervalSet(ascending: runs.map { UInt32($0) })
        self.namedRuns = IntervalSet(ascending: namedRuns.map { UInt32($0) })
        self.names = Set(names)
        let named = names.map { UInt32(space.runs.upperBound + $0) }
        peers = IntervalSet(ascending: members.keys.map { UInt32($0) }.sorted() + runs.map { UInt32($0) } + named)
    }

    /// True when a name is meant, whatever address it leads to.
    func isMeant(name: Int) -> Bool { names.contains(name) }

    /// Runs in which an address is meant that was learned under a name.
    func runs(under name: Int, _ space: PeerSpace) -> IntervalSet<UInt32> {
        let all = IntervalSet(
            space.runs(isIPv4: space.names[name].isIPv4).map { UInt32($0.lowerBound)...UInt32($0.upperBound - 1) })
        return isMeant(name: name) ? all : all.intersection(runs)
    }

    /// Pods of two groups, not the same one, unless it is a template, which stands for several; nil when there is only one
    /// pod in both.
    func pair(_ own: Int32, with other: PeerSelection, _ theirs: Int32, _ list: GuestList) -> (Int32, Int32)? {
        let interfaces = list.grouping.interfaces
        for x in members[own] ?? [] {
            let endpoint = interfaces[Int(x)].endpoint
            let isTemplate = list.inventory.endpoints[Int(endpoint)].isTemplate
            for y in other.members[theirs] ?? [] where isTemplate || endpoint != interfaces[Int(y)].endpoint {
                return (x, y)
            }
        }
        return nil
    }
}
