import Kubernetes

/// Mistakes of objects, for people and for programs.
enum MistakeText {
    /// `DIR/file:line:column: Kind namespace/name: path: message`, without the parts that are not known.
    static func line(_ mistake: Mistake, in directory: String) -> String {
        var parts: [String] = []
        if let position = mistake.position { parts.append(place(position, in: directory)) }
        if let object = mistake.object { parts.append(object.description) }
        if !mistake.path.isEmpty { parts.append(mistake.path) }
        parts.append(mistake.message)
        return Printable.oneLine(parts.joined(separator: ": "))
    }

    /// A position from where the command was started, so that an editor finds it.
    static func place(_ position: Position, in directory: String) -> String {
        let top = directory == "." ? "" : directory.hasSuffix("/") ? directory : directory + "/"
        return "\(top)\(position)"
    }

    /// A mistake as JSON has it.
    struct Entry: Encodable, Equatable {
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
    }

    /// An object as JSON has it.
    struct Object: Encodable, Equatable {
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
    }
}
