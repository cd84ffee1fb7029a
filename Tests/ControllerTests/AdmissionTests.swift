import Foundation
import Kubernetes
import ModelTraffic
import Testing

@testable import Controller

@Suite("Admission")
struct AdmissionTests {
    private func review(
        _ group: String, _ kind: String, _ operation: String = "CREATE", object: String? = nil, old: String? = nil,
        name: String = "n", user: String = "alice", dryRun: Bool = false
    ) throws -> AdmissionReview {
        let text = """
            {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u1",
            "kind":{"group":"\(group)","version":"v1","kind":"\(kind)"},"operation":"\(operation)",
            "namespace":"ai","name":"\(name)","userInfo":{"username":"\(user)"},"dryRun":\(dryRun),
            "object":\(object ?? "null"),"oldObject":\(old ?? "null")}}
            """
        return try AdmissionReview(Array(text.utf8))
    }

    private func judge(_ text: String) -> AdmissionJudge {
        let snapshot = objects(text)
        return AdmissionJudge(
            judge: .routing, snapshot: snapshot, broken: GuaranteeProofs(snapshot.objects).refuted, now: 0)
    }

    private let network = "networking.k8s.io"

    private func policy(_ spec: String, annotations: String = "{}", name: String = "n") -> String {
        """
        {"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"\(name)","namespace":"ai",
        "annotations":\(annotations)},"spec":\(spec)}
        """
    }

    private let opening =
        #"{"podSelector":{"matchLabels":{"app":"ollama"}},"ingress":[{"from":[{"podSelector":{}}]}],"policyTypes":["Ingress"]}"#

    @Test("An object of ours with a mistake is refused, with the field and the reason")
    func mistakes() throws {
        let key =
            #"{"apiVersion":"sallyport.dev/v1alpha1","kind":"Budget","metadata":{"name":"n","namespace":"ai"},"spec":{"limitt":1}}"#
        let verdict = judge("").verdict(try review("sallyport.dev", "Budget", object: key))
        #expect(verdict.refusal?.contains("spec.limitt") == true)
        let typo = key.replacingOccurrences(of: "\"Budget\"", with: "\"Bugdet\"")
        #expect(judge("").verdict(try review("sallyport.dev", "Bugdet", object: typo)).refusal != nil)
    }

