/// Reads what a form says, for the dialects whose requests are forms: speech to text, and changes of images.
///
/// The model is in exactly one part that is no file. `modelNode` stays nil; `FormBody.serialise` writes the form anew with
/// another model.
public func judge(_ dialect: Dialect, _ form: FormBody, pathModel: String?) throws(RequestProblem) -> RequestFacts {
    var facts = RequestFacts()
    let fields = dialect.knownFields
    for part in form.parts {
        if let name = fields.variant(part.name) { throw .field(path: name, what: .caseVariant) }
        if !fields.has(part.name) { facts.unknownFields.append(part.name) }
        facts.inputBound += inputBound(part, dialect)
    }
    facts.unknownFields.sort()
    guard let model = try text(form, "model") else { throw .field(path: "model", what: .missing) }
    guard ModelName.isName(model.utf8) else { throw .field(path: "model", what: .badName) }
    if let pathModel, pathModel != model { throw .field(path: "model", what: .contradiction) }
    facts.model = model
    if ModelName.hasRegistry(model, threeParts: false) { facts.extraClasses.formUnion([.modelMutation, .serverFetch]) }
    facts.isStreaming = try flag(form, "stream")
    if let n = try text(form, "n") {
        guard let number = Int64(n), (1...TokenLimits.mostChoices).contains(number), String(number) == n else {
            throw .field(path: "n", what: .outOfRange)
        }
    }
    try noteURLs(form, &facts)
    return facts
}

/// Files count as what they are, but never more tokens than bytes.
private func inputBound(_ part: FormBody.Part, _ dialect: Dialect) -> Int64 {
    let size = Int64(part.content.count)
    guard part.isFile else { return size }
    return min(size, (dialect == .openAITranscription ? MediaKind.audio : .image).tokenBound)
}

/// The text of the one part with this name; nil when there is none.
private func text(_ form: FormBody, _ name: String) throws(RequestProblem) -> String? {
    let parts = form.parts(named: name)
    guard let part = parts.first else { return nil }
    guard parts.count == 1 else { throw .form(.duplicatePart, offset: parts[1].header.lowerBound) }
    guard !part.isFile else { throw .field(path: name, what: .wrongType) }
    guard let text = String(validating: form.bytes[part.content], as: UTF8.self) else {
        throw .field(path: name, what: .badName)
    }
    return text
}

private func flag(_ form: FormBody, _ name: String) throws(RequestProblem) -> Bool {
    switch try text(form, name).map({ String(decoding: lowercased($0.utf8), as: UTF8.self) }) {
    case nil, "false", "0": return false
    case "true", "1": return true
    default: throw .field(path: name, what: .wrongType)
    }
}

/// A part that should be a file and is text may be a URL to some servers.
private func noteURLs(_ form: FormBody, _ facts: inout RequestFacts) throws(RequestProblem) {
    let kinds: [(String, MediaKind)] = [
        ("file", .audio), ("image", .image), ("image[]", .image), ("mask", .image), ("url", .audio),
        ("known_speaker_references[]", .audio),
    ]
    for (name, kind) in kinds {
        for part in form.parts(named: name) where !part.isFile {
            guard let text = String(validating: form.bytes[part.content], as: UTF8.self) else {
                throw .field(path: name, what: .wrongType)
            }
            if text.utf8.contains(UInt8(ascii: ":")), !text.utf8.starts(with: "data:".utf8) {
                facts.media.append(MediaReference(kind: kind, url: text, path: name))
                facts.extraClasses.insert(.serverFetch)
            }
        }
    }
}

extension KnownFields {
    func has(_ name: String) -> Bool { names.contains(name) }

    /// The known name from which this one differs only by case.
    func variant(_ name: String) -> String? {
        guard !has(name) else { return nil }
        var folded = Array(name.utf8)
        foldCase(&folded)
        return names.first { $0.utf8.elementsEqual(folded) }
    }
}
