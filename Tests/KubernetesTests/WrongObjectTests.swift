import Testing

@testable import Kubernetes

/// What is kept of an object that is wrong: enough to deny what it was about, and nothing that is not believed.
@Suite struct WrongObjectTests {
    private static let group = "gateway.networking.k8s.io"

    private func invalid(_ text: String) -> [InvalidObject] { snapshot(text).objects.invalid }

    private func policy(_ metadata: String = "{name: p}", _ targets: String = "[{group: g, kind: Gateway, name: x}]")
        -> String
    {
        "{apiVersion: sallyport.dev/v1alpha1, kind: AccessPolicy, metadata: \(metadata), spec: {targetRefs: \(targets)}}"
    }

    @Test("a namespace that is wrong, or may be what another field was meant for, is not believed")
    func lost() {
        for metadata in [
            "{name: p, namespace: 'a b'}", "{name: p, namespace: 7}", "{name: p, namespce: a}", "{}", "[]",
            "{name: p, strange: a}",
        ] {
            #expect(invalid(policy(metadata)).map(\.isLost) == [true], "\(metadata)")
        }
        for metadata in ["{name: p, namespace: a}", "{name: p}", "{name: 'P p', namespace: a}", "{name: p, labels: 7}"]
        {
            #expect(invalid(policy(metadata)).map(\.isLost) == [false], "\(metadata)")
        }
    }

    @Test("targets with a mistake in them are not believed")
    func targets() {
        let group = "gateway.networking.k8s.io"
        let wrong = policy("{name: p}", "[{group: \(group), kind: Gateway, name: x, sectionName: 7}]")
        #expect(invalid(wrong).map { $0.targetRefs == nil } == [true])
        let right = policy("{name: p}", "[{group: \(group), kind: Gateway, name: x}], rules: 7")
        #expect(invalid(right).map { $0.targetRefs?.map(\.name) } == [["x"]])
    }

    @Test("a kind or group that is nearly right is a mistake, and the object is what it looks like")
    func nearly() {
        let spec = "metadata: {name: r}, spec: {parentRefs: [{name: gw}], hostnames: [a.test]}"
        for type in [
            "apiVersion: \(Self.group)/v1, kind: HTTPRuote", "apiVersion: \(Self.group)/v1, kind: HttpRoute",
            "apiVersion: gateway.networking.k8s.oi/v1, kind: HTTPRoute", "apiVersion: v1, kind: HTTPRoute",
            "apiVersion: sallyport.dev/v1alpha1, kind: HTTPRoute", "kind: HTTPRoute", "apiVersion: \(Self.group)/v1",
            "apiVersion: \(Self.group)/v9, kind: HTTPRoute",
            "apiVersion: \(Self.group)/v1, kind: ReferenceGrant",
        ] {
            let result = snapshot("{\(type), \(spec)}")
            #expect(!result.mistakes.isEmpty, "\(type)")
            let claims = result.objects.invalid.compactMap(\.claim)
            #expect(!claims.isEmpty && claims.allSatisfy { $0.hostnames == ["a.test"] }, "\(type)")
            #expect(claims.first?.parents?.map(\.name) == [NamespacedName("default", "gw")], "\(type)")
        }
    }

    @Test("kinds that are somebody else's are only noted")
    func others() {
        for type in [
            "apiVersion: \(Self.group)/v1, kind: TLSRoute", "apiVersion: \(Self.group)/v1alpha2, kind: TCPRoute",
            "apiVersion: gateway.networking.x-k8s.io/v1alpha1, kind: XListenerSet",
            "apiVersion: serving.knative.dev/v1, kind: Service", "apiVersion: apps/v1, kind: ControllerRevision",
            "apiVersion: example.com/v1, kind: AccessPolicy",
        ] {
            let result = snapshot("{\(type), metadata: {name: r}, spec: {parentRefs: [{name: gw}]}}")
            #expect(result.mistakes.isEmpty && result.notes.count == 1, "\(type): \(result.mistakes)")
        }
    }

