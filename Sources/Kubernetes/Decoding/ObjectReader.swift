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
        let kinds = Kind.all.filter { $0.name == own.1 }
        keep(value, as: kinds, own.1 ?? "", group: "")
        return nil
    }

    /// Reads an object whose kind is known, whether it says so or not.
    mutating func read(served value: Value, as kind: String, apiVersion: String) {
        read(value, (value["apiVersion"]?.text ?? apiVersion, kind))
    }

    private mutating func fail(_ mark: Value.Mark, _ path: String, _ message: String) {
        mistakes.append(Mistake(position: Position(mark, in: file), object: nil, path: path, message: message))
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
            return read(value, kind, wrongVersion: "must be one of \(versions), is \(quoted(type.apiVersion))")
        }
        read(value, kind)
    }

    /// A kind that is not read: a note; a mistake where it can only be a slip: in our own group, or where it is nearly
    /// a kind that is read.
    private mutating func skip(_ value: Value, _ type: ObjectType, _ group: String) {
        let own = Kind.all.filter { $0.group == Kind.ownGroup }
        let isOurs = own.contains { $0.name == type.kind }
        if isOurs, group != Kind.ownGroup, Self.isAlike(group, Kind.ownGroup) || !group.contains(".") {
            let message = "must be \(Kind.ownGroup)/v1alpha1, is \(quoted(type.apiVersion))"
            fail(value["apiVersion"]?.mark ?? value.mark, "apiVersion", message)
            return keep(value, as: own.filter { $0.name == type.kind }, type.kind, group: Kind.ownGroup)
        }
        if group == Kind.ownGroup {
            let names = own.map(\.name).joined(separator: ", ")
            fail(value["kind"]?.mark ?? value.mark, "kind", "must be one of \(names), is \(quoted(type.kind))")
            return keep(value, as: Kind.similar(group: group, name: type.kind), type.kind, group: group)
        }
        let similar = Kind.similar(group: group, name: type.kind)
        if let kind = similar.first {
            let message =
                "\(quoted(type.kind)) of \(quoted(type.apiVersion)) is not known; did you mean "
                + "\(quoted(kind.name)) of \(quoted(kind.group.isEmpty ? "v1" : kind.group))"
            fail(value["kind"]?.mark ?? value.mark, "kind", message)
            return keep(value, as: similar, type.kind, group: group)
        }
        let position = Position(value.mark, in: file)
        let hint = isOurs ? "; did you mean \(Kind.ownGroup)/v1alpha1" : ""
        let message = "\(quoted(type.kind)) of \(quoted(type.apiVersion)) is not read\(hint)"
        notes.append(Mistake(position: position, object: nil, path: "", message: message))
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

    /// Keeps an object whose kind is not known as all that it may have been meant as: it may have been the narrower of
    /// two policies, or the route that takes requests away from a wider one.
    private mutating func keep(_ value: Value, as kinds: [Kind], _ name: String, group: String) {
        let reason = mistakes.last?.message ?? ""
        // In our own group no kind has more than its name to be known by.
        let kind = group == Kind.ownGroup ? "" : kinds.first?.name ?? name
        let looks = Kind.meant(by: value, of: kind).filter { look in
            !kinds.contains { $0.name == look.name }
        }
        for kind in kinds + looks { append(value, kind, Soundness(decode(value, kind).context.mistakes), reason) }
        guard kinds.isEmpty, looks.isEmpty else { return }
        append(InvalidObject(value, kind: name, group: group, file: file, reason: reason))
    }

    private mutating func append(_ value: Value, _ kind: Kind, _ soundness: Soundness, _ reason: String) {
        append(InvalidObject(value, kind, file: file, soundness, reason: reason))
    }

    private mutating func append(
        _ object: InvalidObject, good: ReadObject? = nil
    ) {
        let position = object.position ?? Position(file: file, line: 1, column: 1)
        objects.append(DecodedObject(object, position: position, good: good))
    }

    private typealias Decoded = (context: ReadingContext, object: ReadObject)

    /// Reads an object as one of that kind.
    private func decode(_ value: Value, _ kind: Kind) -> Decoded {
        let reference = ObjectReference(
            value, kind: kind.name, group: kind.objectGroup, isNamespaced: kind.isNamespaced)
        let context = ReadingContext(
            file: file, object: reference, hidesValues: kind.hidesValues, unknownFields: kind.unknownFields)
        let fields = Fields(value, context)
        fields.ignore("apiVersion", "kind", "status")
        let metadata = ObjectMeta(fields.need("metadata"), isNamespaced: kind.isNamespaced, name: kind.nameCheck)
        let object = kind.read(metadata, fields)
        context.reportUnknownFields()
        reportBroken(value, "", context)
        return (context, object)
    }

    private mutating func read(_ value: Value, _ kind: Kind, wrongVersion: String? = nil) {
        let (context, object) = decode(value, kind)
        steps += context.steps
        if let wrongVersion {
            // What else may be wrong with it depends on the version.
            fail(value["apiVersion"]?.mark ?? value.mark, "apiVersion", wrongVersion)
            return append(value, kind, Soundness(context.mistakes), wrongVersion)
        }
        notes += context.notes
        guard let first = context.mistakes.min(by: { Self.isBefore($0, $1) }) else {
            return append(InvalidObject(good: value, kind, file: file), good: object)
        }
        mistakes += context.mistakes
        let reason = first.path.isEmpty ? first.message : "\(first.path) \(first.message)"
        append(value, kind, Soundness(context.mistakes), reason)
        for look in Kind.meant(by: value, of: kind.name) {
            append(value, look, Soundness(decode(value, look).context.mistakes), reason)
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

    static func isBefore(_ a: Mistake, _ b: Mistake) -> Bool {
        (a.position?.line ?? 0, a.position?.column ?? 0) < (b.position?.line ?? 0, b.position?.column ?? 0)
    }
}
