import Access
import Kubernetes
import Synchronization

/// Keys that open the console, one of each kind, and one that does not.
public final class ConsoleKeys: Sendable {
    /// Their texts: `operator`, `viewer`, `ai` (sees the namespace `ai` only), `none`;
    /// `reader` and `aireader`, who may read prompts and answers, too.
    public let texts: [String: String]
    private let state: Mutex<AccessTable>

    /// New keys.
    public init() {
        var generator = SystemRandomNumberGenerator()
        var texts: [String: String] = [:]
        for name in ["operator", "viewer", "ai", "none", "reader", "aireader"] {
            texts[name] = AccessKeyText.generate(using: &generator).reveal { $0 }
        }
        self.texts = texts
        state = Mutex(Self.table(texts))
    }

    /// The keys in force.
    public var table: AccessTable { state.withLock { $0 } }

    /// Takes a key out of force.
    public func revoke(_ name: String) {
        let left = texts.filter { $0.key != name }
        state.withLock { $0 = Self.table(left) }
    }

    private static func table(_ texts: [String: String]) -> AccessTable {
        let grants: [String: String] = [
            "operator": "console: {role: Operator}", "viewer": "console: {role: Viewer}",
            "ai": "console: {role: Viewer, namespaces: [ai]}", "none": "owner: nobody",
            "reader": "console: {role: Viewer, content: true}",
            "aireader": "console: {role: Viewer, namespaces: [ai], content: true}",
        ]
        let yaml = texts.sorted { $0.key < $1.key }.map { name, text in
            """
            apiVersion: sallyport.dev/v1alpha1
            kind: AccessKey
            metadata: {name: \(name), namespace: ops}
            spec:
              sha256: \(AccessKeyText(text)?.digest.hexadecimal ?? "")
              \(grants[name] ?? "")
            """
        }.joined(separator: "\n---\n")
        let snapshot = ObjectDecoder.snapshot(files: [("keys.yaml", Array(yaml.utf8))], revision: 1)
        return AccessTable(snapshot.objects, revision: 1)
    }
}
