import ClusterSource
import Foundation
import Hindsight
import Kubernetes

/// The policy that is promoted, and where it is kept.
struct PromotionTarget: Sendable {
    /// Which.
    let reference: ObjectReference
    /// What records call it.
    let subject: Promotion.Subject
    private let place: Place

    private enum Place: Sendable {
        case file(String)
        case cluster(ClusterAccess)
    }

    /// - Parameter place: a directory, or a cluster.
    init(kind: String, name: String, in place: ObjectPlace) async throws {
        let contents = try await place.read()
        let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let (namespace, own) = parts.count == 2 ? (parts[0], parts[1]) : ("", name)
        guard
            let (found, metadata) = contents.objects.stageable.first(where: { reference, _ in
                reference.kind.lowercased() == kind.lowercased() && reference.name == own
                    && reference.namespace == namespace
            })
        else {
            throw Failure(
                .badInput, "there is no \(kind) \(name) in \(place.title)",
                advice: "name the kind, and namespace/name; a policy of the whole cluster has no namespace")
        }
        reference = found
        self.place = try Self.place(of: found, metadata, in: place)
        switch found.kind {
        case Budget.kind: subject = .budget("\(namespace)/\(own)")
        case AccessPolicy.kind: subject = .policy("\(namespace)/\(own)")
        default: subject = .policy("\(found.kind) \(name)")
        }
    }

    private static func place(
        of found: ObjectReference, _ metadata: ObjectMeta, in place: ObjectPlace
    ) throws -> Place {
        if let cluster = place.cluster { return .cluster(cluster) }
        guard let directory = place.directory, let position = metadata.position else {
            throw Failure(.internal, "\(found) has no place in a file")
        }
        return .file("\(directory.path)/\(position.file)")
    }

    /// Changes the annotation.
    func put(_ mode: EnforcementEdit.Mode) async throws {
        switch place {
        case .file(let file): try put(mode, in: file)
        case .cluster(let cluster): try await put(mode, in: cluster)
        }
    }

    private func put(_ mode: EnforcementEdit.Mode, in cluster: ClusterAccess) async throws {
        let client = try cluster.client(logger: .silent)
        defer { client.shutdown() }
        let value = mode == .staged ? "\"staged\"" : "null"
        let patch = #"{"metadata":{"annotations":{"sallyport.dev/enforcement":\#(value)}}}"#
        do {
            try await client.patch(reference, Array(patch.utf8))
        } catch let error as APIError {
            throw Failure(api: error)
        }
    }

    private func put(_ mode: EnforcementEdit.Mode, in file: String) throws {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw Failure(.inputOutput, "\(file) cannot be read")
        }
        do throws(EnforcementEdit.Failure) {
            let changed = try EnforcementEdit(reference, file: file).apply(mode, to: Array(data))
            try Self.write(changed, to: file)
        } catch {
            if case .isSo = error, mode == .staged { return }
            throw Failure(.badInput, "\(reference): \(error.words)")
        }
    }

    private static func write(_ bytes: [UInt8], to file: String) throws(EnforcementEdit.Failure) {
        let mode = (try? FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int) ?? 0o644
        do {
            try AtomicFile.replace(file, String(decoding: bytes, as: UTF8.self), mode: mode_t(mode))
        } catch {
            throw .notEditable(nil)
        }
    }
}

extension APIClient {
    /// Merges something into an object of a kind that we read.
    fileprivate func patch(_ reference: ObjectReference, _ patch: [UInt8]) async throws {
        var found: APIResource?
        if let kind = ServedKind.find(group: reference.group, kind: reference.kind) { found = try await resource(kind) }
        guard let found else { throw Failure(.badInput, "\(reference): the cluster has no such kind") }
        let write = APIWrite(fieldManager: "sallyport-promote")
        _ = try await mergePatch(found, NamespacedName(reference.namespace, reference.name), patch, write)
    }
}
