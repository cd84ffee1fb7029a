import Foundation
import Testing

@testable import Kubernetes

@Suite("Path patterns") struct PathPatternTests {
    /// The shapes of a pattern, written as patterns again.
    private static func shapes(_ text: String) throws -> [String] {
        try PathPattern(text).shapes.map { shape in
            shape.parts.map { part in
                switch part {
                case .literal(let text): "/" + String(decoding: text, as: UTF8.self)
                case .capture(let before, let after):
                    "/" + String(decoding: before, as: UTF8.self) + "{}" + String(decoding: after, as: UTF8.self)
                case .rest: "/{...}"
                }
            }.joined() + (shape.model.map { " model \($0)" } ?? "")
        }
    }

    @Test(
        "are written out",
        arguments: [
            ("/", ["/"]), ("/a/b", ["/a/b"]), ("/a/", ["/a/"]), ("/{x}", ["/{}"]), ("/{x...}", ["/{...}"]),
            ("/a/{model}/b", ["/a/{}/b model 1"]), ("/{model...}", ["/{...} model 0"]),
            ("/m/{model}:predict", ["/m/{}:predict model 1"]), ("/get_{what}", ["/get_{}"]),
            ("/(a|b)/c", ["/a/c", "/b/c"]), ("/a[/b]", ["/a", "/a/b"]), ("/a[/b|/c]", ["/a", "/a/b", "/a/c"]),
            ("/[v1/]x", ["/x", "/v1/x"]), ("[/{ns...}]/x", ["/x", "/{...}/x"]), ("/(a/b|c)", ["/a/b", "/c"]),
            ("/a[/{x}[/b]]", ["/a", "/a/{}", "/a/{}/b"]), ("/a[/{x}][/{y}]", ["/a", "/a/{}", "/a/{}/{}"]),
            ("/(S|C)M(R|U)", ["/SMR", "/SMU", "/CMR", "/CMU"]), ("/{a...}/b/{c...}", ["/{...}/b/{...}"]),
            ("/a/({model}|b)", ["/a/{} model 1", "/a/b"]), ("/.well-known/x", ["/.well-known/x"]),
            ("/{a...}/b/{c...}/{model}", ["/{...}/b/{...}/{} model 3"]), ("/(a|)", ["/a", "/"]),
        ])
    func written(text: String, expected: [String]) throws {
        #expect(try Self.shapes(text) == expected)
    }

    @Test(
        "say what would be right",
        arguments: [
            ("", "begin with '/'"), ("a/b", "begin with '/'"), ("(/a|b)", "begin with '/'"), ("[/a]", "begin with '/'"),
            ("/a//b", "empty segment"), ("/a/[x]/b", "empty segment"), ("/a/*", "not '*'"),
            ("/a?b=c", "without a query"),
            ("/a|b", "only inside"), ("/a)", "open every"), ("/a}", "open every"), ("/(a", "close every bracket"),
            ("/[a", "close every bracket"), ("/(a]", "open every"), ("/{a", "close every '{'"), ("/{}", "have a name"),
            ("/{...}", "have a name"), ("/{1a}", "have a name"), ("/{a b}", "have a name"), ("/{a}{b}", "one pair"),
            ("/x{a...}", "alone"), ("/{a...}/{b...}", "at most two"), ("/{a...}/x/{b...}/x/{c...}", "at most two"),
            ("/{model}/{model}", "at most one {model}"), ("/{a...}/{model}/{b...}", "both sides"),
            ("/{model...}/x/{b...}", "both sides"), ("/..", "'.' or '..'"), ("/./a", "'.' or '..'"),
            ("/a%2Fb", "only letters"), ("/a b", "only letters"), ("/é", "only letters"), ("/a\\b", "only letters"),
            ("/((((((((((a))))))))))", "deeper than 8"),
            ("/(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)", "more than 256"),
            ("/" + String(repeating: "a", count: 512), "at most 512 bytes"),
            (String(repeating: "/a", count: 25), "at most 24 segments"),
        ])
    func refused(text: String, message: String) {
        do throws(PathPatternError) {
            _ = try PathPattern(text)
            Issue.record("\(text) was taken")
        } catch {
            #expect(error.message.contains(message), "\(text): \(error.message)")
            #expect(error.message.hasPrefix("must "))
        }
    }

    @Test("of two that fit one path, the one that says more wins")
    func order() throws {
        let rising = [
            "/{a...}", "/{a...}/b", "/{a}", "/{a}/b", "/x{a}", "/xy{a}", "/x{a}yz", "/b", "/b/{a...}", "/b/{a}",
        ]
        let ranks = try rising.map { try PathPattern($0).shapes[0].specificity }
        for (less, more) in zip(ranks, ranks.dropFirst()) { #expect(less.lexicographicallyPrecedes(more)) }
        #expect(try PathPattern("/{a}/{b}").shapes[0].specificity == PathPattern("/{model}/{c}").shapes[0].specificity)
    }

    @Test("random texts never crash, and keep the bounds that they promise")
    func fuzz() {
        let seed =
            ProcessInfo.processInfo.environment["SALLYPORT_FUZZ_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...(.max))
        print("PathPatternTests.fuzz seed \(seed)")
        var random = SplitMix(state: seed)
        let pieces = [
            "/", "a", "{x}", "{x...}", "{model}", "(", ")", "[", "]", "|", "{", "}", "...", "*", "%2F", "é", "/b",
            "(a|b)",
            "[/c]", "..", "\u{0}", "?", ":",
        ]
        var good = 0
        for round in 0..<5000 {
            let count = Int.random(in: 0...14, using: &random)
            let text = "/" + (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            guard let pattern = try? PathPattern(text) else { continue }
            good += 1
            let isRight =
                (1...PathPattern.mostShapes).contains(pattern.shapes.count)
                && pattern.shapes.allSatisfy { shape in
                    (1...PathPattern.mostParts).contains(shape.parts.count)
                        && shape.model.map { shape.parts.indices.contains($0) } ?? true
                        && shape.parts.dropLast().allSatisfy { $0 != .literal([]) }
                }
            #expect(
                isRight && Set(pattern.shapes).count == pattern.shapes.count, "seed \(seed) round \(round): \(text)")
        }
        #expect(good > 100, "seed \(seed)")
    }
}
