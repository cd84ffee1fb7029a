#if canImport(Glibc)
    import Glibc

    /// Counts objects that Swift's runtime makes on the heap: arrays, strings, boxes, classes.
    ///
    /// The runtime has a place for instruments, through which every such allocation of the process goes once it is asked
    /// to; what other threads make is not counted.
    public enum Allocations {
        private typealias Allocate = @convention(c) (UnsafeRawPointer?, Int, Int) -> UnsafeMutableRawPointer?
        nonisolated(unsafe) private static var count = 0
        nonisolated(unsafe) private static var thread = pthread_self()
        nonisolated(unsafe) private static var original: Allocate?

        /// How many objects the work makes; nil: this runtime cannot be asked.
        public static func during(_ work: () -> Void) -> Int? {
            guard let hook = dlsym(nil, "_swift_allocObject"),
                let flag = dlsym(nil, "_swift_enableSwizzlingOfAllocationAndRefCountingFunctions_forInstrumentsOnly")
            else { return nil }
            let place = hook.assumingMemoryBound(to: Allocate.self)
            let isOn = flag.assumingMemoryBound(to: Bool.self)
            let before = place.pointee
            original = before
            count = 0
            thread = pthread_self()
            place.pointee = { metadata, size, alignment in
                if pthread_equal(pthread_self(), Allocations.thread) != 0 { Allocations.count += 1 }
                return Allocations.original?(metadata, size, alignment)
            }
            isOn.pointee = true
            work()
            isOn.pointee = false
            place.pointee = before
            return count
        }
    }
#endif
