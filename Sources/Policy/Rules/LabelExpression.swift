import Kubernetes

/// A question about the labels of a workload, of its namespace and of its service account.
///
/// Label selectors of Kubernetes are conjunctions of it; Calico's selector language is all of it.
public indirect enum LabelExpression: Hashable, Sendable {
    /// Holds for everything.
    case everything
    /// Holds for nothing: what could not be understood, where matching would widen access.
    case nothing
    /// One label.
    case label(Owner, String, Test)
    /// All hold; none at all: everything.
    case and([LabelExpression])
    /// One holds; none at all: nothing.
    case or([LabelExpression])
    /// It does not hold.
    case not(LabelExpression)

    /// Whose label it is.
    public enum Owner: Hashable, Sendable {
        case workload
        case namespace
        case serviceAccount
    }

    /// What is asked of the value.
    public enum Test: Hashable, Sendable {
        /// It is there, and one of these.
        case isIn(Set<String>)
        /// It is there.
        case exists
        /// It is there, and has this in it.
        case contains(String)
        /// It is there, and begins with this.
        case hasPrefix(String)
        /// It is there, and ends with this.
        case hasSuffix(String)
    }
}

extension LabelExpression {
    /// The same question as a label selector of Kubernetes.
    public init(_ selector: LabelSelector, of owner: Owner = .workload) {
        let parts = selector.requirements.map { requirement -> LabelExpression in
            switch requirement {
            case .isIn(let key, let values): .label(owner, key, .isIn(values))
            case .notIn(let key, let values): .not(.label(owner, key, .isIn(values)))
            case .exists(let key): .label(owner, key, .exists)
            case .doesNotExist(let key): .not(.label(owner, key, .exists))
            }
        }
        self = .all(parts)
    }

    /// A conjunction, as short as it can be written.
    public static func all(_ parts: [LabelExpression]) -> LabelExpression {
        let needed = parts.filter { $0 != .everything }
        return needed.isEmpty ? .everything : needed.count == 1 ? needed[0] : .and(needed)
    }

    /// The label that stands for the name of a namespace, which has it, or of a service account, for which it is asked
    /// in the same way.
    public static let nameKey = "kubernetes.io/metadata.name"

    /// The workload is in one of these namespaces, by name.
    public static func namespaces(_ names: Set<String>) -> LabelExpression {
        .label(.namespace, nameKey, .isIn(names))
    }

    /// True when it holds for the labels.
    ///
    /// - Parameter value: the value of a label, nil when it is not there.
    public func holds(_ value: (Owner, String) -> String?) -> Bool {
        switch self {
        case .everything: true
        case .nothing: false
        case .label(let owner, let key, let test): value(owner, key).map(test.holds) ?? false
        case .and(let parts): parts.allSatisfy { $0.holds(value) }
        case .or(let parts): parts.contains { $0.holds(value) }
        case .not(let part): !part.holds(value)
        }
    }

    /// Every label that the answer may depend on.
    public func visitLabels(_ visit: (Owner, String) -> Void) {
        switch self {
        case .everything, .nothing: break
        case .label(let owner, let key, _): visit(owner, key)
        case .and(let parts), .or(let parts): for part in parts { part.visitLabels(visit) }
        case .not(let part): part.visitLabels(visit)
        }
    }
}

extension LabelExpression.Test {
    /// True when it holds for a value that is there.
    public func holds(_ value: String) -> Bool {
        switch self {
        case .isIn(let values): values.contains(value)
        case .exists: true
        case .contains(let part): part.isEmpty || value.containsText(part)
        case .hasPrefix(let part): value.utf8.starts(with: part.utf8)
        case .hasSuffix(let part): value.utf8.reversed().starts(with: part.utf8.reversed())
        }
    }
}

extension String {
    /// True when the bytes of the other text stand somewhere in it.
    fileprivate func containsText(_ part: String) -> Bool {
        let (text, sought) = (Array(utf8), Array(part.utf8))
        guard sought.count <= text.count else { return false }
        return (0...(text.count - sought.count)).contains { text[$0...].starts(with: sought) }
    }
}
