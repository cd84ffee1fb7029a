import Kubernetes

/// Follows one Secret or ConfigMap that an object names.
///
/// It needs no right to list: a watch of one name tells what is there, and one look after it has begun tells whether
/// anything is. Where it may not be watched, it is looked at every half minute.
actor NameFollower {
    private let client: APIClient
    private let core: SourceCore
    private let feed: LiveObjects.Feed
    private let reference: ContentReference
    private let resource: APIResource
    private var failures = 0

    init?(_ client: APIClient, _ core: SourceCore, _ feed: LiveObjects.Feed, _ reference: ContentReference) {
        let plural = reference.kind == Secret.kind ? "secrets" : "configmaps"
        resource = APIResource(group: "", version: "v1", plural: plural, kind: reference.kind)
        self.client = client
        self.core = core
        self.feed = feed
        self.reference = reference
    }

    /// Goes on until the task is cancelled.
    func run() async {
        let clock = core.clock
        while !Task.isCancelled {
            let start = clock.now()
            let wait = await follow()
            if clock.now() - start >= 5_000 { failures = 0 }
            if wait > 0, !Task.isCancelled { await clock.sleep(wait) }
        }
    }

    /// One watch; gives milliseconds to wait before the next.
    private func follow() async -> Int64 {
        let selection = APISelection(
            namespace: reference.key.namespace, fields: "metadata.name=\(reference.key.name)")
        core.watching(feed)
        do throws(APIError) {
            try await client.watch(
                resource, selection, from: nil, seconds: Int(300 * (1 + core.clock.random())),
                opened: { () throws(APIError) in try await self.look() },
                each: { line throws(APIError) in try await self.take(line) })
            return patience(least: 0)
        } catch {
            if error.isForbidden, await canLook() { return 30_000 }
            return fail(error)
        }
    }

    private func look() async throws(APIError) {
        let objects: [ServedObject]
        do throws(APIError) {
            let bytes = try await client.get(resource, reference.key)
            objects = [try ServedObject.read(bytes, feed.kind, resource)]
        } catch {
            guard error.isNotFound else { throw error }
            objects = []
        }
        if !Task.isCancelled { core.replace(objects, of: feed) }
    }

    private func canLook() async -> Bool {
        do throws(APIError) { try await look() } catch { return false }
        return true
    }

    private func take(_ line: [UInt8]) throws(APIError) {
        guard !Task.isCancelled else { return }
        switch try ServedEvent.read(line, feed.kind, resource) {
        case .put(let object) where object.key == reference.key: core.put(object, from: feed)
        case .removed(let key, _): core.remove(key, from: feed)
        case .put, .bookmark: break
        case .failed(let status): throw APIError(watch: status, resource)
        }
        failures = 0
    }

    private func fail(_ error: APIError) -> Int64 {
        guard !Task.isCancelled else { return 0 }
        if error.isGone { return patience(least: 0) }
        core.failed(feed, error)
        if error.isForbidden { core.refused(feed, advice) }
        return max(patience(least: error.isForbidden ? 10_000 : 200), error.retryAfter?.count ?? 0)
    }

    /// What is wrong, and what mends it.
    private var advice: Mistake {
        let (kind, key) = (reference.kind, reference.key)
        return Mistake(
            position: nil, object: reference.by, path: "",
            message: "\(kind) \(key) may not be read: add \(key.namespace) to secrets.namespaces of the chart, or run: "
                + "sallyport install --secrets-of \(key.namespace)")
    }

    private func patience(least: Int64) -> Int64 {
        let wait = min(Int64(200) << Int64(min(failures, 8)), 30_000)
        failures += 1
        if failures == 1, least == 0 { return 0 }
        return max(least, wait / 2 + Int64(Double(wait) / 2 * core.clock.random()))
    }
}

extension ServedObject {
    /// Reads an object, or says as an error of the server's why it cannot be.
    fileprivate static func read(
        _ bytes: [UInt8], _ kind: ServedKind, _ resource: APIResource
    ) throws(APIError) -> ServedObject {
        do { return try decode(bytes, as: kind, apiVersion: resource.apiVersion) } catch {
            throw APIError("Malformed", "\(error)", "GET \(resource)")
        }
    }
}
