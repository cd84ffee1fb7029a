/// Bodies of Ollama's own API.
extension Judgement {
    mutating func ollama() throws(RequestProblem) {
        if let options = try body.nested("options", .nestedLimits) {
            // -1: until the model stops; -2: until the context is full.
            try limits.take(options, unlimited: [-1, -2])
        }
        switch dialect {
        case .ollamaChat:
            try body.require("messages", .array)
            try walk.take(body.node("messages"), "messages")
            walk.takeOpaque(body.node("tools"))
        case .ollamaModel: return try names()
        default:
            for name in ["prompt", "input", "suffix", "system", "template", "context"] as [StaticString] {
                try body.require(name, .string, .array)
                try walk.take(body.node(name), "\(name)")
            }
            try walk.takeMember("images", .images, of: body.object)
        }
        walk.takeOpaque(body.node("format"))
        try keepAlive()
    }

    /// Ollama takes `name` for `model` when there is no `model`; copies have a source and a destination, and a new model
    /// is made from another one. Any of them may be fetched from where its name says.
    private mutating func names() throws(RequestProblem) {
        for name in ["name", "source"] as [StaticString] {
            guard let node = body.node(name) else { continue }
            let model = try ModelName.read(node, "\(name)")
            if let known = facts.model, known != model { throw body.problem(name, .contradiction) }
            facts.model = model
            facts.modelNode = facts.modelNode ?? node
            noteRegistry(model)
        }
        for name in ["destination", "from"] as [StaticString] {
            guard let node = body.node(name) else { continue }
            noteRegistry(try ModelName.read(node, "\(name)"))
        }
        if body.node("remote_host") != nil { facts.extraClasses.insert(.serverFetch) }
        // TLS off, towards whatever host the name says.
        if try body.bool("insecure") == true { facts.extraClasses.insert(.serverFetch) }
    }

    /// A request without a prompt only loads the model, which every other request does too: it stays what it was. With
    /// `keep_alive: 0` it unloads the model for everybody.
    private mutating func keepAlive() throws(RequestProblem) {
        try body.require("keep_alive", .number, .string)
        guard let keepAlive = body.node("keep_alive"), isEmpty, Self.mayBeZero(keepAlive) else { return }
        facts.extraClasses.insert(.modelMutation)
    }

    /// True when there is nothing to answer.
    private var isEmpty: Bool {
        switch dialect {
        case .ollamaChat: (body.node("messages")?.count ?? 0) == 0
        case .ollamaGenerate: (body.node("prompt")?.textBytes.count ?? 0) == 0
        default:
            ["input", "prompt"].allSatisfy { (name: StaticString) in
                body.node(name).map { $0.textBytes.isEmpty && $0.count == 0 } ?? true
            }
        }
    }

    /// True unless the duration is certainly not zero: a number of a nanosecond or more, or a text with a whole number
    /// above zero before a unit (`5m`, `1h30m`). `0.5s` is counted as zero; it might as well be.
    static func mayBeZero(_ node: JSONNode) -> Bool {
        if let number = node.numberText { return !(Double(number).map { abs($0) >= 1e-9 } ?? false) }
        var isFraction = false
        for byte in node.textBytes {
            switch byte {
            case UInt8(ascii: "1")...UInt8(ascii: "9"): if !isFraction { return false }
            case UInt8(ascii: "0"): break
            case UInt8(ascii: "."): isFraction = true
            default: isFraction = false
            }
        }
        return true
    }
}
