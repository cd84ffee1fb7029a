/// Goes through the parts of a body that become input, and finds what would be fetched and how long the text is.
///
/// A part is judged by the names that are in it, not by its `type`: servers read parts without a type too.
struct InputWalk {
    private(set) var bound: Int64 = 0
    private(set) var media: [MediaReference] = []
    /// TGI fetches what stands in the text as `![](URL)`.
    private let readsMarkdown: Bool
    private var places = Places()
    private var work: [(node: JSONNode, place: Int)] = []

    /// The template of a model may put so many tokens around a message.
    static let tokensPerMessage: Int64 = 16
    /// The most that one request may have to fetch.
    static let mostMedia = 256

    init(readsMarkdown: Bool = false) {
        self.readsMarkdown = readsMarkdown
        work.reserveCapacity(16)
    }

    /// What a member of a part is to those who read it.
    enum Member {
        case image, video, audio, file, url, source, images, other
    }

    private static let members: [(name: StaticString, member: Member)] = [
        ("role", .other), ("content", .other), ("type", .other), ("text", .other), ("image_url", .image),
        ("video_url", .video), ("audio_url", .audio), ("file_url", .file), ("url", .url), ("source", .source),
        ("images", .images), ("input_audio", .audio), ("file", .file), ("file_data", .file), ("data", .other),
        ("image", .image), ("video", .video), ("audio", .audio),
    ]
    private static let parts = KnownFields(members.map(\.name))
    /// Members whose content is anybody's: arguments and schemas of tools.
    private static let opaque = KnownFields(["input", "arguments", "parameters", "input_schema", "schema", "metadata"])
    /// Members of an object in the place of a URL in which servers look for one.
    private static let holders: [StaticString] = ["url", "file_url", "file_data", "data"]

    /// Takes a value as input, with all that is in it.
    mutating func take(_ node: JSONNode?, _ name: String) throws(RequestProblem) {
        guard let node, !node.isNull else { return }
        work.append((node, places.add(nil, .name(name))))
        try drain()
    }

    /// Takes a member of the body as if it stood in a part, when parts have such a member; else as input.
    mutating func takeMember(
        _ key: JSONNode, _ value: JSONNode, _ name: String, of object: JSONNode
    ) throws(RequestProblem) {
        switch Self.parts.match(key) {
        case .variant(let name): throw .field(path: "\(name)", what: .caseVariant)
        case .unknown: return try take(value, name)
        case .known(let index): try known(Self.members[index], value, object, nil)
        }
        try drain()
    }

    /// Takes a member with this name as if it stood in a part.
    mutating func takeMember(_ name: StaticString, _ member: Member, of object: JSONNode) throws(RequestProblem) {
        guard let value = object[name], !value.isNull else { return }
        try known((name, member), value, object, nil)
        try drain()
    }

    /// Takes a value that is only text to the model: tools, schemas.
    mutating func takeOpaque(_ node: JSONNode?) {
        guard let node else { return }
        bound += node.textBytes(of: node.index..<node.storage.next(node.index))
    }

    /// Takes a URL of any scheme but `data`, which carries its bytes.
    mutating func add(_ kind: MediaKind, _ url: String, _ path: String) throws(RequestProblem) {
        bound += kind.tokenBound
        guard !url.utf8.starts(with: "data:".utf8) else { return }
        guard media.count < Self.mostMedia else { throw .field(path: path, what: .tooMany) }
        media.append(MediaReference(kind: kind, url: url, path: path))
    }

    private mutating func drain() throws(RequestProblem) {
        while let (node, place) = work.popLast() {
            switch node.kind {
            case .object: try part(node, place)
            case .array: try list(node, place)
            default: try text(node, place)
            }
        }
    }

    private mutating func list(_ array: JSONNode, _ place: Int) throws(RequestProblem) {
        var index = 0
        for element in array.elements {
            switch element.kind {
            case .object, .array: work.append((element, places.add(place, .index(index))))
            default: try text(element, place)
            }
            index += 1
        }
        bound += Int64(array.count)
    }

    private mutating func part(_ object: JSONNode, _ place: Int) throws(RequestProblem) {
        bound += Self.tokensPerMessage
        for (key, value) in object.memberNames {
            if case .known = Self.opaque.match(key) {
                takeOpaque(value)
                continue
            }
            switch Self.parts.match(key) {
            case .variant(let name): throw .field(path: join(places.path(place), "\(name)"), what: .caseVariant)
            case .unknown: work.append((value, places.add(place, .name("*"))))
            case .known(let index): try known(Self.members[index], value, object, place)
            }
        }
    }

    private mutating func known(
        _ known: (name: StaticString, member: Member), _ value: JSONNode, _ object: JSONNode, _ outer: Int?
    ) throws(RequestProblem) {
        let place = places.add(outer, .known(known.name))
        switch known.member {
        case .image: try reference(.image, value, place)
        case .video: try reference(.video, value, place)
        case .audio: try reference(.audio, value, place)
        case .file: try reference(.file, value, place)
        // A URL at a place of its own: nobody can say that it is not fetched.
        case .url where value.kind == .string: try reference(.file, value, place)
        case .source where value.kind == .object: try source(value, object, place)
        case .images: try images(value, place)
        case .url, .source, .other: work.append((value, place))
        }
    }

