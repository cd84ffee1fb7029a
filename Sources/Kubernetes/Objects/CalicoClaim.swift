/// What can be believed of a Calico policy with mistakes: what is denied because of it.
public struct CalicoClaim: Hashable, Sendable {
    /// True for kinds that are only watched, and with the annotation `sallyport.dev/enforcement: staged` where that
    /// can be read.
    public var isStaged = false
    /// Its tier; nil when that cannot be read: it may be any.
    public var tier: String?
    /// Its order; nil when that cannot be read: it may be the first. Infinite: it has none.
    public var order: Double?
    /// What it is about; nil when that cannot be read: it may be all that it can be about.
    public var subject: CalicoSubject?

    /// What a policy without mistakes says.
    init(_ spec: CalicoPolicySpec, isStaged: Bool) {
        self.init(isStaged: isStaged, tier: spec.tier, order: spec.order, subject: spec.subject)
    }

    /// Of a policy without mistakes.
    init(isStaged: Bool, tier: String, order: Double?, subject: CalicoSubject?) {
        self.isStaged = isStaged
        self.tier = tier
        self.order = order ?? .infinity
        self.subject = subject
    }

    /// What can be believed of the document of a policy; nil for other kinds.
    init?(_ document: Value, _ kind: Kind, _ soundness: Soundness) {
        guard kind.objectGroup == CalicoTier.group, kind.name.hasSuffix("Policy") else { return nil }
        let annotation = document["metadata"]?["annotations"]?[enforcementAnnotation]?.text
        isStaged = kind.name.hasPrefix("Staged") || (annotation == "staged" && soundness.holds("metadata"))
        let context = ReadingContext(file: "", object: nil, hidesValues: true, unknownFields: .ignored)
        defer { context.forgetReaders() }
        guard let spec = Fields(document, context)["spec"] else { return }
        let isComplete = soundness.holdsWithout(fieldOf: "spec", otherThan: CalicoPolicySpec.fields)
        /// Whether what the field says, or that it is absent, can be believed.
        func holds(_ key: String) -> Bool { spec.has(key) ? soundness.holds("spec.\(key)") : isComplete }
        if holds("tier") { tier = spec.calicoTier }
        if holds("order") { order = spec.calicoOrder ?? .infinity }
        let selectors = ["selector", "namespaceSelector", "serviceAccountSelector"]
        // A staged policy of Kubernetes has another selector, which is not looked at.
        if selectors.allSatisfy(holds), !spec.has("podSelector") {
            subject = CalicoSubject(spec, isGlobal: !kind.isNamespaced)
        }
    }
}
