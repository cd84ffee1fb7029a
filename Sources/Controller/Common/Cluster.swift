import ClusterSource
import Kubernetes
import ModelTraffic

/// The API server, in the words of the controller: objects instead of bytes.
struct Cluster: Sendable {
    let client: APIClient

    /// An object; nil: there is none.
    func get(_ place: ObjectPlace) async throws(APIError) -> Value? {
        do {
            return try Self.value(await client.get(place.resource, place.key))
        } catch {
            if error.isNotFound { return nil }
            throw error
        }
    }

    /// The same place in the version that is served; nil: the kind is not installed.
    func served(_ place: ObjectPlace) async throws(APIError) -> ObjectPlace? {
        guard let kind = ServedKind.find(group: place.resource.group, kind: place.resource.kind) else { return place }
        guard let resource = try await client.resource(kind) else { return nil }
        return ObjectPlace(resource: resource, namespace: place.namespace, name: place.name)
    }

    /// All objects of a kind, in one namespace or in all. Empty where the kind is not installed.
    func list(_ resource: APIResource, namespace: String? = nil) async throws(APIError) -> [Value] {
        do {
            return try await client.list(resource, APISelection(namespace: namespace)).compactMap { Self.value($0) }
        } catch {
            if error.isNotFound { return [] }
            throw error
        }
    }

    /// Makes fields of an object what is wished for.
    func apply(
        _ place: ObjectPlace, _ body: JSONLiteral, as manager: String, force: Bool = false, subresource: String? = nil
    ) async throws(APIError) -> Value? {
        Self.value(
            try await client.apply(
                place.resource, place.key, body.text, fieldManager: manager, force: force, subresource: subresource))
    }

    /// Makes an object, or replaces the version of it that the body names. A conflict where that is not the newest.
    func store(_ place: ObjectPlace, _ body: JSONLiteral) async throws(APIError) -> Value? {
        let write = APIWrite(fieldManager: Installation.fieldManager)
        let isNew = body["metadata"]?["resourceVersion"] == nil
        let bytes =
            isNew
            ? try await client.create(place.resource, namespace: place.namespace, body.text, write)
            : try await client.replace(place.resource, place.key, body.text, write)
        return Self.value(bytes)
    }

    /// Deletes an object; it does not matter whether it was there.
    func delete(_ place: ObjectPlace) async throws(APIError) {
        do {
            try await client.delete(place.resource, place.key, propagation: .background)
        } catch {
            if !error.isNotFound { throw error }
        }
    }

    /// What is no JSON is as if it were not there: an API server sends none.
    private static func value(_ bytes: [UInt8]) -> Value? { try? Value.json(bytes) }
}
