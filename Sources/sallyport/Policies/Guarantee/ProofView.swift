import Addresses
import Kubernetes
import ModelTraffic
import Policy
import Reachability

/// Proofs, in the forms in which they are printed.
struct ProofView {
    private let proofs: [Proof]
    private let words: WitnessWords
    private let decisions: DecisionJSON

    init(_ proofs: [Proof], _ cluster: Cluster) {
        self.proofs = proofs
        words = WitnessWords(cluster.list)
        decisions = DecisionJSON(cluster.list)
    }

    // MARK: For people

    func lines(_ terminal: Terminal) -> [String] {
        guard !proofs.isEmpty else { return ["there are no guarantees"] }
        return proofs.flatMap { lines($0, terminal) } + [count]
    }

    private func lines(_ proof: Proof, _ terminal: Terminal) -> [String] {
        result(proof, terminal)
            + proof.remarks.map { "    \(terminal.styled("careful:", .careful)) \(Printable.oneLine($0))" }
    }

    private func result(_ proof: Proof, _ terminal: Terminal) -> [String] {
        let name = Printable.oneLine("\(proof.guarantee.name)/\(proof.rule)")
        switch proof.result {
        case .proved(let pairs):
            return ["\(terminal.styled("proved:", .good)) \(name): \(proof.promise), \(Words.count(pairs, "pair"))"]
        case .vacuous(let side):
            return ["\(terminal.styled("vacuous:", .careful)) \(name): nobody is meant by `\(side)`"]
        case .refuted(let witness):
            let line = "\(name): \(proof.promise), but \(words.finding(proof.promise, witness))"
            return [
                "\(terminal.styled("refuted:", .bad)) \(Printable.oneLine(line))",
                "    \(Printable.oneLine(words.reason(witness)))",
            ]
        }
    }

    private var count: String {
        let refuted = proofs.count(where: \.isRefuted)
        let proved = proofs.count(where: \.holds)
        return "\(Words.count(proofs.count, "rule")): \(proved) proved, \(refuted) refuted, "
            + "\(proofs.count - proved - refuted) vacuous"
    }

    // MARK: For programs

    func json(_ stream: inout ResultStream) {
        stream.write("{")
        stream.member("guarantees", proofs.lazy.map(value), isLast: true)
        stream.line("}")
    }

    /// One rule.
    func value(_ proof: Proof) -> JSONLiteral {
        var members: [(String, JSONLiteral)] = [
            ("guarantee", .string(proof.guarantee.name)), ("rule", .string(proof.rule)),
            ("promise", .string(proof.promise.rawValue)),
        ]
        if let position = proof.position {
            members += [("file", .string(position.file)), ("line", .integer(Int64(position.line)))]
        }
        switch proof.result {
        case .proved(let pairs): members += [("result", .string("proved")), ("pairs", .integer(Int64(pairs)))]
        case .vacuous(let side): members += [("result", .string("vacuous")), ("side", .string(side))]
        case .refuted(let witness): members += [("result", .string("refuted")), ("witness", value(witness))]
        }
        if !proof.remarks.isEmpty { members.append(("remarks", .array(proof.remarks.map { .string($0) }))) }
        return .object(members)
    }

    private func value(_ witness: Witness) -> JSONLiteral {
        let connection = witness.connection
        var members: [(String, JSONLiteral)] = [
            ("from", decisions.name(connection.source)), ("to", decisions.name(connection.destination)),
            ("protocol", .string(connection.traffic.proto.description)),
        ]
        if connection.traffic.proto.hasPorts {
            members.append(("port", .integer(Int64(connection.traffic.port))))
        }
        if let name = connection.name { members.append(("name", .string(name))) }
        for (key, party) in [("fromAddress", connection.source), ("toAddress", connection.destination)] {
            if let place = words.place(party) { members.append((key, .string(place.description))) }
        }
        return .object(
            members + [
                ("allowed", .bool(witness.verdict.isAllowed)), ("traffic", PartyJSON.text(witness.traffic)),
                ("egress", decisions.value(witness.verdict.egress, .egress)),
                ("ingress", decisions.value(witness.verdict.ingress, .ingress)),
                ("reason", .string(words.reason(witness))),
            ])
    }
}

extension WitnessWords {
    /// What a connection shows that breaks a promise.
    func finding(_ promise: Guarantee.Promise, _ witness: Witness) -> String {
        "\(connection(witness)) is \(promise == .always ? "denied" : "allowed")"
    }
}