    @Test("a policy under the name of another kind of ours still denies")
    func policyAsKey() {
        let text = policy().replacing("kind: AccessPolicy", with: "kind: AccessKey")
        #expect(
            Set(invalid(text).map(\.reference.kind)) == ["AccessKey", "AccessPolicy", "BackendTLSPolicy", "Budget"])
    }

    @Test("a field that is nearly one that is missing is a mistake in standard kinds too")
    func nearlyAField() {
        #expect(mistakes(httpRoute("hostname: [a.test]")) == ["5 spec.hostname: no such field; did you mean hostnames"])
        #expect(mistakes(httpRoute("hostnames: [a.test]\nhostname: [a.test]")) == [])
        #expect(mistakes(httpRoute("strange: 1")) == [])
        let labels = "{apiVersion: v1, kind: Namespace, metadata: {name: n, lables: {a: b}}}"
        #expect(mistakes(labels) == ["1 metadata.lables: no such field; did you mean labels"])
    }

    @Test("what a Gateway had for itself")
    func gateways() {
        func claim(_ listeners: String, _ metadata: String = "name: g") -> GatewayClaim? {
            invalid(
                "{apiVersion: \(Self.group)/v1, kind: Gateway, metadata: {\(metadata)}, "
                    + "spec: {gatewayClassName: c, listeners: \(listeners)}}"
            ).first?.gateway
        }
        let known = claim("[{name: a, port: 80, protocol: HTTP, hostname: a.test, tls: {}}, {name: b, port: 81}]")
        #expect(known?.className == "c")
        #expect(known?.hostnames(on: 80) == [.name("a.test")])
        #expect(known?.hostnames(on: 81) == [.any])
        #expect(known?.age?.key == NamespacedName("default", "g"))
        #expect(claim("[{name: a, port: 80, hostname: 'a b'}]")?.hostnames(on: 80) == [.unknown])
        #expect(claim("[{name: a, port: 80, hostnam: a.test}]")?.hostnames(on: 80) == [.unknown])
        #expect(claim("[{name: a, port: x, hostname: a.test}]")?.hostnames(on: 9) == [.name("a.test")])
        #expect(claim("x")?.hostnames(on: 80) == nil)
        #expect(claim("[{name: a}]", "name: 7")?.age == nil)
    }

    @Test("what a ListenerSet had for itself, and of which Gateway")
    func listenerSets() {
        func claim(_ spec: String, _ metadata: String = "name: s, namespace: a") -> ListenerSetClaim? {
            let all = invalid(
                "{apiVersion: \(Self.group)/v1, kind: ListenerSet, metadata: {\(metadata)}, spec: {\(spec)}}")
            #expect(all.allSatisfy { $0.gateway == nil })
            return all.first?.listenerSet
        }
        let listeners = "listeners: [{name: a, port: 80, protocol: HTTP, hostname: a.test, tls: {}}]"
        let known = claim("parentRef: {name: g}, \(listeners)")
        #expect(known?.gateway == NamespacedName("a", "g") && known?.namespace == "a")
        #expect(known?.claim.hostnames(on: 80) == [.name("a.test")])
        #expect(known?.claim.hostnames(on: 81) == [])
        #expect(claim("parentRef: {name: g, namespace: b}, \(listeners)")?.gateway == NamespacedName("b", "g"))
        #expect(claim("parentRef: {name: 7}, \(listeners)")?.gateway == nil)
        #expect(claim("parentRef: {name: g}, listeners: x")?.claim.hostnames(on: 80) == nil)
        #expect(claim("parentRef: {name: g}, \(listeners)", "name: s, namespace: 7")?.namespace == nil)
    }

    @Test("a route says of each parent whether it is a Gateway or a ListenerSet")
    func parents() {
        let route =
            "{apiVersion: \(Self.group)/v1, kind: HTTPRoute, metadata: {name: r}, spec: {parentRefs: "
            + "[{name: g}, {name: s, kind: ListenerSet, sectionName: x}], rules: 7}}"
        let parents = invalid(route).first?.claim?.parents
        #expect(parents?.map(\.kind) == ["Gateway", "ListenerSet"])
        #expect(parents?.map(\.sectionName) == [nil, "x"])
    }

    @Test("paths of mistakes")
    func soundness() {
        func sound(_ paths: String...) -> Soundness {
            Soundness(paths.map { Mistake(position: nil, object: nil, path: $0, message: "") })
        }
        #expect(Soundness.whole.holds("spec"))
        #expect(!sound("").holds("spec"))
        #expect(!sound("spec.rules[0]").holds("spec.rules"))
        #expect(!sound("spec").holds("spec.rules"))
        #expect(sound("spec.rulesets").holds("spec.rules"))
        #expect(sound("spec.rules[1]").holds("spec.rules[10]"))
        #expect(sound("spec.rules[0].name").holdsWithout(fieldOf: "spec.rules[0]", otherThan: ["name"]))
        #expect(!sound("spec.rules[0].nam").holdsWithout(fieldOf: "spec.rules[0]", otherThan: ["name"]))
        #expect(!sound("spec.rules").holdsWithout(fieldOf: "spec.rules[0]", otherThan: ["name"]))
        #expect(sound("spec.rules[1].nam").holdsWithout(fieldOf: "spec.rules[0]", otherThan: ["name"]))
    }
}
