import Kubernetes

/// Which methods a rule admits.
struct MethodSet: Sendable {
    private static let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"]
        .map { Array($0.utf8) }
    /// The code of methods that are not among the known ones.
    private static let other: UInt8 = 15

    private var mask: UInt16 = 0
    private var others: [[UInt8]] = []

    /// An empty list admits every method.
    init(_ methods: [String]) {
        if methods.isEmpty { mask = .max }
        for method in methods.map({ Array($0.utf8) }) {
            let code = method.withUnsafeBytes { Self.code($0) }
            if code == Self.other { others.append(method) } else { mask |= 1 << UInt16(code) }
        }
    }

    /// A small number for the method; methods are compared with their case, as RFC 9110 9.1 says.
    static func code(_ method: UnsafeRawBufferPointer) -> UInt8 {
        for (code, name) in known.enumerated() where isEqual(method, name) { return UInt8(code) }
        return other
    }

    func contains(_ code: UInt8, _ method: UnsafeRawBufferPointer) -> Bool {
        if mask >> UInt16(code) & 1 == 1 { return true }
        return code == Self.other && others.contains { isEqual(method, $0) }
    }
}

/// One `paths` entry of a rule. Paths are compared as bytes: the gateway gives one canonical form to all.
enum CompiledPath: Sendable {
    case exact([UInt8])
    /// Without a slash at the end; matches whole segments, so that `/v1` admits `/v1/models` and never `/v1beta`.
    case prefix([UInt8])

    /// nil for a kind of match that access rules do not have.
    init?(_ match: HTTPRoute.PathMatch) {
        switch match {
        case .exact(let path): self = .exact(Array(path.utf8))
        case .prefix(let path):
            var bytes = Array(path.utf8)
            while bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
            self = .prefix(bytes)
        case .regularExpression: return nil
        }
    }

    func matches(_ path: UnsafeRawBufferPointer) -> Bool {
        switch self {
        case .exact(let wanted): return isEqual(path, wanted)
        case .prefix(let wanted):
            guard path.count >= wanted.count,
                isEqual(UnsafeRawBufferPointer(rebasing: path[..<wanted.count]), wanted)
            else { return false }
            return path.count == wanted.count ? !wanted.isEmpty : path[wanted.count] == UInt8(ascii: "/")
        }
    }
}

private func isEqual(_ bytes: UnsafeRawBufferPointer, _ wanted: [UInt8]) -> Bool {
    guard bytes.count == wanted.count else { return false }
    for index in wanted.indices where bytes[index] != wanted[index] { return false }
    return true
}
