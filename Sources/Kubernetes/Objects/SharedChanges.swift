/// An object whose copies share what it says, so that two that share it are known to be the same without looking at it.
public protocol SharedObject: KubernetesObject, Hashable {
    /// True when both share what they say. Costs nothing.
    func isCopy(of other: Self) -> Bool
}

/// Objects that differ between two states of a map.
///
/// Where the new map is a copy of the old one in which a few objects were changed, both are in one order, and finding
/// these costs a few nanoseconds for each of the others.
public struct SharedChanges<Object: SharedObject>: Sendable {
    /// As they were: those that are no longer there, and those that are otherwise now.
    public private(set) var gone: [Object] = []
    /// As they are: those that were not there, and those that were otherwise.
    public private(set) var come: [Object] = []

    /// Keys of objects that stand elsewhere in the new map than in the old one.
    private var moved: Set<NamespacedName> = []

    /// Others ask `Objects`, where the kind is known and the compiler makes this for it.
    ///
    /// - Parameter most: with more objects of either kind than this, nil.
    init?(from old: [NamespacedName: Object], to new: [NamespacedName: Object], most: Int) {
        var rest = old.values.makeIterator()
        var expected = rest.next()
        for object in new.values {
            if let known = expected, known.isCopy(of: object) {
                expected = rest.next()
                continue
            }
            compare(object, old[object.key])
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

    /// Takes an object that does not stand where one was expected.
    private mutating func compare(_ object: Object, _ before: Object?) {
        guard let before else { return come.append(object) }
        moved.insert(object.key)
        guard before != object else { return }
        gone.append(before)
        come.append(object)
    }

    /// True when an object of before need not be waited for: it was met elsewhere, or is gone.
    private mutating func isSettled(_ object: Object, _ new: [NamespacedName: Object]) -> Bool {
        if moved.remove(object.key) != nil { return true }
        guard new[object.key] == nil else { return false }
        gone.append(object)
        return true
    }
}

extension Objects {
    /// Pods that differ from those of former objects; nil: more than so many.
    public func changedPods(since old: Objects, most: Int) -> SharedChanges<Pod>? {
        SharedChanges(from: old.pods, to: pods, most: most)
    }

    /// Policies that differ from those of former objects; nil: more than so many.
    public func changedNetworkPolicies(since old: Objects, most: Int) -> SharedChanges<NetworkPolicy>? {
        SharedChanges(from: old.networkPolicies, to: networkPolicies, most: most)
    }
}
