import Kubernetes
import ModelTraffic
import Policy
import Reachability
import Routing

@testable import Controller

/// JSON as a server would give it back.
func value(_ text: String) throws -> Value { try Value.json(Array(text.utf8)) }

func value(_ literal: JSONLiteral) throws -> Value { try Value.json(literal.text) }

/// Objects from YAML.
func objects(_ text: String) -> Snapshot {
    ObjectDecoder.combine([ObjectDecoder.decode(text: text, file: "objects.yaml")], revision: 1)
}

/// A source of chance that gives the same numbers for the same seed.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

extension ClusterJudge {
    /// Routing alone, which is what these tests are about.
    static let routing = ClusterJudge(
        statuses: { snapshot, options, _ in
            Statuses(routing: compile(snapshot, options: options).statuses, others: [])
        },
        reason: { proof, list in
            guard case .refuted(let witness) = proof.result else { return "" }
            let ends = [witness.connection.source, witness.connection.destination].map { party in
                party.endpoint >= 0
                    ? list.inventory.endpoints[Int(party.endpoint)].name.description : "outside"
            }
            return ends.joined(separator: " -> ")
        })
}

/// A class and a Gateway of ours, with a route.
let frontDoor = """
    apiVersion: gateway.networking.k8s.io/v1
    kind: GatewayClass
    metadata: {name: sallyport}
    spec: {controllerName: sallyport.dev/gateway}
    ---
    apiVersion: gateway.networking.k8s.io/v1
    kind: Gateway
    metadata: {name: front-door, namespace: ai, generation: 3}
    spec:
      gatewayClassName: sallyport
      infrastructure:
        labels: {team: models, app.kubernetes.io/name: mine}
        annotations: {example.com/cost: "7"}
      listeners:
      - {name: http, port: 80, protocol: HTTP}
      - {name: more, port: 8080, protocol: HTTP}
    ---
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata: {name: models, namespace: ai, generation: 2}
    spec:
      parentRefs: [{name: front-door}]
      rules: [{backendRefs: [{name: ollama, port: 80}]}]
    """
