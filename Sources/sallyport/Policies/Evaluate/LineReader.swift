import Foundation

/// Lines of a file, as long as they are of a reasonable length.
struct LineReader {
    /// One line, without its end.
    enum Line {
        case text([UInt8])
        /// It was longer than `LineReader.longest`, and is skipped.
        case tooLong

        var isBlank: Bool {
            guard case .text(let bytes) = self else { return false }
            return bytes.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        }
    }

    /// Bytes of a line at most.
    static let longest = 1 << 20
    private static let size = 1 << 16

    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var start = 0
    /// Where to look on for the end of the line.
    private var searched = 0
    private var isAtEnd = false
    private var isSkipping = false

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// True when the next line is there already, whole.
    var hasLine: Bool { isAtEnd || buffer[searched...].contains(UInt8(ascii: "\n")) }

    /// The next line; nil at the end.
    ///
    /// - Throws: `Failure` when it cannot be read.
    mutating func next() throws -> Line? {
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = take(to: end, skipping: end + 1)
                if isSkipping {
                    isSkipping = false
                    return .tooLong
                }
                return line
            }
            searched = buffer.count
            if searched - start > Self.longest { isSkipping = true }
            if isSkipping { drop(to: buffer.count) }
            if isAtEnd {
                defer { isSkipping = false }
                if isSkipping { return .tooLong }
                return start == buffer.count ? nil : take(to: buffer.count, skipping: buffer.count)
            }
            try fill()
        }
    }

    private mutating func take(to end: Int, skipping next: Int) -> Line {
        var line = buffer[start..<end]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        let text = Array(line)
        start = next
        searched = next
        return text.count > Self.longest ? .tooLong : .text(text)
    }

    private mutating func drop(to index: Int) {
        buffer.removeSubrange(..<index)
        start = 0
        searched = buffer.count
    }

    private mutating func fill() throws {
        if start > 0 { drop(to: start) }
        let old = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: Self.size))
        let result = SystemCall.retrying {
            buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress?.advanced(by: old), Self.size) }
        }
        switch result {
        case .success(let count):
            buffer.removeLast(Self.size - count)
            isAtEnd = count == 0
        case .failure(let number):
            throw Failure.system("read", path: "the queries", errno: number.value)
        }
    }
}
