import Addresses
import Hub
import Kubernetes
import Policy
import Reachability
import Records

/// Says of a record what the policies of now say of it, and what would change that.
struct DecisionExplainer {
    private let cluster: Cluster

    init(_ cluster: Cluster) { self.cluster = cluster }

    /// nil: it is no decision.
    func explain(_ line: [UInt8]) -> HubExplanation? {
        guard let record = try? Record(line: line), let verdict = record.verdict else { return nil }
        return record.connection == nil ? request(record, verdict) : connection(record, verdict)
    }

    // MARK: Connections

    private func connection(_ record: Record, _ verdict: Record.Verdict) -> HubExplanation? {
        guard let connection = asked(record) else { return nil }
        let explanation = Explanation(cluster.list, connection)
        let isAllowed = explanation.decision.enforced.isAllowed
        return HubExplanation(
            isAllowed: isAllowed, answer: explanation.answer, sides: explanation.sides.map(side),
            changes: explanation.suggestion?.changes.map { .init(text: $0.text, yaml: $0.yaml) } ?? [],
            isChanged: isAllowed != (verdict == .allowed))
    }

    /// The connection, by the addresses that it had: who has them now is what the policies of now are about.
    private func asked(_ record: Record) -> Connection? {
        guard let said = record.connection, let source = record.source.flatMap({ Address($0.address) }),
            let target = record.destination, let destination = Address(target.endpoint.address),
            let proto = IPProtocol(said.transport)
        else { return nil }
        let port = said.icmp.map { UInt16($0.type) << 8 | UInt16($0.code) } ?? target.endpoint.port ?? 0
        return Connection(
            source: cluster.list.party(source), destination: cluster.list.party(destination),
            traffic: Traffic(proto, port: port), isThroughService: said.original != nil)
    }

    private func side(_ side: Explanation.Side) -> HubExplanation.Side {
        HubExplanation.Side(
            heading: side.heading, isAllowed: side.ruling.isAllowed,
            findings: side.findings.map { finding in
                HubExplanation.Finding(
                    policy: "\(finding.policy)", rule: finding.rule, text: finding.text,
                    isDecisive: finding.isDecisive, file: finding.position?.file, line: finding.position?.line)
            }, conclusion: side.conclusion)
    }

    // MARK: Requests

    /// What the rules said when it was decided: that is in the record itself.
    private func request(_ record: Record, _ verdict: Record.Verdict) -> HubExplanation {
        let isAllowed = verdict == .allowed
        let trace = record.trace.filter { !$0.isStaged }
        let findings = trace.map { step in
            let rule = policy(step.policy)?.rules.first { $0.name == step.rule }
            return HubExplanation.Finding(
                policy: "AccessPolicy \(step.policy)", rule: step.rule, text: Self.words(step.result),
                isDecisive: step.result == "matched" || (!isAllowed && step.rule == record.rule),
                file: rule?.position?.file, line: rule?.position?.line)
        }
        let heading = record.policy.isEmpty ? "No policy is in force there" : "AccessPolicy \(record.policy)"
        return HubExplanation(
            isAllowed: isAllowed,
            answer: isAllowed ? "The request was allowed." : "The request was denied: \(Self.why(record)).",
            sides: [
                HubExplanation.Side(
                    heading: heading, isAllowed: isAllowed, findings: findings,
                    conclusion: Self.conclusion(record, isAllowed, trace))
            ], changes: isAllowed ? [] : RequestAdvice(record).changes)
    }

    private static func conclusion(_ record: Record, _ isAllowed: Bool, _ trace: [Record.Step]) -> String {
        if isAllowed { return "Rule \(record.rule) allows it." }
        if let matched = trace.first(where: { $0.result == "matched" }) {
            return "Rule \(matched.rule) matches, but \(words(record.reason)) denies it all the same."
        }
        return trace.isEmpty ? "No rule was asked." : "No rule allows it."
    }

    /// The reason and its explanation, of which some are sentences and some are not.
    private static func why(_ record: Record) -> String {
        let explanation = record.explanation.hasSuffix(".") ? String(record.explanation.dropLast()) : record.explanation
        return explanation.isEmpty ? words(record.reason) : "\(words(record.reason)): \(explanation)"
    }

    private static func words(_ name: String) -> String { name.replacing("_", with: " ") }

    private func policy(_ name: String) -> AccessPolicy? {
        cluster.objects.accessPolicies.first { "\($0.key)" == name }?.value
    }
}
