/// Which requests a route with mistakes was meant for. They must not fall to another, wider route: its policy was
/// written for other requests.
///
/// What could not be read is nil and stands for everything.
public struct RouteClaim: Sendable, Hashable {
    /// Gateways that it names; nil: any.
    public var gateways: [NamespacedName]?
    /// Host names in lower case, `*.` in front of wildcards; nil: every host.
    public var hostnames: [String]?
    /// Beginnings of paths, by whole segments, without a slash at the end; nil: every path, whatever other routes have.
    public var prefixes: [String]?

    /// Whether a request on a listener of that Gateway is one of those.
    ///
    /// - Parameters:
    ///   - host: lower-case, without port.
    ///   - path: canonical.
    ///   - matched: length of the path that another route's match covers: a longer one would have been preferred to
    ///     this route, had it been right.
    public func covers(
        gateway: NamespacedName, host: UnsafeRawBufferPointer, path: UnsafeRawBufferPointer, matched: Int
    ) -> Bool {
        guard gateways?.contains(gateway) ?? true else { return false }
        guard hostnames?.contains(where: { Self.covers($0, host: host) }) ?? true else { return false }
        guard let prefixes else { return true }
        return prefixes.contains { $0.utf8.count >= matched && Self.covers($0, path: path) }
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
    /// What can be read of the document of a route.
    init(_ document: Value, kind: String) {
        let spec = document["spec"]
        let namespace = document["metadata"]?["namespace"]?.text ?? "default"
        gateways = Self.texts(spec?["parentRefs"]) { parent in
            guard let name = parent["name"]?.text else { return nil }
            guard let written = parent["namespace"] else { return NamespacedName(namespace, name) }
            return written.text.map { NamespacedName($0, name) }
        }
        hostnames = Self.texts(spec?["hostnames"]) { $0.text?.lowercased() }
        prefixes = kind == HTTPRoute.kind ? Self.prefixes(spec?["rules"]) : nil
    }

    /// All of a list, or nil when it is not there, is empty, or one of it cannot be read.
    private static func texts<Element>(_ list: Value?, _ read: (Value) -> Element?) -> [Element]? {
        guard case .list(let values)? = list?.content, !values.isEmpty else { return nil }
        let elements = values.compactMap(read)
        return elements.count == values.count ? elements : nil
    }

    private static func prefixes(_ rules: Value?) -> [String]? {
        guard rules != nil else { return [""] }
        return texts(rules) { rule -> [String]? in
            guard let matches = rule["matches"] else { return [""] }
            return texts(matches, prefix)
        }?.flatMap { $0 }
    }

    private static func prefix(_ match: Value) -> String? {
        guard let path = match["path"] else { return "" }
        guard let written = path["value"] else { return "" }
        let type = path["type"]?.text ?? "PathPrefix"
        guard type == "PathPrefix" || type == "Exact", var text = written.text, text.hasPrefix("/"),
            !text.contains("%"), !text.contains("//")
        else { return nil }
        while text.hasSuffix("/") { text.removeLast() }
        return text
    }
}
