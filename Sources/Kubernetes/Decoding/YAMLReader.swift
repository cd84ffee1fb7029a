import Yams

/// Reads the documents of one YAML text into `Value`s.
///
/// Scalars are resolved as YAML 1.2's core schema and Kubernetes agree: where they differ (`010`, `1_000`, `0x1f`),
/// the scalar is a `.number`, which no field takes, instead of a guess. `yes`, `no`, `on` and `off` are strings.
enum YAMLReader {
    /// Reads all documents; throws where one is not well-formed. Empty documents are left out.
    static func read(_ bytes: [UInt8]) throws(SyntaxError) -> [Value] {
        var values: [Value] = []
        let parts = documents(in: bytes)
        guard parts.count <= DocumentLimits.documents else {
            throw SyntaxError(
                mark: Value.Mark(line: 1, column: 1), message: "more than \(DocumentLimits.documents) documents")
        }
        for part in parts {
            do {
                values += try read(part: part.text)
                    .map { part.firstLine == 1 ? $0 : $0.moved(by: part.firstLine - 1) }
            } catch {
                throw SyntaxError(
                    mark: Value.Mark(line: error.mark.line + part.firstLine - 1, column: error.mark.column),
                    message: error.message)
            }
        }
        return values
    }

    private static func read(part: ArraySlice<UInt8>) throws(SyntaxError) -> [Value] {
        guard part.count <= DocumentLimits.documentBytes else {
            throw SyntaxError(
                mark: Value.Mark(line: 1, column: 1),
                message: "the document is larger than \(DocumentLimits.documentBytes >> 20) MiB")
        }
        try YAMLGuard.check(part)
        var values: [Value] = []
        do {
            let parser = try Parser(
                yaml: String(decoding: part, as: UTF8.self), resolver: .basic, constructor: .default, encoding: .utf8)
            while let node = try parser.nextRoot() {
                // Aliases make more nodes than bytes; without them a node has a byte at least.
                var builder = ValueBuilder(budget: part.count + 10_000)
                let value = builder.value(node, depth: 0)
                if case .null = value.content { continue }
                values.append(value)
            }
        } catch let error as YamlError {
            throw SyntaxError(error)
        } catch {
            throw SyntaxError(mark: Value.Mark(line: 1, column: 1), message: "not YAML")
        }
        return values
    }

    /// The text of each document. A line that begins with `---` is always a boundary in YAML, in block scalars too.
    private static func documents(in bytes: [UInt8]) -> [(text: ArraySlice<UInt8>, firstLine: Int)] {
        var parts: [(text: ArraySlice<UInt8>, firstLine: Int)] = []
        var start = bytes.startIndex
        var firstLine = 1
        var line = 1
        var index = start
        var hasContent = false
        while index < bytes.endIndex {
            let end = bytes[index...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.endIndex
            let text = bytes[index..<end]
            if isBoundary(text), hasContent {
                parts.append((bytes[start..<index], firstLine))
                start = index
                firstLine = line
            }
            // Directives and comments before a boundary belong to the document after it.
            hasContent = hasContent || !isPreamble(text)
            index = end
            line += 1
        }
        if hasContent { parts.append((bytes[start...], firstLine)) }
        return parts
    }

    private static func isBoundary(_ line: ArraySlice<UInt8>) -> Bool {
        guard line.starts(with: "---".utf8) else { return false }
        return line.dropFirst(3).first.map { " \t\r\n".utf8.contains($0) } ?? true
    }

    private static func isPreamble(_ line: ArraySlice<UInt8>) -> Bool {
        if line.first == UInt8(ascii: "%") { return true }
        guard let first = line.first(where: { !" \t\r\n".utf8.contains($0) }) else { return true }
        return first == UInt8(ascii: "#")
    }
}

extension SyntaxError {
    /// The library's words and place. Not its snippet of the text: that may be a secret's.
    fileprivate init(_ error: YamlError) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let begin = context.map { "\($0.text), " } ?? ""
            self.init(mark: Value.Mark(mark), message: "not YAML: \(begin)\(problem)")
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.prefix(5).map(quoted).joined(separator: ", ")
            self.init(
                mark: Value.Mark(context.mark),
                message: "written more than once in one map: \(names)")
        case .reader(let problem, _, _, _):
            self.init(mark: Value.Mark(line: 1, column: 1), message: "not YAML: \(problem)")
        default:
            self.init(mark: Value.Mark(line: 1, column: 1), message: "not YAML")
        }
    }
}

extension Value.Mark {
    fileprivate init(_ mark: Mark?) {
        self.init(line: mark?.line ?? 1, column: mark?.column ?? 1)
    }
}

extension Value {
    /// The same tree, with all places moved down.
    fileprivate func moved(by lines: Int) -> Value {
        let mark = Mark(line: mark.line + lines, column: mark.column)
        switch content {
        case .list(let values): return Value(.list(values.map { $0.moved(by: lines) }), mark)
        case .map(let members):
            return Value(
                .map(
                    members.map {
                        Member(
                            key: $0.key, mark: Mark(line: $0.mark.line + lines, column: $0.mark.column),
                            value: $0.value.moved(by: lines))
                    }), mark)
        default: return Value(content, mark)
        }
    }
}

