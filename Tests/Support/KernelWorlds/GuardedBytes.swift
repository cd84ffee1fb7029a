#if os(Linux)

    import Glibc

    /// Bytes between pages that nobody may touch: one read too far, to either side, ends the process.
    public final class GuardedBytes {
        private let pages: UnsafeMutableRawPointer
        private let capacity: Int
        private static let page = 4096

        /// Room for so many bytes.
        public init(capacity: Int) throws {
            self.capacity = (capacity + Self.page - 1) / Self.page * Self.page
            let length = self.capacity + 2 * Self.page
            guard let pages = mmap(nil, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), pages != MAP_FAILED,
                mprotect(pages + Self.page, self.capacity, PROT_READ | PROT_WRITE) == 0
            else { throw WorldError("mmap: \(reason(of: errno))") }
            self.pages = pages
        }

        deinit { munmap(pages, capacity + 2 * Self.page) }

        /// Calls `body` with a copy of the bytes that ends where the room ends.
        public func withCopy<R>(of bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
            precondition(bytes.count <= capacity, "more bytes than there is room")
            let start = pages + Self.page + capacity - bytes.count
            bytes.withUnsafeBytes { source in
                if let base = source.baseAddress { start.copyMemory(from: base, byteCount: source.count) }
            }
            return try body(UnsafeRawBufferPointer(start: start, count: bytes.count))
        }
    }

#endif
