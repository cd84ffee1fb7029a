@testable import Kubernetes

/// The matching rules of the specification, one after the other, with no thought of speed: what the table is
/// compared with.
struct NaiveMatcher {
    var listeners: [Gateway.Listener]
    var routes: [HTTPRoute]

    struct Answer: Equatable, CustomStringConvertible {
        var route: String
        var rule: Int
        var length: Int
        var description: String { "\(route)[\(rule)] over \(length) bytes" }
    }

    func answer(_ request: TestRequest) -> Answer? {
        let fitting = listeners.filter { hostSpecificity($0.hostname, request.host) != nil }
        let best = fitting.max {
            isLess(
                hostSpecificity($0.hostname, request.host) ?? (0, 0),
                hostSpecificity($1.hostname, request.host) ?? (0, 0))
        }
        guard let best else { return nil }
        var found: (rank: [Rank], answer: Answer)?
        for route in routes
        where route.parentRefs.contains(where: { $0.sectionName == nil || $0.sectionName == best.name }) {
            for hostname in hostnames(of: route, on: best) {
                guard let host = hostSpecificity(hostname, request.host) else { continue }
                for (number, rule) in route.rules.enumerated() {
                    for (place, match) in rule.matches.enumerated() {
                        guard let length = matchedLength(match, request) else { continue }
                        let rank = rank(match, host, length, route, number, place)
                        let answer = Answer(route: route.metadata.name, rule: number, length: length)
                        if found == nil || rank.lexicographicallyPrecedes(found!.rank) { found = (rank, answer) }
                    }
                }
            }
        }
        return found?.answer
    }

    /// Numbers compare by size, names by alphabet; smaller is preferred.
    enum Rank: Comparable {
        case number(Int64)
        case name(String)
    }

    private func rank(
        _ match: HTTPRoute.Match, _ host: (Int, Int), _ length: Int, _ route: HTTPRoute, _ rule: Int, _ place: Int
    ) -> [Rank] {
        let isExact = if case .exact = match.path { true } else { false }
        let numbers = [
            -host.0, -host.1, isExact ? 0 : 1, isExact ? 0 : -length, match.method == nil ? 1 : 0, -match.headers.count,
            -match.queryParams.count,
        ]
        return numbers.map { .number(Int64($0)) }
            + [
                .number(route.metadata.creationTimestamp ?? .max), .name(route.metadata.namespace),
                .name(route.metadata.name), .number(Int64(rule)), .number(Int64(place)),
            ]
    }

    /// Characters in a matching host name without wildcard, then in any; nil: does not match.
    private func hostSpecificity(_ hostname: String?, _ host: String) -> (Int, Int)? {
        guard let hostname else { return (0, 0) }
        if hostname.hasPrefix("*.") {
            return host.hasSuffix(hostname.dropFirst()) && host.count >= hostname.count ? (0, hostname.count) : nil
        }
        return hostname == host ? (hostname.count, hostname.count) : nil
    }

    private func isLess(_ a: (Int, Int), _ b: (Int, Int)) -> Bool { a < b }

    private func hostnames(of route: HTTPRoute, on listener: Gateway.Listener) -> [String?] {
        if route.hostnames.isEmpty { return [nil] }
        guard let own = listener.hostname else { return route.hostnames }
        return route.hostnames.filter { name in
            if name == own { return true }
            if name.hasPrefix("*."), own.hasSuffix(name.dropFirst()) { return true }
            return own.hasPrefix("*.") && name.hasSuffix(own.dropFirst())
        }
    }

    private func matchedLength(_ match: HTTPRoute.Match, _ request: TestRequest) -> Int? {
        if let method = match.method, method != request.method { return nil }
        for header in match.headers where request.headers[header.name] != header.value { return nil }
        for wanted in match.queryParams where firstValue(wanted.name, request.query) != wanted.value { return nil }
        switch match.path {
        case .exact(let path): return path == request.path ? path.utf8.count : nil
        case .regularExpression: return nil
        case .prefix(let prefix):
            let wanted = prefix.split(separator: "/")
            let given = request.path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
            guard given.count >= wanted.count, Array(given.prefix(wanted.count)) == wanted else { return nil }
            return wanted.map { $0.utf8.count + 1 }.reduce(0, +)
        }
    }

    private func firstValue(_ name: String, _ query: String) -> String? {
        for pair in query.split(separator: "&", omittingEmptySubsequences: false) {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard decoded(sides[0]) == name else { continue }
            return sides.count == 2 ? decoded(sides[1]) : ""
        }
        return nil
    }

    private func decoded(_ text: Substring) -> String {
        var out = ""
        var rest = text
        while let first = rest.popFirst() {
            if first == "%", rest.count >= 2, let byte = UInt8(rest.prefix(2), radix: 16) {
                out.unicodeScalars.append(Unicode.Scalar(byte))
                rest = rest.dropFirst(2)
            } else {
                out.append(first == "+" ? " " : first)
            }
        }
        return out
    }
}
