import Access
import Dispatch
import ModelTraffic
import RecordFiles
import Records
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Prompts and answers on their way from the event loops to who stores them. What is not kept is taken out here, on a thread of
/// its own: no event loop waits for it, and nothing leaves the gateway before.
final class ContentDesk: Sendable {
    /// Bytes that may be held, waiting and in what was not finished: beyond, nothing more is captured.
    static let memory = 64 << 20

    private enum Work {
        case prompt([UInt8], Dialect)
        case answerBegins(AnswerFormat, Dialect)
        case answer([UInt8])
        case end
    }

    private struct Queue {
        var work: [(ContentTape, Work)] = []
        var isClosed = false
        var isDone = false
    }

    private let sinks: [any ContentSink]
    private let queue = Mutex(Queue())
    private let wake = DispatchSemaphore(value: 0)
    private let held = Atomic<Int>(0)
    private let missed = Atomic<UInt64>(0)

    /// A desk with its thread; nil: nobody takes what it would give, so that nothing is captured.
    init?(_ sinks: [any ContentSink]) {
        guard !sinks.isEmpty else { return nil }
        self.sinks = sinks
        startThread { [self] in run() }
    }

    /// Requests of which nothing was captured because there was no room.
    var dropped: UInt64 { missed.load(ordering: .relaxed) }

    /// Begins to capture a request; nil: there is no room, which is counted.
    func open(_ capture: ContentCapture, id: String, time: Int64) -> ContentTape? {
        let room = ContentTape.room(capture)
        guard held.add(room, ordering: .relaxed).newValue <= Self.memory else {
            held.subtract(room, ordering: .relaxed)
            missed.add(1, ordering: .relaxed)
            return nil
        }
        return ContentTape(capture, id: id, time: time, desk: self)
    }

    /// What a tape held is free again.
    fileprivate func close(_ tape: ContentTape) {
        held.subtract(ContentTape.room(tape.capture), ordering: .relaxed)
    }

    // MARK: from the event loops

    fileprivate func prompt(_ tape: ContentTape, _ bytes: [UInt8], _ dialect: Dialect) {
        enqueue(tape, .prompt(bytes, dialect))
    }

    fileprivate func answerBegins(_ tape: ContentTape, _ format: AnswerFormat, _ dialect: Dialect) {
        enqueue(tape, .answerBegins(format, dialect))
    }

    fileprivate func answer(_ tape: ContentTape, _ bytes: [UInt8]) {
        // A stream that comes faster than it can be read is cut, not waited for.
        guard held.add(bytes.count, ordering: .relaxed).newValue <= Self.memory + Self.memory / 2 else {
            held.subtract(bytes.count, ordering: .relaxed)
            return tape.isCut.store(true, ordering: .relaxed)
        }
        enqueue(tape, .answer(bytes))
    }

    fileprivate func end(_ tape: ContentTape) { enqueue(tape, .end) }

    private func enqueue(_ tape: ContentTape, _ work: Work) {
        let isFirst = queue.withLock { queue in
            guard !queue.isDone else { return false }
            queue.work.append((tape, work))
            return queue.work.count == 1
        }
        if isFirst { wake.signal() }
    }

    // MARK: the thread

    private func run() {
        while true {
            wake.wait()
            let (work, isClosed) = queue.withLock { queue in
                defer { queue.work = [] }
                return (queue.work, queue.isClosed)
            }
            for (tape, next) in work { take(tape, next) }
            if isClosed,
                queue.withLock({ queue in
                    queue.isDone = queue.work.isEmpty
                    return queue.isDone
                })
            {
                return
            }
            if isClosed { wake.signal() }
        }
    }

    private func take(_ tape: ContentTape, _ work: Work) {
        switch work {
        case .prompt(let bytes, let dialect): tape.readPrompt(bytes, dialect)
        case .answerBegins(let format, let dialect): tape.beginReading(format, dialect)
        case .answer(let bytes):
            tape.readAnswer(bytes)
            held.subtract(bytes.count, ordering: .relaxed)
        case .end:
            guard let content = tape.finishReading() else { return }
            for sink in sinks { sink.take(content) }
        }
    }

    /// Hands over what has ended, and ends the thread.
    func close() {
        queue.withLock { $0.isClosed = true }
        wake.signal()
        while !queue.withLock({ $0.isDone }) { usleep(1_000) }
    }
}

/// What is captured of one request. The event loop hands bytes over; the desk's thread alone reads them.
final class ContentTape: @unchecked Sendable {
    /// Bytes of an answer that are handed over together.
    private static let piece = 16 << 10

    let capture: ContentCapture
    private let id: String
    private let time: Int64
    private let desk: ContentDesk
    /// Some of the answer was left out.
    let isCut = Atomic<Bool>(false)

    // Of the event loop.
    private var pending: [UInt8] = []
    private var hasAnswer = false

    // Of the desk's thread.
    private var prompt: ContentText?
    private var reader: ContentReader?

    fileprivate init(_ capture: ContentCapture, id: String, time: Int64, desk: ContentDesk) {
        self.capture = capture
        self.id = id
        self.time = time
        self.desk = desk
    }

    deinit { desk.close(self) }

    /// The most bytes that one holds.
    fileprivate static func room(_ capture: ContentCapture) -> Int { 2 * capture.maxBytes + piece }

    // MARK: on the event loop

    /// The body that is sent on.
    func takePrompt(_ bytes: [UInt8], _ dialect: Dialect) {
        guard capture.prompts else { return }
        // What is behind the limit is needed only to see what begins before it.
        desk.prompt(self, Array(bytes.prefix(capture.maxBytes + ContentReader.margin + 1)), dialect)
    }

    /// The answer begins.
    func beginAnswer(_ format: AnswerFormat, _ dialect: Dialect) {
        guard capture.answers, format != .other else { return }
        hasAnswer = true
        desk.answerBegins(self, format, dialect)
    }

    /// A piece of the answer, as the caller gets it.
    func takeAnswer(_ bytes: UnsafeRawBufferPointer) {
        guard hasAnswer else { return }
        pending.append(contentsOf: bytes)
        if pending.count >= Self.piece { handOver() }
    }

    /// The request has ended.
    func end() {
        handOver()
        desk.end(self)
    }

    private func handOver() {
        guard !pending.isEmpty else { return }
        desk.answer(self, pending)
        pending = []
    }

    // MARK: on the desk's thread

    fileprivate func readPrompt(_ bytes: [UInt8], _ dialect: Dialect) {
        var reader = ContentReader(dialect, format: .json, limit: capture.maxBytes, redactor: capture.redactor)
        bytes.withUnsafeBytes { reader.append($0) }
        prompt = reader.finish()
    }

    fileprivate func beginReading(_ format: AnswerFormat, _ dialect: Dialect) {
        reader = ContentReader(dialect, format: format, limit: capture.maxBytes, redactor: capture.redactor)
    }

    fileprivate func readAnswer(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { reader?.append($0) }
    }

    /// What is stored; nil: nothing came.
    fileprivate func finishReading() -> RecordContent? {
        var answer = reader?.finish()
        if isCut.load(ordering: .relaxed) { answer?.isCut = true }
        guard prompt != nil || answer != nil else { return nil }
        return RecordContent(
            id: id, time: time, prompt: prompt.map(RecordContent.Part.init), answer: answer.map(RecordContent.Part.init)
        )
    }
}

extension RecordContent.Part {
    fileprivate init(_ text: ContentText) {
        self.init(text: text.text, isCut: text.isCut, redactions: text.redactions)
    }
}
