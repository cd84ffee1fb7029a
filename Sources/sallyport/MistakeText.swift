import Kubernetes

/// Mistakes of objects, for people and for programs.
enum MistakeText {
    /// A mistake as JSON has it.
    struct Entry: Codable, Equatable {
        var file: String?
        var line: Int?
        var column: Int?
        var object: Object?
        var path: String
        var message: String

        init(_ mistake: Mistake) {
            file = mistake.position?.file
            line = mistake.position?.line
            column = mistake.position?.column
            object = mistake.object.map(Object.init)
            path = mistake.path
            message = mistake.message
        }

        /// One line, `DIR/file:line:column: Kind namespace/name: path: message`, without the parts that are not known.
        /// The file is named from where the command was started, so that an editor finds it.
        func text(in directory: String) -> String {
            let top = directory == "." ? "" : directory.hasSuffix("/") ? directory : directory + "/"
            var parts: [String] = []
            if let file, let line, let column { parts.append("\(top)\(file):\(line):\(column)") }
            parts += [object?.title, path.isEmpty ? nil : path, message].compactMap { $0 }
            return Printable.oneLine(parts.joined(separator: ": "))
        }
    }

    /// An object as JSON has it.
    struct Object: Codable, Equatable {
        var group: String
        var kind: String
        var namespace: String
        var name: String

        init(_ reference: ObjectReference) {
            group = reference.group
            kind = reference.kind
            namespace = reference.namespace
            name = reference.name
        }

        /// `Kind namespace/name`.
        var title: String { namespace.isEmpty ? "\(kind) \(name)" : "\(kind) \(namespace)/\(name)" }
    }
}
