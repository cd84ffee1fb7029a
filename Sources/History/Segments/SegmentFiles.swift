#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the system said no to.
struct SystemFailure: Error, CustomStringConvertible {
    var action: String
    var code: Int32

    var description: String { "\(action): \(String(cString: strerror(code)))" }

    /// The disk, or a limit on it, is full.
    var isFull: Bool { code == ENOSPC || code == EDQUOT || code == EFBIG }
}

/// Where a block is, or where the next one goes.
struct SegmentPlace: Equatable, Sendable {
    var segment: UInt64
    var offset: UInt64
}

/// Names of the files of a history.
enum SegmentNames {
    static func directory(_ history: String) -> String { "\(history)/records" }

    static func path(_ history: String, _ number: UInt64) -> String {
        let digits = String(number)
        let zeros = String(repeating: "0", count: max(0, 12 - digits.count))
        return "\(directory(history))/\(zeros)\(digits).seg"
    }

    /// The number of a file's name; nil: it is no segment.
    static func number(_ name: String) -> UInt64? {
        guard name.hasSuffix(".seg"), name.utf8.count >= 16 else { return nil }
        let digits = name.dropLast(4)
        return digits.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt64(digits) : nil
    }

    /// Numbers of the segments that are there, in order; nil: the directory cannot be read.
    static func all(_ history: String) -> [UInt64]? {
        guard let listing = opendir(directory(history)) else { return nil }
        defer { closedir(listing) }
        var numbers: [UInt64] = []
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let number = number(name) { numbers.append(number) }
        }
        return numbers.sorted()
    }
}

/// The file that blocks are appended to. What is written counts only once SQLite knows it; until then it can be taken
/// back.
struct SegmentFiles: ~Copyable {
    private let history: String
    private let fullAt: UInt64
    private var file: Int32 = -1
    /// Where the next block goes.
    private(set) var end: SegmentPlace
    /// What was there at the last `keep`.
    private var kept: SegmentPlace
    /// Asked before each write: tests make a full disk of it.
    private let fault: (@Sendable () -> Int32?)?

    /// Opens the segment at its end, and cuts off what follows: nothing of it was ever acknowledged.
    init(history: String, at end: SegmentPlace, fullAt: UInt64, fault: (@Sendable () -> Int32?)?)
        throws(SystemFailure)
    {
        self.history = history
        self.fullAt = fullAt
        self.end = end
        self.fault = fault
        kept = end
        file = try Self.open(history, end.segment)
        try takeBack()
    }

    deinit { if file >= 0 { close(file) } }

    /// Appends a block; returns where it is.
    mutating func append(header: [UInt8], data: [UInt8]) throws(SystemFailure) -> SegmentPlace {
        if end.offset > 0, end.offset + UInt64(header.count + data.count) > fullAt { try change() }
        let place = end
        try write(header)
        try write(data)
        end.offset += UInt64(header.count + data.count)
        return place
    }

    /// What was appended is on the disk when this returns.
    func sync() throws(SystemFailure) {
        #if os(Linux)
            let code = fdatasync(file)
        #else
            let code = fsync(file)
        #endif
        guard code == 0 else { throw SystemFailure(action: "sync \(path)", code: errno) }
    }

    /// SQLite knows all that was appended.
    mutating func keep() { kept = end }

    /// Takes back what was appended since the last `keep`.
    mutating func takeBack() throws(SystemFailure) {
        if kept.segment != end.segment {
            let old = try Self.open(history, kept.segment)
            close(file)
            file = old
        }
        for number in SegmentNames.all(history) ?? [] where number > kept.segment {
            unlink(SegmentNames.path(history, number))
        }
        end = kept
        guard ftruncate(file, off_t(kept.offset)) == 0, lseek(file, off_t(kept.offset), SEEK_SET) >= 0 else {
            throw SystemFailure(action: "cut \(path)", code: errno)
        }
    }

    private var path: String { SegmentNames.path(history, end.segment) }

    /// Goes on in a new file. The full one is on the disk then, and so is the new one's name.
    mutating func change() throws(SystemFailure) {
        try sync()
        let next = try Self.open(history, end.segment + 1)
        close(file)
        file = next
        end = SegmentPlace(segment: end.segment + 1, offset: 0)
    }

    private func write(_ bytes: [UInt8]) throws(SystemFailure) {
        if let code = fault?() { throw SystemFailure(action: "write \(path)", code: code) }
        let code = bytes.withUnsafeBytes { bytes -> Int32 in
            var rest = bytes[...]
            while !rest.isEmpty {
                let part = UnsafeRawBufferPointer(rebasing: rest)
                #if canImport(Glibc)
                    let count = Glibc.write(file, part.baseAddress, part.count)
                #else
                    let count = Darwin.write(file, part.baseAddress, part.count)
                #endif
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return count < 0 ? errno : ENOSPC }
                rest = rest.dropFirst(count)
            }
            return 0
        }
        guard code == 0 else { throw SystemFailure(action: "write \(path)", code: code) }
    }

    private static func open(_ history: String, _ number: UInt64) throws(SystemFailure) -> Int32 {
        let path = SegmentNames.path(history, number)
        #if canImport(Glibc)
            let file = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        #else
            let file = Darwin.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        #endif
        guard file >= 0 else { throw SystemFailure(action: "open \(path)", code: errno) }
        syncDirectory(SegmentNames.directory(history))
        return file
    }
}

/// A name in a directory is on the disk when this returns.
func syncDirectory(_ path: String) {
    let directory = open(path, O_RDONLY | O_CLOEXEC)
    guard directory >= 0 else { return }
    _ = fsync(directory)
    close(directory)
}

/// Reads exactly that many bytes of a file; nil: there are not so many.
func readExactly(_ file: Int32, _ count: Int, at offset: UInt64) -> [UInt8]? {
    var read = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
        while read < count {
            let part = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(target)[read...])
            let length = pread(file, part.baseAddress, part.count, off_t(offset) + off_t(read))
            if length < 0, errno == EINTR { continue }
            guard length > 0 else { break }
            read += length
        }
        initialized = read
    }
    return read == count ? bytes : nil
}
