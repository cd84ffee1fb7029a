import Foundation
import Kubernetes
import ModelTraffic
import Policy
import Testing

@testable import sallyport

@Suite("What check finds, printed")
struct CheckTests {
    private let guarantee = """
        apiVersion: sallyport.dev/v1alpha1
        kind: Guarantee
        metadata: {name: g}
        spec:
          rules:
            - name: holds
              never: {from: [{workloads: {namespaces: [data]}}], to: [{workloads: {namespaces: [shop], names: [web-1]}}]}
            - name: broken
              never: {from: [{workloads: {asset: data}}], to: [{workloads: {names: [agent]}}]}
            - name: nobody
              never: {from: [{workloads: {names: [nobody]}}], to: [{outside: {}}]}
        """

    private let mistake = """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: wrong, namespace: shop}
        spec: {podSelector: {}, ingres: []}
        """

    @Test("a refuted guarantee is an error, one about nobody a warning, each at its line")
    func findings() throws {
        let report = CheckReport(try cluster(smallCluster, guarantee))
        let proofs = report.findings.filter { $0.rule.hasPrefix("guarantee") }
        #expect(proofs.map(\.rule) == ["guarantee-refuted", "guarantee-vacuous"])
        #expect(proofs.map(\.level) == [.error, .warning])
        #expect(proofs.map(\.position?.line) == [8, 10])
        #expect(proofs[0].message.contains("data/db -> shop/agent on TCP 1 is allowed; no policy restricts it"))
        #expect(report.proved == 1 && report.exitCode(isStrict: false) == 1)
    }

    @Test("what would break it while it is only staged is a warning")
    func staged() throws {
        let promise = guarantee.replacing("name: broken", with: "name: x").replacing(
            "never: {from: [{workloads: {asset", with: "always: {ports: [{port: 1}], from: [{workloads: {asset")
        let policy = """
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: {name: closed, namespace: shop, annotations: {sallyport.dev/enforcement: staged}}
            spec: {podSelector: {matchLabels: {app: agent}}}
            """
        let report = CheckReport(try cluster(smallCluster, promise, policy))
        let rules = report.findings.map(\.rule)
        #expect(rules.contains("guarantee-refuted-when-staged") && !rules.contains("guarantee-refuted"))
        #expect(report.exitCode(isStrict: false) == 0 && report.exitCode(isStrict: true) == 1)
    }

    @Test("with mistakes nothing else is said, and the exit code is their own")
    func mistakes() throws {
        let report = CheckReport(try cluster(smallCluster, guarantee, mistake))
        #expect(report.findings.map(\.rule) == ["mistake"])
        #expect(report.exitCode(isStrict: false) == 65)
        #expect(
            report.lines(Terminal(descriptor: 1, environment: ["NO_COLOR": "1"])).last?.hasPrefix("1 mistake") == true)
    }

    @Test("every rule that finds something is described in SARIF")
    func sarif() throws {
        let cluster = try cluster(smallCluster, guarantee)
        let text = try printed { SarifReport(CheckReport(cluster)).write(&$0) }
        let document = try JSONDocument(Array(text.utf8))
        #expect(document.root["version"]?.string == "2.1.0")
        let run = try #require(document.root["runs"]?.elements.first { _ in true })
        let rules = try #require(run["tool"]?["driver"]?["rules"]).elements.map { $0["id"]?.string }
        let results = try #require(run["results"]).elements.map { $0 }
        #expect(!results.isEmpty && Set(rules).count == rules.count)
        for result in results {
            let index = try #require(result["ruleIndex"]?.integer)
            #expect(rules[Int(index)] == result["ruleId"]?.string)
            #expect(result["message"]?["text"]?.string?.isEmpty == false)
        }
    }

    @Test("paths become references, and properties of annotations cannot be left")
    func escaping() {
        #expect(SarifReport.uri("a b/ü%.yaml") == "a%20b/%C3%BC%25.yaml")
        #expect(SarifReport.uri("/tmp/a.yaml") == "file:///tmp/a.yaml")
        #expect(CheckReport.path("a.yaml", in: ".") == "a.yaml")
        #expect(CheckReport.path("a.yaml", in: "d/") == "d/a.yaml")
        let finding = CheckFinding(
            rule: "r", level: .warning, position: Position(file: "a,b:c%.yaml", line: 1, column: 2), object: nil,
            message: "100% of\nit, now: yes")
        #expect(
            CheckReport.annotation(finding, in: "d")
                == "::warning file=d/a%2Cb%3Ac%25.yaml,line=1,col=2,title=r::100%25 of\\u{a}it, now: yes")
    }
}
