import NIOCore

/// A reply of a Redis or Valkey server, in the protocol that both speak (RESP2).
enum RESPValue: Hashable, Sendable {
    case text(String)
    case error(String)
    case integer(Int64)
    case bytes([UInt8])
    case none
    case list([RESPValue])

    /// The whole number that a reply is, also when it is written as text.
    var number: Int64? {
        switch self {
        case .integer(let number): number
        case .bytes(let bytes): Int64(String(decoding: bytes, as: UTF8.self))
        default: nil
        }
    }
}

/// Why a reply cannot be read.
enum RESPProblem: Error, Hashable, Sendable {
    case unknownType(UInt8)
    case badNumber
    case badLine
    case tooLarge
    case tooDeep
}

/// Reads replies out of what has arrived. A server is trusted no further than its bytes go: size, depth and number of
/// elements are bounded, before memory is taken for them.
enum RESPReader {
    /// The most bytes of one reply.
    static let mostBytes = 1 << 20
    static let mostElements = 4_096
    static let mostDepth = 4
    /// The most bytes of a line: of a text, an error or a number.
    private static let mostLine = 4_096

    /// The next reply; nil when it is not whole yet, and then nothing is taken out of the buffer.
    static func read(_ buffer: inout ByteBuffer) throws(RESPProblem) -> RESPValue? {
        var copy = buffer
        guard let value = try value(&copy, depth: 0) else {
            guard buffer.readableBytes <= mostBytes else { throw .tooLarge }
            return nil
        }
        buffer = copy
        return value
    }

    private static func value(_ buffer: inout ByteBuffer, depth: Int) throws(RESPProblem) -> RESPValue? {
        guard depth < mostDepth else { throw .tooDeep }
        guard let type = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) else { return nil }
        guard "+-:$*".utf8.contains(type) else { throw .unknownType(type) }
        guard let line = try line(&buffer) else { return nil }
        switch type {
        case UInt8(ascii: "+"): return .text(String(decoding: line, as: UTF8.self))
        case UInt8(ascii: "-"): return .error(String(decoding: line, as: UTF8.self))
        case UInt8(ascii: ":"): return .integer(try number(line))
        case UInt8(ascii: "$"): return try bytes(&buffer, count: try number(line))
        default: return try list(&buffer, count: try number(line), depth: depth)
        }
    }

    /// What stands between the type and the line end.
    private static func line(_ buffer: inout ByteBuffer) throws(RESPProblem) -> [UInt8]? {
        let view = buffer.readableBytesView.prefix(mostLine + 2)
        guard let end = view.firstIndex(of: UInt8(ascii: "\n")) else {
            guard view.count < mostLine + 2 else { throw .badLine }
            return nil
        }
        guard end > view.startIndex + 1, view[end - 1] == UInt8(ascii: "\r") else { throw .badLine }
        let line = Array(view[(view.startIndex + 1)..<(end - 1)])
        buffer.moveReaderIndex(forwardBy: end + 1 - view.startIndex)
        return line
    }

    private static func number(_ line: [UInt8]) throws(RESPProblem) -> Int64 {
        let digits = line.first == UInt8(ascii: "-") ? line.dropFirst() : line[...]
        guard (1...19).contains(digits.count), digits.allSatisfy({ (48...57).contains($0) }),
            let number = Int64(String(decoding: line, as: UTF8.self))
        else { throw .badNumber }
        return number
    }

    private static func bytes(_ buffer: inout ByteBuffer, count: Int64) throws(RESPProblem) -> RESPValue? {
        guard count != -1 else { return RESPValue.none }
        guard count >= 0 else { throw .badNumber }
        guard count <= mostBytes else { throw .tooLarge }
        guard buffer.readableBytes >= Int(count) + 2, let bytes = buffer.readBytes(length: Int(count)),
            let end = buffer.readBytes(length: 2)
        else { return nil }
        guard end == [13, 10] else { throw .badLine }
        return .bytes(bytes)
    }

    private static func list(_ buffer: inout ByteBuffer, count: Int64, depth: Int) throws(RESPProblem) -> RESPValue? {
        guard count != -1 else { return RESPValue.none }
        guard count >= 0 else { throw .badNumber }
        guard count <= mostElements else { throw .tooLarge }
        var values: [RESPValue] = []
        for _ in 0..<count {
            guard let value = try value(&buffer, depth: depth + 1) else { return nil }
            values.append(value)
        }
        return .list(values)
    }
}

/// Writes commands.
enum RESPWriter {
    /// A command: a list of byte strings, so that nothing in an argument can end it.
    static func write(_ arguments: [String], to buffer: inout ByteBuffer) {
        buffer.writeString("*\(arguments.count)\r\n")
        for argument in arguments {
            buffer.writeString("$\(argument.utf8.count)\r\n")
            buffer.writeString(argument)
            buffer.writeString("\r\n")
        }
    }
}