    /// A URL, or bytes in base64, or an object with one of them; or several.
    private mutating func reference(_ kind: MediaKind, _ value: JSONNode, _ place: Int) throws(RequestProblem) {
        guard value.kind == .array else { return try single(kind, value, place) }
        for element in value.elements { try single(kind, element, place) }
    }

    private mutating func single(_ kind: MediaKind, _ value: JSONNode, _ place: Int) throws(RequestProblem) {
        switch value.kind {
        case .null: return
        case .string: try addText(kind, value, place)
        case .object:
            try Self.parts.check(value, places.path(place))
            bound += kind.tokenBound
            for holder in Self.holders {
                guard let text = value[holder], !text.isNull else { continue }
                let inner = places.add(place, .name("\(holder)"))
                guard text.kind == .string else { throw .field(path: places.path(inner), what: .wrongType) }
                try addText(kind, text, inner)
            }
        default: throw .field(path: places.path(place), what: .wrongType)
        }
    }

    /// Anthropic's `source`: a URL, data, an id, or a text.
    private mutating func source(_ value: JSONNode, _ object: JSONNode, _ place: Int) throws(RequestProblem) {
        let isImage = object["type"]?.isString("image") == true
        if value["type"]?.isString("text") == true {
            takeOpaque(value["data"])
        } else {
            try single(isImage ? .image : .file, value, place)
        }
        if let content = value["content"] { work.append((content, places.add(place, .name("content")))) }
    }

    /// Images: their bytes in base64, URLs, or parts that hold them.
    private mutating func images(_ value: JSONNode, _ place: Int) throws(RequestProblem) {
        guard value.kind == .array || value.isNull else {
            throw .field(path: places.path(place), what: .wrongType)
        }
        var index = 0
        for image in value.elements {
            let inner = places.add(place, .index(index))
            if image.kind == .object { work.append((image, inner)) } else { try single(.image, image, inner) }
            index += 1
        }
    }

    private mutating func addText(_ kind: MediaKind, _ text: JSONNode, _ place: Int) throws(RequestProblem) {
        let bytes = text.textBytes
        if !Self.isBase64(bytes) {
            try add(kind, String(decoding: bytes, as: UTF8.self), places.path(place))
        } else {
            bound += kind.tokenBound
        }
    }

    /// What is not base64 may be a URL or a path, to whichever server. No path is taken for bytes: of pictures and sounds
    /// only JPEG's begin with a slash.
    private static func isBase64(_ bytes: some Collection<UInt8>) -> Bool {
        if bytes.first == UInt8(ascii: "/"), !bytes.starts(with: "/9j/".utf8) { return false }
        return bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "-"),
                UInt8(ascii: "_"), UInt8(ascii: "="), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                true
            default: false
            }
        }
    }

    private mutating func text(_ node: JSONNode, _ place: Int) throws(RequestProblem) {
        bound += node.textBytes(of: node.index..<node.index + 1)
        guard readsMarkdown, node.kind == .string else { return }
        let text = Array(node.textBytes)
        var at = 0
        while let range = firstRange(of: Array("![](".utf8), in: text[at...]) {
            guard let close = text[range.upperBound...].firstIndex(of: UInt8(ascii: ")")) else { return }
            try add(.image, String(decoding: text[range.upperBound..<close], as: UTF8.self), places.path(place))
            at = close
        }
    }
}

/// Where values stand. Nothing but numbers is kept until somebody asks for the text.
private struct Places {
    enum Step { case name(String), known(StaticString), index(Int) }
    private var steps: [(outer: Int, step: Step)] = []

    /// Room for most bodies, in a piece of memory that is small enough to be had fast.
    init() { steps.reserveCapacity(24) }

    mutating func add(_ outer: Int?, _ step: Step) -> Int {
        steps.append((outer ?? -1, step))
        return steps.count - 1
    }

    /// `messages[2].content[0].image_url`
    func path(_ place: Int) -> String {
        var text = ""
        var at = place
        while at >= 0 {
            let dot = text.isEmpty || text.hasPrefix("[") ? "" : "."
            switch steps[at].step {
            case .index(let index): text = "[\(index)]\(dot)\(text)"
            case .name(let name): text = "\(name)\(dot)\(text)"
            case .known(let name): text = "\(name)\(dot)\(text)"
            }
            at = steps[at].outer
        }
        return text
    }
}

/// Where `needle` first stands in `text`; nil when it does not.
func firstRange(of needle: [UInt8], in text: ArraySlice<UInt8>) -> Range<Int>? {
    guard let first = needle.first, text.count >= needle.count else { return nil }
    var at = text.startIndex
    while let start = text[at...].firstIndex(of: first), start + needle.count <= text.endIndex {
        if text[start..<start + needle.count].elementsEqual(needle) { return start..<start + needle.count }
        at = start + 1
    }
    return nil
}

extension JSONNode {
    /// Bytes of text in these entries, keys included, without quotes and escapes.
    func textBytes(of entries: Range<Int>) -> Int64 {
        var count = 0
        for entry in storage.tape[entries] where !entry.isContainer {
            count += entry.isEscaped ? storage.text(of: entry).count : entry.range.count
        }
        return Int64(count)
    }
}
