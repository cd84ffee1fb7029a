extension KindSchema {
    /// The kind's page of the reference, in Markdown.
    public var referencePage: String {
        var lines = [
            "# \(kind)", "", meaning, "", "| | |", "|---|---|",
            "| API | `\(group)/\(version)` |",
            "| scope | \(isNamespaced ? "in a namespace" : "the whole cluster") |",
            "| short name | \(Self.code(shortNames)) |",
            "| categories | \(Self.code(categories)) |",
            "| definition | `install/crds/\(group)_\(plural).yaml` |",
            "", "```yaml", example, "```",
        ]
        lines += ["", "## Fields", "", specMeaning, "", "| field | type | meaning |", "|---|---|---|"]
        lines += ReferenceRows(spec).lines
        let said = rulesOfAll
        if !said.isEmpty {
            lines += ["", "## What must hold between fields", ""]
            lines += said.map { "- \($0.place.isEmpty ? "" : "`\($0.place)`: ")\(Self.escaped($0.message))" }
        }
        lines += ["", "## Status", "", "`status.conditions` has:", "", "| type | when it is true |", "|---|---|"]
        lines += conditions.map { "| `\($0.name)` | \($0.meaning) |" }
        lines += ["", "## What `kubectl get` shows", "", "| column | shows |", "|---|---|"]
        lines += columns.map {
            "| `\($0.name.uppercased())`\($0.priority == 0 ? "" : " (`-o wide`)") | \($0.meaning) |"
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The index of the reference.
    public static var referenceIndex: String {
        var lines = [
            "# Reference", "",
            "Our kinds, field by field, as their definitions in a cluster have them. [objects.md](../objects.md) says what"
                + " they mean together.", "",
            "| kind | short name | is |", "|---|---|---|",
        ]
        lines += all.map { schema in
            let first = schema.meaning.prefix(while: { $0 != "." })
            return "| [\(schema.kind)](\(schema.kind).md) | \(code(schema.shortNames)) | \(first). |"
        }
        lines += [
            "",
            "`sallyport crds` prints the definitions; `kubectl explain` shows the same words in a cluster, and "
                + "`kubectl get sallyport` lists all of these objects.",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func code(_ words: [String]) -> String { words.map { "`\($0)`" }.joined(separator: ", ") }

    fileprivate static func escaped(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }

    /// Every rule, with where it holds.
    private var rulesOfAll: [(place: String, message: String)] {
        rules.map { ("metadata.name", $0.message) } + Self.rules(spec, "spec")
    }

    private static func rules(_ object: SchemaObject, _ place: String) -> [(place: String, message: String)] {
        object.rules.map { (place, $0.message) }
            + object.fields.flatMap { field -> [(place: String, message: String)] in
                guard let (inner, steps) = field.node.innermostObject else { return [] }
                return rules(inner, "\(place).\(field.name)\(steps)")
            }
    }
}

extension SchemaNode {
    /// The map with known fields that is here, or in the entries of a list, with how it is reached.
    fileprivate var innermostObject: (SchemaObject, steps: String)? {
        switch self {
        case .object(let object): (object, "")
        case .list(.object(let object), _, _): (object, "[]")
        default: nil
        }
    }
}

/// Rows of the table of fields: each field, and below it those of its value.
private struct ReferenceRows {
    private(set) var lines: [String] = []

    init(_ spec: SchemaObject) { add(spec, "spec") }

    private mutating func add(_ object: SchemaObject, _ place: String) {
        for field in object.fields {
            let path = "\(place).\(field.name)"
            let needed = field.isRequired ? ", required" : ""
            let standard = field.standard.map { ", default `\($0.yaml.dropLast())`" } ?? ""
            let meaning = KindSchema.escaped(field.meaning)
            let example = KindSchema.escaped(field.example)
            lines.append(
                "| `\(path)` | \(Self.type(field.node))\(needed)\(standard) | \(meaning) Example: `\(example)` |")
            if let (inner, steps) = field.node.innermostObject { add(inner, path + steps) }
        }
    }

    private static func type(_ node: SchemaNode) -> String {
        switch node {
        case .text(let rule): "\(rule.name), \(count(rule.length, "character"))"
        case .duration(let least, let most): most.map { "duration, \(least) to \($0)" } ?? "duration, \(least) or more"
        case .choice(let words): words.map { "`\($0)`" }.joined(separator: ", ")
        case .integer(let range): "number, \(range.lowerBound) to \(range.upperBound)"
        case .flag: "`true`, `false`"
        case .list(let element, let count, let kind):
            "list, \(Self.count(count, "entry", "entries"))\(kind == .set ? ", none twice" : "")\(entries(element))"
        case .map(let element, let count): "map, \(Self.count(count, "entry", "entries"))\(entries(element))"
        case .object(let object):
            switch object.count {
            case 1...1: "map, exactly one field"
            case let count? where count.lowerBound > 0: "map, one field at least"
            default: "map"
            }
        }
    }

    private static func entries(_ element: SchemaNode) -> String {
        if case .object(let object) = element {
            return object.count == 1...1 ? "; each exactly one field" : ""
        }
        return "; each: \(type(element))"
    }

    private static func count(_ range: ClosedRange<Int>, _ one: String, _ many: String? = nil) -> String {
        let what = range.upperBound == 1 ? one : many ?? one + "s"
        if range.lowerBound == range.upperBound { return "\(range.lowerBound) \(what)" }
        return range.lowerBound == 0
            ? "at most \(range.upperBound) \(what)" : "\(range.lowerBound) to \(range.upperBound) \(what)"
    }
}
