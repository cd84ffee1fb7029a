import Kubernetes

// Calico gives endpoints the labels of their namespace and service account with prefixes, and some of its own. Here
// those are questions about the namespace, the service account, or names.

extension LabelExpression {
    /// A selector of Calico, as it asks about workloads.
    init(endpoints selector: CalicoSelector) {
        self.init(selector, all: .everything, global: .nothing, label: Self.endpointLabel)
    }

    /// A selector of Calico that asks about the namespace of workloads; all of them are in one.
    init(namespaces selector: CalicoSelector) {
        self.init(selector, all: .everything, global: .nothing) { Self.ownedLabel(.namespace, $0, $1) }
    }

    /// A selector of Calico that asks about the service account of workloads; all of them have one.
    init(serviceAccounts selector: CalicoSelector) {
        self.init(selector, all: .everything, global: .nothing) { Self.ownedLabel(.serviceAccount, $0, $1) }
    }

    /// A selector of Calico with what `all()`, `global()` and its labels stand for, as short as it can be written.
    private init(
        _ selector: CalicoSelector, all: LabelExpression, global: LabelExpression,
        label: (String, Test) -> LabelExpression
    ) {
        switch selector {
        case .all: self = all
        case .global: self = global
        case .label(_, .isIn(let values)) where values.isEmpty: self = .nothing
        case .label(let key, let test): self = label(key, Test(test))
        case .not(let part): self = .opposite(LabelExpression(part, all: all, global: global, label: label))
        case .and(let parts):
            self = .every(parts.map { LabelExpression($0, all: all, global: global, label: label) })
        case .or(let parts):
            self = .some(parts.map { LabelExpression($0, all: all, global: global, label: label) })
        }
    }

    /// A label of an endpoint.
    private static func endpointLabel(_ key: String, _ test: Test) -> LabelExpression {
        switch key {
        case "projectcalico.org/namespace": .label(.namespace, nameKey, test)
        case "projectcalico.org/serviceaccount": .label(.serviceAccount, nameKey, test)
        case "projectcalico.org/orchestrator": test.holds("k8s") ? .everything : .nothing
        default:
            if key.hasPrefix("pcns.") {
                ownedLabel(.namespace, String(key.dropFirst(5)), test)
            } else if key.hasPrefix("pcsa.") {
                ownedLabel(.serviceAccount, String(key.dropFirst(5)), test)
            } else {
                .label(.workload, key, test)
            }
        }
    }

    /// A label of a namespace or service account. Both have one for their name in Calico; the one that Kubernetes gives
    /// to namespaces no service account has.
    private static func ownedLabel(_ owner: Owner, _ key: String, _ test: Test) -> LabelExpression {
        if key == "projectcalico.org/name" { return .label(owner, nameKey, test) }
        return owner == .serviceAccount && key == nameKey ? .nothing : .label(owner, key, test)
    }

    /// All hold, as short as it can be written.
    static func every(_ parts: [LabelExpression]) -> LabelExpression {
        parts.contains(.nothing) ? .nothing : .all(parts)
    }

    /// One holds, as short as it can be written.
    private static func some(_ parts: [LabelExpression]) -> LabelExpression {
        if parts.contains(.everything) { return .everything }
        let needed = parts.filter { $0 != .nothing }
        return needed.isEmpty ? .nothing : needed.count == 1 ? needed[0] : .or(needed)
    }

    private static func opposite(_ part: LabelExpression) -> LabelExpression {
        switch part {
        case .everything: .nothing
        case .nothing: .everything
        case .not(let inner): inner
        default: .not(part)
        }
    }
}

extension LabelExpression.Test {
    /// The same question.
    init(_ test: CalicoSelector.Test) {
        switch test {
        case .exists: self = .exists
        case .isIn(let values): self = .isIn(values)
        case .contains(let text): self = .contains(text)
        case .startsWith(let text): self = .hasPrefix(text)
        case .endsWith(let text): self = .hasSuffix(text)
        }
    }
}
