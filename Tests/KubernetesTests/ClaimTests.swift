import Testing

@testable import Kubernetes

/// What policies leave behind that are wrong only because there are two of them.
@Suite struct ClaimTests {
    private static let subject = """
        subject: {pods: {namespaceSelector: {matchLabels: {team: a}}, podSelector: {matchLabels: {app: db}}}}
        """
    private static let calico = "tier: guards, order: 7, selector: app == 'db', types: [Ingress]"

    private static let policies = [
        policy("networking.k8s.io/v1", "NetworkPolicy", "podSelector: {matchLabels: {app: db}}"),
        policy("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy", "tier: Baseline, priority: 7, \(subject)"),
        policy("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy", "priority: 7, \(subject)"),
        policy("policy.networking.k8s.io/v1alpha1", "BaselineAdminNetworkPolicy", subject, name: "default"),
        policy("projectcalico.org/v3", "NetworkPolicy", calico),
        policy("projectcalico.org/v3", "GlobalNetworkPolicy", "\(calico), namespaceSelector: team == 'a'"),
        policy("projectcalico.org/v3", "StagedNetworkPolicy", calico),
        policy("projectcalico.org/v3", "StagedGlobalNetworkPolicy", "selector: all()"),
        policy("projectcalico.org/v3", "StagedKubernetesNetworkPolicy", "podSelector: {matchLabels: {app: db}}"),
    ]

    private static func policy(_ version: String, _ kind: String, _ spec: String, name: String = "p") -> String {
        let isStaged = kind.hasPrefix("Staged")
        let annotations = isStaged ? "" : ", annotations: {sallyport.dev/enforcement: staged}"
        return """
            apiVersion: \(version)
            kind: \(kind)
            metadata: {name: \(name)\(annotations)}
            spec: {\(spec)}

            """
    }

    @Test("it is what their documents say where another part of them is wrong", arguments: policies)
    func same(_ text: String) throws {
        let twice = ObjectDecoder.snapshot(files: [("a.yaml", Array("\(text)---\n\(text)".utf8))], revision: 1)
        let wrong = ObjectDecoder.snapshot(files: [("a.yaml", Array("\(text)moons: 1\n".utf8))], revision: 1)
        #expect(twice.objects.invalid.count == 2 && wrong.objects.invalid.count == 1)
        let (one, other) = (try #require(twice.objects.invalid.first), try #require(wrong.objects.invalid.first))
        #expect(one.policy == other.policy && one.calico == other.calico && one.reference == other.reference)
        #expect(one.policy?.isStaged ?? one.calico?.isStaged == true)
        #expect(one.reason == "defined more than once")
    }

    @Test("nobody works it out for a policy that is there once", arguments: policies)
    func lazy(_ text: String) throws {
        let object = try #require(ObjectDecoder.decode(text: text, file: "a.yaml").objects.first)
        #expect(object.good != nil && object.remains.policy == nil && object.remains.calico == nil)
        #expect(object.whenWrong.policy != nil || object.whenWrong.calico != nil)
    }
}
