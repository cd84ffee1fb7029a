/// What was kept of a prompt or an answer, after what is not kept was taken out.
public struct ContentText: Sendable, Hashable {
    /// JSON as it passed, or the words of a stream put together.
    public var text: [UInt8]
    /// There was more than is kept.
    public var isCut: Bool
    /// Places that were replaced.
    public var redactions: Int

    /// That text.
    public init(text: [UInt8], isCut: Bool, redactions: Int) {
        self.text = text
        self.isCut = isCut
        self.redactions = redactions
    }
}

/// Gathers the text of one body or answer as it comes, up to a limit, and gives it out redacted.
///
/// A body of JSON stays JSON. Of a stream the words that the model wrote are put together, so that what is not kept is seen
/// though it came in pieces; those of different parts (text, reasoning, the arguments of a tool) on lines of their own.
/// What is neither is not read.
public struct ContentReader: ~Copyable {
    /// Bytes that are read behind the limit, so that what begins before it is known for what it is.
    public static let margin = 1_024

    private let limit: Int
    private let redactor: Redactor
    private let format: AnswerFormat
    private let plan: UsagePlan?
    private var events = EventStreamReader(limit: longestEvent)
    private var lines = LineReader(limit: longestEvent)
    /// What has come: a body is one part, a stream one for each place where the model's words are.
    private var parts: [Part] = []
    private var bytes = 0
    private var isCut = false

    /// A longer event is left out.
    private static let longestEvent = 256 << 10
    /// Places of one stream that are told apart; what comes in others is left out.
    private static let mostParts = 64

    /// Words that belong together.
    private struct Part {
        /// The place in the plan, and the numbers of answer, block and tool that the events give.
        var place: Place
        var text: [UInt8]
    }

    private struct Place: Hashable {
        var plan: UInt8 = 0
        var numbers: [Int64] = []
    }

    /// A reader of a body or an answer.
    ///
    /// - Parameters:
    ///   - dialect: says where in events the model's words are.
    ///   - limit: the most bytes of text that are kept.
    public init(_ dialect: Dialect, format: AnswerFormat, limit: Int, redactor: Redactor) {
        self.limit = max(0, limit)
        self.redactor = redactor
        self.format = format
        plan = UsagePlan.of(dialect, isStream: true)
    }

    private var room: Int { limit + Self.margin - bytes }

    /// Takes in what comes next.
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        switch format {
        case .json: add(bytes, to: Place())
        case .eventStream: appendEvents(bytes)
        case .lines: appendLines(bytes)
        case .other: break
        }
    }

    /// What was kept; nil: it was no text that is read, or nothing came.
    public mutating func finish() -> ContentText? {
        switch format {
        case .eventStream: if case .event(let event) = events.finish() { take(event.data) }
        case .lines: if case .event(let line) = lines.finish() { take(line.data) }
        case .json, .other: break
        }
        var whole = ContentText(text: [], isCut: isCut || bytes > limit, redactions: 0)
        var left = limit
        for part in parts where left > 0 {
            if !whole.text.isEmpty { whole.text.append(0x0A) }
            let result = RedactedJSON.redactAny(part.text, upTo: left, by: redactor)
            whole.text += result.text
            whole.redactions += result.count
            left -= part.text.count
        }
        return whole.text.isEmpty ? nil : whole
    }

    private mutating func add(_ words: some Collection<UInt8>, to place: Place) {
        guard !words.isEmpty else { return }
        let kept = min(max(0, room), words.count)
        if kept < words.count { isCut = true }
        guard kept > 0 else { return }
        if let known = parts.firstIndex(where: { $0.place == place }) {
            parts[known].text += words.prefix(kept)
        } else if parts.count < Self.mostParts {
            parts.append(Part(place: place, text: Array(words.prefix(kept))))
        } else {
            isCut = true
            return
        }
        bytes += kept
    }

    private mutating func appendEvents(_ bytes: UnsafeRawBufferPointer) {
        var at = 0
        while room > 0 {
            switch events.next(bytes, from: at) {
            case .event(let event):
                at = event.end
                take(event.data)
            case .tooLong(let end):
                at = end
                isCut = true
            case .more: return
            }
        }
        if at < bytes.count { isCut = true }
    }

    private mutating func appendLines(_ bytes: UnsafeRawBufferPointer) {
        var at = 0
        while room > 0 {
            switch lines.next(bytes, from: at) {
            case .event(let line):
                at = line.end
                take(line.data)
            case .tooLong(let end):
                at = end
                isCut = true
            case .more: return
            }
        }
        if at < bytes.count { isCut = true }
    }

    // MARK: one event

    private mutating func take(_ data: UnsafeRawBufferPointer) {
        guard let document = try? JSONDocument(Array(data)) else { return }
        // Messages of the Model Context Protocol have no words in places of their own: each is a part.
        guard let plan else { return add(document.serialise(), to: Place(numbers: [Int64(parts.count)])) }
        walk(document.root, Place(plan: UsagePlan.root), plan)
    }

    private mutating func walk(_ node: JSONNode, _ place: Place, _ plan: UsagePlan) {
        let here = plan.places[Int(place.plan)]
        switch here.role {
        case .content where node.kind == .string: add(node.textBytes, to: place)
        case .contentTree: add(node.source, to: place)
        default: break
        }
        var inner = place
        if here.element != 0 {
            inner.plan = here.element
            for element in node.elements { walk(element, inner, plan) }
        }
        guard here.lastEdge > here.firstEdge, node.kind == .object else { return }
        for number in [node["index"], node["output_index"], node["content_index"]] {
            if let number = number?.integer { inner.numbers.append(number) }
        }
        for (name, value) in node.memberNames {
            let key = Array(name.textBytes)
            guard !key.isEmpty, key.count <= PackedKey.maximumLength else { continue }
            let packed = PackedKey(key.span.bytes, from: 0, count: key.count)
            for index in Int(here.firstEdge)..<Int(here.lastEdge) where plan.edges[index].key == packed {
                inner.plan = plan.edges[index].place
                walk(value, inner, plan)
            }
        }
    }
}

extension JSONNode {
    /// The value as it was written.
    fileprivate var source: ArraySlice<UInt8> { storage.bytes[offset..<(offset + byteCount)] }
}