/// Turns the library's nodes into ours, within a budget of nodes.
private struct ValueBuilder {
    var budget: Int

    mutating func value(_ node: Yams.Node, depth: Int) -> Value {
        let mark = Value.Mark(node.mark)
        budget -= 1
        guard budget >= 0 else { return Value(.broken("too large once its aliases are expanded"), mark) }
        switch node {
        case .scalar(let scalar): return Value(content(scalar), mark)
        case .sequence(let sequence):
            guard depth < DocumentLimits.depth else { return tooDeep(mark) }
            return Value(.list(sequence.map { value($0, depth: depth + 1) }), mark)
        case .mapping(let mapping):
            guard depth < DocumentLimits.depth else { return tooDeep(mark) }
            return Value(map(mapping, depth: depth + 1), mark)
        case .alias: return Value(.broken("an alias without its anchor"), mark)
        }
    }

    private func tooDeep(_ mark: Value.Mark) -> Value {
        Value(.broken("nested deeper than \(DocumentLimits.depth) levels"), mark)
    }

    private mutating func map(_ mapping: Yams.Node.Mapping, depth: Int) -> Value.Content {
        var members: [Value.Member] = []
        var merged: [Value] = []
        for (key, child) in mapping {
            let child = value(child, depth: depth)
            guard case .scalar(let name) = key else { return .broken("a key must be a string") }
            if name.string == "<<", name.style == .plain {
                merged.append(child)
            } else {
                members.append(Value.Member(key: name.string, mark: Value.Mark(name.mark), value: child))
            }
        }
        return merged.isEmpty ? .map(members) : merge(members, merged)
    }

    /// `<<: *base`: members of the base that the map itself does not have.
    private func merge(_ own: [Value.Member], _ sources: [Value]) -> Value.Content {
        var members = own
        var keys = Set(own.map(\.key))
        for source in sources.flatMap(Self.listed) {
            guard case .map(let others) = source.content else { return .broken("'<<' takes a map or a list of maps") }
            for member in others where keys.insert(member.key).inserted { members.append(member) }
        }
        return .map(members)
    }

    private static func listed(_ value: Value) -> [Value] {
        if case .list(let values) = value.content { values } else { [value] }
    }

    private func content(_ scalar: Yams.Node.Scalar) -> Value.Content {
        let text = scalar.string
        let tag = scalar.tag.description.replacingPrefix("tag:yaml.org,2002:", with: "!!")
        switch tag {
        case "" where scalar.style == .plain: return Self.plain(text)
        case "", "!", "!!str": return .string(text)
        case "!!int", "!!bool", "!!null", "!!float": return Self.plain(text)
        default: return .broken("the tag \(quoted(tag)) is not supported")
        }
    }

    /// What a plain scalar without a tag means.
    static func plain(_ text: String) -> Value.Content {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: break
        }
        guard let first = text.utf8.first, Names.isDigit(first) || "+-.".utf8.contains(first), looksNumeric(text) else {
            return .string(text)
        }
        if let number = Int64(text), String(number) == text { return .integer(number) }
        return .number(text)
    }

    /// True for everything that one YAML reader or another takes for a number.
    private static func looksNumeric(_ text: String) -> Bool {
        var digits = text.utf8[...]
        if let sign = digits.first, "+-".utf8.contains(sign) { digits.removeFirst() }
        if [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"].contains(String(Substring(digits))) { return true }
        guard let first = digits.first, Names.isDigit(first) || first == UInt8(ascii: ".") else { return false }
        if first == UInt8(ascii: "0"), let kind = digits.dropFirst().first {
            let rest = digits.dropFirst(2)
            switch kind {
            case UInt8(ascii: "x"), UInt8(ascii: "X"):
                return !rest.isEmpty && rest.allSatisfy { hexDigit($0) != nil || $0 == UInt8(ascii: "_") }
            case UInt8(ascii: "o"), UInt8(ascii: "b"):
                return !rest.isEmpty && rest.allSatisfy { Names.isDigit($0) || $0 == UInt8(ascii: "_") }
            default: break
            }
        }
        return isDecimal(digits)
    }

    /// Digits and underscores, at most one point, at most one exponent.
    private static func isDecimal(_ text: Substring.UTF8View) -> Bool {
        let isDigit = { (byte: UInt8) in Names.isDigit(byte) || byte == UInt8(ascii: "_") }
        let whole = text.prefix(while: isDigit)
        var rest = text[whole.endIndex...]
        var fraction = rest.prefix(0)
        if rest.first == UInt8(ascii: ".") {
            fraction = rest.dropFirst().prefix(while: isDigit)
            rest = rest[fraction.endIndex...]
        }
        guard !whole.isEmpty || fraction.contains(where: Names.isDigit) else { return false }
        guard let exponent = rest.first else { return true }
        guard exponent == UInt8(ascii: "e") || exponent == UInt8(ascii: "E") else { return false }
        rest.removeFirst()
        if let sign = rest.first, "+-".utf8.contains(sign) { rest.removeFirst() }
        return !rest.isEmpty && rest.allSatisfy(Names.isDigit)
    }
}

extension String {
    /// The text with another beginning, where it has this one.
    fileprivate func replacingPrefix(_ prefix: String, with other: String) -> String {
        hasPrefix(prefix) ? other + dropFirst(prefix.count) : self
    }
}
