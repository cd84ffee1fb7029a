/// Which requests a route was meant for that cannot serve them: it has mistakes, or asks for what we do not have. They
/// must not fall to another, wider route: its policy was written for other requests.
///
/// What could not be read is nil and stands for everything.
public struct RouteClaim: Sendable, Hashable {
    /// A Gateway or ListenerSet, or one of its listeners, that a route names.
    public struct Parent: Sendable, Hashable {
        /// Its kind; what it names of other kinds is taken for a Gateway.
        public var kind = Gateway.kind
        /// The Gateway or ListenerSet.
        public var name: NamespacedName
        /// Name of the listener; nil: any.
        public var sectionName: String?
        /// Port of the listener; nil: any.
        public var port: Int?
    }

    /// What it names in `parentRefs`; nil: any Gateway.
    public var parents: [Parent]?
    /// Host names in lower case, `*.` in front of wildcards; none: those that no other route names; nil: every host,
    /// whatever other routes have.
    public var hostnames: [String]?
    /// Beginnings of paths, by whole segments, without a slash at the end; nil: every path, whatever other routes have.
    public var prefixes: [String]?

    /// How specific the host name of a match is: more specific ones are preferred, before paths are looked at.
    ///
    /// - Parameter hostname: as a route has it; nil: every host.
    public static func rank(hostname: String?) -> Int {
        guard let hostname else { return 0 }
        return hostname.hasPrefix("*.") ? hostname.utf8.count : .max
    }

    /// Whether a request is one of those.
    ///
    /// - Parameters:
    ///   - host: lower-case, without port.
    ///   - path: canonical.
    ///   - matched: another route's match, which would have been preferred to this route, had it been right: the rank of
    ///     its host name, and how much of the path it covers; nil: there is none.
    public func covers(
        host: UnsafeRawBufferPointer, path: UnsafeRawBufferPointer, matched: (hostRank: Int, pathLength: Int)?
    ) -> Bool {
        guard let rank = rank(of: host) else { return false }
        let matched = matched ?? (0, 0)
        guard rank >= matched.hostRank, let prefixes else { return rank >= matched.hostRank }
        return prefixes.contains {
            (rank > matched.hostRank || $0.utf8.count >= matched.pathLength) && Self.covers($0, path: path)
        }
    }

    /// The rank of its best host name that fits; nil: none does.
    private func rank(of host: UnsafeRawBufferPointer) -> Int? {
        guard let hostnames else { return .max }
        if hostnames.isEmpty { return 0 }
        return hostnames.lazy.filter { Self.covers($0, host: host) }.map { Self.rank(hostname: $0) }.max()
    }

    private static func covers(_ hostname: String, host: UnsafeRawBufferPointer) -> Bool {
        guard hostname.hasPrefix("*.") else { return host.elementsEqual(hostname.utf8) }
        let suffix = hostname.utf8.dropFirst()
        return host.count > suffix.count && host.suffix(suffix.count).elementsEqual(suffix)
    }

    private static func covers(_ prefix: String, path: UnsafeRawBufferPointer) -> Bool {
        let count = prefix.utf8.count
        return path.starts(with: prefix.utf8) && (path.count == count || path[count] == UInt8(ascii: "/"))
    }
}

extension RouteClaim {
    /// All requests that a route without mistakes is meant for. Where it is attached is for the caller to say.
    public init(_ route: HTTPRoute) {
        hostnames = route.hostnames
        prefixes = Self.all(route.rules.flatMap(\.matches)) { match in
            switch match.path {
            case .exact(let text), .prefix(let text): Self.prefix(text)
            case .regularExpression: nil
            }
        }
    }

    /// All requests to the hosts of a route without mistakes.
    public init(_ route: GRPCRoute) {
        hostnames = route.hostnames
    }

    /// What can be believed of the document of a route.
    init(_ document: Value, kind: String, namespace: String?, _ soundness: Soundness) {
        let spec = document["spec"]
        parents = soundness.holds("spec.parentRefs") ? Self.parents(spec?["parentRefs"], namespace) : nil
        hostnames = Self.hostnames(spec, soundness)
        prefixes = kind == HTTPRoute.kind ? Self.prefixes(spec, soundness) : nil
    }

    /// All of a list, or nil when one of it cannot be read.
    private static func all<Element, Result>(_ list: [Element], _ read: (Element) -> Result?) -> [Result]? {
        let elements = list.compactMap(read)
        return elements.count == list.count ? elements : nil
    }

    private static func parents(_ parents: Value?, _ namespace: String?) -> [Parent]? {
        guard case .list(let values)? = parents?.content, !values.isEmpty else { return nil }
        return all(values) { parent in
            guard let name = parent["name"]?.text else { return nil }
            let written = parent["namespace"].map(\.text) ?? namespace
            return written.map {
                Parent(
                    kind: parent["kind"]?.text == ListenerSet.kind ? ListenerSet.kind : Gateway.kind,
                    name: NamespacedName($0, name), sectionName: parent["sectionName"]?.text,
                    port: parent["port"]?.integer)
            }
        }
    }

    private static func hostnames(_ spec: Value?, _ soundness: Soundness) -> [String]? {
        guard let list = spec?["hostnames"] else {
            return soundness.holdsWithout(fieldOf: "spec", otherThan: ["parentRefs", "rules"]) ? [] : nil
        }
        guard soundness.holds("spec.hostnames"), case .list(let values) = list.content else { return nil }
        return all(values) { $0.text?.lowercased() }
    }

    private static func prefixes(_ spec: Value?, _ soundness: Soundness) -> [String]? {
        guard let list = spec?["rules"] else {
            return soundness.holdsWithout(fieldOf: "spec", otherThan: ["parentRefs", "hostnames"]) ? [""] : nil
        }
        guard case .list(let rules) = list.content, !rules.isEmpty else { return nil }
        return all(Array(rules.enumerated())) { prefixes($1, "spec.rules[\($0)]", soundness) }?.flatMap { $0 }
    }

    private static func prefixes(_ rule: Value, _ path: String, _ soundness: Soundness) -> [String]? {
        let others: Set = ["name", "filters", "backendRefs", "timeouts", "retry", "sessionPersistence"]
        guard let list = rule["matches"] else {
            return soundness.holdsWithout(fieldOf: path, otherThan: others) ? [""] : nil
        }
        guard case .list(let matches) = list.content else { return nil }
        if matches.isEmpty { return soundness.holds(path + ".matches") ? [""] : nil }
        return all(Array(matches.enumerated())) { prefix($1, "\(path).matches[\($0)]", soundness) }
    }

    private static func prefix(_ match: Value, _ place: String, _ soundness: Soundness) -> String? {
        guard let path = match["path"] else {
            return soundness.holdsWithout(fieldOf: place, otherThan: ["headers", "queryParams", "method"]) ? "" : nil
        }
        guard soundness.holds(place + ".path"), path["type"]?.text != "RegularExpression" else { return nil }
        guard let written = path["value"] else { return "" }
        return written.text.flatMap(prefix)
    }

    /// A path without its final slash; nil when requests may have it in another form.
    private static func prefix(_ path: String) -> String? {
        var path = path
        guard path.hasPrefix("/"), !path.contains("%"), !path.contains("//") else { return nil }
        while path.hasSuffix("/") { path.removeLast() }
        return path
    }
}
