import Kubernetes
import Policy

/// What chains of a table are about: which programs its pods have, and what runs in them. While chains are about the same,
/// a pod more or less is an element more or less.
struct PodRoster: Sendable {
    /// By direction (`GuestList.index`), by the first pod of each, so that names do not depend on numbers of programs.
    private var entries: [[Entry]] = [[], []]
    /// Groups of the pods, by the first pod of each.
    private(set) var groups: [UInt32] = []

    /// A program, and the workloads of its pods, in order; there is at least one.
    struct Entry: Sendable {
        let program: Int32
        /// What names are made of.
        let name: String
        /// As many as are told, and one more.
        fileprivate(set) var workloads: [WorkloadName]
    }

    init(_ pods: [LocalPods.Pod], _ list: GuestList) {
        var known: Set<UInt32> = []
        for pod in pods where known.insert(pod.group).inserted { groups.append(pod.group) }
        for direction in [Direction.egress, .ingress] {
            entries[GuestList.index(direction, staged: false)] = Self.entries(pods, list, direction)
        }
    }

    private static func entries(_ pods: [LocalPods.Pod], _ list: GuestList, _ direction: Direction) -> [Entry] {
        var entries: [Entry] = []
        var names = ChainNames(direction)
        // Of each program, where it stands, and what runs in its last pod so far.
        var known: [Int32: (place: Int, last: WorkloadName)] = [:]
        for pod in pods {
            let (program, workload) = (list.program(of: pod, direction), pod.endpoint.workload)
            guard let (place, last) = known[program] else {
                known[program] = (entries.count, workload)
                entries.append(Entry(program: program, name: names.next(workload), workloads: [workload]))
                continue
            }
            guard last != workload else { continue }
            known[program] = (place, workload)
            if entries[place].workloads.count <= ProgramParts.toldWorkloads {
                entries[place].workloads.append(workload)
            }
        }
        return entries
    }

    /// The programs of a direction.
    func programs(_ direction: Direction) -> [Entry] { entries[GuestList.index(direction, staged: false)] }

    /// True when chains have the same names and lead to the same.
    func hasSameChains(as other: PodRoster) -> Bool {
        groups == other.groups
            && zip(entries, other.entries).allSatisfy {
                $0.elementsEqual($1) { $0.program == $1.program && $0.name == $1.name }
            }
    }

    /// Entries about other workloads than those of the same chains.
    func changes(since other: PodRoster) -> [Entry] {
        zip(entries.joined(), other.entries.joined()).filter { $0.workloads != $1.workloads }.map(\.0)
    }
}
