import Foundation
import Testing

@testable import Kubernetes

/// Schemas and decoders say the same: what one takes the other takes, and they know the same fields.
@Suite("Schemas and decoders") struct SchemaAgreementTests {
    static let seed =
        ProcessInfo.processInfo.environment["SALLYPORT_FUZZ_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 0 ... .max)

    static func objects(_ name: String, _ kind: KindSchema) -> SchemaObjects {
        print("SchemaAgreementTests.\(name) \(kind.kind) seed \(seed)")
        return SchemaObjects(random: SplitMix(state: seed))
    }

    @Test("every kind of ours has a schema, with the same names")
    func kinds() {
        let own = Kind.all.filter { $0.group == Kind.ownGroup }
        #expect(Set(own.map(\.name)) == Set(KindSchema.all.map(\.kind)))
        for kind in KindSchema.all {
            let read = Kind.find(group: kind.group, name: kind.kind)
            #expect(read?.isNamespaced == kind.isNamespaced && read?.versions == [kind.version], "\(kind.kind)")
        }
    }

    @Test("random objects of a schema decode without mistakes", arguments: KindSchema.all)
    func random(kind: KindSchema) {
        var objects = Self.objects("random", kind)
        let judge = SchemaMeanings.judge(kind)
        let (new, old) = (kind.schema(withRules: true).forObjects, kind.schema(withRules: false).forObjects)
        for round in 0..<60 {
            objects.isFull = round % 3 == 0
            let object = objects.object(kind)
            let said = KindSchema.mistakes(object)
            #expect(said == [], "seed \(Self.seed) round \(round): \(object.json)")
            let refused = judge.problems(object, new) + judge.problems(object, old)
            #expect(refused == [], "seed \(Self.seed) round \(round): \(object.json)")
        }
    }

    @Test("decoders ask for the fields of the schema, and for no others", arguments: KindSchema.all)
    func fields(kind: KindSchema) throws {
        var objects = Self.objects("fields", kind)
        objects.isFull = true
        let read = try #require(Kind.find(group: kind.group, name: kind.kind))
        var asked: [String: Set<String>] = [:]
        for _ in 0..<40 {
            for (path, names) in try Self.askedNames(read, objects.object(kind)) {
                asked[path.replacing(/\[\d+\]/, with: ""), default: []].formUnion(names)
            }
        }
        let known = Self.fields(.object(kind.spec), "spec")
        for (path, names) in known {
            // Names of the outside say who is connected to, never who connects: there the field is asked for to say so.
            let isSource = kind.kind == Guarantee.kind && (path.hasSuffix(".from") || path.hasSuffix(".via"))
            #expect((asked[path] ?? []).subtracting(isSource ? ["domainNames"] : []) == names, "\(kind.kind) \(path)")
        }
        let others = asked.keys.filter { $0.hasPrefix("spec") && known[$0] == nil && !Self.isMap(kind, $0) }
        #expect(others.sorted() == [], "\(kind.kind)")
    }

    private static func askedNames(_ kind: Kind, _ object: YAMLTree) throws -> [(path: String, names: Set<String>)] {
        let value = try JSONReader.read(Array(object.json.utf8))
        let context = ReadingContext(file: "x.json", object: nil, hidesValues: false, unknownFields: kind.unknownFields)
        let fields = Fields(value, context)
        fields.ignore("apiVersion", "kind", "status")
        let metadata = ObjectMeta(fields.need("metadata"), isNamespaced: kind.isNamespaced, name: kind.nameCheck)
        _ = kind.read(metadata, fields)
        defer { context.forgetReaders() }
        return context.askedNames
    }

    /// Names of the fields of every map, by its path.
    private static func fields(_ node: SchemaNode, _ path: String) -> [String: Set<String>] {
        switch node {
        case .object(let object):
            return object.fields.reduce(into: [path: Set(object.fields.map(\.name))]) { all, field in
                all.merge(fields(field.node, "\(path).\(field.name)")) { $0.union($1) }
            }
        case .list(let element, _, _): return fields(element, path)
        default: return [:]
        }
    }

    /// True for a map whose names are not known before.
    private static func isMap(_ kind: KindSchema, _ path: String) -> Bool {
        var node = SchemaNode.object(kind.spec)
        for step in path.split(separator: ".").dropFirst() {
            if case .list(let element, _, _) = node { node = element }
            guard case .object(let object) = node, let field = object.fields.first(where: { $0.name == step }) else {
                return false
            }
            node = field.node
        }
        if case .map = node { return true } else { return false }
    }

    @Test("what is just wrong is refused by both", arguments: KindSchema.all)
    func bounds(kind: KindSchema) {
        var objects = Self.objects("bounds", kind)
        objects.isFull = true
        let judge = SchemaMeanings.judge(kind)
        let schema = kind.schema(withRules: true).forObjects
        var tried: Set<String> = []
        for _ in 0..<6 {
            let object = objects.object(kind)
            guard let spec = object["spec"] else { continue }
            for change in SchemaChange.all(.object(kind.spec), spec, "spec") where tried.insert(change.name).inserted {
                let changed = object.with("spec", change.value)
                // A rule between fields may refuse what the field itself may be.
                let refused = judge.problems(changed, schema).filter { said in
                    !change.schemaTakes || !SchemaMeanings.expressions.keys.contains { said.hasSuffix($0) }
                }
                #expect(refused.isEmpty == change.schemaTakes, "schema: \(change.name)")
                #expect(KindSchema.mistakes(changed).isEmpty == change.decoderTakes, "decoder: \(change.name)")
            }
        }
        #expect(tried.count > 20, "\(kind.kind)")
    }

    @Test(
        "what a rule forbids is refused with CEL, without it where it can be said, and by the decoder",
        arguments: KindSchema.all)
    func rules(kind: KindSchema) {
        var objects = Self.objects("rules", kind)
        let judge = SchemaMeanings.judge(kind)
        let (new, old) = (kind.schema(withRules: true).forObjects, kind.schema(withRules: false).forObjects)
        var broken: [String: Int] = [:]
        let all = Set(SchemaMeanings.objects(.object(kind.spec)).flatMap(\.rules).map(\.message))
        for round in 0..<400 where !all.allSatisfy({ broken[$0, default: 0] >= 5 }) {
            objects.isFull = round % 2 == 0
            let object = objects.object(kind)
            for change in SchemaChange.breaking(.object(kind.spec), object["spec"] ?? "", &objects)
            where broken[change.name, default: 0] < 20 {
                broken[change.name, default: 0] += 1
                let changed = object.with("spec", change.value)
                let isExpression = SchemaMeanings.expressions[change.name] != nil
                let place = "seed \(Self.seed): \(change.name): \(changed.json)"
                #expect(!judge.problems(changed, new).isEmpty, "\(place)")
                #expect(judge.problems(changed, old).isEmpty == isExpression, "\(place)")
                #expect(!KindSchema.mistakes(changed).isEmpty, "\(place)")
            }
        }
        #expect(Set(broken.keys) == all, "\(kind.kind)")
    }

    @Test("no rule is without a meaning, and none of the meanings without a rule")
    func meanings() {
        let said = KindSchema.all.flatMap(SchemaMeanings.rules(of:)).filter {
            if case .expression = $0.form { true } else { false }
        }
        #expect(Set(said.map(\.message)) == Set(SchemaMeanings.expressions.keys))
    }

    @Test("names that no ModelServer may have are refused by both", arguments: ["vllm", "none", "house"])
    func names(name: String) {
        let kind = KindSchema.modelServer
        let object: YAMLTree = [
            "apiVersion": "sallyport.dev/v1alpha1", "kind": "ModelServer", "metadata": ["name": .text(name)],
            "spec": ["extends": ["vllm"]],
        ]
        let refused = SchemaMeanings.judge(kind).problems(object, kind.schema(withRules: true).forObjects)
        #expect(refused.isEmpty == (name == "house") && KindSchema.mistakes(object).isEmpty == (name == "house"))
    }

    @Test("defaults are those of the decoders", arguments: KindSchema.all)
    func defaults(kind: KindSchema) {
        var objects = Self.objects("defaults", kind)
        objects.isFull = true
        var seen: Set<String> = []
        for _ in 0..<25 {
            let object = objects.object(kind)
            for (name, absent, written) in SchemaChange.defaults(.object(kind.spec), object["spec"] ?? "", "spec") {
                seen.insert(name)
                let (one, other) = (object.with("spec", absent), object.with("spec", written))
                guard KindSchema.mistakes(one).isEmpty, KindSchema.mistakes(other).isEmpty else { continue }
                let isSame = Self.meaning(one) == Self.meaning(other)
                #expect(isSame, "seed \(Self.seed): \(name): \(one.json)")
            }
        }
        let all = SchemaMeanings.objects(.object(kind.spec)).flatMap(\.fields).filter { $0.standard != nil }.map(\.name)
        #expect(Set(seen.compactMap { $0.split(separator: ".").last.map(String.init) }) == Set(all), "\(kind.kind)")
    }

    /// What an object says, word by word, without the places where it says it. Sorted, for sets have no order.
    private static func meaning(_ object: YAMLTree) -> [Substring] {
        let decoded = ObjectDecoder.combine([ObjectDecoder.decode(text: object.json, file: "x.json")], revision: 1)
        return String(describing: decoded.objects).replacing(/x\.json:\d+:\d+/, with: "").split {
            " ,()[]".contains($0)
        }.sorted()
    }

    @Test(
        "every text rule's samples are what they are said to be",
        arguments: TextSamples.all.keys.sorted { $0.name < $1.name })
    func samples(rule: TextRule) throws {
        let samples = try #require(TextSamples.all[rule])
        let schema = StructuralSchema(withRules: true).schema(.text(rule))
        for text in samples.good + samples.leftToDecoder {
            #expect(SchemaJudge().problems(.text(text), schema) == [], "\(rule.name): \(text)")
        }
        // More than nothing is a rule of its own.
        for text in samples.bad where rule != .dollars || text.contains(where: { "123456789".contains($0) }) {
            #expect(SchemaJudge().problems(.text(text), schema) != [], "\(rule.name): \(text)")
        }
    }
}

extension YAMLTree {
    /// The schema with what an API server says of every object.
    var forObjects: YAMLTree {
        with(
            "properties",
            YAMLTree.map([
                .init("apiVersion", ["type": "string"]), .init("kind", ["type": "string"]),
                .init("metadata", ["type": "object", "properties": ["name": ["type": "string"]]]),
            ]).adding(self["properties"]?.members ?? []))
    }
}
