import Addresses
import Foundation
import Kubernetes
import Testing

@testable import Routing

/// The conformance tests of the Gateway API, as tables: objects in, conditions and outcomes of requests out.
@Suite("Gateway API conformance")
struct ConformanceTests {
    static let expectations = matchingExpectations.merging(filterExpectations) { a, _ in a }
        .merging(referenceExpectations) { a, _ in a }.merging(gatewayExpectations) { a, _ in a }
        .merging(listenerSetExpectations) { a, _ in a }

    static let isThere = ConformanceFixture.directory != nil

    /// Like the suite: each Gateway has addresses of its own, and the gateway can do all that it offers.
    static var options: RoutingOptions {
        var options = RoutingOptions()
        options.gatewaysShareAddresses = false
        options.addresses = [.ip(Address(ipv4: 0x7f00_0001))]
        return options
    }

    @Test(
        "by table", .enabled(if: isThere, "skipped: the conformance manifests are not there (SALLYPORT_CONFORMANCE)"),
        arguments: expectations.keys.sorted())
    func table(name: String) throws {
        let row = try #require(ConformanceFixture.rows.first { $0.name == name }, "no such conformance test")
        let snapshot = try ConformanceFixture.snapshot(of: row, edit: Self.fill)
        #expect(snapshot.mistakes == [], "the manifests are good")
        var checker = ExpectationChecker(compile(snapshot, options: Self.options))
        #expect(checker.check(Self.expectations[name] ?? "") > 0)
    }

    @Test("conditions follow the generation of the object", .enabled(if: isThere))
    func observedGeneration() throws {
        let names = [
            "GatewayObservedGenerationBump", "HTTPRouteObservedGenerationBump", "GatewayClassObservedGenerationBump",
            "BackendTLSPolicyObservedGenerationBump",
        ]
        for name in names {
            let row = try #require(ConformanceFixture.rows.first { $0.name == name })
            var snapshot = try ConformanceFixture.snapshot(of: row)
            for key in snapshot.objects.gateways.keys { snapshot.objects.gateways[key]?.metadata.generation = 7 }
            for key in snapshot.objects.httpRoutes.keys { snapshot.objects.httpRoutes[key]?.metadata.generation = 7 }
            for key in snapshot.objects.gatewayClasses.keys {
                snapshot.objects.gatewayClasses[key]?.metadata.generation = 7
            }
            for key in snapshot.objects.backendTLSPolicies.keys {
                snapshot.objects.backendTLSPolicies[key]?.metadata.generation = 7
            }
            let statuses = compile(snapshot, options: Self.options).statuses
            let conditions = statuses.flatMap {
                $0.object.conditions + $0.listeners.flatMap(\.conditions) + $0.parents.flatMap(\.conditions)
            }
            #expect(!conditions.isEmpty)
            #expect(conditions.allSatisfy { $0.observedGeneration == 7 }, "\(name)")
            let kind = name.replacing("ObservedGenerationBump", with: "")
            #expect(statuses.contains { $0.object.reference.kind == kind }, "\(kind) has a status")
        }
    }

    @Test("listeners are added and removed", .enabled(if: isThere))
    func modifyListeners() throws {
        let row = try #require(ConformanceFixture.rows.first { $0.name == "GatewayModifyListeners" })
        var snapshot = try ConformanceFixture.snapshot(of: row)
        let removing = NamespacedName("gateway-conformance-infra", "gateway-remove-listener")
        let adding = NamespacedName("gateway-conformance-infra", "gateway-add-listener")
        var added = try #require(snapshot.objects.gateways[removing]?.listeners.last)
        added.hostname = "data.test.com"
        snapshot.objects.gateways[adding]?.listeners.append(added)
        snapshot.objects.gateways[removing]?.listeners.removeFirst()
        var checker = ExpectationChecker(compile(snapshot, options: Self.options))
        _ = checker.check(
            """
            listener gateway-add-listener/https attached=1 Accepted=True ResolvedRefs=True
            listener gateway-add-listener/http attached=1 Accepted=True ResolvedRefs=True
            listener gateway-remove-listener/http attached=1 Accepted=True ResolvedRefs=True
            gateway gateway-add-listener:80
            GET data.test.com/ -> infra-backend-v1
            GET other.test.com/ -> 404
            gateway gateway-remove-listener:80
            GET / -> infra-backend-v1
            """)
        #expect(compile(snapshot, options: Self.options).port(443, of: removing) == nil)
    }

    @Test("addresses that are asked for", .enabled(if: isThere))
    func staticAddresses() throws {
        let row = try #require(ConformanceFixture.rows.first { $0.name == "GatewayStaticAddresses" })
        var snapshot = try ConformanceFixture.snapshot(of: row) {
            $0.replacing("PLACEHOLDER_UNUSABLE_ADDRS", with: "192.0.2.1").replacing(
                "PLACEHOLDER_USABLE_ADDRS", with: "127.0.0.1")
        }
        let key = NamespacedName("gateway-conformance-infra", "gateway-static-addresses")
        let expected = [
            "Accepted=False/UnsupportedAddress", "Accepted=True/Accepted Programmed=False/AddressNotUsable",
            "Accepted=True/Accepted Programmed=True/Programmed",
        ]
        for line in expected {
            let table = compile(snapshot, options: Self.options)
            var checker = ExpectationChecker(table)
            _ = checker.check("status Gateway gateway-static-addresses \(line)")
            let isServed = table.port(8080, of: key) != nil
            #expect(isServed == line.hasSuffix("Programmed"), "served only at the addresses that are asked for")
            if isServed {
                let status = table.statuses.first { $0.object.reference.name == key.name }
                #expect(status?.addresses == Self.options.addresses)
            }
            snapshot.objects.gateways[key]?.addresses.removeFirst()
        }
    }

    /// What the suite fills in when it runs: addresses of pods.
    static func fill(_ text: String) -> String {
        text.replacing(
            "addressType: IPv4\nports", with: "addressType: IPv4\nendpoints: [{addresses: [10.2.0.1]}]\nports"
        )
        .replacing(
            "addressType: IPv6\nports", with: "addressType: IPv6\nendpoints: [{addresses: ['fd00::1']}]\nports")
    }
}
