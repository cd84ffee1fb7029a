import Kubernetes

/// A `ModelFilter`, ready to be followed: what a request's model is called behind it, and where it goes.
public struct ModelChooser: Sendable {
    /// What is done for a model.
    public struct Choice: Sendable {
        /// What the backend is asked for; nil: the same.
        public var rename: String?
        /// Where it goes; nil: to the rule's own backends.
        public var target: BackendTarget?

        /// By default: the same model, at the rule's own backends.
        public init(rename: String? = nil, target: BackendTarget? = nil) {
            self.rename = rename
            self.target = target
        }
    }

    /// One rule of the filter.
    struct Rule: Sendable {
        let models: [Pattern]
        let choice: Choice
    }

    let rules: [Rule]
    /// True: a model that no rule matches is not served here.
    public let deniesUnmatched: Bool

    /// Every backend that it may choose.
    public var targets: [BackendTarget] { rules.compactMap(\.choice.target) }

    /// The first rule for the model; nil: it is denied.
    ///
    /// - Parameter model: the name as the caller wrote it.
    public func choose(_ model: String) -> Choice? {
        for rule in rules where rule.models.match(model) { return rule.choice }
        return deniesUnmatched ? nil : Choice()
    }
}

extension FilterCompiler {
    /// The filter that a reference names. One that is missing or wrong is refused, never skipped: it could be the one
    /// that keeps people out.
    func modelChooser(_ ref: ObjectRef) -> Result<ModelChooser, Problem> {
        let namespace = referrer.route.name.namespace
        let described = ref.described(from: namespace)
        guard ref.group == ModelFilter.group, ref.kind == ModelFilter.kind, referrer.route.kind == .http else {
            return .failure(Problem("UnsupportedValue", "filter \(described) is not known"))
        }
        let key = NamespacedName(namespace, ref.name)
        let isBroken = backends.objects.invalid.contains {
            $0.reference.kind == ModelFilter.kind && $0.reference.group == ModelFilter.group
                && $0.reference.name == key.name && $0.reference.namespace == key.namespace
        }
        guard !isBroken, let filter = backends.objects.modelFilters[key] else {
            return .failure(
                Problem("UnsupportedValue", "filter \(described) \(isBroken ? "has mistakes" : "does not exist")"))
        }
        let rules = filter.rules.map { rule in
            ModelChooser.Rule(
                models: rule.models.map(Pattern.init),
                choice: ModelChooser.Choice(rename: rule.rename, target: rule.backend.map(target)))
        }
        return .success(ModelChooser(rules: rules, deniesUnmatched: filter.deniesUnmatched))
    }

    /// A backend of a filter, by the rules for the route's own backends: in another namespace it needs a grant.
    private func target(_ backend: ModelFilter.Backend) -> BackendTarget {
        let destination: BackendTarget.Destination
        switch backends.resolve(backend.ref, port: backend.port, for: referrer) {
        case .success(let cluster): destination = .cluster(cluster)
        case .failure(let problem): destination = .invalid(problem.message)
        }
        return BackendTarget(destination: destination, weight: 1, filters: RuleFilters(), redirect: nil)
    }
}
