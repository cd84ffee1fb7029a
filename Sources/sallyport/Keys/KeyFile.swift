import Access
import Foundation
import Kubernetes

/// The file of one access key: where it is and what it says.
enum KeyFile {
    /// `keys/NAME.yaml`, or `keys/NAMESPACE/NAME.yaml` outside the namespace `default`.
    static func path(of name: NamespacedName, in directory: String) -> String {
        let folder = name.namespace == "default" ? "keys" : "keys/\(name.namespace)"
        return "\(directory)/\(folder)/\(name.name).yaml"
    }

    /// The object, with the hash of the key and never the key.
    static func text(_ request: KeyRequest, digest: KeyDigest) -> String {
        var lines = [
            "apiVersion: sallyport.dev/v1alpha1",
            "kind: AccessKey",
            "metadata:",
            "  name: \(quoted(request.name.name))",
            "  namespace: \(quoted(request.name.namespace))",
        ]
        if !request.labels.isEmpty {
            lines.append("  labels:")
            lines += request.labels.sorted { $0.key < $1.key }.map { "    \($0.key): \(quoted($0.value))" }
        }
        lines += ["spec:", "  sha256: \(quoted(digest.hexadecimal))"]
        if let owner = request.owner { lines.append("  owner: \(quoted(owner))") }
        if let expires = request.expires { lines.append("  expires: \(quoted(Expiry.text(expires)))") }
        lines.append("  revoked: false")
        if !request.networks.isEmpty {
            lines.append("  networks:")
            lines += request.networks.map { "  - \(quoted($0.description))" }
        }
        if let console = request.console {
            lines += ["  console:", "    role: \(quoted(console.role.rawValue))"]
            if console.content { lines.append("    content: true") }
            if !console.namespaces.isEmpty {
                lines.append("    namespaces:")
                lines += console.namespaces.map { "    - \(quoted($0))" }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A YAML scalar in double quotes: the same text whatever it looks like (`true`, `1e3`, `null`).
    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
