/// How much two arrays of shared things have in common at both ends: most of one state is a copy of the state before.
///
/// What is shared is compared as words of memory, without a look at what is said, and without holding it.
package struct SharedEnds: Sendable {
    /// How many things at the beginning of both are copies of each other.
    package let prefix: Int
    /// How many of the others are so at the end of both.
    package let suffix: Int

    /// Of arrays whose elements are one reference each; other elements count as different.
    package init<T>(_ old: [T], _ new: [T]) {
        guard MemoryLayout<T>.stride == MemoryLayout<UInt>.stride, MemoryLayout<T>.size == MemoryLayout<UInt>.size
        else {
            (prefix, suffix) = (0, 0)
            return
        }
        (prefix, suffix) = old.withUnsafeBytes { old in
            new.withUnsafeBytes { Self.common(old.bindMemory(to: UInt.self), $0.bindMemory(to: UInt.self)) }
        }
    }

    private static func common(
        _ old: UnsafeBufferPointer<UInt>, _ new: UnsafeBufferPointer<UInt>
    ) -> (prefix: Int, suffix: Int) {
        let most = min(old.count, new.count)
        var prefix = 0
        while prefix < most, old[prefix] == new[prefix] { prefix += 1 }
        var suffix = 0
        while suffix < most - prefix, old[old.count - 1 - suffix] == new[new.count - 1 - suffix] { suffix += 1 }
        return (prefix, suffix)
    }
}
