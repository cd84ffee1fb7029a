/// Reads the parts of a form from left to right.
struct FormReader {
    private let bytes: [UInt8]
    private let delimiter: [UInt8]
    private var at = 0

    init(_ bytes: [UInt8], _ boundary: [UInt8]) {
        self.bytes = bytes
        self.delimiter = Array("--".utf8) + boundary
    }

    mutating func read() throws(RequestProblem) -> [FormBody.Part] {
        guard bytes.starts(with: delimiter) else { throw .form(.badDelimiter, offset: 0) }
        at = delimiter.count
        var parts: [FormBody.Part] = []
        while try !isLast() {
            guard parts.count < FormBody.mostParts else { throw .form(.tooMany, offset: at) }
            parts.append(try part())
        }
        return parts
    }

    /// What follows a delimiter: a line end, and another part; or the end.
    private mutating func isLast() throws(RequestProblem) -> Bool {
        let rest = bytes[at...]
        if rest.starts(with: "\r\n".utf8) {
            at += 2
            return false
        }
        guard rest.starts(with: "--".utf8) else {
            throw .form(rest.count < 2 ? .unexpectedEnd : .badDelimiter, offset: at)
        }
        at += 2
        if bytes[at...].elementsEqual("\r\n".utf8) { at += 2 }
        guard at == bytes.count else { throw .form(.trailingBytes, offset: at) }
        return true
    }

    private mutating func part() throws(RequestProblem) -> FormBody.Part {
        let start = at
        guard let blank = firstRange(of: Array("\r\n\r\n".utf8), in: bytes[start...].prefix(FormBody.longestHeader))
        else {
            throw .form(bytes.count - start < FormBody.longestHeader ? .unexpectedEnd : .tooMany, offset: start)
        }
        let header = try FormHeader(bytes[start..<blank.lowerBound])
        let content = try content(blank.upperBound)
        return FormBody.Part(
            name: header.name, isFile: header.isFile, header: start..<blank.upperBound, content: content)
    }

    /// The content up to the next delimiter. A line that begins like a delimiter and is none is refused, and so is one
    /// after a line end that only some readers take for one.
    private mutating func content(_ start: Int) throws(RequestProblem) -> Range<Int> {
        guard let next = firstRange(of: delimiter, in: bytes[start...]) else {
            throw .form(.unexpectedEnd, offset: bytes.count)
        }
        var found = next
        while true {
            let before = found.lowerBound - 1
            let isAfterLF = before >= start && bytes[before] == 0x0A
            let isAfterCR = before >= start && bytes[before] == 0x0D
            if isAfterLF, before > start, bytes[before - 1] == 0x0D { break }
            if isAfterLF || isAfterCR || found.lowerBound == start {
                throw .form(.badDelimiter, offset: found.lowerBound)
            }
            // In the middle of a line it is content.
            guard let another = firstRange(of: delimiter, in: bytes[found.upperBound...]) else {
                throw .form(.unexpectedEnd, offset: bytes.count)
            }
            found = another
        }
        at = found.upperBound
        return start..<found.lowerBound - 2
    }
}

/// The header of one part.
struct FormHeader {
    private(set) var name = ""
    private(set) var isFile = false

    init(_ lines: ArraySlice<UInt8>) throws(RequestProblem) {
        let offset = lines.startIndex
        let bad = RequestProblem.form(.badHeader, offset: offset)
        var seen: Set<[UInt8]> = []
        var rest = lines
        while !rest.isEmpty {
            let end = firstRange(of: Array("\r\n".utf8), in: rest)
            let line = rest[..<(end?.lowerBound ?? rest.endIndex)]
            rest = rest[(end?.upperBound ?? rest.endIndex)...]
            guard line.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }), let colon = line.firstIndex(of: UInt8(ascii: ":"))
            else {
                throw bad
            }
            let field = lowercased(line[..<colon])
            guard seen.insert(field).inserted else { throw bad }
            try take(field, trimmed(line[(colon + 1)...]), bad)
        }
        guard seen.contains(Array("content-disposition".utf8)) else { throw bad }
    }

    private mutating func take(_ field: [UInt8], _ value: [UInt8], _ bad: RequestProblem) throws(RequestProblem) {
        switch String(decoding: field, as: UTF8.self) {
        case "content-disposition": try disposition(value[...], bad)
        case "content-type", "content-length": break
        case "content-transfer-encoding":
            guard ["7bit", "8bit", "binary"].contains(String(decoding: lowercased(value), as: UTF8.self)) else {
                throw bad
            }
        default: throw bad
        }
    }

    /// `form-data; name="x"; filename="y"`: each value in quotes, without quotes or backslashes in it.
    private mutating func disposition(_ value: ArraySlice<UInt8>, _ bad: RequestProblem) throws(RequestProblem) {
        let type = Array("form-data".utf8)
        guard lowercased(value.prefix(type.count)) == type else { throw bad }
        var rest = value.dropFirst(type.count)
        var names: Set<[UInt8]> = []
        while !rest.isEmpty {
            rest = rest.drop { $0 == 0x20 }
            guard rest.first == UInt8(ascii: ";") else { throw bad }
            rest = rest.dropFirst().drop { $0 == 0x20 }
            guard let equals = rest.firstIndex(of: UInt8(ascii: "=")) else { throw bad }
            let parameter = lowercased(rest[..<equals])
            guard names.insert(parameter).inserted else { throw bad }
            rest = rest[(equals + 1)...]
            if parameter == Array("filename*".utf8) {
                isFile = true
                rest = rest.drop { $0 != UInt8(ascii: ";") && $0 != 0x20 }
                continue
            }
            guard rest.first == UInt8(ascii: "\""), let close = rest.dropFirst().firstIndex(of: UInt8(ascii: "\""))
            else {
                throw bad
            }
            let text = rest[(rest.startIndex + 1)..<close]
            guard !text.contains(UInt8(ascii: "\\")) else { throw bad }
            if parameter == Array("name".utf8) {
                guard let name = String(validating: text, as: UTF8.self) else { throw bad }
                self.name = name
            } else if parameter == Array("filename".utf8) {
                isFile = true
            } else {
                throw bad
            }
            rest = rest[(close + 1)...]
        }
        guard names.contains(Array("name".utf8)), !name.isEmpty else { throw bad }
    }
}
