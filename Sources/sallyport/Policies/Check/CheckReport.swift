import Kubernetes
import ModelTraffic
import Policy
import Reachability

/// Everything that was found.
struct CheckReport {
    /// By place.
    let findings: [CheckFinding]
    /// As it was typed.
    let directory: String
    /// How many objects were read.
    let objects: Int
    /// How many rules of guarantees hold.
    let proved: Int
    /// True: the objects have mistakes, and nothing else was looked for.
    let hasMistakes: Bool

    init(_ cluster: Cluster) {
        directory = cluster.directory
        objects = cluster.objects.count
        hasMistakes = !cluster.snapshot.mistakes.isEmpty
        guard !hasMistakes else {
            findings = cluster.snapshot.mistakes.map(CheckFinding.init(mistake:)).sorted(by: Self.isBefore)
            proved = 0
            return
        }
        let proofs = cluster.proofs(staged: false)
        proved = proofs.count(where: \.holds)
        let found = Self.unread(cluster) + Self.lint(cluster) + Self.failures(proofs, cluster)
        findings = found.sorted(by: Self.isBefore)
    }

    /// What the shell is told.
    func exitCode(isStrict: Bool) -> Int32 {
        if hasMistakes { return Failure.Code.badInput.rawValue }
        let isBad = findings.contains { $0.level == .error || (isStrict && $0.level == .warning) }
        return isBad ? Failure.Code.findings.rawValue : 0
    }

    /// By place; what has none comes last.
    private static func isBefore(_ a: CheckFinding, _ b: CheckFinding) -> Bool {
        guard let x = a.position, let y = b.position else {
            return (a.position == nil ? 1 : 0, a.rule, a.message) < (b.position == nil ? 1 : 0, b.rule, b.message)
        }
        return (x.file, x.line, x.column, a.rule, a.message) < (y.file, y.line, y.column, b.rule, b.message)
    }

    // MARK: What is looked for

    private static func unread(_ cluster: Cluster) -> [CheckFinding] {
        cluster.unreadPolicies.map { _, note in
            CheckFinding(
                rule: "unread-policies", level: .warning, position: note.position, object: nil, path: note.path,
                message: note.message)
        }
    }

    private static func lint(_ cluster: Cluster) -> [CheckFinding] {
        Lint.findings(cluster.list, cluster.objects, notes: cluster.snapshot.notes).map { CheckFinding($0) }
    }

    private static func failures(_ proofs: [Proof], _ cluster: Cluster) -> [CheckFinding] {
        let words = WitnessWords(cluster.list)
        var found = proofs.compactMap { finding($0, words, isStaged: false) } + doubts(proofs)
        guard cluster.list.policies.contains(where: \.isStaged) else { return found }
        let held = Set(proofs.filter(\.holds).map(Self.key))
        found += cluster.proofs(staged: true).filter { held.contains(key($0)) }
            .compactMap { finding($0, words, isStaged: true) }
        return found
    }

    private static func key(_ proof: Proof) -> [String] { [proof.guarantee.name, proof.rule] }

    /// What holds as far as could be seen.
    private static func doubts(_ proofs: [Proof]) -> [CheckFinding] {
        proofs.filter(\.holds).flatMap { proof in
            proof.remarks.map {
                CheckFinding(
                    rule: "guarantee-uncertain", level: .warning, position: proof.position, object: proof.guarantee,
                    message: "rule \(proof.rule) holds as far as is known: \($0)")
            }
        }
    }

    private static func finding(_ proof: Proof, _ words: WitnessWords, isStaged: Bool) -> CheckFinding? {
        func finding(_ rule: String, _ level: CheckFinding.Level, _ message: String) -> CheckFinding {
            CheckFinding(
                rule: rule, level: level, position: proof.position, object: proof.guarantee, message: message,
                isStaged: isStaged)
        }
        switch proof.result {
        case .proved: return nil
        case .vacuous(let side):
            return finding(
                "guarantee-vacuous", .warning, "rule \(proof.rule) says nothing: nobody is meant by `\(side)`")
        case .refuted(let witness):
            let text =
                "rule \(proof.rule) (\(proof.promise)) \(isStaged ? "would not hold" : "does not hold"): "
                + "\(words.finding(proof.promise, witness)); \(words.reason(witness))"
            return isStaged
                ? finding("guarantee-refuted-when-staged", .warning, text) : finding("guarantee-refuted", .error, text)
        }
    }
}
