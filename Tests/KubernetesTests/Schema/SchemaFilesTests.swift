import Foundation
import Testing

@testable import Kubernetes

/// What is made from the schemas stands in the repository, as it is made today. `make crds` writes it.
@Suite("install/crds and docs/reference") struct SchemaFilesTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static let writes = ProcessInfo.processInfo.environment["SALLYPORT_WRITE_CRDS"] == "1"

    @Test("definitions are current")
    func definitions() throws {
        let files = KindSchema.all.map { ("\($0.group)_\($0.plural).yaml", $0.definition(withRules: true).yaml) }
        try Self.compare("install/crds", files)
    }

    @Test("the policy about annotations is current, and about every kind that may have them")
    func admission() throws {
        let text = AnnotationPolicy.objects.map(\.yaml).joined(separator: "---\n")
        try Self.compare("install/admission", [("\(AnnotationPolicy.name).yaml", text)])
        for resource in AnnotationPolicy.resources {
            let kinds =
                Kind.all.filter { $0.group == resource.group }
                + (resource.group == Kind.storedCalicoGroup ? Kind.all : [])
            for name in resource.names {
                let isRead = kinds.contains { kind in
                    let one = kind.name.lowercased()
                    return ["\(one)s", "\(one.dropLast())ies"].contains(name)
                }
                #expect(isRead, "\(name)")
            }
        }
    }

    @Test("reference pages are current")
    func pages() throws {
        let pages = KindSchema.all.map { ("\($0.kind).md", $0.referencePage) }
        try Self.compare("docs/reference", pages + [("README.md", KindSchema.referenceIndex)])
    }

    /// Writes the files of a folder, or holds them against what they are to be; no other may be there.
    private static func compare(_ folder: String, _ files: [(name: String, text: String)]) throws {
        let folder = root.appending(path: folder)
        if writes {
            try? FileManager.default.removeItem(at: folder)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for file in files {
                try file.text.write(to: folder.appending(path: file.name), atomically: true, encoding: .utf8)
            }
        }
        let there = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(there == files.map(\.name).sorted())
        for file in files {
            let text = try String(contentsOf: folder.appending(path: file.name), encoding: .utf8)
            let isCurrent = text == file.text
            #expect(isCurrent, "\(file.name) is old: run make crds")
        }
    }

    @Test("a page's example decodes without mistakes, and its schema takes it", arguments: KindSchema.all)
    func examples(kind: KindSchema) throws {
        #expect(mistakes(kind.example) == [])
        let value = try #require(try YAMLReader.read(Array(kind.example.utf8)).first)
        let object = try #require(YAMLTree(value))
        let refused = SchemaMeanings.judge(kind).problems(object, kind.schema(withRules: true).forExamples)
        #expect(refused == [] && object["kind"]?.string == kind.kind)
        #expect(kind.referencePage.contains("```yaml\n\(kind.example)\n```"))
    }

    @Test("definitions read back as what was written", arguments: KindSchema.all)
    func readBack(kind: KindSchema) throws {
        for withRules in [true, false] {
            let tree = kind.definition(withRules: withRules)
            let yaml = try #require(try YAMLReader.read(Array(tree.yaml.utf8)).first)
            #expect(YAMLTree(yaml) == tree)
            #expect(YAMLTree(try JSONReader.read(Array(tree.json.utf8))) == tree)
        }
    }
}

extension YAMLTree {
    /// The schema with what an API server says of every object, metadata of examples included.
    var forExamples: YAMLTree {
        let texts: YAMLTree = ["type": "object", "additionalProperties": ["type": "string"]]
        let metadata: YAMLTree = [
            "type": "object",
            "properties": ["name": ["type": "string"], "namespace": ["type": "string"], "labels": texts],
        ]
        let whole = forObjects
        return whole.with("properties", (whole["properties"] ?? [:]).with("metadata", metadata))
    }
}
