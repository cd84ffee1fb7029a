#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The memory in which the program's own code stands.
///
/// Most of what a start reads (relocations, decoders, the compiler of the configuration) is needed no more once requests
/// are served, and it is in the file. Given back, it counts neither as the process's memory nor as the container's, and
/// what is needed again comes back by itself.
enum ProgramPages {
    /// Gives back what nobody uses now.
    ///
    /// - Returns: bytes of code that the program has, in memory or not; 0 where the system does not say where they are.
    @discardableResult
    static func giveBack() -> Int {
        #if os(Linux)
            guard let program = linkTarget("/proc/self/exe"), let maps = text("/proc/self/maps") else { return 0 }
            var bytes = 0
            for range in code(in: maps, of: program) {
                guard let start = UnsafeMutableRawPointer(bitPattern: range.lowerBound) else { continue }
                // First its pages are made the first to go, also out of the system's own memory of files.
                _ = madvise(start, range.count, MADV_COLD)
                if madvise(start, range.count, MADV_DONTNEED) == 0 { bytes += range.count }
            }
            return bytes
        #else
            return 0
        #endif
    }

    /// The addresses of a program's code, by a text as of `/proc/self/maps`. Nothing that can be written to is among
    /// them: that is not in the file.
    static func code(in maps: String, of program: String) -> [Range<UInt>] {
        maps.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            guard fields.count == 6, fields[1] == "r-xp", fields[5].drop(while: { $0 == " " }) == program else {
                return nil
            }
            let ends = fields[0].split(separator: "-")
            guard ends.count == 2, let start = UInt(ends[0], radix: 16), let end = UInt(ends[1], radix: 16),
                start < end
            else { return nil }
            return start..<end
        }
    }

    #if os(Linux)
        private static func linkTarget(_ path: String) -> String? {
            var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = readlink(path, &buffer, buffer.count)
            guard count > 0, count < buffer.count else { return nil }
            return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }

        private static func text(_ path: String) -> String? {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return nil }
            defer { close(descriptor) }
            var text: [UInt8] = []
            var block = [UInt8](repeating: 0, count: 16_384)
            while true {
                let count = read(descriptor, &block, block.count)
                guard count >= 0 else { return nil }
                guard count > 0 else { return String(decoding: text, as: UTF8.self) }
                text.append(contentsOf: block[..<count])
            }
        }
    #endif
}
