import Testing

@testable import Kubernetes

/// Two groups have a `NetworkPolicy`, and Calico's has two names.
@Suite struct CalicoGroupTests {
    private func text(_ version: String, _ kind: String = "NetworkPolicy", spec: String = "{}") -> String {
        "apiVersion: \(version)\nkind: \(kind)\nmetadata: {name: p, namespace: shop}\nspec: \(spec)\n"
    }

    @Test func namesakesAreKeptApart() {
        let both = snapshot(text("networking.k8s.io/v1") + "---\n" + text("projectcalico.org/v3"))
        #expect(both.mistakes.isEmpty && both.notes.isEmpty)
        #expect(both.objects.networkPolicies.count == 1 && both.objects.calicoNetworkPolicies.count == 1)
    }

    @Test func storedObjectsAreTheSameObjects() {
        let stored = snapshot(text("crd.projectcalico.org/v1"))
        #expect(stored.mistakes.isEmpty && stored.objects.calicoNetworkPolicies.count == 1)
        let both = snapshot(text("crd.projectcalico.org/v1") + "---\n" + text("projectcalico.org/v3"))
        #expect(both.objects.calicoNetworkPolicies.isEmpty && both.objects.invalid.count == 2)
        #expect(both.mistakes.map(\.message).contains { $0.contains("there is another NetworkPolicy shop/p") })
    }

    @Test(arguments: [
        ("projectcalico.org/v1", "must be one of projectcalico.org/v3"),
        ("crd.projectcalico.org/v3", "must be one of crd.projectcalico.org/v1"),
    ])
    func versions(version: String, expected: String) {
        let state = snapshot(text(version))
        #expect(state.mistakes.count == 1 && state.mistakes[0].message.hasPrefix(expected), "\(state.mistakes)")
        #expect(state.objects.invalid.map(\.reference.group) == ["projectcalico.org"])
    }

    /// A slip in the group is taken for the policy of that group only; without a group it may be either.
    @Test func slips() {
        func groups(_ version: String, _ kind: String = "NetworkPolicy") -> [String] {
            snapshot(text(version, kind)).objects.invalid.map(\.reference.group)
        }
        #expect(groups("networking.k8s.i/v1") == ["networking.k8s.io"])
        #expect(groups("projectcalco.org/v3") == ["projectcalico.org"])
        #expect(groups("crd.projectcalico.org/v1", "NetworkPolcy") == ["projectcalico.org"])
        #expect(Set(groups("v1")) == ["networking.k8s.io", "projectcalico.org"])
        #expect(
            Set(snapshot("kind: NetworkPolicy\nmetadata: {name: p}").objects.invalid.map(\.reference.group)).count == 2)
    }

    @Test(arguments: ["IPPool", "BGPPeer", "FelixConfiguration", "HostEndpoint", "Profile", "Node", "WorkloadEndpoint"])
    func otherKindsAreSkipped(kind: String) {
        for version in ["projectcalico.org/v3", "crd.projectcalico.org/v1"] {
            let state = snapshot(text(version, kind))
            #expect(state.mistakes.isEmpty && state.notes.count == 1, "\(state.mistakes)")
        }
    }

    /// A policy of Calico is not taken for one of Kubernetes, nor a staged one for one that is enforced.
    @Test func mistakesDoNotSpread() {
        let calico = snapshot(text("projectcalico.org/v3", spec: "{podSelector: {}, selector: '('}"))
        #expect(calico.objects.invalid.map(\.reference.group) == ["projectcalico.org"])
        let staged = snapshot(text("projectcalico.org/v3", "StagedKubernetesNetworkPolicy", spec: "{podSelector: 5}"))
        #expect(staged.objects.invalid.map(\.reference.kind) == ["StagedKubernetesNetworkPolicy"])
        #expect(staged.objects.invalid.first?.calico?.isStaged == true)
    }

    @Test func claims() throws {
        func claim(_ spec: String) throws -> CalicoClaim {
            try #require(snapshot(text("projectcalico.org/v3", spec: spec)).objects.invalid.first?.calico)
        }
        let sound = try claim("{tier: t, order: 5, selector: has(a), ingress: [{action: no}]}")
        #expect(sound.tier == "t" && sound.order == 5 && sound.subject == CalicoSubject(selector: .label("a", .exists)))
        #expect(!sound.isStaged)
        let absent = try claim("{ingress: [{action: no}]}")
        #expect(absent.tier == "default" && absent.order == .infinity && absent.subject == CalicoSubject())
        let slip = try claim("{selectr: has(a)}")
        #expect(slip.tier == nil && slip.order == nil && slip.subject == nil)
        let broken = try claim("{tier: [t], order: 5, selector: '('}")
        #expect(broken.tier == nil && broken.order == 5 && broken.subject == nil)
        let nothing = try claim("7")
        #expect(nothing.tier == nil && nothing.order == nil && nothing.subject == nil)
    }
}
