import Testing

@testable import Kubernetes

@Suite struct ObjectDecoderTests {
    static func configMap(_ name: String, _ data: String = "{}") -> String {
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \(name)}\ndata: \(data)\n"
    }

    @Test func listsOfAllForms() {
        let items =
            "- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n- {apiVersion: v1, kind: Namespace, metadata: {name: n}}\n"
        let list = snapshot("apiVersion: v1\nkind: List\nitems:\n" + items)
        #expect(list.objects.configMaps.count == 1 && list.objects.namespaces.count == 1 && list.mistakes.isEmpty)
        #expect(list.objects.configMaps.values.first?.metadata.position?.line == 4)
        let typed = snapshot(
            "apiVersion: v1\nkind: ConfigMapList\nitems: [{metadata: {name: a}}, {metadata: {name: b}}]\n")
        #expect(typed.objects.configMaps.count == 2 && typed.mistakes.isEmpty)
        let json = snapshot(
            #"{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}]}"#,
            file: "f.json")
        #expect(json.objects.configMaps.count == 1)
        #expect(mistakes("apiVersion: v1\nkind: List\nitems: [3, {kind: ConfigMap, metadata: {name: a}}]\n").count == 2)
        #expect(snapshot("apiVersion: v1\nkind: List\nitems: []\n").mistakes.isEmpty)
    }

    @Test func kindsThatAreNotReadAreNoted() {
        let result = snapshot(
            "apiVersion: apps/v1\nkind: ControllerRevision\nmetadata: {name: d}\nspec: !x {a: [[[[1]]]]}\n---\n"
                + Self.configMap("a"))
        #expect(result.mistakes.isEmpty && result.objects.configMaps.count == 1)
        #expect(result.notes.map(\.description) == ["f.yaml:1:1: \"ControllerRevision\" of \"apps/v1\" is not read"])
        // The same kind name in another group is another kind.
        #expect(snapshot("apiVersion: serving.example/v1\nkind: Service\nmetadata: {name: d}\n").notes.count == 1)
    }

    @Test func whatHasNoKindIsAMistakeAndDoesNotVanish() {
        let result = snapshot("apiVersion: v1\nmetadata: {name: a}\n---\n- 1\n---\nx\n")
        #expect(result.mistakes.map(\.path) == ["kind", "", ""])
        #expect(result.objects.invalid.count == 1)
    }

    @Test func twoOfOneNameAreBothInvalid() {
        let files = [
            ("a.yaml", Self.configMap("x") + "---\n" + Self.configMap("y")), ("b.yaml", "# c\n" + Self.configMap("x")),
        ]
        let result = ObjectDecoder.snapshot(files: files.map { ($0.0, Array($0.1.utf8)) }, revision: 7)
        #expect(result.revision == 7)
        #expect(result.objects.configMaps.keys.map(\.name) == ["y"])
        #expect(result.objects.invalid.map(\.reference.name) == ["x", "x"])
        #expect(
            result.mistakes.map(\.description) == [
                "b.yaml:2:1: ConfigMap default/x: metadata.name: there is another ConfigMap default/x at a.yaml:1:1; neither is used"
            ])
        // Another namespace is another object; another version is not.
        let grant = { (version: String, namespace: String) in
            "apiVersion: gateway.networking.k8s.io/\(version)\nkind: ReferenceGrant\nmetadata: {name: g, namespace: \(namespace)}\n"
                + "spec: {from: [{group: '', kind: A, namespace: b}], to: [{group: '', kind: A}]}\n"
        }
        #expect(snapshot(grant("v1", "a") + "---\n" + grant("v1", "b")).mistakes.isEmpty)
        #expect(snapshot(grant("v1", "a") + "---\n" + grant("v1beta1", "a")).objects.referenceGrants.isEmpty)
    }

    @Test func metadata() {
        let text = { (metadata: String) in "apiVersion: v1\nkind: ConfigMap\nmetadata: {\(metadata)}\n" }
        for (metadata, expected) in [
            ("", "3 metadata.name: must be there"), ("name: A", "3 metadata.name: must be a DNS name"),
            ("name: a, namespace: a.b", "3 metadata.namespace: must be at most 63"),
            ("name: a, namespace: null", "3 metadata.namespace: is empty; name a namespace"),
            ("name: a, labels: {'a b': c}", "3 metadata.labels[\"a b\"]: the key must be a label key"),
            ("name: a, labels: {a: 'b c'}", "3 metadata.labels.a: must be empty or at most 63"),
            ("name: a, labels: {a: true}", "3 metadata.labels.a: must be a string (put it in quotes), is true"),
            ("name: a, creationTimestamp: now", "3 metadata.creationTimestamp: must be a time"),
        ] {
            #expect(mistakes(text(metadata)).first?.hasPrefix(expected) == true, "\(mistakes(text(metadata)))")
        }
        #expect(mistakes("apiVersion: v1\nkind: ConfigMap\n") == ["1 metadata: must be there"])
        let full = snapshot(text("name: a, creationTimestamp: null, generation: 3, uid: x, annotations: {a/b: 'c d'}"))
        #expect(full.mistakes.isEmpty && full.objects.configMaps.values.first?.metadata.generation == 3)
    }

    @Test func brokenNodesAreMistakesOnlyWhereTheyAreRead() {
        #expect(
            mistakes(Self.configMap("a", "{x: !foo y}")).contains { $0.contains("the tag \"!foo\" is not supported") })
        let deep = String(repeating: "[", count: 80) + String(repeating: "]", count: 80)
        #expect(mistakes(Self.configMap("a") + "more: \(deep)\n").contains { $0.contains("nested deeper than 64") })
        #expect(mistakes("apiVersion: x.y/v1\nkind: Z\nmore: \(deep)\n").isEmpty)
    }

    @Test func bytesThatAreNoText() {
        for bytes in [[0xff, 0xfe, 0x61, 0], [0x61, 0x3a, 0x20, 0xc3], [0xed, 0xa0, 0x80]] as [[UInt8]] {
            let decoded = ObjectDecoder.decode(bytes, file: "f.yaml")
            #expect(!decoded.isReadable && decoded.mistakes.map(\.message) == ["the file is not UTF-8 text"])
        }
        #expect(
            ObjectDecoder.decode([0xef, 0xbb, 0xbf] + Array(Self.configMap("a").utf8), file: "f.yaml").objectCount == 1)
        let large = ObjectDecoder.decode([UInt8](repeating: 0x20, count: DocumentLimits.fileBytes + 1), file: "f.yaml")
        #expect(!large.isReadable)
    }

    @Test func nothingCanForgeALine() {
        let result = snapshot(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \"a\\nFORGED \\e[31m\"}\ndata: {\"\\u202e\\n\": [1]}\n",
            file: "a\nb.yaml")
        for mistake in result.mistakes {
            #expect(
                mistake.description.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202e }, "\(mistake)")
        }
        #expect(result.mistakes.count == 3)
    }

    @Test func mistakesOfOneObjectAreBounded() {
        let data = (0..<5_000).map { "k\($0): [1]" }.joined(separator: ", ")
        #expect(mistakes(Self.configMap("a", "{\(data)}")).count == 50)
    }

    @Test(arguments: [1, 3]) func workGrowsWithTheInput(scale: Int) {
        let object = { (index: Int) in
            "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r\(index), labels: {a: b}}\nspec:\n"
                + "  parentRefs: [{name: g}]\n  rules: [{matches: [{path: {value: /a}}], backendRefs: [{name: s, port: 80}]}]\n---\n"
        }
        let steps = { (count: Int) in
            ObjectDecoder.decode(text: (0..<count).map(object).joined(), file: "f.yaml").steps
        }
        let few = steps(20 * scale)
        #expect(few > 0 && steps(200 * scale) == 10 * few)
        let data = { (count: Int) in
            let members = (0..<count).map { "k\($0): v" }.joined(separator: ", ")
            return ObjectDecoder.decode(text: Self.configMap("a", "{\(members)}"), file: "f.yaml").steps
        }
        #expect(data(2_000 * scale) <= 11 * data(200 * scale))
    }
}
