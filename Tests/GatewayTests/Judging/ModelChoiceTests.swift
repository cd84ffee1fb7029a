import Foundation
import Testing

@testable import Gateway

/// Routes that choose and rename by model.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct ModelChoiceTests {
    private static let filter =
        "{apiVersion: sallyport.dev/v1alpha1, kind: ModelFilter, metadata: {name: f, namespace: t}, spec: {rules: ["
        + "{models: [fast], rename: small, backendRef: {name: b, port: 80}}, {models: [same], rename: other}, "
        + "{models: [big], backendRef: {name: b, port: 80}}], unmatched: UNMATCHED}}"

    private static func world(_ a: Upstream, _ b: Upstream, server: String = "vllm", unmatched: String = "Deny")
        -> World
    {
        var world = World.ai(
            a, server: server,
            rules: [
                "{backendRefs: [{name: a, port: 80}], filters: [{type: ExtensionRef, extensionRef: "
                    + "{group: sallyport.dev, kind: ModelFilter, name: f}}]}"
            ])
        world.services["b"] = [b.port]
        world.servers["b"] = server
        world.extra = filter.replacingOccurrences(of: "UNMATCHED", with: unmatched)
        return world
    }

    private static func body(_ model: String) -> String {
        Chat.body.replacingOccurrences(of: "\"m\"", with: "\"\(model)\"")
    }

    @Test("a name, a backend, both, or nothing of the kind")
    func chosen() async throws {
        let (a, b) = (try Upstream(Chat.answering), try Upstream(Chat.answering))
        let records = try await withGateway(Self.world(a, b)) { gateway in
            let client = try gateway.connect()
            for model in ["fast", "same", "big"] { #expect(try client.chat(Self.body(model)).status == 200) }
            let denied = try client.chat(Self.body("m"))
            #expect(denied.status == 404 && denied.code == "model_not_found")
            #expect(try client.get("/v1/models").status == 200)
        }
        #expect(a.log.map(\.text) == [Self.body("other"), ""])
        #expect(b.log.map(\.text) == [Self.body("small"), Self.body("big")])
        #expect(records.map { $0["ai.model"] } == ["fast", "same", "big", "m", nil])
        #expect(records.map { $0["ai.upstream_model"] } == ["small", "other", nil, nil, nil])
        #expect(records.map { $0["reason"] }[3] == "unknown_model" && records[3]["verdict"] == "denied")
    }

    @Test("what no rule names goes on as it is, where the filter says so")
    func forwarded() async throws {
        let (a, b) = (try Upstream(Chat.answering), try Upstream(Chat.answering))
        try await withGateway(Self.world(a, b, unmatched: "Forward")) { gateway in
            let client = try gateway.connect()
            #expect(try client.chat().status == 200)
        }
        #expect(a.log.map(\.text) == [Chat.body])
    }

    @Test("a model that the path names cannot get another name, and then it is not asked for")
    func inThePath() async throws {
        let (a, b) = (try Upstream(), try Upstream())
        let body = #"{"inputs":[{"name":"x","shape":[1],"datatype":"INT32","data":[1]}]}"#
        let records = try await withGateway(Self.world(a, b, server: "kserve")) { gateway in
            let client = try gateway.connect()
            #expect(try client.post("/v2/models/same/infer", body).status == 404)
            #expect(try client.post("/v2/models/big/infer", body).status == 200)
        }
        #expect(a.log.isEmpty)
        #expect(b.log.map(\.target) == ["/v2/models/big/infer"])
        #expect(records.map { $0["reason"] } == ["unknown_model", "rule_matched"])
    }

    @Test("a server that is not known: nobody can tell the model, so nothing passes")
    func unknownServer() async throws {
        let (a, b) = (try Upstream(), try Upstream())
        let records = try await withGateway(Self.world(a, b, server: "none")) { gateway in
            let client = try gateway.connect()
            #expect(try client.chat(Self.body("fast")).status == 403)
        }
        #expect(a.log.isEmpty && b.log.isEmpty)
        #expect(records.map { $0["reason"] } == ["unknown_endpoint"])
    }

    @Test("a Service that names no server that there is: nothing passes")
    func misnamed() async throws {
        let upstream = try Upstream()
        let records = try await withGateway(.ai(upstream, server: "olama")) { gateway in
            let client = try gateway.connect()
            #expect(try client.chat().status == 403)
        }
        #expect(upstream.log.isEmpty)
        #expect(records.map { $0["reason"] } == ["misnamed_server"])
    }
}
