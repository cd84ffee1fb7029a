import Kubernetes

/// What an API server serves, as far as somebody asked: groups, their versions, and the resources of those versions.
///
/// Everyone who asks shares one answer. Groups are asked for anew when they are older than ten seconds and something was
/// not found in them; resources when a path that was made of them is not there any more.
actor APIDiscovery {
    private struct Aged<T: Sendable> {
        var value: T
        var at: Int64
    }

    private static let patience: Int64 = 10_000

    private var groups: Aged<[String: [String]]>?
    private var readyAt: Int64?
    private var resources: [String: [APIResource]] = [:]
    private var asking: Task<Result<[String: [String]], APIError>, Never>?

    /// Where a kind is served, in the best version that we read; nil: surely nowhere.
    ///
    /// While a server starts, it does not know all of its kinds yet. So that a kind is not there is believed only of a
    /// server that says that it is ready.
    func find(_ kind: ServedKind, _ client: APIClient) async throws(APIError) -> APIResource? {
        for place in kind.places {
            if let found = try await find(place.group, kind.id.kind, place.versions, client) { return found }
        }
        try await checkReady(client)
        // Once more: it may have become ready in between.
        for place in kind.places {
            if let found = try await find(place.group, kind.id.kind, place.versions, client) { return found }
        }
        return nil
    }

    /// The first of the versions of a group in which there is that kind.
    func find(
        _ group: String, _ kind: String, _ versions: [String], _ client: APIClient
    ) async throws(APIError) -> APIResource? {
        let served = group.isEmpty ? ["v1"] : try await freshGroups(client)[group] ?? []
        for version in versions where served.contains(version) {
            let resources = try await resources(group, version, client)
            if let found = resources.first(where: { $0.kind == kind }) { return found }
        }
        return nil
    }

    /// Versions of all groups.
    func freshGroups(_ client: APIClient) async throws(APIError) -> [String: [String]] {
        if let groups, client.clock.now() - groups.at < Self.patience { return groups.value }
        let task = asking ?? Task { await self.askGroups(client) }
        asking = task
        return try await task.value.get()
    }

    /// A path of a resource is not there: what is known of its group is too old.
    func forget(_ resource: APIResource) {
        resources[resource.apiVersion] = nil
        groups = nil
    }

    private func askGroups(_ client: APIClient) async -> Result<[String: [String]], APIError> {
        defer { asking = nil }
        do throws(APIError) {
            let list = try await client.document(["apis"])
            var found: [String: [String]] = [:]
            for group in list["groups"]?.elements ?? [] {
                guard let name = group["name"]?.text else { continue }
                found[name] = (group["versions"]?.elements ?? []).compactMap { $0["version"]?.text }
            }
            // A kind that was added to a version is found with the groups.
            resources = [:]
            groups = Aged(value: found, at: client.clock.now())
            return .success(found)
        } catch { return .failure(error) }
    }

    private func resources(
        _ group: String, _ version: String, _ client: APIClient
    ) async throws(APIError) -> [APIResource] {
        let apiVersion = group.isEmpty ? version : "\(group)/\(version)"
        if let known = resources[apiVersion] { return known }
        let list = try await client.document(group.isEmpty ? ["api", version] : ["apis", group, version])
        let found = (list["resources"]?.elements ?? []).compactMap { APIResource($0, group, version) }
        resources[apiVersion] = found
        return found
    }

    private func checkReady(_ client: APIClient) async throws(APIError) {
        if let readyAt, client.clock.now() - readyAt < Self.patience { return }
        do throws(APIError) {
            _ = try await client.send(APIRequest(method: "GET", path: ["readyz"]))
        } catch {
            // Servers that do not tell us are taken to be.
            guard error.isForbidden || error.isNotFound || error.isUnauthorized else { throw error }
        }
        readyAt = client.clock.now()
        groups = nil
    }
}

extension APIResource {
    /// An entry of a discovery document; nil for parts of objects.
    fileprivate init?(_ entry: Value, _ group: String, _ version: String) {
        guard let name = entry["name"]?.text, let kind = entry["kind"]?.text, !name.utf8.contains(UInt8(ascii: "/"))
        else { return nil }
        var isNamespaced = false
        if case .bool(let flag)? = entry["namespaced"]?.content { isNamespaced = flag }
        self.init(group: group, version: version, plural: name, kind: kind, isNamespaced: isNamespaced)
    }
}

extension APIClient {
    /// Groups that the server serves, with their versions, the server's favourite first. At most ten seconds old.
    public func servedGroups() async throws(APIError) -> [String: [String]] { try await discovery.freshGroups(self) }

    /// Where a kind is served, in the first of these versions that has it; nil: in none of them.
    public func resource(
        group: String, kind: String, versions: [String]
    ) async throws(APIError) -> APIResource? {
        try await discovery.find(group, kind, versions, self)
    }

    /// Where a kind that we read is served, in the best version that we read; nil: surely nowhere.
    public func resource(_ kind: ServedKind) async throws(APIError) -> APIResource? {
        try await discovery.find(kind, self)
    }

    /// A JSON document of the server's own.
    func document(_ path: [String]) async throws(APIError) -> Value {
        let request = APIRequest(method: "GET", path: path)
        let bytes = try await send(request)
        do { return try Value.json(bytes) } catch {
            throw APIError("Malformed", "the answer is not well-formed: \(error.message)", request.words)
        }
    }
}
