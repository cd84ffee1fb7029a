import Kubernetes

/// What an installation is to be like, with everything that was typed checked.
struct InstallWish: Equatable {
    /// Where history is kept.
    enum Storage: Equatable {
        /// In the pod, and gone with it.
        case pod
        /// In a volume of that size; an empty class is the cluster's default.
        case volume(size: String, className: String)
    }

    /// A namespace whose Secrets objects may name.
    struct SecretsGrant: Equatable {
        var namespace: String
        /// Empty: all of them.
        var names: [String]
    }

    /// The image of all parts.
    var image: String
    var pullPolicy = "IfNotPresent"
    var pullSecrets: [String] = []
    /// Of the controller.
    var replicas = 2
    /// Pods of each Gateway.
    var gatewayReplicas = 2
    /// How Gateways are reached, where they do not say it themselves.
    var gatewayService = "LoadBalancer"
    var secretsOf: [SecretsGrant] = []
    /// Names of networks are looked for in all ConfigMaps.
    var hasNamedRanges = false
    var hasAgent = true
    var hasHub = true
    var storage = Storage.volume(size: "20Gi", className: "")
    var logLevel = "info"

    /// True when nobody can put another image in its place.
    var isPinned: Bool { image.contains("@sha256:") }

    /// What is wrong with the name of an image; nil: nothing.
    static func imageProblem(_ text: String) -> String? {
        let isWritten = text.unicodeScalars.allSatisfy { isAlphanumeric($0) || "._-/:@".unicodeScalars.contains($0) }
        guard isWritten, let first = text.unicodeScalars.first, isAlphanumeric(first) else {
            return "is no name of an image"
        }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        if parts.count == 2 {
            let digest = parts[1]
            let isDigest = digest.hasPrefix("sha256:") && digest.utf8.count == 71
            return isDigest ? nil : "has no digest behind @: it is sha256: and 64 digits"
        }
        guard parts.count == 1, let name = text.split(separator: "/").last else { return "is no name of an image" }
        guard let colon = name.lastIndex(of: ":"), name.index(after: colon) < name.endIndex else {
            return "names no version: put a tag or, better, a digest behind it"
        }
        return name[colon...] == ":latest" ? "is whatever was pushed last: name a version or, better, a digest" : nil
    }

    private static func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
    }

    /// `ai` or `ai/name`; nil: neither.
    static func grants(_ texts: [String]) -> [SecretsGrant]? {
        var grants: [SecretsGrant] = []
        for text in texts {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard (1...2).contains(parts.count), Names.labelProblem(parts[0]) == nil else { return nil }
            let name = parts.count == 2 ? parts[1] : nil
            if let name, Names.subdomainProblem(name) != nil { return nil }
            if let index = grants.firstIndex(where: { $0.namespace == parts[0] }) {
                // All of them, asked for once, is all of them.
                let all = grants[index].names.isEmpty
                grants[index].names = all || name == nil ? [] : grants[index].names + [name ?? ""]
            } else {
                grants.append(SecretsGrant(namespace: parts[0], names: name.map { [$0] } ?? []))
            }
        }
        return grants
    }
}
