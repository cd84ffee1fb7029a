import Foundation
import Kubernetes
import Testing

@testable import Routing

/// The conformance tests of the Gateway API, as tables: objects in, conditions and outcomes of requests out.
@Suite("Gateway API conformance")
struct ConformanceTests {
    static let expectations = matchingExpectations.merging(filterExpectations) { a, _ in a }
        .merging(referenceExpectations) { a, _ in a }.merging(gatewayExpectations) { a, _ in a }

    static let isThere = ConformanceFixture.directory != nil

    /// Like the suite: each Gateway has addresses of its own, and the gateway can do all that it offers.
    static var options: RoutingOptions {
        var options = RoutingOptions()
        options.gatewaysShareAddresses = false
        options.checksClientCertificates = true
        options.addresses = [Gateway.Address(type: "IPAddress", value: "127.0.0.1")]
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

    /// What the suite fills in when it runs: addresses of pods.
    static func fill(_ text: String) -> String {
        text.replacing("addressType: IPv4\nports", with: "addressType: IPv4\nendpoints: [{addresses: [10.2.0.1]}]\nports")
            .replacing(
                "addressType: IPv6\nports", with: "addressType: IPv6\nendpoints: [{addresses: ['fd00::1']}]\nports")
    }
}
