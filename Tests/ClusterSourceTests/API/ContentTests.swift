import Kubernetes
import Testing

@testable import ClusterSource

/// Secrets and ConfigMaps: each by its name, only those that objects name, and only where they may.
@Suite(.timeLimit(.minutes(2))) struct ContentTests {
    private static let gateways = FakeCluster.Kind(
        group: "gateway.networking.k8s.io", version: "v1", plural: "gateways", kind: "Gateway")
    private static let classes = FakeCluster.Kind(
        group: "gateway.networking.k8s.io", version: "v1", plural: "gatewayclasses", kind: "GatewayClass",
        isNamespaced: false)
    private static let grants = FakeCluster.Kind(
        group: "gateway.networking.k8s.io", version: "v1beta1", plural: "referencegrants", kind: "ReferenceGrant")
    private static let kinds = [gateways, classes, grants]

    /// A cluster with a class of ours, and Secrets in two namespaces.
    private func fixture(factor: Double = 20) async throws -> Fixture {
        let fixture = try await Fixture(Self.kinds + [FakeCluster.secrets], factor: factor)
        fixture.cluster.put(Self.classes, "ours", #""spec":{"controllerName":"sallyport.dev/gateway"}"#)
        fixture.cluster.put(Self.classes, "theirs", #""spec":{"controllerName":"example.com/other"}"#)
        for (namespace, name) in [("ai", "tls"), ("ai", "other"), ("vault", "tls")] {
            secret(fixture, name, in: namespace, "MQ==")
        }
        return fixture
    }

    private func secret(_ fixture: Fixture, _ name: String, in namespace: String, _ value: String) {
        fixture.cluster.put(FakeCluster.secrets, name, in: namespace, #""type":"Opaque","data":{"key":"\#(value)"}"#)
    }

    private func gateway(
        _ fixture: Fixture, _ name: String, class className: String = "ours", secret: String,
        in namespace: String? = nil
    ) {
        let place = namespace.map { #","namespace":"\#($0)""# } ?? ""
        fixture.cluster.put(
            Self.gateways, name, in: "ai",
            """
            "spec":{"gatewayClassName":"\(className)","listeners":[{"name":"l","port":443,"protocol":"HTTPS",
            "tls":{"certificateRefs":[{"name":"\(secret)"\(place)}]}}]}
            """)
    }

    private func source(_ fixture: Fixture, _ contents: Scope.Contents = .all) -> APIServerSource {
        fixture.source(Self.kinds, contents: contents)
    }

    private func names(_ snapshot: Snapshot?) -> [String] {
        (snapshot?.objects.secrets.keys.map(\.description) ?? []).sorted()
    }

    @Test func comesWithTheFirstSnapshotAndIsFollowed() async throws {
        let fixture = try await fixture()
        gateway(fixture, "g", secret: "tls")
        let source = source(fixture)
        #expect(names(try await source.load(within: nil)) == ["ai/tls"])
        secret(fixture, "tls", in: "ai", "Mg==")
        let changed = await source.next { $0.objects.secrets.values.first?.data["key"]?.reveal { $0 } == [0x32] }
        #expect(names(changed) == ["ai/tls"])
        fixture.cluster.delete(FakeCluster.secrets, "tls", in: "ai")
        #expect(await source.next { $0.objects.secrets.isEmpty } != nil)
        secret(fixture, "tls", in: "ai", "Mw==")
        #expect(names(await source.next { !$0.objects.secrets.isEmpty }) == ["ai/tls"])
        // Nothing but that one was ever asked for, and nothing was listed.
        let asked = fixture.server.requests.filter { $0.path.contains("secrets") }
        #expect(asked.allSatisfy { $0.path.hasPrefix("/api/v1/namespaces/ai/secrets") })
        #expect(
            asked.allSatisfy {
                $0.isWatch ? $0.query["fieldSelector"] == "metadata.name=tls" : $0.path.hasSuffix("/tls")
            })
    }

    @Test func isThereWithTheObjectThatNamesIt() async throws {
        // Slow, so that the second which the object waits for it is long enough on any machine.
        let fixture = try await fixture(factor: 0.05)
        let source = source(fixture)
        #expect(names(try await source.load(within: nil)).isEmpty)
        gateway(fixture, "g", secret: "tls")
        let snapshot = await source.next { !$0.objects.gateways.isEmpty }
        #expect(names(snapshot) == ["ai/tls"])
        gateway(fixture, "g", secret: "other")
        #expect(names(await source.next { self.names($0) != ["ai/tls"] }) == ["ai/other"])
        fixture.cluster.delete(Self.gateways, "g", in: "ai")
        #expect(names(await source.next { $0.objects.gateways.isEmpty && $0.objects.secrets.isEmpty }).isEmpty)
    }

    @Test func crossesNamespacesOnlyWithAGrant() async throws {
        let fixture = try await fixture()
        gateway(fixture, "g", secret: "tls", in: "vault")
        let source = source(fixture)
        #expect(names(try await source.load(within: nil)).isEmpty)
        #expect(!fixture.server.requests.contains { $0.path.contains("secrets") })
        fixture.cluster.put(
            Self.grants, "grant", in: "vault",
            """
            "spec":{"from":[{"group":"gateway.networking.k8s.io","kind":"Gateway","namespace":"ai"}],
            "to":[{"group":"","kind":"Secret","name":"tls"}]}
            """)
        #expect(names(await source.next { !$0.objects.secrets.isEmpty }) == ["vault/tls"])
        fixture.cluster.delete(Self.grants, "grant", in: "vault")
        #expect(await source.next { $0.objects.secrets.isEmpty } != nil)
    }

    @Test func gatewaysOfOthersAndOtherGatewaysDoNotCount() async throws {
        let fixture = try await fixture()
        gateway(fixture, "foreign", class: "theirs", secret: "other")
        gateway(fixture, "mine", secret: "tls")
        gateway(fixture, "second", secret: "other")
        let one = source(fixture, .gateway(NamespacedName("ai", "mine")))
        #expect(names(try await one.load(within: nil)) == ["ai/tls"])
        let none = source(fixture, .none)
        #expect(names(try await none.load(within: nil)).isEmpty)
    }

    @Test func aRefusalIsAMistakeWithWhatMendsIt() async throws {
        let fixture = try await fixture()
        gateway(fixture, "g", secret: "tls")
        fixture.cluster.fault { request in
            request.path.contains("/secrets") ? FakeCluster.status(403, "Forbidden", "secrets is forbidden") : nil
        }
        let source = source(fixture)
        let first = try await source.load(within: nil)
        #expect(first.objects.secrets.isEmpty)
        #expect(
            first.mistakes.map(\.description) == [
                "Gateway ai/g: Secret ai/tls may not be read: add ai to secrets.namespaces of the chart, or run: "
                    + "sallyport install --secrets-of ai"
            ])
        fixture.cluster.fault(nil)
        let mended = await source.next { !$0.objects.secrets.isEmpty }
        #expect(mended?.mistakes.isEmpty == true && names(mended) == ["ai/tls"])
    }

    @Test func whereOnlyGetIsAllowedItIsLookedAt() async throws {
        let fixture = try await fixture()
        gateway(fixture, "g", secret: "tls")
        fixture.cluster.fault { request in
            request.isWatch && request.path.contains("/secrets") ? FakeCluster.status(403, "Forbidden", "no") : nil
        }
        let source = source(fixture)
        let first = try await source.load(within: nil)
        #expect(names(first) == ["ai/tls"] && first.mistakes.isEmpty)
        fixture.cluster.delete(FakeCluster.secrets, "tls", in: "ai")
        #expect(await source.next { $0.objects.secrets.isEmpty } != nil)
    }
}
