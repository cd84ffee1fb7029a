/// Writes a document canonically, from its entries in order.
///
/// Stretches of the source that are canonical already are copied as one.
struct JSONWriter {
    /// An open container.
    private struct Frame {
        let index: Int
        let end: Int
        let isObject: Bool
        var isEmpty = true
    }

    private let storage: JSONStorage
    private let plan: JSONEditPlan
    private var result: [UInt8] = []
    /// The stretch of the source that is still to be copied.
    private var run = 0..<0
    private var frames: [Frame] = []

    init(_ storage: JSONStorage, _ plan: JSONEditPlan) {
        self.storage = storage
        self.plan = plan
        result.reserveCapacity(storage.bytes.count + 64)
        frames.reserveCapacity(8)
    }

    mutating func write() -> [UInt8] {
        var at = 0
        repeat {
            at = next(at)
            while let frame = frames.last, at >= frame.end { close(frame) }
        } while !frames.isEmpty
        flush()
        return result
    }

    /// One value, with the key before it; gives the entry after it. Of a container only its beginning is written.
    private mutating func next(_ index: Int) -> Int {
        var at = index
        if let frame = frames.last {
            let value = frame.isObject ? at + 1 : at
            if !plan.isEmpty, plan.removed.contains(value) { return storage.next(value) }
            if !frame.isEmpty { punctuation(UInt8(ascii: ",")) }
            frames[frames.count - 1].isEmpty = false
            if frame.isObject {
                string(storage.tape[at])
                punctuation(UInt8(ascii: ":"))
                at += 1
            }
        }
        if !plan.isEmpty, let literal = plan.replaced[at] {
            flush()
            literal.append(to: &result)
            return storage.next(at)
        }
        value(at)
        return at + 1
    }

    private mutating func value(_ index: Int) {
        let entry = storage.tape[index]
        switch entry.kind {
        case .string: string(entry)
        case .array, .object:
            copy(Int(entry.start)..<Int(entry.start) + 1)
            frames.append(Frame(index: index, end: Int(entry.link), isObject: entry.kind == .object))
        case .null, .bool, .number: copy(entry.range)
        }
    }

    private mutating func close(_ frame: Frame) {
        var isEmpty = frame.isEmpty
        for (key, literal) in plan.isEmpty ? [] : plan.added[frame.index] ?? [] {
            if !isEmpty { punctuation(UInt8(ascii: ",")) }
            isEmpty = false
            flush()
            appendQuoted(key.utf8, to: &result)
            result.append(UInt8(ascii: ":"))
            literal.append(to: &result)
        }
        punctuation(UInt8(ascii: frame.isObject ? "}" : "]"))
        frames.removeLast()
    }

    private mutating func string(_ entry: JSONEntry) {
        guard entry.isEscaped, !isCanonicalText(entry) else { return copy(Int(entry.start) - 1..<Int(entry.end) + 1) }
        flush()
        appendQuoted(storage.text(of: entry), to: &result)
    }

    private func isCanonicalText(_ entry: JSONEntry) -> Bool {
        let bytes = storage.bytes
        return isCanonical(entry, bytes.span)
    }

    private mutating func copy(_ range: Range<Int>) {
        if range.lowerBound == run.upperBound {
            run = run.lowerBound..<range.upperBound
        } else {
            flush()
            run = range
        }
    }

    /// From the source when it stands there, so that the stretch goes on.
    private mutating func punctuation(_ byte: UInt8) {
        if run.upperBound < storage.bytes.count, storage.bytes[run.upperBound] == byte {
            run = run.lowerBound..<run.upperBound + 1
        } else {
            flush()
            result.append(byte)
        }
    }

    private mutating func flush() {
        result.append(contentsOf: storage.bytes[run])
        run = run.upperBound..<run.upperBound
    }
}
