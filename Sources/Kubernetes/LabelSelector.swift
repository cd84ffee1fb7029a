/// A label selector as Kubernetes defines it: every requirement must hold; none at all selects everything.
///
/// Source: the LabelSelector type of meta/v1 and the label syntax of Kubernetes' documentation.
public struct LabelSelector: Hashable, Sendable {
    /// One entry of `matchExpressions`; an entry of `matchLabels` is `isIn` with one value.
    public enum Requirement: Hashable, Sendable {
        /// The label is there and has one of the values.
        case isIn(String, Set<String>)
        /// The label is absent, or has none of the values.
        case notIn(String, Set<String>)
        /// The label is there.
        case exists(String)
        /// The label is absent.
        case doesNotExist(String)
    }

    /// All must hold.
    public var requirements: [Requirement]

    /// Selects everything: the empty selector.
    public static let everything = LabelSelector([])

    /// A selector of requirements.
    public init(_ requirements: [Requirement]) {
        self.requirements = requirements
    }

    /// A selector of `matchLabels` alone.
    public init(matchLabels: [String: String]) {
        requirements = matchLabels.sorted { $0.key < $1.key }.map { .isIn($0.key, [$0.value]) }
    }

    /// True when all requirements hold for the labels.
    public func matches(_ labels: [String: String]) -> Bool {
        requirements.allSatisfy { $0.matches(labels) }
    }

    /// True when no requirement is about another label.
    public func asksOnly(for key: String) -> Bool { requirements.allSatisfy { $0.key == key } }
}

extension LabelSelector.Requirement {
    /// The label that it is about.
    public var key: String {
        switch self {
        case .isIn(let key, _), .notIn(let key, _), .exists(let key), .doesNotExist(let key): key
        }
    }
}

extension LabelSelector.Requirement {
    /// True when it holds for the labels.
    public func matches(_ labels: [String: String]) -> Bool {
        switch self {
        case .isIn(let key, let values): labels[key].map(values.contains) ?? false
        case .notIn(let key, let values): labels[key].map { !values.contains($0) } ?? true
        case .exists(let key): labels[key] != nil
        case .doesNotExist(let key): labels[key] == nil
        }
    }
}
