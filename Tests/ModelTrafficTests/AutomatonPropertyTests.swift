import Kubernetes
import Testing

@testable import ModelTraffic

/// What the rows of a table mean, told without any table: every shape of every row against the path.
struct NaiveEndpoints {
    let rows: [EndpointRow]

    struct Found {
        var shape: PathPattern.Shape
        var row: Int
    }

    func match(_ method: String, _ path: String, isUpgrade: Bool) -> EndpointMatch? {
        let segments = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(Array.init)
        guard path.hasPrefix("/") else { return nil }
        var best: [Found] = []
        for (number, row) in rows.enumerated() where answers(row, method, isUpgrade) {
            for shape in row.path.shapes where fits(shape.parts[...], segments[1...]) {
                let found = Found(shape: shape, row: number)
                guard let first = best.first else {
                    best = [found]
                    continue
                }
                let (own, others) = (rank(shape), rank(first.shape))
                if own == others {
                    best.append(found)
                } else if others.lexicographicallyPrecedes(own) {
                    best = [found]
                }
            }
        }
        guard let first = best.first else { return nil }
        let named = best.first { $0.shape.model != nil }?.shape
        return EndpointMatch(
            classes: best.reduce(into: []) { $0.formUnion(rows[$1.row].classes) }, dialect: rows[first.row].dialect,
            pathModel: named.flatMap { shape in shape.model.map { range($0, shape, segments) } }, row: first.row)
    }

    private func answers(_ row: EndpointRow, _ method: String, _ isUpgrade: Bool) -> Bool {
        if isUpgrade { return method == "GET" && (row.methods.contains(.any) || row.methods.contains(.webSocket)) }
        return row.methods.contains { word in
            word == .any || word.rawValue == method || (word == .grpc && method == "POST")
        }
    }

    private func fits(_ parts: ArraySlice<PathPattern.Part>, _ segments: ArraySlice<[UInt8]>) -> Bool {
        guard let part = parts.first else { return segments.isEmpty }
        guard let segment = segments.first else { return false }
        switch part {
        case .literal(let text): return text == segment && fits(parts.dropFirst(), segments.dropFirst())
        case .capture(let before, let after):
            return segment.count > before.count + after.count && segment.starts(with: before)
                && Array(segment.suffix(after.count)) == after && fits(parts.dropFirst(), segments.dropFirst())
        case .rest:
            guard !segment.isEmpty else { return false }
            return (1...segments.count).contains { fits(parts.dropFirst(), segments.dropFirst($0)) }
        }
    }

    /// Larger says more.
    private func rank(_ shape: PathPattern.Shape) -> [Int] {
        shape.parts.flatMap { part in
            switch part {
            case .literal: [4, 0, 0]
            case .capture(let before, let after): [3, before.count + after.count, before.count]
            case .rest: [2, 0, 0]
            }
        }
    }

    private func range(_ model: Int, _ shape: PathPattern.Shape, _ segments: [[UInt8]]) -> Range<Int> {
        // Index 0 of the segments is what stands before the first slash: nothing.
        let behind = shape.parts.count - model - 1
        let restBefore = shape.parts[..<model].contains(.rest)
        var first = model + 1
        var last = first
        if restBefore { (first, last) = (segments.count - 1 - behind, segments.count - 1 - behind) }
        if shape.parts[model] == .rest { last = segments.count - 1 - behind }
        var start = segments[..<first].map { $0.count + 1 }.reduce(0, +)
        var end = segments[...last].map { $0.count + 1 }.reduce(0, +) - 1
        if case .capture(let before, let after) = shape.parts[model] {
            start += before.count
            end -= after.count
        }
        return start..<end
    }
}

@Suite("Matching against a naive matcher")
struct AutomatonPropertyTests {
    private static let segments = [
        "a", "b", "ab", "abc", "{x}", "{y}", "{model}", "a{x}", "{x}c", "a{x}c", "(a|b)", "{x...}", "{y...}",
        "{model...}", "get_{x}",
    ]
    private static let texts = ["a", "b", "ab", "abc", "ac", "abbc", "get_x", "z", ""]
    private static let methods: [MethodWord] = [.get, .post, .any, .webSocket, .grpc, .head]

