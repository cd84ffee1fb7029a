/// Host names as Gateway API has them: lower-case, `*.` in front for a wildcard, nil for any.

/// True when some host fits both.
func hostnamesIntersect(_ a: String?, _ b: String?) -> Bool {
    guard let a, let b else { return true }
    if a == b { return true }
    switch (a.hasPrefix("*."), b.hasPrefix("*.")) {
    case (false, false): return false
    case (true, false): return b.hasSuffix(a.dropFirst()) && b.utf8.count > a.utf8.count - 1
    case (false, true): return a.hasSuffix(b.dropFirst()) && a.utf8.count > b.utf8.count - 1
    case (true, true): return a.hasSuffix(b.dropFirst()) || b.hasSuffix(a.dropFirst())
    }
}

/// The host names of a route that mean something on a listener: those that fit its host name. A route without host
/// names has the one entry nil (any); no entry: the route does not fit the listener.
func effectiveHostnames(_ hostnames: [String], listener: String?) -> [String?] {
    if hostnames.isEmpty { return [nil] }
    return hostnames.filter { hostnamesIntersect($0, listener) }
}

/// A set of host names that can be asked whether another one overlaps it, at the cost of that one's labels.
struct HostClaims {
    private var exact: Set<Substring> = []
    private var wildcards: Set<Substring> = []
    /// Every suffix that begins with a dot, of all names in the set: what a wildcard would have to be to cover one.
    private var suffixes: Set<Substring> = []
    private var any = false
    private var isEmpty = true

    /// Adds a name (nil: any host).
    mutating func insert(_ hostname: String?) {
        isEmpty = false
        guard let hostname else { return any = true }
        let isWildcard = hostname.hasPrefix("*.")
        let plain = isWildcard ? hostname.dropFirst() : hostname[...]
        if isWildcard { wildcards.insert(plain) } else { exact.insert(plain) }
        suffixes.formUnion(dotSuffixes(plain))
    }

    /// True when some host fits both `hostname` and a name of the set.
    func overlaps(_ hostname: String?) -> Bool {
        if isEmpty { return false }
        guard let hostname else { return true }
        if any { return true }
        if hostname.hasPrefix("*.") {
            let plain = hostname.dropFirst()
            return suffixes.contains(plain) || dotSuffixes(plain).contains { wildcards.contains($0) }
        }
        return exact.contains(hostname[...]) || dotSuffixes(hostname[...]).contains { wildcards.contains($0) }
    }

    /// `.example.com` and `.com` of `www.example.com`; of `.example.com` also itself.
    private func dotSuffixes(_ name: Substring) -> [Substring] {
        name.indices.filter { name[$0] == "." }.map { name[$0...] }
    }
}
