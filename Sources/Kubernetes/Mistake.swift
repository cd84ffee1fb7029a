/// A place in a source of objects: a file and a line, as an editor counts them.
public struct Position: Hashable, Sendable, CustomStringConvertible {
    /// Path of the file, relative to the directory that was asked for.
    public var file: String
    /// Line, from 1.
    public var line: Int
    /// Column, from 1.
    public var column: Int

    /// A place; `line` and `column` count from 1.
    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// The place of a node of a document; nil for documents that are no files.
    init?(_ mark: Value.Mark, in file: String) {
        guard !file.isEmpty else { return nil }
        self.init(file: file, line: mark.line, column: mark.column)
    }

    /// `file:line:column`, the form that editors and compilers share.
    public var description: String { "\(shown(file)):\(line):\(column)" }
}

/// One thing that is wrong with the input, with its place.
///
/// A mistake never throws the rest away: decoding goes on and lists them all.
public struct Mistake: Hashable, Sendable, CustomStringConvertible {
    /// Where it was written, when the source has lines.
    public var position: Position?
    /// The object it belongs to, when its kind and name could be read.
    public var object: ObjectReference?
    /// Path of the field, such as `spec.rules[0].matches[1].path.value`; empty for the whole document.
    public var path: String
    /// What is wrong and what would be right, one sentence without a full stop.
    public var message: String

    /// A mistake at a field.
    public init(position: Position?, object: ObjectReference?, path: String, message: String) {
        self.position = position
        self.object = object
        self.path = path
        self.message = message
    }

    /// One line: place, object, field and what is wrong, as far as each is known.
    public var description: String {
        let place = [position?.description, object?.description, path].compactMap { $0 }.filter { !$0.isEmpty }
        return (place + [message]).joined(separator: ": ")
    }
}

/// Kind, namespace and name of an object.
public struct ObjectReference: Hashable, Sendable, CustomStringConvertible {
    /// API group; empty for the core group.
    public var group: String
    /// Kind, such as `HTTPRoute`.
    public var kind: String
    /// Namespace; empty for kinds that have none.
    public var namespace: String
    /// Name.
    public var name: String

    /// A reference to one object.
    public init(group: String, kind: String, namespace: String, name: String) {
        self.group = group
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }

    /// `Kind namespace/name`.
    public var description: String {
        let own = shown(name)
        return namespace.isEmpty ? "\(shown(kind)) \(own)" : "\(shown(kind)) \(shown(namespace))/\(own)"
    }
}

/// Namespace and name, the key of every map of namespaced objects.
public struct NamespacedName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Namespace; empty for kinds that have none.
    public var namespace: String
    /// Name.
    public var name: String

    /// A key.
    public init(_ namespace: String, _ name: String) {
        self.namespace = namespace
        self.name = name
    }

    /// `namespace/name`.
    public var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }

    /// By namespace, then name: the tie-break order of the Gateway API.
    public static func < (a: Self, b: Self) -> Bool { (a.namespace, a.name) < (b.namespace, b.name) }
}

/// Names from outside, which may hold anything while they are not yet known to be right: as they are where they are
/// plain, else quoted, so that no text of a terminal or a log can be forged with them.
private func shown(_ name: String) -> String {
    let isPlain = name.utf8.count <= 253 && name.utf8.allSatisfy { (0x20...0x7e).contains($0) && $0 != 0x22 }
    return isPlain && !name.isEmpty ? name : quoted(name)
}
