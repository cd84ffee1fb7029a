import Kubernetes

/// How something is written.
public struct APIWrite: Sendable {
    /// Who owns the fields that are written.
    public var fieldManager: String?
    /// Part of the object: `status`, `scale`, ...; nil: the object.
    public var subresource: String?
    /// True: nothing is stored, and everything is checked.
    public var dryRun: Bool

    /// A way to write.
    public init(fieldManager: String? = nil, subresource: String? = nil, dryRun: Bool = false) {
        self.fieldManager = fieldManager
        self.subresource = subresource
        self.dryRun = dryRun
    }

    var query: [(String, String)] {
        (fieldManager.map { [("fieldManager", $0)] } ?? []) + (dryRun ? [("dryRun", "All")] : [])
    }
}

/// What happens to objects that the deleted one owns.
public enum APIPropagation: String, Sendable {
    /// They are deleted later, by the server.
    case background = "Background"
    /// They are deleted first.
    case foreground = "Foreground"
    /// They stay.
    case orphan = "Orphan"
}

extension APIClient {
    /// Makes an object that is not there yet; also asks questions that are objects, such as a TokenReview. Gives the
    /// object as it is then.
    public func create(
        _ resource: APIResource, namespace: String? = nil, _ body: [UInt8], _ write: APIWrite = APIWrite()
    ) async throws(APIError) -> [UInt8] {
        try await send(
            APIRequest(method: "POST", path: resource.path(namespace: namespace), query: write.query, body: body))
    }

    /// Makes a part of an object, such as a pod's eviction or a service account's token.
    public func create(
        _ resource: APIResource, _ name: NamespacedName, subresource: String, _ body: [UInt8]
    ) async throws(APIError) -> [UInt8] {
        try await send(APIRequest(method: "POST", path: resource.path(name, subresource), body: body))
    }

    /// Server-side apply: the object has the fields of `body` afterwards, and those that the same manager applied
    /// before and not now are gone.
    ///
    /// - Parameters:
    ///   - body: JSON or YAML, with apiVersion, kind and name.
    ///   - force: true takes fields from other managers; else they are a conflict.
    public func apply(
        _ resource: APIResource, _ name: NamespacedName, _ body: [UInt8], fieldManager: String, force: Bool = false,
        subresource: String? = nil, dryRun: Bool = false
    ) async throws(APIError) -> [UInt8] {
        let write = APIWrite(fieldManager: fieldManager, subresource: subresource, dryRun: dryRun)
        return try await send(
            APIRequest(
                method: "PATCH", path: resource.path(name, subresource),
                query: write.query + [("force", force ? "true" : "false")], body: body,
                contentType: "application/apply-patch+yaml"))
    }

    /// JSON merge patch (RFC 7386).
    public func mergePatch(
        _ resource: APIResource, _ name: NamespacedName, _ body: [UInt8], _ write: APIWrite = APIWrite()
    ) async throws(APIError) -> [UInt8] {
        try await patch(resource, name, body, write, "application/merge-patch+json")
    }

    /// JSON patch (RFC 6902).
    public func jsonPatch(
        _ resource: APIResource, _ name: NamespacedName, _ body: [UInt8], _ write: APIWrite = APIWrite()
    ) async throws(APIError) -> [UInt8] {
        try await patch(resource, name, body, write, "application/json-patch+json")
    }

    /// Writes a whole object. With `metadata.resourceVersion` in it, only over that version: else a conflict.
    public func replace(
        _ resource: APIResource, _ name: NamespacedName, _ body: [UInt8], _ write: APIWrite = APIWrite()
    ) async throws(APIError) -> [UInt8] {
        try await send(
            APIRequest(method: "PUT", path: resource.path(name, write.subresource), query: write.query, body: body))
    }

    /// Deletes an object.
    ///
    /// - Parameters:
    ///   - uid: only this one of the name; another is a conflict.
    ///   - resourceVersion: only in this version; another is a conflict.
    public func delete(
        _ resource: APIResource, _ name: NamespacedName, propagation: APIPropagation? = nil, uid: String? = nil,
        resourceVersion: String? = nil, dryRun: Bool = false
    ) async throws(APIError) {
        let conditions = [("uid", uid), ("resourceVersion", resourceVersion)].compactMap { name, value in
            value.map { "\"\(name)\":\(jsonText($0))" }
        }
        var members = ["\"apiVersion\":\"v1\"", "\"kind\":\"DeleteOptions\""]
        if let propagation { members.append("\"propagationPolicy\":\"\(propagation.rawValue)\"") }
        if !conditions.isEmpty { members.append("\"preconditions\":{\(conditions.joined(separator: ","))}") }
        let body = "{\(members.joined(separator: ","))}"
        _ = try await send(
            APIRequest(
                method: "DELETE", path: resource.path(name, nil), query: APIWrite(dryRun: dryRun).query,
                body: Array(body.utf8)))
    }

    private func patch(
        _ resource: APIResource, _ name: NamespacedName, _ body: [UInt8], _ write: APIWrite, _ type: String
    ) async throws(APIError) -> [UInt8] {
        try await send(
            APIRequest(
                method: "PATCH", path: resource.path(name, write.subresource), query: write.query, body: body,
                contentType: type))
    }
}

/// A text as JSON writes it.
func jsonText(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"", "\\": result += "\\\(scalar)"
        case _ where scalar.value < 0x20:
            let digits = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
