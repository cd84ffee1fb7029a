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
    private var names: PartyNames

    /// What is said to a query.
    struct Answer {
        let json: JSONLiteral
        let isError: Bool
    }

    init(_ cluster: Cluster, isStaged: Bool, isBrief: Bool) {
        self.init(cluster.list, isStaged: isStaged, isBrief: isBrief)
    }

    init(_ list: GuestList, isStaged: Bool = false, isBrief: Bool = false) {
        self.list = list
        self.isStaged = isStaged
        self.isBrief = isBrief
        words = DecisionJSON(list)
        names = PartyNames(list)
    }

    mutating func answer(_ line: LineReader.Line) -> Answer {
        var identity: JSONLiteral?
        do throws(Query.Problem) {
            guard case .text(let text) = line else {
                throw Query.Problem("the line is longer than \(LineReader.longest) bytes")
            }
            let query = try Query(text)
            identity = query.identity
            return Answer(json: .object(Self.head(identity) + json(try outcome(query))), isError: false)
        } catch {
            return Answer(json: .object(Self.head(identity) + [("error", .string(error.text))]), isError: true)
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
        /// The same in the other view: with staged policies, or without them.
        var otherAllowed = 0
        var otherDenied = 0
        var isAmbiguous = false
        /// The pair that shows it: one that is denied, if there is any.
        var example: Connection

        var isAllowed: Bool { denied == 0 }
        var isOtherAllowed: Bool { otherDenied == 0 }
        var isPartial: Bool { allowed > 0 && denied > 0 }
    }

    /// Decides.
    mutating func outcome(_ query: Query) throws(Query.Problem) -> Outcome {
        let (from, to) = (try names.meaning(query.from), try names.meaning(query.to))
        let pairs = try pairs(from, to, query)
        guard let first = pairs.first else { throw Query.Problem("the address of one of them is not known") }
        let traffic = Traffic(query.proto, port: query.port ?? 0)
        func connection(_ pair: (Party, Party)) -> Connection {
            Connection(source: pair.0, destination: pair.1, traffic: traffic, name: query.name)
        }
        var outcome = Outcome(example: connection(first))
        for pair in pairs {
            let connection = connection(pair)
            let decision = list.evaluate(connection)
            let (shown, other) =
                isStaged ? (decision.staged, decision.enforced) : (decision.enforced, decision.staged)
            if !shown.isAllowed, outcome.isAllowed { outcome.example = connection }
            if shown.isAllowed { outcome.allowed += 1 } else { outcome.denied += 1 }
            if other.isAllowed { outcome.otherAllowed += 1 } else { outcome.otherDenied += 1 }
            outcome.isAmbiguous = outcome.isAmbiguous || shown.isAmbiguous
        }
        return outcome
    }

    // MARK: Who is meant

    private func pairs(
        _ from: PartyNames.Meaning, _ to: PartyNames.Meaning, _ query: Query
    ) throws(Query.Problem) -> [(Party, Party)] {
        switch (from, to) {
        case (.address(let a), .address(let b)): return [(list.party(a), list.party(b))]
        case (.endpoints(let own), .address(let address)):
            let destination = list.party(address)
            return own.compactMap { party($0, like: address) }.map { ($0, destination) }
        case (.address(let address), .endpoints(let theirs)):
            let source = list.party(address)
            // A node reaches its own pods, whatever policies say: each pod counts.
            let all = source.node >= 0 ? names.everybody(query.to) : theirs
            return all.compactMap { party($0, like: address) }.map { (source, $0) }
        case (.endpoints(let own), .endpoints(let theirs)): return pairs(own, theirs)
        }
    }

    private func pairs(_ own: [Int], _ theirs: [Int]) -> [(Party, Party)] {
        var pairs: [(Party, Party)] = []
        let isOneAndTheSame = own.count == 1 && own == theirs
        for source in own {
            for destination in theirs where source != destination || isOneAndTheSame {
                for isIPv4 in [true, false] {
                    guard let a = list.party(endpoint: source, isIPv4: isIPv4),
                        let b = list.party(endpoint: destination, isIPv4: isIPv4)
                    else { continue }
                    pairs.append((a, b))
                }
            }
        }
        guard pairs.isEmpty, let source = own.first.flatMap(anyParty), let other = theirs.first.flatMap(anyParty) else {
            return pairs
        }
        // They have no family in common; that is an answer too.
        return [(source, other)]
    }

    private func party(_ endpoint: Int, like address: Address) -> Party? {
        list.party(endpoint: endpoint, isIPv4: address.isIPv4) ?? anyParty(endpoint)
    }

    private func anyParty(_ endpoint: Int) -> Party? {
        list.party(endpoint: endpoint, isIPv4: true) ?? list.party(endpoint: endpoint, isIPv4: false)
    }

    // MARK: What is said

    private func json(_ outcome: Outcome) -> [(String, JSONLiteral)] {
        var members: [(String, JSONLiteral)] = [("allowed", .bool(outcome.isAllowed))]
        if outcome.isAllowed != outcome.isOtherAllowed {
            members.append((isStaged ? "enforced" : "staged", .bool(outcome.isOtherAllowed)))
        }
        if outcome.isAmbiguous { members.append(("ambiguous", .bool(true))) }
        if outcome.isPartial {
            members += [
                ("partial", .bool(true)), ("from", words.name(outcome.example.source)),
                ("to", words.name(outcome.example.destination)),
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
