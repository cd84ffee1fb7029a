/// What happens with fields that a kind does not have.
enum UnknownFields: Sendable {
    /// A mistake: our own kinds, and policies between workloads.
    case mistake
    /// A note, and a mistake where a known field is missing that is one letter away: kinds that we read as a whole but
    /// do not own.
    case note
    /// Nothing (but in `metadata`, as above): kinds of which we read a part.
    case ignored
}

/// What is collected while one object is read.
final class ReadingContext {
    let file: String
    /// Set as soon as kind and name are known.
    var object: ObjectReference?
    /// True for objects whose values must not be seen: messages then name the field and the rule, never the value.
    let hidesValues: Bool
    let unknownFields: UnknownFields
    private(set) var mistakes: [Mistake] = []
    private(set) var notes: [Mistake] = []
    /// Work done, in nodes looked at: tests hold it against the size of the input.
    var steps = 0
    fileprivate var readers: [Fields] = []
    /// After so many mistakes, more of one object help nobody.
    static let mostMistakes = 50

    init(file: String, object: ObjectReference?, hidesValues: Bool, unknownFields: UnknownFields) {
        self.file = file
        self.object = object
        self.hidesValues = hidesValues
        self.unknownFields = unknownFields
    }

    func position(_ mark: Value.Mark) -> Position? { Position(mark, in: file) }

    func fail(_ mark: Value.Mark, _ path: @autoclosure () -> String, _ message: @autoclosure () -> String) {
        guard mistakes.count < Self.mostMistakes else { return }
        mistakes.append(Mistake(position: position(mark), object: object, path: path(), message: message()))
    }

    /// Says something that is no mistake.
    func note(_ mark: Value.Mark, _ path: String, _ message: String) {
        guard notes.count < Self.mostMistakes else { return }
        notes.append(Mistake(position: position(mark), object: object, path: path, message: message))
    }

    /// How many maps were looked into.
    var readerCount: Int { readers.count }

    /// The names that were asked for in each map so far, by the map's path: what schemas are held against.
    var askedNames: [(path: String, names: Set<String>)] { readers.map { ($0.path, $0.known) } }

    /// The fields that nobody asked for, by path, of a map and of all that were looked into since; they are noted, and
    /// are mistakes no more. Whoever takes them must see that what they are in widens nothing.
    func takeUnknownFields(of map: Fields, andSince count: Int) -> [String] {
        var paths: [String] = []
        for reader in [map] + readers[count...] {
            for member in reader.members where !reader.isKnown(member.key) {
                let path = reader.path(to: member.key)
                paths.append(path)
                note(member.mark, path, "no such field; the rule that it is in fails closed\(reader.guess(member.key))")
                reader.ignore(member.key)
            }
        }
        return paths
    }

    /// Looks at what nobody asked for. Call once, after the object was read.
    func reportUnknownFields() {
        defer { forgetReaders() }
        for reader in readers where unknownFields != .ignored || reader.isMetadata {
            for member in reader.members where !reader.isKnown(member.key) { reportUnknown(member, in: reader) }
        }
    }

    /// Lets go of the maps that were looked into, which hold this object and the whole document: nothing else would
    /// ever free them. Call when nothing more is read.
    func forgetReaders() { readers = [] }

    private func reportUnknown(_ member: Value.Member, in reader: Fields) {
        guard notes.count + mistakes.count < Self.mostMistakes else { return }
        let path = reader.path(to: member.key)
        let similar = reader.similarField(to: member.key)
        let guess = reader.guess(member.key)
        // A slip of the pen: what the field was to narrow is not narrowed without it.
        let isSlip = similar.map { name in !reader.members.contains { $0.key == name } } ?? false
        if unknownFields == .mistake || isSlip {
            fail(member.mark, path, "no such field\(guess)")
        } else if unknownFields == .note {
            note(member.mark, path, "no such field, it is ignored\(guess)")
        }
    }
}

/// Reads the fields of one map by name, checks them, and remembers every mistake with its place.
///
/// Getters never stop: where a field is wrong they note it and give a stand-in, so that all mistakes of an object are
/// found at once. An object with a mistake is thrown away by the caller, and the stand-ins with it.
final class Fields {
    /// How this map hangs below its parent.
    enum Step {
        case field(String)
        case index(String, Int)
    }

    let context: ReadingContext
    let members: [Value.Member]
    let mark: Value.Mark
    private let parent: Fields?
    private let step: Step?
    /// True for the stand-in of a map that is missing: its fields are not missed again.
    private let isStandIn: Bool
    fileprivate var known: Set<String> = []

    /// The top of an object.
    init(_ value: Value, _ context: ReadingContext) {
        self.context = context
        self.mark = value.mark
        self.parent = nil
        self.step = nil
        if case .map(let members) = value.content {
            self.members = members
            self.isStandIn = false
        } else {
            self.members = []
            self.isStandIn = true
            context.fail(value.mark, "", "must be a map, is \(value.shape)")
        }
        context.readers.append(self)
    }

    private init(_ parent: Fields, _ step: Step, _ mark: Value.Mark, _ members: [Value.Member]?) {
        self.context = parent.context
        self.parent = parent
        self.step = step
        self.mark = mark
        self.members = members ?? []
        self.isStandIn = members == nil
        context.readers.append(self)
    }

    /// Where this map is written.
    var position: Position? { context.position(mark) }

    // MARK: Saying what is wrong

