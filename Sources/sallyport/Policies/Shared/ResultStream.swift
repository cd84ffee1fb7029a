import Foundation
import ModelTraffic

/// Standard output for much of it: written in large pieces.
struct ResultStream: ~Copyable {
    private var buffer: [UInt8] = []
    private let terminal: Terminal
    private static let size = 1 << 16

    init(_ terminal: Terminal = .standardOutput) { self.terminal = terminal }

    /// Appends text as it is.
    mutating func write(_ text: String) {
        buffer.append(contentsOf: text.utf8)
        if buffer.count >= Self.size { flush() }
    }

    /// Appends a line.
    mutating func line(_ text: String) {
        buffer.append(contentsOf: text.utf8)
        write("\n")
    }

    /// Appends JSON.
    mutating func write(_ value: JSONLiteral) {
        value.append(to: &buffer)
        if buffer.count >= Self.size { flush() }
    }

    /// Writes what is not written yet. Half an answer is worse than none: where it cannot be written the command ends.
    mutating func flush() {
        if !terminal.bytes(buffer) { Terminal.endWithoutResult(errno) }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Appends an array of JSON, one value a line, as a member that is not the last.
    mutating func member(_ name: String, _ values: some Sequence<JSONLiteral>, isLast: Bool = false) {
        write(.string(name))
        write(":[")
        var isFirst = true
        for value in values {
            write(isFirst ? "\n" : ",\n")
            write(value)
            isFirst = false
        }
        write(isFirst ? "]" : "\n]")
        if !isLast { write(",\n") }
    }
}
