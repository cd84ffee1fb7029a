import Addresses
import Hub
import Kubernetes
import ModelTraffic
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
        let why = record.explanation.isEmpty ? record.reason : "\(record.reason): \(record.explanation)"
        let findings = record.trace.filter { !$0.isStaged }.map { step in
            let policy = policy(step.policy)
            let rule = policy?.rules.first { $0.name == step.rule }
            return HubExplanation.Finding(
                policy: "AccessPolicy \(step.policy)", rule: step.rule, text: step.result.replacing("_", with: " "),
                isDecisive: step.result == "matched" || (!isAllowed && step.rule == record.rule),
                file: rule?.position?.file, line: rule?.position?.line)
        }
        let heading = record.policy.isEmpty ? "No policy is in force there" : "AccessPolicy \(record.policy)"
        return HubExplanation(
            isAllowed: isAllowed, answer: isAllowed ? "The request is allowed." : "The request is denied: \(why).",
            sides: [
                HubExplanation.Side(
                    heading: heading, isAllowed: isAllowed, findings: findings,
                    conclusion: isAllowed ? "Rule \(record.rule) allows it." : "No rule allows it.")
            ], changes: isAllowed ? [] : changes(record))
    }

    private func policy(_ name: String) -> AccessPolicy? {
        cluster.objects.accessPolicies.first { "\($0.key)" == name }?.value
    }

    /// What would let it through, as far as the rules' own words tell: the rule that came nearest, and what it wanted.
    private func changes(_ record: Record) -> [HubExplanation.Change] {
        guard !record.rule.isEmpty, let step = record.trace.first(where: { $0.rule == record.rule && !$0.isStaged })
        else {
            guard record.policy.isEmpty, !record.place.route.isEmpty else { return [] }
            return [
                .init(text: "An AccessPolicy that has \(record.place.route) as its target and a rule for it.", yaml: "")
            ]
        }
        let missing = RuleGap(step.result, record)
        return missing.map {
            [.init(text: "\($0.text) in rule \(record.rule) of AccessPolicy \(record.policy).", yaml: $0.yaml)]
        }
            ?? []
    }
}

/// What a rule would have to say to match a request, by the condition of it that did not hold.
private struct RuleGap {
    let text: String
    let yaml: String

    init?(_ result: String, _ record: Record) {
        let model = record.ai.map { String(decoding: $0.model, as: UTF8.self) } ?? ""
        let tool = record.ai.map { String(decoding: $0.tool, as: UTF8.self) } ?? ""
        switch result {
        case "class_not_listed":
            guard let classes = record.ai?.classes, !classes.isEmpty else { return nil }
            self.init(
                text: "Allow \(classes.joined(separator: ", "))", yaml: "classes: [\(classes.joined(separator: ", "))]")
        case "model_not_listed":
            guard !model.isEmpty else { return nil }
            self.init(text: "Allow the model \(model)", yaml: "models: [\(Self.quoted(model))]")
        case "tool_not_listed":
            guard !tool.isEmpty else { return nil }
            self.init(text: "Allow the tool \(tool)", yaml: "mcp: {tools: [\(Self.quoted(tool))]}")
        case "method_not_listed", "path_not_listed":
            guard let http = record.http else { return nil }
            let (method, path) = (
                String(decoding: http.method, as: UTF8.self), String(decoding: http.path, as: UTF8.self)
            )
            self.init(
                text: "Allow \(method) \(path)",
                yaml: "methods: [\(Self.quoted(method))]\npaths: [{type: Exact, value: \(Self.quoted(path))}]")
        case "key_not_listed":
            guard let who = record.principal, who.kind == "access_key" else { return nil }
            self.init(
                text: "Allow the access key \(who.namespace)/\(who.name)",
                yaml: "from:\n- accessKeys: {names: [\(Self.quoted(who.name))]}")
        case "workload_not_listed":
            guard let pod = record.workload else { return nil }
            self.init(
                text: "Allow \(pod.kind) \(pod.namespace)/\(pod.name)",
                yaml:
                    "from:\n- workloads:\n    names: [{kind: \(pod.kind), namespace: \(pod.namespace), name: \(pod.name)}]"
            )
        default: return nil
        }
    }

    private static func quoted(_ text: String) -> String {
        String(decoding: JSONLiteral.string(text).text, as: UTF8.self)
    }

    private init(text: String, yaml: String) {
        self.text = text
        self.yaml = yaml
    }
}
