import Addresses
import Testing

@testable import Kubernetes

@Suite struct GuaranteeTests {
    static func guarantee(_ rules: String) -> String {
        "apiVersion: sallyport.dev/v1alpha1\nkind: Guarantee\nmetadata: {name: g}\nspec: {rules: [\(rules)]}\n"
    }

    private func rules(_ text: String) -> [Guarantee.Rule]? {
        snapshot(Self.guarantee(text)).objects.guarantees[NamespacedName("", "g")]?.rules
    }

    @Test func whole() throws {
        let rule = try #require(
            rules(
                "{name: a, never: {from: [{workloads: {asset: model}}], to: [{outside: {except: [10.0.0.0/8]}}, {domainNames: ['*.example.com']}], ports: [{protocol: UDP, port: 53}, {port: 1, endPort: 9}, {protocol: SCTP}]}}"
            )?.first)
        let block = try #require(Prefix("10.0.0.0/8"))
        let nine = try #require(PortRange(UInt16(1), UInt16(9)))
        #expect(rule.name == "a" && rule.promise == .never && rule.via.isEmpty)
        #expect(rule.from == [.workloads(Guarantee.Workloads(asset: .model))])
        #expect(rule.to == [.outside(cidrs: nil, except: [block]), .domainNames(["*.example.com"])])
        #expect(
            rule.ports == [
                .init(proto: .udp, range: PortRange(53)), .init(proto: .tcp, range: nine),
                .init(proto: .sctp, range: .all),
            ])
    }

    @Test("onlyVia is for everybody unless it says for whom; never and onlyVia are about all traffic")
    func onlyVia() throws {
        let side = "[{workloads: {namespaces: [ml], kind: Deployment, names: [a]}}]"
        let rule = try #require(rules("{onlyVia: {via: \(side), to: [{addresses: [10.0.0.0/8]}]}}")?.first)
        let workloads = Guarantee.Workloads(namespaces: ["ml"], kind: "Deployment", names: ["a"])
        #expect(rule.name == "rule-0" && rule.promise == .onlyVia && rule.ports == nil)
        #expect(rule.via == [.workloads(workloads)] && rule.from == [.anything])
        let narrowed = try #require(
            rules("{onlyVia: {via: \(side), from: [{workloads: {}}], to: [{anything: {}}]}}")?.first)
        #expect(narrowed.from == [.workloads(Guarantee.Workloads())] && narrowed.to == [.anything])
    }

    @Test("an absent selector is not an empty one")
    func selectors() {
        let text = "{never: {from: [{workloads: {namespaceSelector: {}}}], to: [{workloads: {podSelector: {}}}]}}"
        let rule = rules(text)?.first
        #expect(rule?.from == [.workloads(Guarantee.Workloads(namespaceSelector: .everything))])
        #expect(rule?.to == [.workloads(Guarantee.Workloads(podSelector: .everything))])
    }

    @Test(arguments: [
        ("", "rules: must have at least 1"), ("{name: a}", "rules[0]: must have exactly one of never"),
        (
            "{never: {from: [{anything: {}}], to: [{anything: {}}]}, always: {from: [{anything: {}}], to: [{anything: {}}], ports: [{}]}}",
            "rules[0]: must have exactly one of never"
        ),
        ("{never: {to: [{anything: {}}]}}", "rules[0].never.from: must be there"),
        ("{never: {from: [], to: [{anything: {}}]}}", "rules[0].never.from: must have at least 1"),
        ("{never: {from: [{}], to: [{anything: {}}]}}", "rules[0].never.from[0]: must have exactly one of workloads"),
        (
            "{never: {from: [{anything: {}, outside: {}}], to: [{anything: {}}]}}",
            "rules[0].never.from[0]: must have exactly one of workloads"
        ),
        (
            "{never: {from: [{domainNames: [a.b]}], to: [{anything: {}}]}}",
            "rules[0].never.from[0].domainNames: must not be there when connections come from it"
        ),
        ("{onlyVia: {to: [{anything: {}}]}}", "rules[0].onlyVia.via: must be there"),
        (
            "{never: {via: [{anything: {}}], from: [{anything: {}}], to: [{anything: {}}]}}",
            "rules[0].never.via: no such field"
        ),
        ("{always: {from: [{anything: {}}], to: [{anything: {}}]}}", "rules[0].always.ports: must be there"),
        (
            "{never: {from: [{anything: {}}], to: [{anything: {}}], ports: []}}",
            "rules[0].never.ports: must have at least 1"
        ),
        (
            "{never: {from: [{anything: {}}], to: [{anything: {}}], ports: [{port: 2, endPort: 1}]}}",
            "rules[0].never.ports[0].endPort: must not be less"
        ),
        (
            "{never: {from: [{anything: {}}], to: [{anything: {}}], ports: [{endPort: 1}]}}",
            "rules[0].never.ports[0].endPort: must not be there when there is no port"
        ),
        (
            "{never: {from: [{workloads: {namespaces: []}}], to: [{anything: {}}]}}",
            "rules[0].never.from[0].workloads.namespaces: must not be empty"
        ),
        (
            "{never: {from: [{workloads: {asset: secret}}], to: [{anything: {}}]}}",
            "rules[0].never.from[0].workloads.asset: must be one of model, data, credential"
        ),
        (
            "{never: {from: [{addresses: [10.0.0.1/8]}], to: [{anything: {}}]}}",
            "rules[0].never.from[0].addresses[0]: has host bits set"
        ),
        (
            "{never: {from: [{outside: {cidrs: []}}], to: [{anything: {}}]}}",
            "rules[0].never.from[0].outside.cidrs: must not be empty"
        ),
        (
            "{name: a, never: {from: [{anything: {}}], to: [{anything: {}}]}}, {name: a, never: {from: [{anything: {}}], to: [{anything: {}}]}}",
            "rules: has \"a\" twice"
        ),
    ])
    func mistakesHavePlaces(rule: String, expected: String) {
        let found = mistakes(Self.guarantee(rule))
        #expect(found.count == 1 && found.first?.hasPrefix("4 spec.\(expected)") == true, "\(found)")
    }

    @Test func assets() {
        #expect(Asset.named(labels: [Asset.key: "model"], annotations: [Asset.key: "data"]) == [.model, .data])
        #expect(Asset.named(labels: [Asset.key: "x"], annotations: [:]).isEmpty)
        let template = "template: {metadata: {annotations: {sallyport.dev/asset: modle}}}"
        let result = snapshot(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, labels: {sallyport.dev/asset: Model}}\nspec: {\(template)}\n"
        )
        #expect(
            result.notes.map(\.path) == [
                "metadata.labels[\"sallyport.dev/asset\"]",
                "spec.template.metadata.annotations[\"sallyport.dev/asset\"]",
            ])
        #expect(result.mistakes.isEmpty && result.objects.deployments.count == 1)
        #expect(Asset.allCases.sorted() == [.credential, .data, .model])
    }
}
