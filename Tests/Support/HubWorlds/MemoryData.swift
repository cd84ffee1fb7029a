import Hub
import Records
import Synchronization

/// A history that is only in memory: all lines, looked through one by one.
public final class MemoryData: HubData {
    private struct State {
        var lines: [[UInt8]] = []
        var times: [Int64] = []
        var readers: [Int: (RecordFilter, AsyncStream<HubEvent>.Continuation)] = [:]
        var next = 0
        var contents: [String: RecordContent] = [:]
        var refusesNotes = false
    }

    private let state = Mutex(State())
    /// What `status` says.
    public let told: HubStatus

    /// An empty history.
    public init(status: HubStatus = HubStatus()) {
        told = status
    }

    /// Adds a record that happened after all others.
    public func add(_ record: Record) {
        var line: [UInt8] = []
        RecordEncoder.append(record, to: &line)
        line.removeLast()
        let (readers, number) = state.withLock { state in
            state.lines.append(line)
            state.times.append(record.time)
            return (Array(state.readers.values), state.lines.count)
        }
        for (filter, reader) in readers where Self.matches(filter, line) {
            reader.yield(.record(line, cursor: "c\(number)"))
        }
    }

    /// Stores what was asked and answered in a request.
    public func store(_ content: RecordContent) { state.withLock { $0.contents[content.id] = content } }

    /// From now on nothing can be noted.
    public func refuseNotes() { state.withLock { $0.refusesNotes = true } }

    public func content(id: String) async throws -> RecordContent? { state.withLock { $0.contents[id] } }

    public func note(_ line: [UInt8]) async throws {
        guard !state.withLock({ $0.refusesNotes }) else { throw CursorError() }
        add(try Record(line: line.last == UInt8(ascii: "\n") ? line.dropLast() : line))
    }

    /// Tells every reader that it missed so many.
    public func miss(_ count: UInt64) {
        for (_, reader) in state.withLock({ Array($0.readers.values) }) { reader.yield(.missed(count)) }
    }

    /// How many live streams there are.
    public var readerCount: Int { state.withLock { $0.readers.count } }

    public func page(_ question: PageQuestion) async throws -> HubPage {
        let (lines, times) = state.withLock { ($0.lines, $0.times) }
        var places = lines.indices.filter { times[$0] >= question.from && times[$0] < question.to }
        if question.newestFirst { places.reverse() }
        if let cursor = question.cursor {
            guard let number = Self.number(cursor), number <= lines.count else { throw CursorError() }
            places = places.filter { question.newestFirst ? $0 + 1 < number : $0 + 1 > number }
        }
        var found: [Int] = []
        for place in places where Self.matches(question.filter, lines[place]) {
            found.append(place)
            if found.count > question.limit { break }
        }
        let page = found.prefix(question.limit)
        return HubPage(
            lines: page.map { lines[$0] },
            next: found.count > question.limit ? page.last.map { "c\($0 + 1)" } : nil,
            complete: Completeness(oldest: times.first))
    }

    public func groups(_ query: GroupQuery) async throws -> GroupTable {
        let lines = state.withLock { $0.lines }
        var evaluation = GroupEvaluation(query)
        var scanner = RecordScanner()
        for line in lines {
            line.withUnsafeBytes { bytes in
                guard (try? scanner.scan(bytes)) != nil else { return }
                evaluation.add(scanner, in: bytes)
            }
        }
        return evaluation.table()
    }

    public func find(id: String) async throws -> [[UInt8]] {
        var scanner = RecordScanner()
        return state.withLock { $0.lines }.filter { line in
            line.withUnsafeBytes { bytes in
                (try? scanner.scan(bytes)) != nil && scanner.text(.id, in: bytes) == id
            }
        }
    }

    public func follow(_ filter: RecordFilter, after cursor: String?) -> AsyncStream<HubEvent> {
        let (events, reader) = AsyncStream.makeStream(of: HubEvent.self)
        state.withLock { state in
            if let cursor, let number = Self.number(cursor), number <= state.lines.count {
                for place in number..<state.lines.count where Self.matches(filter, state.lines[place]) {
                    reader.yield(.record(state.lines[place], cursor: "c\(place + 1)"))
                }
            }
            state.next += 1
            let id = state.next
            state.readers[id] = (filter, reader)
            reader.onTermination = { [self] _ in self.state.withLock { _ = $0.readers.removeValue(forKey: id) } }
        }
        return events
    }

    public func status() async -> HubStatus { told }

    private static func number(_ cursor: String) -> Int? {
        guard cursor.hasPrefix("c"), let number = Int(cursor.dropFirst()), number >= 0 else { return nil }
        return number
    }

    private static func matches(_ filter: RecordFilter, _ line: [UInt8]) -> Bool {
        line.withUnsafeBytes { bytes in
            var scanner = RecordScanner()
            return (try? scanner.scan(bytes)) != nil && filter.matches(scanner, in: bytes)
        }
    }
}
