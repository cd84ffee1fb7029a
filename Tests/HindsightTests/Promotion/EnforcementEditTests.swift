import Kubernetes
import PolicyWorlds
import Testing

@testable import Hindsight

@Suite struct EnforcementEditTests {
    private func policy(_ name: String, _ namespace: String = "ai") -> ObjectReference {
        ObjectReference(group: "networking.k8s.io", kind: "NetworkPolicy", namespace: namespace, name: name)
    }

    private func apply(
        _ text: String, _ name: String, _ mode: EnforcementEdit.Mode = .enforced, file: String = "f.yaml"
    ) -> Result<String, EnforcementEdit.Failure> {
        Result { () throws(EnforcementEdit.Failure) in
            String(
                decoding: try EnforcementEdit(policy(name), file: file).apply(mode, to: Array(text.utf8)), as: UTF8.self
            )
        }
    }

    private let styles = [
        "metadata:\n  name: NAME\n  namespace: ai\n  annotations:\n    sallyport.dev/enforcement: staged # until Monday\n    note: 'sallyport.dev/enforcement: staged'\n",
        "metadata: {name: NAME, namespace: ai, annotations: {sallyport.dev/enforcement: staged}}\n",
        "metadata: {name: NAME, namespace: ai, annotations: {\"sallyport.dev/enforcement\": \"staged\", a: b}}\n",
        "metadata:\r\n  annotations:\r\n    'sallyport.dev/enforcement'  :   'staged'\r\n  name: NAME\r\n  namespace: ai\r\n",
        "# sallyport.dev/enforcement: staged\nmetadata:\n  annotations:\n    last: |\n      sallyport.dev/enforcement: staged\n    sallyport.dev/enforcement:\n      staged\n  name: NAME\n  namespace: ai\n",
    ]

    private func document(_ name: String, _ style: String) -> String {
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n\(style.replacing("NAME", name))spec: {podSelector: {}}\n"
    }

    @Test("one word changes, and every other byte stays")
    func keepsEverythingElse() {
        withSeeds(60) { seed, dice in
            let names = (0..<Int.random(in: 1...5, using: &dice)).map { "p\($0)" }
            let text = names.map { document($0, dice.pick(styles)) }.joined(separator: "--- # next\n")
            let name = dice.pick(names)
            guard case .success(let changed) = apply(text, name) else {
                Issue.record("seed \(seed): refused\n\(text)")
                return
            }
            #expect(changed.utf8.count == text.utf8.count + 2, "seed \(seed)")
            let after = objects(changed).networkPolicies
            #expect(after.filter { !$0.value.isStaged }.map(\.key.name) == [name], "seed \(seed)\n\(changed)")
            #expect(apply(changed, name, .staged) == .success(text), "seed \(seed): back again")
        }
    }

    @Test("JSON, policies of other kinds, and lists")
    func kinds() throws {
        let json = """
            {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "p", "namespace": "ai", "annotations": {"sallyport.dev/enforcement" : "staged"}}, "spec": {"podSelector": {}}}
            """
        #expect(apply(json, "p", file: "f.json") == .success(json.replacing("\"staged\"", "\"enforced\"")))
        let budget = """
            apiVersion: v1
            kind: List
            items:
            - apiVersion: sallyport.dev/v1alpha1
              kind: Budget
              metadata: {name: b, namespace: ai, annotations: {sallyport.dev/enforcement: staged}}
              spec: {targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: g}], limit: {tokens: 1}, window: {rolling: 1h}}

            """
        let reference = ObjectReference(group: "sallyport.dev", kind: "Budget", namespace: "ai", name: "b")
        let changed = try EnforcementEdit(reference, file: "f.yaml").apply(.enforced, to: Array(budget.utf8))
        #expect(String(decoding: changed, as: UTF8.self) == budget.replacing("staged", "enforced"))
    }

    @Test("what cannot be edited is refused, with the reason")
    func refusals() {
        let text = document("p", styles[0])
        #expect(apply(text, "q") == .failure(.notFound))
        #expect(apply(text, "p", .staged) == .failure(.isSo(.staged)))
        #expect(
            apply(text.replacing("enforcement: staged # ", "enforcement: enforced # "), "p")
                == .failure(.isSo(.enforced)))
        #expect(apply("a: [", "p") == .failure(.notFound))
        // An alias would change another policy too.
        let shared = document(
            "p", "metadata: {name: NAME, namespace: ai, annotations: &a {sallyport.dev/enforcement: staged}}\n")
        let aliased = shared.replacing("spec: {podSelector: {}}", "spec: {podSelector: {}}")
        let list =
            "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p, namespace: ai, annotations: &a {sallyport.dev/enforcement: staged}}, spec: {podSelector: {}}}\n- {apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: q, namespace: ai, annotations: *a}, spec: {podSelector: {}}}\n"
        #expect(apply(aliased, "p") == .success(aliased.replacing("staged", "enforced")))
        if ObjectDecoder.decode(text: list, file: "f.yaml").mistakes.isEmpty {
            guard case .failure(.notEditable) = apply(list, "p") else {
                Issue.record("an alias was edited")
                return
            }
        }
        let escaped = document("p", styles[2]).replacing("\"staged\"", "\"st\\x61ged\"")
        guard case .failure(let failure) = apply(escaped, "p") else {
            Issue.record("an escape was edited")
            return
        }
        #expect(failure.words.contains("by hand"))
    }
}
