import Kubernetes

/// Compiles the `TokenIssuer`s of a snapshot, and says of each how it is.
struct TokenIssuerCompiler {
    private let objects: Objects
    private let fetched: [NamespacedName: FetchedKeys]
    /// Key sets that were read before, by the digest of their text.
    private let known: [KeyDigest: TokenKeySet]
    private(set) var issuers: [CompiledIssuer] = []
    private(set) var index: [ExactText: [ExactText: Int]] = [:]
    private(set) var statuses: [ObjectStatus] = []

    init(_ objects: Objects, fetched: [NamespacedName: FetchedKeys], previous: TokenVerifier?) {
        self.objects = objects
        self.fetched = fetched
        let sets = previous?.issuers.compactMap(\.keys) ?? []
        known = Dictionary(sets.map { ($0.digest, $0) }, uniquingKeysWith: { first, _ in first })
    }

    mutating func compile() {
        let invalid = objects.invalid.filter {
            $0.reference.group == TokenIssuer.group && $0.reference.kind == TokenIssuer.kind
        }
        let broken = Set(invalid.map { NamespacedName($0.reference.namespace, $0.reference.name) })
        for object in invalid {
            let condition = Condition(type: "Accepted", status: .false, reason: "Invalid", message: object.reason)
            statuses.append(
                ObjectStatus(reference: object.reference, conditions: [condition], position: object.position))
        }
        for issuer in objects.tokenIssuers.values.sorted(by: Self.winsOver) {
            guard !broken.contains(issuer.key) else {
                refuse(issuer, "another object with this name has mistakes")
                continue
            }
            do throws(CertificateSelection.Mistake) {
                add(issuer, binding: try issuer.bindings.map(SourceBinding.init))
            } catch {
                refuse(issuer, "bindings.certificates.\(error)")
            }
        }
        statuses.sort {
            ($0.reference.namespace, $0.reference.name) < ($1.reference.namespace, $1.reference.name)
        }
    }

    private mutating func refuse(_ issuer: TokenIssuer, _ message: String) {
        statuses.append(issuer.status([issuer.condition("Accepted", false, "Invalid", message)]))
    }

    /// Oldest first, then by name; one of unknown age is younger than every other.
    private static func winsOver(_ a: TokenIssuer, _ b: TokenIssuer) -> Bool {
        let ages = (a.metadata.creationTimestamp ?? .max, b.metadata.creationTimestamp ?? .max)
        return ages.0 == ages.1 ? a.key < b.key : ages.0 < ages.1
    }

    /// An audience of an issuer belongs to the object that had it first. Were a token of two, whoever may write a
    /// second object could change what it means to the policies of the first.
    private mutating func add(_ issuer: TokenIssuer, binding: SourceBinding?) {
        let name = ExactText(issuer.issuer)
        var taken: [String] = []
        for audience in issuer.audiences {
            if let holder = index[name]?[ExactText(audience)] {
                taken.append("\(issuers[holder].name) has an audience of this issuer and comes first")
            } else {
                index[name, default: [:]][ExactText(audience)] = issuers.count
            }
        }
        let (keys, note) = keys(of: issuer)
        let compiled = CompiledIssuer(issuer, binding: binding, keys: keys, note: note)
        issuers.append(compiled)
        statuses.append(issuer.status([issuer.accepted(taken), compiled.resolved]))
    }

    /// The issuer's keys, and what is not right with them although they can be used.
    private func keys(of issuer: TokenIssuer) -> (keys: Result<TokenKeySet, KeyTrouble>, note: String?) {
        switch issuer.jwks {
        case .inline(let text): return (read(Array(text.utf8)), nil)
        case .secret(let reference):
            let name = NamespacedName(issuer.metadata.namespace, reference.name)
            guard let data = objects.secrets[name]?.data[reference.key] else {
                return (.failure(KeyTrouble("there is no Secret \(name) with the key \(reference.key)")), nil)
            }
            return (data.reveal(read), nil)
        case .fetched(let source):
            guard let result = fetched[issuer.key], result.source == source, let keys = result.keys else {
                let problem = fetched[issuer.key].flatMap { $0.source == source ? $0.problem : nil }
                return (.failure(KeyTrouble(problem ?? "not fetched yet")), nil)
            }
            return (.success(keys), result.problem)
        }
    }

    private func read(_ text: [UInt8]) -> Result<TokenKeySet, KeyTrouble> {
        if let keys = known[text.withUnsafeBytes { KeyDigest(hashing: $0) }] { return .success(keys) }
        do { return .success(try TokenKeySet(text)) } catch { return .failure(KeyTrouble(error.description)) }
    }
}

extension CompiledIssuer {
    /// Condition `ResolvedRefs`: true when there are keys and nothing is wrong with them.
    fileprivate var resolved: Condition {
        guard let keyProblem else { return object.condition("ResolvedRefs", true, "ResolvedRefs", "") }
        let (reason, effect) =
            keys == nil
            ? ("KeysUnavailable", "its tokens are refused") : ("KeysPartlyUsable", "the other keys are used")
        return object.condition("ResolvedRefs", false, reason, "\(keyProblem); \(effect)")
    }
}

extension TokenIssuer {
    fileprivate func accepted(_ taken: [String]) -> Condition {
        guard let first = taken.first else { return condition("Accepted", true, "Accepted", "") }
        let rest = taken.count < audiences.count ? "; in effect for its other audiences" : ""
        return condition("Accepted", false, "Conflicted", first + rest)
    }

    fileprivate func condition(_ type: String, _ holds: Bool, _ reason: String, _ message: String) -> Condition {
        Condition(
            type: type, status: holds ? .true : .false, reason: reason, message: message,
            observedGeneration: metadata.generation)
    }

    fileprivate func status(_ conditions: [Condition]) -> ObjectStatus {
        ObjectStatus(reference: reference, conditions: conditions, position: metadata.position)
    }
}
