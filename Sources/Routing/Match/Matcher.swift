import Kubernetes

/// Everything a listener needs to find the rule of a request.
struct Matcher: Sendable {
    private var hosts = HostTable()
    private var virtualHosts: [VirtualHost] = []
    private var conditions = ConditionTable()

    /// The paths of one host name.
    private struct VirtualHost {
        let tree: PathTree
        /// How specific the host name is (`RouteClaim.rank`).
        let rank: Int
    }

    /// One match of one rule, with the host name and path it is for.
    struct Entry {
        /// As the route has it (nil: any); what the listener's own host name leaves of it, the listener checks.
        var hostname: String?
        var path: PathKey
        var match: MatchInput
    }

    /// A matcher of all these.
    init(_ entries: [Entry]) {
        var byHost: [Int: [PathKey: [MatchInput]]] = [:]
        var ranks: [Int] = []
        for entry in entries {
            let host = hosts.findOrInsert(entry.hostname, byHost.count)
            if host == byHost.count { ranks.append(RouteClaim.rank(hostname: entry.hostname)) }
            byHost[host, default: [:]][entry.path, default: []].append(entry.match)
        }
        for host in 0..<byHost.count {
            let paths = (byHost[host] ?? [:]).sorted { lowestRank($0.value) < lowestRank($1.value) }
            let tree = PathTree(paths.map { ($0.key, conditions.addGroup($0.value)) })
            virtualHosts.append(VirtualHost(tree: tree, rank: ranks[host]))
        }
    }

    /// What was found: the rule's index in the listener, how much of the path its prefix covers, and how specific its
    /// host name is.
    struct Hit {
        var rule: Int
        var length: Int
        var hostRank: Int
    }

    /// The rule of a request. Host names are gone through from the most specific; in each, paths likewise.
    @inline(__always)
    func match(
        _ request: RequestView, _ headers: (UnsafeRawBufferPointer) -> UnsafeRawBufferPointer?, _ work: inout Work
    ) -> Hit? {
        conditions.pool.withUnsafeBytes { pool in
            var hostCursor = HostTable.Cursor()
            while let number = hosts.next(&hostCursor, request.host, &work) {
                let host = virtualHosts[number]
                var pathCursor = PathTree.Cursor()
                while let step = host.tree.next(&pathCursor, request.path, &work) {
                    if let rule = conditions.best(group: step.group, request, pool, headers, &work) {
                        return Hit(rule: rule, length: step.length, hostRank: host.rank)
                    }
                }
            }
            return nil
        }
    }
}

private func lowestRank(_ matches: [MatchInput]) -> Int { matches.map(\.rank).min() ?? 0 }
