/// Writes into memory that the caller has made large enough, front to back.
struct WireWriter {
    private let room: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ room: UnsafeMutableRawBufferPointer) { self.room = room }

    @inline(__always)
    mutating func write(_ text: UnsafeRawBufferPointer) {
        precondition(room.count - count >= text.count, "the caller made too little room")
        guard text.count > 0 else { return }
        UnsafeMutableRawBufferPointer(rebasing: room[count...]).copyMemory(from: text)
        count += text.count
    }

    @inline(__always)
    mutating func write(_ text: StaticString) {
        write(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    mutating func write(_ byte: UInt8) {
        room[count] = byte
        count += 1
    }
}

extension FieldSection {
    /// The size of all fields on the wire, without the empty line.
    var wireSize: Int {
        var size = 0
        for field in fields { size &+= field.lineLength }
        return size
    }

    /// Writes all fields; neighbours that are stored as they go on the wire go in one copy.
    func write(to writer: inout WireWriter) {
        bytes.withUnsafeBytes { all in
            var run = 0..<0
            for field in fields {
                if field.isWireForm {
                    let start = Int(field.nameStart)
                    let end = start + field.lineLength
                    if start == run.upperBound {
                        run = run.lowerBound..<end
                        continue
                    }
                    writer.write(UnsafeRawBufferPointer(rebasing: all[run]))
                    run = start..<end
                } else {
                    writer.write(UnsafeRawBufferPointer(rebasing: all[run]))
                    run = 0..<0
                    writer.write(UnsafeRawBufferPointer(rebasing: all[field.name.indices]))
                    writer.write(": ")
                    writer.write(UnsafeRawBufferPointer(rebasing: all[field.value.indices]))
                    writer.write("\r\n")
                }
            }
            writer.write(UnsafeRawBufferPointer(rebasing: all[run]))
        }
    }
}

extension RequestHead {
    /// The size of the head as HTTP/1.1, with the empty line.
    package var wireSize: Int {
        methodToken.count + 1 + path.count + (hasQuery ? 1 + query.count : 0) + 11 + fields.wireSize + 2
    }

    /// Writes the head as HTTP/1.1 into `room`, which holds at least `wireSize` bytes; returns how many it took.
    package func write(into room: UnsafeMutableRawBufferPointer) -> Int {
        var writer = WireWriter(room)
        fields.withBytes(methodToken) { writer.write($0) }
        writer.write(Bytes.space)
        fields.withBytes(path) { writer.write($0) }
        if hasQuery {
            writer.write(UInt8(ascii: "?"))
            fields.withBytes(query) { writer.write($0) }
        }
        writer.write(" HTTP/1.1\r\n")
        fields.write(to: &writer)
        writer.write("\r\n")
        return writer.count
    }
}

extension ResponseHead {
    /// The size of the head as HTTP/1.1, with the empty line.
    package var wireSize: Int { 13 + reasonLength + 2 + fields.wireSize + 2 }

    private var reasonLength: Int {
        reason.isEmpty ? StatusReason.text(status).utf8CodeUnitCount : reason.count
    }

    /// Writes the head as HTTP/1.1 into `room`, which holds at least `wireSize` bytes; returns how many it took.
    package func write(into room: UnsafeMutableRawBufferPointer) -> Int {
        var writer = WireWriter(room)
        writer.write("HTTP/1.1 ")
        writer.write(UInt8(truncatingIfNeeded: status / 100) &+ 48)
        writer.write(UInt8(truncatingIfNeeded: status / 10 % 10) &+ 48)
        writer.write(UInt8(truncatingIfNeeded: status % 10) &+ 48)
        writer.write(Bytes.space)
        if reason.isEmpty {
            writer.write(StatusReason.text(status))
        } else {
            fields.withBytes(reason) { writer.write($0) }
        }
        writer.write("\r\n")
        fields.write(to: &writer)
        writer.write("\r\n")
        return writer.count
    }
}

/// Framing of chunks that the gateway writes itself.
package enum ChunkFraming {
    /// The longest line that `writeSize` writes.
    package static let longestSize = 18
    package static let lineEnd: StaticString = "\r\n"
    /// Ends a body without trailers.
    package static let end: StaticString = "0\r\n\r\n"
    /// Ends a body before trailers, which are followed by an empty line.
    package static let lastChunk: StaticString = "0\r\n"

    /// Writes the size line of a chunk of `count` bytes, more than 0; returns how many bytes it took.
    package static func writeSize(_ count: Int, into room: UnsafeMutableRawBufferPointer) -> Int {
        precondition(count > 0, "a chunk of no bytes would end the body")
        let digits = (Int.bitWidth - count.leadingZeroBitCount + 3) / 4
        for index in 0..<digits {
            let value = UInt8(truncatingIfNeeded: count >> ((digits - 1 - index) * 4)) & 15
            room[index] = value < 10 ? value + 48 : value + 87
        }
        room[digits] = Bytes.cr
        room[digits + 1] = Bytes.lf
        return digits + 2
    }

    /// The most room that `writeChunk` takes for so many bytes.
    package static func chunkSize(_ count: Int) -> Int { longestSize + count + 2 }

    /// Writes a whole chunk with `data` in it, which is not empty; returns how many bytes it took.
    package static func writeChunk(_ data: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer) -> Int {
        let start = writeSize(data.count, into: room)
        var writer = WireWriter(UnsafeMutableRawBufferPointer(rebasing: room[start...]))
        writer.write(data)
        writer.write(lineEnd)
        return start + writer.count
    }

    /// The size of the end of a body with these trailers.
    package static func endSize(trailers: FieldSection) -> Int { 3 + trailers.wireSize + 2 }

    /// Writes the end of a body with these trailers; returns how many bytes it took.
    package static func writeEnd(trailers: FieldSection, into room: UnsafeMutableRawBufferPointer) -> Int {
        var writer = WireWriter(room)
        writer.write(lastChunk)
        trailers.write(to: &writer)
        writer.write(lineEnd)
        return writer.count
    }
}
