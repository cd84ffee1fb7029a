import Kubernetes
import Testing

@testable import ModelTraffic

@Suite("What a model costs behind a Service")
struct PriceTableTests {
    private func table(_ yaml: String, mistakes: Int = 0) -> PriceTable {
        let snapshot = ObjectDecoder.snapshot(files: [("f.yaml", Array(yaml.utf8))], revision: 1)
        #expect(snapshot.mistakes.count == mistakes, "\(snapshot.mistakes)")
        return PriceTable(snapshot.objects)
    }

    private func provider(_ name: String, namespace: String = "ai", services: String, models: String) -> String {
        """
        ---
        apiVersion: sallyport.dev/v1alpha1
        kind: Provider
        metadata: {name: \(name), namespace: \(namespace)}
        spec: {services: [\(services)], models: [\(models)]}

        """
    }

    private func model(_ match: String, _ price: String, more: String = "") -> String {
        "{match: [\(match)], prices: {input: '\(price)', output: '\(price)'}\(more)}"
    }

    private let openai = NamespacedName("ai", "openai")

    @Test("the first entry that matches counts")
    func order() throws {
        let table = table(
            provider(
                "p", services: "openai, azure",
                models: [
                    model("'gpt-4o-mini*', o3", "0.15", more: ", maxOutputTokens: 16384"), model("'gpt-4o*'", "2.5"),
                    model("'*'", "100"),
                ]
                .joined(separator: ", ")))
        #expect(!table.isEmpty)
        for (name, price) in [
            ("gpt-4o-mini-2024", 150_000), ("o3", 150_000), ("gpt-4o", 2_500_000), ("GPT-4o", 100_000_000),
        ] {
            for service in ["openai", "azure"] {
                let terms = table.terms(NamespacedName("ai", service), model: name)
                #expect(terms.prices?.input == Int64(price), "\(name)")
            }
        }
        #expect(table.terms(openai, model: "o3").maxOutputTokens == 16_384)
        #expect(table.terms(openai, model: "gpt-4o").maxOutputTokens == nil)
        #expect(table.terms(NamespacedName("ai", "other"), model: "o3") == .unknown)
        #expect(table.terms(NamespacedName("x", "openai"), model: "o3") == .unknown)
    }

    @Test("a model that nobody named is priced only where every model is")
    func unnamed() {
        let some = table(provider("p", services: "openai", models: model("'gpt*'", "1")))
        #expect(some.terms(openai, model: nil) == .unknown && some.terms(openai, model: "llama") == .unknown)
        let all = table(provider("p", services: "openai", models: model("'gpt*'", "1") + ", " + model("'*'", "9")))
        #expect(all.terms(openai, model: nil).prices?.input == 9_000_000)
    }

    @Test("a Service belongs to the first Provider that lists it; the others say nothing about it")
    func first() {
        let table = table(
            provider("b", services: "openai, azure", models: model("'*'", "2"))
                + provider("a", services: "openai", models: model("'gpt*'", "1"))
                + provider("a", namespace: "other", services: "openai", models: model("'*'", "7")))
        #expect(table.terms(openai, model: "gpt").prices?.input == 1_000_000)
        #expect(table.terms(openai, model: "llama") == .unknown)
        #expect(table.terms(NamespacedName("ai", "azure"), model: "gpt").prices?.input == 2_000_000)
        #expect(table.terms(NamespacedName("other", "openai"), model: "gpt").prices?.input == 7_000_000)
    }

    @Test("no prices, no Provider, or one with mistakes: not known")
    func unknown() {
        #expect(table("").isEmpty && table("").terms(openai, model: "x") == .unknown)
        let limited = table(provider("p", services: "openai", models: "{match: ['*'], maxOutputTokens: 5}"))
        #expect(limited.terms(openai, model: "x") == ModelTerms(prices: nil, maxOutputTokens: 5))
        let wrong = table(provider("p", services: "openai", models: model("'*'", "1.0000001")), mistakes: 2)
        #expect(wrong.terms(openai, model: "x") == .unknown)
    }

    @Test("parts without a price of their own cost what the whole costs")
    func parts() {
        let prices = "{match: ['*'], prices: {input: '3', output: '15', cachedInput: '0.3'}}"
        let terms = table(provider("p", services: "openai", models: prices)).terms(openai, model: "x").prices
        #expect(terms?.cachedInput == 300_000 && terms?.cacheWrite == 3_000_000 && terms?.reasoning == 15_000_000)
    }
}