    @Test("random tables and paths: the automaton finds what the rows say")
    func random() throws {
        var random = SplitMix(state: runSeed)
        var (matched, models, rests) = (0, 0, 0)
        for round in 0..<150 {
            let rows = (0..<Int.random(in: 1...12, using: &random)).compactMap { _ in Self.row(&random) }
            let naive = NaiveEndpoints(rows: rows)
            let automaton = try EndpointAutomaton(rows)
            for _ in 0..<60 {
                let path = Self.path(&random)
                let method = ["GET", "POST", "HEAD", "PUT", "get"].randomElement(using: &random) ?? "GET"
                let isUpgrade = Int.random(in: 0..<5, using: &random) == 0
                let wanted = naive.match(method, path, isUpgrade: isUpgrade)
                let found = automaton.match(method, path, isUpgrade: isUpgrade).match
                #expect(
                    found == wanted,
                    "seed \(runSeed) round \(round): \(method) \(path) of \(rows.map { "\($0.methods) \($0.path.text)" })"
                )
                if found != wanted { return }
                if let wanted { matched += 1; models += wanted.pathModel == nil ? 0 : 1 }
                if let wanted, rows[wanted.row].path.text.contains("...") { rests += 1 }
            }
        }
        // The test would prove nothing if requests missed every row.
        #expect(matched > 700 && models > 100 && rests > 150, "seed \(runSeed): \(matched) \(models) \(rests)")
    }

    private static func row(_ random: inout SplitMix) -> EndpointRow? {
        var text = ""
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let segment = "/" + (segments.randomElement(using: &random) ?? "a")
            text += Int.random(in: 0..<5, using: &random) == 0 ? "[\(segment)]" : segment
        }
        if Int.random(in: 0..<8, using: &random) == 0 { text += "/" }
        guard let path = try? PathPattern(text) else { return nil }
        let classes = OperationClass.allCases.randomElement(using: &random) ?? .health
        let methods = methods.shuffled(using: &random).prefix(Int.random(in: 1...2, using: &random))
        return EndpointRow(methods: Array(methods), path: path, classes: OperationClasses(classes))
    }

    private static func path(_ random: inout SplitMix) -> String {
        if Int.random(in: 0..<40, using: &random) == 0 { return ["", "*", "a/b"].randomElement(using: &random) ?? "" }
        return (0..<Int.random(in: 1...5, using: &random))
            .map { _ in "/" + (texts.randomElement(using: &random) ?? "a") }.joined()
    }

    @Test("random paths on the built-in servers")
    func builtIn() throws {
        var random = SplitMix(state: runSeed &+ 1)
        for server in ServerCatalogue.builtIn.servers {
            let naive = NaiveEndpoints(rows: server.table.rows)
            let words =
                server.table.rows.flatMap { row in row.path.shapes.flatMap { Self.words($0) } } + ["x", "load", ""]
            for _ in 0..<300 {
                let like = server.table.rows.randomElement(using: &random)?.path.shapes.randomElement(using: &random)
                let path = try #require(like).parts.map { part -> String in
                    let isKept = Int.random(in: 0..<6, using: &random) > 0
                    if isKept, case .literal(let text) = part { return "/" + String(decoding: text, as: UTF8.self) }
                    return "/" + (words.randomElement(using: &random) ?? "x")
                }.joined()
                let method = ["GET", "POST", "DELETE", "PUT"].randomElement(using: &random) ?? "GET"
                let found = server.automaton.match(method, path).match
                let wanted = naive.match(method, path, isUpgrade: false)
                #expect(found?.classes == wanted?.classes, "seed \(runSeed): \(server.table.name) \(method) \(path)")
                #expect(
                    found?.pathModel == wanted?.pathModel, "seed \(runSeed): \(server.table.name) \(method) \(path)")
            }
        }
    }

    private static func words(_ shape: PathPattern.Shape) -> [String] {
        shape.parts.compactMap {
            if case .literal(let text) = $0 { String(decoding: text, as: UTF8.self) } else { nil }
        }
    }
}
