/// Reads the objects of one document.
struct ObjectReader {
    let file: String
    private(set) var objects: [DecodedObject] = []
    private(set) var mistakes: [Mistake] = []
    private(set) var notes: [Mistake] = []
    /// Work done, in nodes looked at.
    private(set) var steps = 0

    init(file: String) {
        self.file = file
    }

    /// Reads a document: an object, or a list of objects.
    mutating func read(_ document: Value) {
        guard let type = objectType(document, inherited: nil) else { return }
        let items = document["items"]
        guard type.kind.hasSuffix("List"), let items, case .list(let values) = items.content else {
            return read(document, type)
        }
        // `List` holds anything; `ServiceList` holds Services, which need not say so again.
        let inherited: (apiVersion: String, kind: String)? =
            type.kind == "List" ? nil : (type.apiVersion, String(type.kind.dropLast("List".count)))
        for item in values {
            guard let itemType = objectType(item, inherited: inherited) else { continue }
            read(item, itemType)
        }
    }

    private typealias ObjectType = (apiVersion: String, kind: String)

    /// `apiVersion` and `kind`, or a mistake.
    private mutating func objectType(_ value: Value, inherited: (apiVersion: String, kind: String)?) -> ObjectType? {
        switch value.content {
        case .map: break
        case .null: return nil
        default:
            fail(value.mark, "", "must be an object with apiVersion and kind, is \(value.shape)")
            return nil
        }
        // An object that names neither has the list's; one that names one of them must name both.
        let own = (value["apiVersion"]?.text, value["kind"]?.text)
        if case (let version?, let kind?) = own { return (version, kind) }
        if value["apiVersion"] == nil, value["kind"] == nil, let inherited { return inherited }
        fail(value.mark, own.0 == nil ? "apiVersion" : "kind", "must be there, and be a string")
        unknown(value, kind: own.1 ?? "", group: "")
        return nil
    }

    private mutating func fail(_ mark: Value.Mark, _ path: String, _ message: String) {
        let position = Position(file: file, line: mark.line, column: mark.column)
        mistakes.append(Mistake(position: position, object: nil, path: path, message: message))
    }

    private mutating func read(_ value: Value, _ type: ObjectType) {
        let parts = type.apiVersion.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let group = parts.count == 2 ? String(parts[0]) : ""
        let version = String(parts[parts.count - 1])
        guard let kind = Kind.find(group: group, name: type.kind) else {
            return skip(value, type, group)
        }
        guard kind.versions.contains(version) else {
            let prefix = group.isEmpty ? "" : group + "/"
            let versions = kind.versions.map { prefix + $0 }.joined(separator: ", ")
            return readInvalid(
                value, kind, "apiVersion", "must be one of \(versions), is \(quoted(type.apiVersion))")
        }
        readValid(value, kind)
    }

    /// A kind that is not read: a note, or in our own group a mistake, because there it can only be a slip.
    private mutating func skip(_ value: Value, _ type: ObjectType, _ group: String) {
        let isOursMisspelt =
            Kind.find(group: Kind.ownGroup, name: type.kind) != nil && Self.isAlike(group, Kind.ownGroup)
        guard group == Kind.ownGroup || isOursMisspelt else {
            let position = Position(file: file, line: value.mark.line, column: value.mark.column)
            let isOurs = Kind.find(group: Kind.ownGroup, name: type.kind) != nil
            let hint = isOurs ? "; did you mean \(Kind.ownGroup)/v1alpha1" : ""
            let message = "\(quoted(type.kind)) of \(quoted(type.apiVersion)) is not read\(hint)"
            notes.append(Mistake(position: position, object: nil, path: "", message: message))
            return
        }
        if isOursMisspelt {
            let message = "must be \(Kind.ownGroup)/v1alpha1, is \(quoted(type.apiVersion))"
            fail(value["apiVersion"]?.mark ?? value.mark, "apiVersion", message)
            return unknown(value, kind: type.kind, group: Kind.ownGroup)
        }
        let own = Kind.all.filter { $0.group == Kind.ownGroup }.map(\.name).joined(separator: ", ")
        fail(value["kind"]?.mark ?? value.mark, "kind", "must be one of \(own), is \(quoted(type.kind))")
        unknown(value, kind: type.kind, group: group)
    }

