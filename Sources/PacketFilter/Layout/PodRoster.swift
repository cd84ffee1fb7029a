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
        fileprivate(set) var name = ""
        /// As many as are told, and one more.
        fileprivate(set) var workloads: [WorkloadName]
        /// Of the last pod so far.
        fileprivate var last: WorkloadName?
    }

    /// - Parameter previous: the roster before a change, with the same programs.
    init(_ pods: [LocalPods.Pod], _ list: GuestList, previous: PodRoster?) {
        var known: Set<UInt32> = []
        for pod in pods where known.insert(pod.group).inserted { groups.append(pod.group) }
        for direction in [Direction.egress, .ingress] {
            let index = GuestList.index(direction, staged: false)
            entries[index] = Self.entries(pods, list, direction)
            let former = previous?.entries[index]
            if let former, Self.areNamedAlike(former, entries[index]) {
                for place in entries[index].indices { entries[index][place].name = former[place].name }
            } else {
                var names = ChainNames(direction)
                for place in entries[index].indices {
                    entries[index][place].name = names.next(entries[index][place].workloads[0])
                }
            }
        }
    }

    private static func entries(_ pods: [LocalPods.Pod], _ list: GuestList, _ direction: Direction) -> [Entry] {
        var entries: [Entry] = []
        var places: [Int32: Int] = [:]
        for pod in pods {
            let (program, workload) = (list.program(of: pod, direction), pod.endpoint.workload)
            if let place = places[program] {
                entries[place].add(workload)
            } else {
                places[program] = entries.count
                entries.append(Entry(program: program, workloads: [workload], last: workload))
            }
        }
        for place in entries.indices { entries[place].last = nil }
        return entries
    }

    private static func areNamedAlike(_ a: [Entry], _ b: [Entry]) -> Bool {
        a.elementsEqual(b) { $0.program == $1.program && $0.workloads[0] == $1.workloads[0] }
    }

    /// The programs of a direction.
    func programs(_ direction: Direction) -> [Entry] { entries[GuestList.index(direction, staged: false)] }

    /// True when chains have the same names and lead to the same.
    func hasSameChains(as other: PodRoster) -> Bool {
        groups == other.groups && zip(entries, other.entries).allSatisfy { Self.areNamedAlike($0, $1) }
    }

    /// Entries about other workloads than those of the same chains.
    func changes(since other: PodRoster) -> [Entry] {
        zip(entries.joined(), other.entries.joined()).filter { $0.workloads != $1.workloads }.map(\.0)
    }
}

extension PodRoster.Entry {
    fileprivate mutating func add(_ workload: WorkloadName) {
        guard last != workload else { return }
        last = workload
        if workloads.count <= ProgramParts.toldWorkloads { workloads.append(workload) }
    }
}
