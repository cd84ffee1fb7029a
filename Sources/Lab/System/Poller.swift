#if os(Linux)
    import CNamespaces
    import Foundation

    /// Waits for many descriptors at once.
    final class Poller {
        /// What is waited for, and what happened.
        enum Event {
            static let readable: UInt32 = 0x001
            static let writable: UInt32 = 0x004
            static let failed: UInt32 = 0x008
            static let hungUp: UInt32 = 0x010
        }

        private let descriptor: Int32
        private static let size = 256
        private var descriptors = [Int32](repeating: 0, count: Poller.size)
        private var events = [UInt32](repeating: 0, count: Poller.size)

        init() throws(LabError) {
            descriptor = epoll_create1(Int32(0o2000000))
            guard descriptor >= 0 else {
                throw LabError(.system, "cannot wait for sockets: \(SystemText.describe(errno))")
            }
        }

        deinit { close(descriptor) }

        func add(_ other: Int32, _ events: UInt32) throws(LabError) {
            guard watch_descriptor(descriptor, 1, other, events) == 0 else {
                throw LabError(.system, "cannot wait for a socket: \(SystemText.describe(errno))")
            }
        }

        func change(_ other: Int32, _ events: UInt32) { _ = watch_descriptor(descriptor, 3, other, events) }

        /// A closed descriptor is forgotten by itself.
        func remove(_ other: Int32) { _ = watch_descriptor(descriptor, 2, other, 0) }

        /// Waits at most so long, and says what happened.
        func wait(milliseconds: Int32, _ body: (Int32, UInt32) -> Void) {
            let count = await_descriptors(descriptor, &descriptors, &events, Int32(Self.size), milliseconds)
            guard count > 0 else { return }
            for index in 0..<Int(count) { body(descriptors[index], events[index]) }
        }
    }
#endif
