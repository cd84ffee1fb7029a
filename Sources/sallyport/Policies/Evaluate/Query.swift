import Addresses
import ModelTraffic

/// A question about one connection.
struct Query: Equatable {
    /// Who opens it.
    var from: String
    /// Whom to.
    var to: String
    /// What goes between them.
    var proto = IPProtocol.tcp
    /// The port; of ICMP type and code; nil: nothing was said.
    var port: UInt16?
    /// Under which name the destination was found.
    var name: String?
    /// Whatever the asker calls it: a string or a whole number.
    var identity: JSONLiteral?

    /// Why there is no answer: one sentence without a full stop.
    struct Problem: Error, Equatable {
        let text: String
        init(_ text: String) { self.text = text }
    }

    init(from: String, to: String, proto: IPProtocol = .tcp, port: UInt16? = nil, name: String? = nil) {
        (self.from, self.to, self.proto, self.port, self.name) = (from, to, proto, port, name)
    }

    /// Reads one line.
    init(_ text: [UInt8]) throws(Problem) {
        let document: JSONDocument
        do {
            document = try JSONDocument(text)
        } catch {
            throw Problem("this is no JSON: \(error)")
        }
        guard document.root.kind == .object else { throw Problem("a query is an object") }
        self.init(from: "", to: "")
        var icmp: (type: UInt8?, code: UInt8?) = (nil, nil)
        for (key, value) in document.root.members {
            switch key {
            case "from": from = try Self.string(value, key)
            case "to": to = try Self.string(value, key)
            case "protocol": proto = try Self.proto(value)
            case "port": port = UInt16(try Self.number(value, key, 1...65_535))
            case "icmpType": icmp.type = UInt8(try Self.number(value, key, 0...255))
            case "icmpCode": icmp.code = UInt8(try Self.number(value, key, 0...255))
            case "name": name = Self.domain(try Self.string(value, key))
            case "id": identity = try Self.identity(value)
            default: throw Problem("there is no field \(Printable.oneLine(key)) in a query")
            }
        }
        if from.isEmpty || to.isEmpty { throw Problem("\(from.isEmpty ? "from" : "to") is missing") }
        try finish(icmp)
    }

    private mutating func finish(_ icmp: (type: UInt8?, code: UInt8?)) throws(Problem) {
        let isICMP = proto == .icmp || proto == .icmpv6
        if !isICMP, icmp.type != nil || icmp.code != nil { throw Problem("\(proto) has no icmpType") }
        if isICMP, port == nil {
            // What ping sends.
            let type = icmp.type ?? (proto == .icmp ? 8 : 128)
            port = UInt16(type) << 8 | UInt16(icmp.code ?? 0)
        } else if !proto.hasPorts, port != nil {
            throw Problem("\(proto) has no ports")
        } else if proto.hasPorts, port == nil {
            throw Problem("port is missing")
        }
    }

    // MARK: Fields

    private static func string(_ value: JSONNode, _ key: String) throws(Problem) -> String {
        guard let text = value.string, !text.isEmpty else { throw Problem("\(key) must be a string") }
        return text
    }

    private static func number(_ value: JSONNode, _ key: String, _ range: ClosedRange<Int64>) throws(Problem) -> Int64 {
        guard let number = value.integer, range.contains(number) else {
            throw Problem("\(key) must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private static func proto(_ value: JSONNode) throws(Problem) -> IPProtocol {
        let text = value.string ?? value.numberText ?? ""
        guard let proto = IPProtocol(text) else {
            throw Problem("protocol must be TCP, UDP, SCTP, ICMP, ICMPv6, UDPLite or a number from 0 to 255")
        }
        return proto
    }

    private static func identity(_ value: JSONNode) throws(Problem) -> JSONLiteral {
        if let text = value.string { return .string(text) }
        if let number = value.integer { return .integer(number) }
        throw Problem("id must be a string or a whole number")
    }

    /// What a line that is no query calls itself; nil: nothing.
    static func identity(ofLine text: [UInt8]) -> JSONLiteral? {
        guard let root = try? JSONDocument(text).root, let value = root["id"] else { return nil }
        return try? identity(value)
    }

    static func domain(_ text: String) -> String {
        let lower = text.lowercased()
        return lower.hasSuffix(".") ? String(lower.dropLast()) : lower
    }
}
