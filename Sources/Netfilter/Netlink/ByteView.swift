#if os(Linux)

    /// Bytes that somebody else wrote, read with checks: whatever lies outside gives nil.
    ///
    /// It points into a buffer and owns nothing; it is used only while the buffer is.
    public struct ByteView {
        /// Where the bytes begin; nil only when there are none.
        let start: UnsafeRawPointer?
        /// How many there are.
        public let count: Int

        /// The bytes of a buffer.
        public init(_ buffer: UnsafeRawBufferPointer) {
            start = buffer.baseAddress
            count = buffer.count
        }

        private init(start: UnsafeRawPointer?, count: Int) {
            self.start = start
            self.count = count
        }

        /// The same bytes as a buffer.
        public var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

        /// A number in the order of this machine.
        @inline(__always)
        func native<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type, at offset: Int = 0) -> T? {
            let size = MemoryLayout<T>.size
            guard let start, offset >= 0, count >= size, offset <= count - size else { return nil }
            return start.loadUnaligned(fromByteOffset: offset, as: T.self)
        }

        /// A number in network order.
        @inline(__always)
        func network<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type, at offset: Int = 0) -> T? {
            guard let number = native(type, at: offset) else { return nil }
            return T(bigEndian: number)
        }

        /// Some of the bytes; nil when not all of them are there.
        @inline(__always)
        func part(from offset: Int, count length: Int) -> ByteView? {
            guard offset >= 0, length >= 0, offset <= count, length <= count - offset else { return nil }
            return ByteView(start: start.map { $0 + offset }, count: length)
        }

        /// All bytes from an offset on; nil when it lies behind the end.
        @inline(__always)
        func rest(from offset: Int) -> ByteView? { part(from: offset, count: count - offset) }

        /// A text that ends at its first zero, or with the bytes; what is not UTF-8 is replaced.
        var text: String {
            String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    /// One attribute of a message.
    struct NetlinkAttribute {
        /// What it is, without the flags that netlink keeps in the same number.
        let type: Int
        /// Its value, without padding.
        let value: ByteView

        /// The attributes in the value of this one.
        var nested: NetlinkAttributes { NetlinkAttributes(value) }
    }

    /// The attributes in some bytes, in order; the first one that does not fit ends them.
    struct NetlinkAttributes: Sequence, IteratorProtocol {
        private var left: ByteView?

        init(_ bytes: ByteView) { left = bytes }

        mutating func next() -> NetlinkAttribute? {
            guard let bytes = left, let length = bytes.native(UInt16.self), let type = bytes.native(UInt16.self, at: 2),
                let value = bytes.part(from: 4, count: Int(length) - 4)
            else { return nil }
            left = bytes.rest(from: netlinkAligned(Int(length)))
            return NetlinkAttribute(type: Int(type & 0x3fff), value: value)
        }
    }

    /// Netlink puts everything at multiples of four.
    func netlinkAligned(_ length: Int) -> Int { (length + 3) & ~3 }

#endif
