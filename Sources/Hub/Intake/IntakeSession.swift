import Records
import Telemetry

/// What a source does that it must not.
struct IntakeViolation: Error, Hashable, CustomStringConvertible {
    /// Who is wrong about what.
    enum Kind: Hashable {
        /// The source speaks for somebody else.
        case notAllowed
        /// The source speaks nonsense.
        case malformed
        /// The source sends more than it may.
        case tooMuch
    }

    var kind: Kind
    var description: String
}

/// One stream of a source: checks what comes, and gathers what has come until somebody has the time to commit it.
struct IntakeSession {
    /// Bytes of lines that may be on their way.
    let window: Int
    /// Bytes of lines that one batch may have.
    let longestBatch: Int
    /// Bytes of prompts and answers that one batch may have.
    let longestContent: Int
    let source: IntakeSource
    /// The last number that is there for good.
    private(set) var committed: UInt64
    /// The last number that came.
    private var received: UInt64?
    private var gathered: IntakeBatch?
    /// Bytes that are being committed.
    private var inHand = 0

    init(source: IntakeSource, committed: UInt64, window: Int, longestBatch: Int, longestContent: Int = 0) {
        self.source = source
        self.committed = committed
        self.window = window
        self.longestBatch = longestBatch
        self.longestContent = longestContent
    }

    /// Who says Hello, if he may.
    ///
    /// - Parameter names: what the source's certificate calls it.
    static func source(
        of hello: Sallyport_Hub_V1_Hello, certified names: [String]
    ) throws(IntakeViolation) -> IntakeSource {
        guard let kind = IntakeSource.Kind(rawValue: hello.kind) else {
            throw IntakeViolation(kind: .malformed, description: "\"\(hello.kind.prefix(40))\" is no kind of source")
        }
        guard !hello.name.isEmpty, hello.name.utf8.count <= 600, names.contains(IntakeSource.certified(hello.name))
        else {
            let known = names.isEmpty ? "nothing" : names.joined(separator: ", ")
            throw IntakeViolation(
                kind: .notAllowed,
                description: "the certificate does not name \"\(hello.name.prefix(200))\", but \(known)")
        }
        return IntakeSource(kind: kind, name: hello.name, incarnation: hello.incarnation)
    }

    /// Microseconds that a source's clock is ahead; nil: it does not say what it shows.
    static func skew(_ clock: Int64, at time: Int64) -> Int64? {
        guard clock != 0 else { return nil }
        let (skew, isOver) = clock.subtractingReportingOverflow(time)
        return isOver ? (clock < 0 ? .min : .max) : skew
    }

    /// Takes a batch in. One that is there already changes nothing; true: there is something to commit.
    ///
    /// - Parameter time: what the hub's clock shows.
    mutating func take(_ batch: Sallyport_Hub_V1_Batch, at time: Int64) throws(IntakeViolation) -> Bool {
        guard batch.number > 0, batch.count <= UInt64(batch.lines.count), !batch.lines.isEmpty || batch.count == 0
        else {
            throw IntakeViolation(kind: .malformed, description: "batch \(batch.number) contradicts itself")
        }
        guard batch.lines.isEmpty || batch.lines.last == UInt8(ascii: "\n") else {
            throw IntakeViolation(kind: .malformed, description: "batch \(batch.number) ends within a line")
        }
        guard batch.lines.count <= longestBatch else {
            throw IntakeViolation(
                kind: .tooMuch,
                description: "batch \(batch.number) has \(batch.lines.count) bytes, \(longestBatch) are allowed")
        }
        try check(batch.contents, of: batch.number)
        // The first may come after a gap: what is between was acknowledged by a hub whose history is gone.
        guard batch.number > max(committed, received ?? 0) else { return false }
        if let received, batch.number != received + 1 {
            throw IntakeViolation(
                kind: .malformed, description: "batch \(batch.number) came after \(received): some are missing")
        }
        guard (gathered?.size ?? 0) + inHand + batch.size <= window + longestBatch + longestContent else {
            throw IntakeViolation(
                kind: .tooMuch, description: "more than \(window) bytes were sent before they were acknowledged")
        }
        received = batch.number
        gather(batch)
        // Of what was gathered the newest counts.
        if let skew = Self.skew(batch.clock, at: time) { gathered?.skew = skew }
        return true
    }

    private func check(_ contents: [Sallyport_Hub_V1_Content], of number: UInt64) throws(IntakeViolation) {
        guard !contents.isEmpty else { return }
        guard source.kind == .gateway else {
            throw IntakeViolation(kind: .notAllowed, description: "only a gateway has prompts and answers")
        }
        guard contents.allSatisfy({ (1...64).contains($0.id.utf8.count) }) else {
            throw IntakeViolation(kind: .malformed, description: "batch \(number) has a content without a right id")
        }
        let size = contents.reduce(0) { $0 + RecordContent($1).byteCount }
        guard size <= longestContent else {
            throw IntakeViolation(
                kind: .tooMuch,
                description: "batch \(number) has \(size) bytes of contents, \(longestContent) are allowed")
        }
    }

    private mutating func gather(_ batch: Sallyport_Hub_V1_Batch) {
        var all = gathered ?? IntakeBatch(source: source, number: 0, lines: [], count: 0, dropped: 0)
        all.number = batch.number
        all.lines += batch.lines
        all.count += Int(clamping: batch.count)
        let (dropped, isOver) = all.dropped.addingReportingOverflow(batch.dropped)
        all.dropped = isOver ? .max : dropped
        all.contents += batch.contents.map(RecordContent.init)
        gathered = all
    }

    /// Everything that was gathered, to commit it in one piece; nil: nothing was.
    mutating func next() -> IntakeBatch? {
        guard let batch = gathered else { return nil }
        gathered = nil
        inHand = batch.size
        return batch
    }

    /// What `next` gave is there for good.
    mutating func commit(_ number: UInt64) {
        committed = max(committed, number)
        inHand = 0
    }
}

extension IntakeBatch {
    /// Bytes that it takes.
    fileprivate var size: Int { lines.count + contents.reduce(0) { $0 + $1.byteCount } }
}

extension Sallyport_Hub_V1_Batch {
    fileprivate var size: Int { lines.count + contents.reduce(0) { $0 + RecordContent($1).byteCount } }
}
