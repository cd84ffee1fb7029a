/// What one file says: its objects in the order of the text, and what is wrong with it. Never changes, so that a
/// source can keep it for as long as the file stays the same.
public struct DecodedFile: Sendable {
    /// Path of the file, as positions show it.
    public let file: String
    /// Objects of kinds that we read, good and bad.
    let objects: [DecodedObject]
    /// What is wrong, in the order of the text.
    public let mistakes: [Mistake]
    /// What was skipped, in the order of the text.
    public let notes: [Mistake]
    /// False when the text is not well-formed: then it says nothing, and what it was meant to say is unknown.
    public let isReadable: Bool
    /// Work that reading took, in nodes looked at.
    let steps: Int

    /// How many objects of kinds that we read the file has, those with mistakes included.
    public var objectCount: Int { objects.count }

    /// A file that could not be read at all, with the reason.
    public static func unreadable(file: String, reason: String) -> DecodedFile {
        DecodedFile(failed: SyntaxError(mark: Value.Mark(line: 1, column: 1), message: reason), file: file)
    }

    /// The same objects, with the mistakes of a later text that could not be read: what a file keeps when it breaks.
    public func keeping(mistakesOf broken: DecodedFile) -> DecodedFile {
        DecodedFile(
            file: file, objects: objects, mistakes: mistakes + broken.mistakes, notes: notes, isReadable: true,
            steps: steps)
    }

    fileprivate init(failed error: SyntaxError, file: String) {
        let position = Position(file: file, line: error.mark.line, column: error.mark.column)
        self.init(
            file: file, objects: [],
            mistakes: [Mistake(position: position, object: nil, path: "", message: error.message)], notes: [],
            isReadable: false, steps: 0)
    }

    fileprivate init(
        file: String, objects: [DecodedObject], mistakes: [Mistake], notes: [Mistake], isReadable: Bool, steps: Int
    ) {
        self.file = file
        self.objects = objects
        self.mistakes = mistakes
        self.notes = notes
        self.isReadable = isReadable
        self.steps = steps
    }
}

/// One object of a file, its type known to `insert` only.
struct DecodedObject: Sendable {
    /// What is left of it when it is wrong; of a good policy without what it is about, which is the object's to say.
    let remains: InvalidObject
    /// Where it was written.
    let position: Position
    /// The object; nil: it has mistakes.
    let good: ReadObject?

    init(_ remains: InvalidObject, position: Position, good: ReadObject?) {
        self.remains = remains
        self.position = position
        self.good = good
    }

    var reference: ObjectReference { remains.reference }

    /// What is left of it when it is wrong, or turns out to be by what stands beside it. Nobody asks that of most objects.
    var whenWrong: InvalidObject {
        var invalid = remains
        good?.leaveClaims(&invalid)
        return invalid
    }
}

/// From text to objects: YAML or JSON in, typed objects and every mistake out.
public enum ObjectDecoder {
    /// Reads one file: JSON when its name ends in `.json`, else YAML (which most JSON is too). Never throws: a text
    /// that cannot be read is a file with one mistake.
    public static func decode(_ bytes: [UInt8], file: String) -> DecodedFile {
        do {
            var reader = ObjectReader(file: file)
            for document in try documents(bytes, file: file) { reader.read(document) }
            return DecodedFile(
                file: file, objects: reader.objects, mistakes: sorted(reader.mistakes), notes: sorted(reader.notes),
                isReadable: true, steps: reader.steps)
        } catch {
            return DecodedFile(failed: error, file: file)
        }
    }

    /// Reads one document that has been read already: an object, or a list of objects.
    public static func decode(_ document: Value, file: String) -> DecodedFile {
        var reader = ObjectReader(file: file)
        reader.read(document)
        return DecodedFile(
            file: file, objects: reader.objects, mistakes: sorted(reader.mistakes), notes: sorted(reader.notes),
            isReadable: true, steps: reader.steps)
    }

    /// Reads one file from its text.
    public static func decode(text: String, file: String) -> DecodedFile {
        decode(Array(text.utf8), file: file)
    }

    /// Puts files together into one state. Two objects with one kind, namespace and name are both invalid: which of
    /// them was meant is unknown, and neither may widen access.
    public static func combine(_ files: [DecodedFile], revision: UInt64) -> Snapshot {
        var objects = Objects()
        var mistakes: [Mistake] = []
        let places = repeated(files)
        for file in files {
            var own = file.mistakes
            for object in file.objects { add(object, to: &objects, &own, places) }
            mistakes += own.count == file.mistakes.count ? own : sorted(own)
        }
        return Snapshot(
            revision: revision, objects: objects, mistakes: mistakes, notes: files.flatMap(\.notes),
            unreadable: files.filter { !$0.isReadable }.map(\.file))
    }

    /// Reads files and puts them together: `decode`, then `combine`.
    public static func snapshot(files: [(path: String, bytes: [UInt8])], revision: UInt64) -> Snapshot {
        combine(files.map { decode($0.bytes, file: $0.path) }, revision: revision)
    }

    /// The first place of every object that is there more than once.
    private static func repeated(_ files: [DecodedFile]) -> [ObjectReference: Position] {
        var first: [ObjectReference: Position] = [:]
        var repeated: [ObjectReference: Position] = [:]
        for object in files.lazy.flatMap(\.objects) where !object.reference.name.isEmpty {
            if let position = first[object.reference] {
                repeated[object.reference] = position
            } else {
                first[object.reference] = object.position
            }
        }
        return repeated
    }

    private static func add(
        _ object: DecodedObject, to objects: inout Objects, _ mistakes: inout [Mistake],
        _ repeated: [ObjectReference: Position]
    ) {
        guard let first = repeated[object.reference] else {
            if let good = object.good { good.insert(&objects) } else { objects.invalid.append(object.whenWrong) }
            return
        }
        var wrong = object.whenWrong
        if object.good != nil { wrong.reason = "defined more than once" }
        objects.invalid.append(wrong)
        guard first != object.position else { return }
        let message = "there is another \(object.reference) at \(first); neither is used"
        mistakes.append(
            Mistake(position: object.position, object: object.reference, path: "metadata.name", message: message))
    }

    private static func documents(_ bytes: [UInt8], file: String) throws(SyntaxError) -> [Value] {
        let start = Value.Mark(line: 1, column: 1)
        guard bytes.count <= DocumentLimits.fileBytes else {
            throw SyntaxError(mark: start, message: "the file is larger than \(DocumentLimits.fileBytes >> 20) MiB")
        }
        let text = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? Array(bytes.dropFirst(3)) : bytes
        guard String(validating: text, as: UTF8.self) != nil else {
            throw SyntaxError(mark: start, message: "the file is not UTF-8 text")
        }
        return file.hasSuffix(".json") ? [try JSONReader.read(text)] : try YAMLReader.read(text)
    }

    private static func sorted(_ mistakes: [Mistake]) -> [Mistake] {
        mistakes.enumerated()
            .sorted { a, b in
                if ObjectReader.isBefore(a.element, b.element) { return true }
                return !ObjectReader.isBefore(b.element, a.element) && a.offset < b.offset
            }
            .map(\.element)
    }
}
