/// Pods that differ between two states of the objects.
///
/// Where the new map is a copy of the old one in which a few pods were changed, both are in one order, and finding
/// these pods costs a few nanoseconds for each of the others.
public struct PodChanges: Sendable {
    /// As they were: those that are no longer there, and those that are otherwise now.
    public private(set) var gone: [Pod] = []
    /// As they are: those that were not there, and those that were otherwise.
    public private(set) var come: [Pod] = []

    /// Keys of pods that stand elsewhere in the new map than in the old one.
    private var moved: Set<NamespacedName> = []

    /// - Parameter most: with more pods of either kind than this, nil.
    public init?(from old: [NamespacedName: Pod], to new: [NamespacedName: Pod], most: Int) {
        var rest = old.values.makeIterator()
        var expected = rest.next()
        for pod in new.values {
            if let known = expected, known.isCopy(of: pod) {
                expected = rest.next()
                continue
            }
            compare(pod, old[pod.key])
            guard gone.count <= most, come.count <= most else { return nil }
            while let known = expected, isSettled(known, new) { expected = rest.next() }
        }
        while let known = expected {
            _ = isSettled(known, new)
            expected = rest.next()
        }
        guard gone.count <= most, come.count <= most else { return nil }
        moved = []
    }

    /// Takes a pod that does not stand where one was expected.
    private mutating func compare(_ pod: Pod, _ before: Pod?) {
        guard let before else { return come.append(pod) }
        moved.insert(pod.key)
        guard before != pod else { return }
        gone.append(before)
        come.append(pod)
    }

    /// True when a pod of before need not be waited for: it was met elsewhere, or is gone.
    private mutating func isSettled(_ pod: Pod, _ new: [NamespacedName: Pod]) -> Bool {
        if moved.remove(pod.key) != nil { return true }
        guard new[pod.key] == nil else { return false }
        gone.append(pod)
        return true
    }
}