    /// Notes a mistake at a field, or at the map itself when the field is not there.
    func fail(_ message: String, at key: String? = nil) {
        guard !isStandIn else { return }
        let member = key.flatMap { key in members.first { $0.key == key } }
        context.fail(member?.value.mark ?? mark, key.map(path(to:)) ?? path, message)
    }

    /// `spec.rules[0].matches[1]`.
    var path: String {
        guard let parent, let step else { return "" }
        return switch step {
        case .field(let key): parent.path(to: key)
        case .index(let key, let index): "\(parent.path(to: key))[\(index)]"
        }
    }

    func path(to key: String) -> String { Self.path(path, to: key) }

    /// The path of a field below another. Only names that cannot be mistaken for path syntax stand bare; keys of
    /// labels and the like do not.
    static func path(_ head: String, to key: String) -> String {
        let isPlain = key.utf8.count <= 64 && key.utf8.allSatisfy { Names.isAlphanumeric($0) || "-_".utf8.contains($0) }
        guard isPlain, !key.isEmpty else { return "\(head)[\(quoted(key))]" }
        return head.isEmpty ? key : "\(head).\(key)"
    }

    // MARK: Looking up

    /// The value of a field; explicit null counts as absent, as in Kubernetes.
    func value(_ key: String) -> Value? {
        known.insert(key)
        context.steps += 1 + members.count
        guard let value = members.first(where: { $0.key == key })?.value else { return nil }
        if case .null = value.content { return nil }
        return value
    }

    /// True when the field is there.
    func has(_ key: String) -> Bool { value(key) != nil }

    /// Names fields that exist but are of no use to us.
    func ignore(_ keys: String...) { known.formUnion(keys) }

    /// True for `metadata`, whose fields are known whatever the kind.
    fileprivate var isMetadata: Bool { path == "metadata" }

    fileprivate func isKnown(_ key: String) -> Bool { isStandIn || known.contains(key) }

    /// `; did you mean hostnames`, or nothing.
    fileprivate func guess(_ key: String) -> String { similarField(to: key).map { "; did you mean \($0)" } ?? "" }

    /// The field that was probably meant.
    fileprivate func similarField(to key: String) -> String? {
        known.filter { isOneSlipAway($0.lowercased(), key.lowercased()) }.min()
    }

    // MARK: Reading maps and lists

    /// The map of a field, or nil when there is none.
    subscript(key: String) -> Fields? {
        guard let value = value(key) else { return nil }
        return child(.field(key), value)
    }

    /// The map of a field that must be there; a stand-in when it is not.
    func need(_ key: String) -> Fields {
        if let fields = self[key] { return fields }
        fail("must be there", at: key)
        return Fields(self, .field(key), mark, nil)
    }

    /// The maps of a list; empty when there is none.
    func list(_ key: String, _ count: ClosedRange<Int> = 0...Int.max) -> [Fields] {
        guard let values = values(key, count) else {
            if count.lowerBound > 0 { fail("must be there", at: key) }
            return []
        }
        return values.enumerated().map { child(.index(key, $0.offset), $0.element) }
    }

    /// The elements of a list; nil when there is none.
    func values(_ key: String, _ count: ClosedRange<Int>) -> [Value]? {
        guard let value = value(key) else { return nil }
        guard case .list(let values) = value.content else {
            wrong(path(to: key), value, "must be a list")
            return []
        }
        if values.count < count.lowerBound { fail("must have at least \(count.lowerBound) entries", at: key) }
        if values.count > count.upperBound {
            fail("must have at most \(count.upperBound) entries, has \(values.count)", at: key)
            return []
        }
        return values
    }

    private func child(_ step: Step, _ value: Value) -> Fields {
        if case .map(let members) = value.content { return Fields(self, step, value.mark, members) }
        let fields = Fields(self, step, value.mark, nil)
        context.fail(value.mark, fields.path, "must be a map, is \(value.shape)")
        return fields
    }

    /// Notes that a value has the wrong type, or breaks a rule.
    func wrong(_ path: String, _ value: Value, _ rule: String) {
        guard !isStandIn else { return }
        context.fail(value.mark, path, rule + shown(value))
    }

    /// `, is "x"`, or nothing where values are hidden.
    func shown(_ value: Value) -> String {
        if context.hidesValues { return "" }
        return switch value.content {
        case .string(let text): ", is \(quoted(text))"
        case .integer(let number): ", is \(number)"
        case .number(let text): ", is the number \(text)"
        case .bool(let flag): ", is \(flag)"
        default: ", is \(value.shape)"
        }
    }
}

extension Value {
    /// The type, in words that never show the value.
    var shape: String {
        switch content {
        case .null: "empty"
        case .bool: "true or false"
        case .integer, .number: "a number"
        case .string: "a string"
        case .list: "a list"
        case .map: "a map"
        case .broken(let why): why
        }
    }
}

/// True when one inserted, removed or changed character, or two swapped ones, makes one text the other.
func isOneSlipAway(_ a: String, _ b: String) -> Bool {
    let (short, long) = a.utf8.count <= b.utf8.count ? (Array(a.utf8), Array(b.utf8)) : (Array(b.utf8), Array(a.utf8))
    guard long.count - short.count <= 1, long.count < 64 else { return false }
    guard let first = long.indices.first(where: { $0 >= short.count || short[$0] != long[$0] }) else { return true }
    if long.count > short.count { return short[first...].elementsEqual(long[(first + 1)...]) }
    if short[(first + 1)...].elementsEqual(long[(first + 1)...]) { return true }
    guard first + 1 < long.count, short[first] == long[first + 1], short[first + 1] == long[first] else { return false }
    return short[(first + 2)...].elementsEqual(long[(first + 2)...])
}
