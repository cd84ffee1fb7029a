import Addresses
import Kubernetes
import ModelTraffic
import Policy

/// Answers queries about one cluster.
struct QueryEvaluation {
    private let list: GuestList
    private let isStaged: Bool
    private let isBrief: Bool
    private let words: DecisionJSON
    private var meant: QueryConnections

    /// What is said to a query.
    struct Answer {
        let json: JSONLiteral
        let isError: Bool
    }

    init(_ cluster: Cluster, isStaged: Bool, isBrief: Bool) {
        self.init(
            cluster.list, ServiceTable(cluster.objects, cluster.list.inventory), isStaged: isStaged, isBrief: isBrief)
    }

    init(_ list: GuestList, _ services: ServiceTable, isStaged: Bool = false, isBrief: Bool = false) {
        self.list = list
        self.isStaged = isStaged
        self.isBrief = isBrief
        words = DecisionJSON(list)
        meant = QueryConnections(list, services)
    }

    mutating func answer(_ line: LineReader.Line) -> Answer {
        guard case .text(let text) = line else {
            let problem = "the line is longer than \(LineReader.longest) bytes"
            return Answer(json: .object([("error", .string(problem))]), isError: true)
        }
        do throws(Query.Problem) {
            let query = try Query(text)
            return Answer(json: .object(Self.head(query.identity) + json(try outcome(query))), isError: false)
        } catch {
            let head = Self.head(Query.identity(ofLine: text))
            return Answer(json: .object(head + [("error", .string(error.text))]), isError: true)
        }
    }

    private static func head(_ identity: JSONLiteral?) -> [(String, JSONLiteral)] {
        identity.map { [("id", $0)] } ?? []
    }

    /// What was decided of everybody who is meant.
    struct Outcome {
        /// How many pairs are allowed and denied.
        var allowed = 0
        var denied = 0
        /// How many are denied in the other view: with staged policies, or without them.
        var otherDenied = 0
        var isAmbiguous = false
        /// The pair that shows it: one that is denied, if there is any.
        var example: Connection
        /// The Service that was called; nil: none.
        var service: NamespacedName?

        var isAllowed: Bool { denied == 0 }
        var isOtherAllowed: Bool { otherDenied == 0 }
        var isPartial: Bool { allowed > 0 && denied > 0 }
    }

    /// Decides.
    mutating func outcome(_ query: Query) throws(Query.Problem) -> Outcome {
        let connections = try meant.connections(query)
        var outcome = Outcome(example: connections.first, service: connections.service)
        for connection in connections.all {
            let decision = list.evaluate(connection)
            let (shown, other) =
                isStaged ? (decision.staged, decision.enforced) : (decision.enforced, decision.staged)
            if !shown.isAllowed, outcome.isAllowed { outcome.example = connection }
            if shown.isAllowed { outcome.allowed += 1 } else { outcome.denied += 1 }
            if !other.isAllowed { outcome.otherDenied += 1 }
            outcome.isAmbiguous = outcome.isAmbiguous || shown.isAmbiguous
        }
        return outcome
    }

    // MARK: What is said

    private func json(_ outcome: Outcome) -> [(String, JSONLiteral)] {
        var members: [(String, JSONLiteral)] = [("allowed", .bool(outcome.isAllowed))]
        if outcome.isAllowed != outcome.isOtherAllowed {
            members.append((isStaged ? "enforced" : "staged", .bool(outcome.isOtherAllowed)))
        }
        if outcome.isAmbiguous { members.append(("ambiguous", .bool(true))) }
        if outcome.isPartial { members.append(("partial", .bool(true))) }
        if let service = outcome.service { members.append(("service", .string(service.description))) }
        if outcome.isPartial || outcome.service != nil {
            members += [
                ("from", words.name(outcome.example.source)), ("to", words.name(outcome.example.destination)),
            ]
        }
        if isBrief { return members }
        let traced = list.trace(outcome.example)
        let verdict = isStaged ? traced.decision.staged : traced.decision.enforced
        members.append(("trace", words.value(isStaged ? traced.staged : traced.enforced)))
        members += Direction.allCases.reversed().map { ($0.rawValue.lowercased(), words.value(verdict[$0], $0)) }
        return members
    }
}