    @Test("A mistake that was there before keeps nobody from changing something else")
    func oldMistakes() throws {
        let wrong = policy(#"{"podSelector":{},"policyTypes":["Sideways"]}"#)
        let verdict = judge("").verdict(try review(network, "NetworkPolicy", "UPDATE", object: wrong, old: wrong))
        #expect(verdict.refusal == nil && !verdict.warnings.isEmpty)
        #expect(judge("").verdict(try review(network, "NetworkPolicy", object: wrong)).refusal != nil)
    }

    @Test("A policy that would break a Guarantee is refused, with who could reach whom")
    func refuted() throws {
        let verdict = judge(protected + isolation).verdict(
            try review(network, "NetworkPolicy", object: policy(opening), dryRun: true))
        #expect(verdict.refusal?.contains("Guarantee models, rule closed") == true)
        #expect(verdict.refusal?.contains("ai/notebook -> ai/ollama") == true)
    }

    @Test("A staged policy that would break it is let through, with a warning")
    func staged() throws {
        let text = policy(opening, annotations: #"{"sallyport.dev/enforcement":"staged"}"#)
        let verdict = judge(protected + isolation).verdict(try review(network, "NetworkPolicy", object: text))
        #expect(verdict.refusal == nil)
        #expect(verdict.warnings.first?.contains("once staged policies are in force") == true)
    }

    @Test("Who finds a broken rule did not break it; who breaks another is refused")
    func alreadyBroken() throws {
        #expect(judge(protected).verdict(try review(network, "NetworkPolicy", object: policy(opening))) == .allowed)
    }

    @Test("Deleting what a Guarantee rests on is refused, but not to those who clean up namespaces")
    func deletion() throws {
        let judge = judge(protected + isolation)
        let verdict = judge.verdict(try review(network, "NetworkPolicy", "DELETE", name: "closed"))
        #expect(verdict.refusal?.contains("Guarantee models") == true)
        let cleaner = "system:serviceaccount:kube-system:namespace-controller"
        #expect(
            judge.verdict(try review(network, "NetworkPolicy", "DELETE", name: "closed", user: cleaner)) == .allowed)
        #expect(judge.verdict(try review("", "Pod", "DELETE", name: "ollama")) == .allowed)
    }

    @Test("A Guarantee that does not hold is refused, and one that does is not")
    func guarantee() throws {
        func text(_ promise: String) -> String {
            """
            {"apiVersion":"sallyport.dev/v1alpha1","kind":"Guarantee","metadata":{"name":"n"},"spec":{"rules":[{"\(promise)":
            {"from":[{"workloads":{"podSelector":{"matchLabels":{"app":"ollama"}}}}],
            "to":[{"workloads":{"podSelector":{"matchLabels":{"app":"notebook"}}}}]\(promise == "always" ? #","ports":[{"port":80}]"# : "")}}]}}
            """
        }
        let judge = judge(protected + isolation)
        var question = try review("sallyport.dev", "Guarantee", object: text("never"))
        question.namespace = ""
        #expect(judge.verdict(question).refusal?.contains("ai/ollama -> ai/notebook") == true)
        question = try review("sallyport.dev", "Guarantee", object: text("always"))
        question.namespace = ""
        #expect(judge.verdict(question).refusal == nil)
    }

    @Test("Mistakes in objects for other people's Gateways are theirs")
    func others() throws {
        let route = { (gateway: String) in
            """
            {"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":{"name":"n","namespace":"ai"},
            "spec":{"parentRefs":[{"name":"\(gateway)"}],"rules":[{"matches":[{"path":{"type":"Sideways","value":"/"}}]}]}}
            """
        }
        let judge = judge(frontDoor)
        let group = "gateway.networking.k8s.io"
        #expect(judge.verdict(try review(group, "HTTPRoute", object: route("front-door"))).refusal != nil)
        let theirs = judge.verdict(try review(group, "HTTPRoute", object: route("theirs")))
        #expect(theirs.refusal == nil && !theirs.warnings.isEmpty)
    }

    @Test("What is not good but may come right is a warning")
    func warnings() throws {
        let route = """
            {"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":{"name":"n","namespace":"ai"},
            "spec":{"parentRefs":[{"name":"front-door"}],"rules":[{"backendRefs":[{"name":"nobody","port":80}]}]}}
            """
        let verdict = judge(frontDoor).verdict(try review("gateway.networking.k8s.io", "HTTPRoute", object: route))
        #expect(verdict.refusal == nil && verdict.warnings.first?.contains("BackendNotFound") == true)
    }

    @Test("What is going, a subresource, and a kind that is not read are let through")
    func ignored() throws {
        let going =
            #"{"apiVersion":"sallyport.dev/v1alpha1","kind":"Budget","metadata":{"name":"n","deletionTimestamp":"x"},"spec":{}}"#
        #expect(judge("").verdict(try review("sallyport.dev", "Budget", "UPDATE", object: going)) == .allowed)
        var scale = try review(
            "apps", "Deployment", "UPDATE", object: #"{"apiVersion":"autoscaling/v1","kind":"Scale"}"#)
        scale.subresource = "scale"
        #expect(judge("").verdict(scale) == .allowed)
        let other = #"{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"n"}}"#
        #expect(judge("").verdict(try review("example.com", "Thing", object: other)) == .allowed)
    }

    @Test(
        "Texts that are no questions are said to be none",
        arguments: ["", "{", "[]", "{}", #"{"kind":"AdmissionReview"}"#])
    func nonsense(text: String) {
        #expect(throws: AdmissionReview.Problem.self) { try AdmissionReview(Array(text.utf8)) }
    }

    @Test("Answers are of one line and bounded, whatever names hold")
    func answers() throws {
        let verdict = AdmissionVerdict(
            refusal: "a\nb\u{0}" + String(repeating: "x", count: 9000),
            warnings: Array(repeating: "w\r\nSet-Cookie: x" + String(repeating: "y", count: 900), count: 50))
        let answer = try value(verdict.body(uid: "u1"))
        #expect(answer.at("response", "uid")?.text == "u1" && answer.at("response", "allowed")?.flag == false)
        let message = try #require(answer.at("response", "status", "message")?.text)
        let warnings = try #require(answer.at("response", "warnings")?.elements).compactMap(\.text)
        #expect(message.hasPrefix("a b ") && message.utf8.count < 2100 && warnings.count == 10)
        for text in warnings + [message] { #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 }) }
    }
}
