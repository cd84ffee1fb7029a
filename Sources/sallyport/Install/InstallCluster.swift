import ClusterSource
import Foundation
import Kubernetes

/// A cluster that is installed to, as trees: what `APIClient` does with bytes.
struct InstallCluster: Sendable {
    let client: APIClient
    /// When nothing is waited for any more.
    let end: ContinuousClock.Instant

    /// Whatever time it is, what was just done gets so long.
    private static let least: Duration = .seconds(10)

    /// Where it is, in words.
    var title: String { "\(client.location.server) (\(client.location.origin))" }

    // MARK: What is there

    /// What kind of server it is.
    func facts() async throws -> ServerFacts {
        let (version, groups) = try await reading {
            (try await client.read("/version"), try await client.read("/apis"))
        }
        return ServerFacts(version: try tree(version), groups: try tree(groups))
    }

    /// An object; nil: it is not there, and perhaps not even its kind.
    func get(_ name: ObjectName) async throws -> YAMLTree? {
        guard let resource = name.resource else { return nil }
        do {
            return try tree(try await client.get(resource, NamespacedName(name.namespace, name.name)))
                .setting("kind", to: .text(name.kind))
        } catch let error as APIError where error.isNotFound {
            return nil
        } catch let error as APIError { throw Self.failure(error) }
    }

    /// The objects of a kind; none where there is no such kind.
    func list(
        _ apiVersion: String, _ kind: String, namespace: String? = nil, labels: String? = nil, fields: String? = nil
    ) async throws -> [YAMLTree] {
        guard let resource = ObjectName.resource(apiVersion, kind) else { return [] }
        do {
            let selection = APISelection(namespace: namespace, labels: labels, fields: fields)
            return try await client.list(resource, selection).map { bytes in
                try tree(bytes).setting("kind", to: .text(kind)).setting("apiVersion", to: .text(apiVersion))
            }
        } catch let error as APIError where error.isNotFound {
            return []
        } catch let error as APIError { throw Self.failure(error) }
    }

    // MARK: Changes

    /// Applies an object: the fields that we say are ours, whoever had them.
    func apply(_ object: YAMLTree) async throws {
        guard let name = ObjectName(object), let resource = name.resource else {
            throw Failure(.internal, "an object of the manifests has no name, or an unknown kind")
        }
        try await reading {
            _ = try await client.apply(
                resource, NamespacedName(name.namespace, name.name), Array(object.json.utf8),
                fieldManager: Installation.installer, force: true)
        }
    }

    /// Deletes an object.
    ///
    /// - Returns: false: it was not there.
    @discardableResult
    func delete(_ name: ObjectName) async throws -> Bool {
        guard let resource = name.resource else { return false }
        do {
            try await client.delete(
                resource, NamespacedName(name.namespace, name.name), propagation: .background)
            return true
        } catch  where error.isNotFound {
            return false
        } catch { throw Self.failure(error) }
    }

    /// Asks again and again, a second apart, until there is an answer or time is up.
    ///
    /// - Returns: nil: time is up.
    func wait<T>(_ question: () async throws -> T?) async throws -> T? {
        let clock = ContinuousClock()
        let end = max(end, clock.now + Self.least)
        while true {
            do { if let answer = try await question() { return answer } } catch let failure as Failure
                where failure.code == .unavailable
            {
                // A server that is not there for a moment is waited for like anything else.
                if clock.now >= end { throw failure }
            }
            guard clock.now < end else { return nil }
            try await Task.sleep(for: .seconds(1))
        }
    }

    // MARK: Words

    @discardableResult
    private func reading<T>(_ body: () async throws -> T) async throws -> T {
        do { return try await body() } catch let error as APIError { throw Self.failure(error) }
    }

    private func tree(_ bytes: [UInt8]) throws -> YAMLTree {
        do { return try YAMLTree(json: bytes) } catch {
            throw Failure(.unavailable, "what the API server says is not JSON: \(error)")
        }
    }

    private static func failure(_ error: APIError) -> Failure {
        if error.isForbidden || error.isUnauthorized {
            return Failure(
                .notPermitted, "\(error)", advice: "installing takes the rights of a cluster's administrator")
        }
        return Failure(error.isTemporary ? .unavailable : .badInput, "\(error)")
    }
}
