/// A JSON text, read strictly in one pass into a flat array of entries.
///
/// What two readers might understand differently is refused, anywhere in the text: equal keys in one object, keys that
/// differ only by case (compared after unescaping), NaN and Infinity, leading zeros, a byte order mark, bytes that are
/// no UTF-8, halves of surrogate pairs, control characters that are not escaped, comments, trailing commas. Depth and
/// size are bounded, and the work is linear in the text.
public struct JSONDocument: Sendable {
    let storage: JSONStorage
    /// The text goes on as it came: it has no white space outside strings and no escapes.
    let isCompact: Bool

    /// Reads the text, or says what is wrong with it, and where.
    public init(_ bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONProblem) {
        var reader = JSONReader(limits: limits, size: bytes.count)
        try reader.read(bytes.span)
        self.storage = JSONStorage(bytes: bytes, tape: reader.tape)
        isCompact = reader.isCompact
    }

    /// The one value that the text is.
    public var root: JSONNode { JSONNode(storage, 0) }

    /// The text as it goes on: no white space outside strings, strings escaped in one way, numbers as they were
    /// written, and the edits made. What was judged is what is sent.
    ///
    /// Edits apply in order; a later one about the same place wins. An edit inside something that another edit
    /// removes or replaces has no effect, nor has one that does not fit its node (a member of what is no object, an
    /// element of what is no array, a node of another document).
    public func serialise(_ edits: [JSONEdit] = []) -> [UInt8] {
        // Then the writer would copy token after token what stands there already.
        isCompact && edits.isEmpty ? storage.bytes : rewritten(edits)
    }

    /// The same, written anew whatever it is.
    func rewritten(_ edits: [JSONEdit]) -> [UInt8] {
        var writer = JSONWriter(storage, JSONEditPlan(edits, storage))
        return writer.write()
    }
}
