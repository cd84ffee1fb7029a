/// A `multipart/form-data` body, read strictly: what two readers might take for different parts is refused.
///
/// The body begins with its first delimiter and ends with its last; lines end with CR LF; every part has one
/// `Content-Disposition: form-data` with a quoted name, and at most a type, a length and an encoding that changes nothing.
public struct FormBody: Sendable {
    /// One part. Ranges are of the body.
    struct Part: Sendable {
        let name: String
        /// True when the part says that it is a file.
        let isFile: Bool
        /// The header lines, with the blank line after them.
        let header: Range<Int>
        let content: Range<Int>
    }

    /// The most parts.
    static let mostParts = 64
    /// The longest header of a part, in bytes.
    static let longestHeader = 4096

    let bytes: [UInt8]
    let boundary: [UInt8]
    let parts: [Part]

    /// Reads the body of a request with this content type.
    public init(_ bytes: [UInt8], contentType: String) throws(RequestProblem) {
        guard let boundary = Self.boundary(contentType) else { throw .form(.badContentType, offset: 0) }
        var reader = FormReader(bytes, boundary)
        self.parts = try reader.read()
        self.bytes = bytes
        self.boundary = boundary
    }

    /// The parts with this name.
    func parts(named name: String) -> [Part] { parts.filter { $0.name == name } }

    /// The body anew, with another content for the parts of this name. What was judged is what is written.
    public func serialise(replacing name: String, with content: String) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + content.utf8.count)
        for part in parts {
            result += "--".utf8
            result += boundary
            result += "\r\n".utf8
            result += bytes[part.header]
            if part.name == name { result += content.utf8 } else { result += bytes[part.content] }
            result += "\r\n".utf8
        }
        result += "--".utf8
        result += boundary
        result += "--\r\n".utf8
        return result
    }

    /// The boundary of a content type; nil when it is no form's, or not written in the one way.
    static func boundary(_ contentType: String) -> [UInt8]? {
        var parameters = contentType.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map {
            trimmed($0[...])
        }
        guard let type = parameters.first, lowercased(type) == Array("multipart/form-data".utf8) else { return nil }
        parameters.removeFirst()
        guard parameters.count == 1, let parameter = parameters.first,
            lowercased(parameter.prefix(9)) == Array("boundary=".utf8)
        else { return nil }
        var value = Array(parameter.dropFirst(9))
        if value.count >= 2, value.first == UInt8(ascii: "\""), value.last == UInt8(ascii: "\"") {
            value = Array(value.dropFirst().dropLast())
        }
        guard (1...70).contains(value.count), value.allSatisfy(isBoundaryByte) else { return nil }
        return value
    }

    private static func isBoundaryByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: "'()+_,-./:=?".utf8.contains(byte)
        }
    }
}

/// Without blanks and tabs at both ends.
func trimmed(_ text: some BidirectionalCollection<UInt8>) -> [UInt8] {
    let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
    return Array(text.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
}

/// ASCII letters in lower case.
func lowercased(_ text: some Sequence<UInt8>) -> [UInt8] {
    text.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
}
