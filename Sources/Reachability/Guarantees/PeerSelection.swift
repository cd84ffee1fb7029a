import Addresses
import Kubernetes
import Policy

/// Who is meant by one side of a question: pods, addresses of nobody, and names.
///
/// Groups are of pods that policies treat alike; a question may be about some pods of a group only. Then the group
/// is in the selection, and its examples are pods that are meant.
struct PeerSelection {
    /// Peers of which something is meant.
    private(set) var peers: IntervalSet<UInt32>
    /// Of groups: one interface that is meant, and one of another pod if there is one.
    let examples: [Int32: (first: Int32, second: Int32?)]

    var isEmpty: Bool { peers.isEmpty }

    init(_ chosen: [Int32], outside: [Int], _ list: GuestList) {
        var examples: [Int32: (first: Int32, second: Int32?)] = [:]
        for interface in chosen {
            let group = Int32(bitPattern: list.grouping.groupOf[Int(interface)])
            guard let known = examples[group] else {
                examples[group] = (interface, nil)
                continue
            }
            let interfaces = list.grouping.interfaces
            if known.second == nil, interfaces[Int(known.first)].endpoint != interfaces[Int(interface)].endpoint {
                examples[group] = (known.first, interface)
            }
        }
        self.examples = examples
        peers = IntervalSet(ascending: examples.keys.map { UInt32($0) }.sorted() + outside.map { UInt32($0) })
    }

    /// Pods of two groups, not the same one; nil when there is only one pod in both.
    func pair(_ own: Int32, with other: PeerSelection, _ theirs: Int32, _ list: GuestList) -> (Int32, Int32)? {
        guard let a = examples[own], let b = other.examples[theirs] else { return nil }
        let interfaces = list.grouping.interfaces
        for x in [a.first, a.second].compactMap({ $0 }) {
            for y in [b.first, b.second].compactMap({ $0 })
            where interfaces[Int(x)].endpoint != interfaces[Int(y)].endpoint {
                return (x, y)
            }
        }
        return nil
    }
}
