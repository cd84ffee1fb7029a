import Access
import Foundation
import Kubernetes

/// The access keys of a directory of objects.
struct KeyStore {
    /// The directory.
    var directory: String

    /// Makes a key and writes its object.
    ///
    /// - Returns: the key, which nothing keeps, and the file of its object.
    func create(_ request: KeyRequest) throws -> (key: AccessKeyText, file: String) {
        let contents = try ObjectDirectory(directory).read()
        if let place = Self.place(of: request.name, in: contents.objects) {
            throw Failure(
                .cannotCreate, "there is an AccessKey \(request.name) already (\(place))",
                advice: "choose another name; a key that was revoked keeps its name, so that records stay clear")
        }
        var generator = SystemRandomNumberGenerator()
        let key = AccessKeyText.generate(using: &generator)
        let file = KeyFile.path(of: request.name, in: directory)
        try AtomicFile.makeDirectory(URL(filePath: file).deletingLastPathComponent().path)
        try AtomicFile.create(file, KeyFile.text(request, digest: key.digest))
        return (key, file)
    }

    /// All keys, by namespace and name, and what is wrong with those that cannot be used.
    func list() throws -> (keys: [AccessKey], mistakes: [Mistake]) {
        let contents = try ObjectDirectory(directory).read()
        let keys = contents.objects.accessKeys.values.sorted { $0.key < $1.key }
        return (keys, contents.mistakes.filter { $0.object?.kind == AccessKey.kind })
    }

    /// What revoking did.
    enum Revocation: Equatable {
        case revoked(file: String)
        case wasRevoked
    }

    /// Sets `spec.revoked` in the file where the key is written, and changes nothing else in it.
    func revoke(_ name: NamespacedName) throws -> Revocation {
        let contents = try ObjectDirectory(directory).read()
        guard let key = contents.objects.accessKeys[name] else {
            throw Failure(
                .badInput, "there is no AccessKey \(name) in \(directory)", advice: "sallyport keys list \(directory)")
        }
        guard !key.revoked else { return .wasRevoked }
        guard let position = key.metadata.position else {
            throw Failure(.internal, "the AccessKey \(name) has no place in a file")
        }
        let file = "\(directory)/\(position.file)"
        let text = try AtomicFile.read(file)
        let edit = RevocationEdit(text: text, name: name, position: position)
        let changed = try edit.apply()
        guard edit.changesNothingElse(changed) else { throw edit.refusal }
        try AtomicFile.replace(file, changed)
        return .revoked(file: file)
    }

    /// Where an AccessKey of that name is written, even one that has mistakes.
    private static func place(of name: NamespacedName, in objects: Objects) -> String? {
        if let key = objects.accessKeys[name] { return key.metadata.position?.description ?? "in memory" }
        let invalid = objects.invalid.first { invalid in
            let reference = invalid.reference
            return reference.kind == AccessKey.kind && NamespacedName(reference.namespace, reference.name) == name
        }
        return invalid.map { $0.position?.description ?? "in memory" }
    }
}