    /// Whether one text is a slip of the pen away from the other: at most three letters wrong, missing or too many.
    private static func isAlike(_ one: String, _ other: String) -> Bool {
        let (a, b) = (Array(one.lowercased().utf8), Array(other.utf8))
        guard abs(a.count - b.count) <= 3 else { return false }
        var row = Array(0...b.count)
        for (i, left) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, right) in b.enumerated() {
                let best = min(row[j] + 1, row[j + 1] + 1, diagonal + (left == right ? 0 : 1))
                diagonal = row[j + 1]
                row[j + 1] = best
            }
        }
        return row[b.count] <= 3
    }

    /// An object whose kind is not known. When it is attached to something it can only have been meant as a policy,
    /// and counts as one that is invalid: it may have been the narrower of two.
    private mutating func unknown(_ value: Value, kind: String, group: String) {
        let isAttached = value["spec"]?["targetRefs"] != nil
        invalid(
            value, kind: isAttached ? AccessPolicy.kind : kind, group: isAttached ? AccessPolicy.group : group,
            isNamespaced: true, mistakes[mistakes.count - 1].message)
    }

    private mutating func readInvalid(_ value: Value, _ kind: Kind, _ path: String, _ message: String) {
        fail(value[path]?.mark ?? value.mark, path, message)
        invalid(value, kind: kind.name, group: kind.group, isNamespaced: kind.isNamespaced, message)
    }

    private mutating func readValid(_ value: Value, _ kind: Kind) {
        let reference = Self.reference(value, kind: kind.name, group: kind.group, isNamespaced: kind.isNamespaced)
        let context = ReadingContext(
            file: file, object: reference, hidesValues: kind.hidesValues, unknownFields: kind.unknownFields)
        let fields = Fields(value, context)
        fields.ignore("apiVersion", "kind", "status")
        let metadata = ObjectMeta(fields.need("metadata"), isNamespaced: kind.isNamespaced, name: kind.nameCheck)
        let insert = kind.read(metadata, fields)
        context.reportUnknownFields()
        reportBroken(value, "", context)
        notes += context.notes
        steps += context.steps
        if let first = context.mistakes.min(by: { Self.isBefore($0, $1) }) {
            mistakes += context.mistakes
            invalid(
                value, kind: kind.name, group: kind.group, isNamespaced: kind.isNamespaced,
                first.path.isEmpty ? first.message : "\(first.path) \(first.message)")
        } else {
            objects.append(
                DecodedObject(
                    reference: reference, position: context.position(value.mark),
                    targetRefs: Self.targetRefs(value, file), claim: Self.claim(value, reference),
                    content: .valid(insert)))
        }
    }

    /// Nodes that could not be read are mistakes wherever they are: what they were meant to say is unknown.
    private func reportBroken(_ value: Value, _ path: String, _ context: ReadingContext) {
        context.steps += 1
        switch value.content {
        case .broken(let why): context.fail(value.mark, path, why)
        case .list(let values):
            for (index, value) in values.enumerated() { reportBroken(value, "\(path)[\(index)]", context) }
        case .map(let members):
            for member in members {
                reportBroken(member.value, Fields.path(path, to: member.key), context)
            }
        default: break
        }
    }

    private mutating func invalid(_ value: Value, kind: String, group: String, isNamespaced: Bool, _ reason: String) {
        let reference = Self.reference(value, kind: kind, group: group, isNamespaced: isNamespaced)
        let position = Position(file: file, line: value.mark.line, column: value.mark.column)
        objects.append(
            DecodedObject(
                reference: reference, position: position, targetRefs: Self.targetRefs(value, file),
                claim: Self.claim(value, reference), content: .invalid(reason)))
    }

    static func isBefore(_ a: Mistake, _ b: Mistake) -> Bool {
        (a.position?.line ?? 0, a.position?.column ?? 0) < (b.position?.line ?? 0, b.position?.column ?? 0)
    }

    /// Kind, namespace and name as far as they can be read.
    private static func reference(_ value: Value, kind: String, group: String, isNamespaced: Bool) -> ObjectReference {
        let metadata = value["metadata"]
        return ObjectReference(
            group: group, kind: kind,
            namespace: isNamespaced ? metadata?["namespace"]?.text ?? "default" : "",
            name: metadata?["name"]?.text ?? "")
    }

    private static func claim(_ value: Value, _ reference: ObjectReference) -> RouteClaim? {
        let isRoute = reference.kind == HTTPRoute.kind || reference.kind == GRPCRoute.kind
        return isRoute && reference.group == HTTPRoute.group ? RouteClaim(value, kind: reference.kind) : nil
    }

    /// What a policy is attached to, when all of it can be read; nil when a part cannot, because then it could be
    /// attached to anything.
    private static func targetRefs(_ value: Value, _ file: String) -> [TargetRef]? {
        guard let list = value["spec"]?["targetRefs"], case .list(let values) = list.content, !values.isEmpty else {
            return nil
        }
        var refs: [TargetRef] = []
        for value in values {
            guard let group = value["group"]?.text, let kind = value["kind"]?.text, let name = value["name"]?.text
            else {
                return nil
            }
            let section = value["sectionName"]
            if let section, section.text == nil { return nil }
            refs.append(
                TargetRef(
                    group: group, kind: kind, name: name, sectionName: section?.text,
                    position: Position(file: file, line: value.mark.line, column: value.mark.column)))
        }
        return refs
    }
}
