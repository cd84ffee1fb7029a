import HTTPTypes
import Hummingbird
import NIOCore
import Records
import Synchronization

/// How many live streams there are.
final class StreamCount: Sendable {
    private let count = Mutex(0)
    private let most: Int

    init(most: Int) {
        self.most = most
    }

    /// Takes a place; false: there is none.
    func take() -> Bool {
        count.withLock { count in
            guard count < most else { return false }
            count += 1
            return true
        }
    }

    /// Gives it back.
    func give() { count.withLock { $0 -= 1 } }
}

extension HubAPI {
    /// Records as they come. A browser that was cut off says with `Last-Event-ID` after which cursor it goes on.
    func live(_ call: Call) async throws -> Response {
        let asked = try Asked(call)
        let cursor = HTTPField.Name("last-event-id").flatMap { call.request.headers[$0] } ?? call.arguments["cursor"]
        guard cursor.map({ $0.utf8.count <= 200 }) ?? true else {
            throw Problem.parameter("cursor", "the cursor is not one of this history")
        }
        guard streams.take() else {
            throw Problem(503, "too_many_streams", "there are as many live streams as there may be", retryAfter: 10)
        }
        let events = data.follow(asked.filter, after: cursor)
        let shown = call.shown
        let (streams, doorkeeper, heartbeat) = (streams, doorkeeper, configuration.heartbeat)
        let body = ResponseBody { writer in
            defer { streams.give() }
            try await LiveStream(doorkeeper: doorkeeper, shown: shown, heartbeat: heartbeat).write(events, to: &writer)
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store, no-transform"],
            body: body)
    }
}

/// Counts what a slow reader did not get.
private final class Missed: Sendable {
    private let count = Mutex<UInt64>(0)

    func add(_ event: HubEvent) {
        let more: UInt64 = if case .missed(let count) = event { count } else { 1 }
        count.withLock { $0 += more }
    }

    func take() -> UInt64? {
        count.withLock { count in
            defer { count = 0 }
            return count == 0 ? nil : count
        }
    }
}

/// Writes a live stream, and looks at every sign of life whether who reads it still may.
private struct LiveStream {
    let doorkeeper: Doorkeeper
    let shown: Doorkeeper.Shown
    let heartbeat: Int

    private enum Item: Sendable {
        case event(HubEvent)
        case heartbeat
        case end
    }

    func write(_ events: AsyncStream<HubEvent>, to writer: inout any ResponseBodyWriter) async throws {
        // Tells the browser when to come again, and that it is there.
        try await writer.write(ByteBuffer(string: "retry: 2000\nevent: heartbeat\ndata: {}\n\n"))
        // Of the items that nobody has taken only so many are kept, and the others are counted.
        let (items, feed) = AsyncStream.makeStream(of: Item.self, bufferingPolicy: .bufferingNewest(1024))
        let missed = Missed()
        let seconds = heartbeat
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await event in events {
                    if case .dropped(.event(let lost)) = feed.yield(.event(event)) { missed.add(lost) }
                }
                feed.yield(.end)
            }
            group.addTask {
                while true {
                    try await Task.sleep(for: .seconds(seconds))
                    feed.yield(.heartbeat)
                }
            }
            defer { group.cancelAll() }
            for await item in items {
                switch item {
                case .event(let event):
                    if let lost = missed.take() { try await writer.write(Self.text(.missed(lost))) }
                    try await writer.write(Self.text(event))
                case .heartbeat:
                    guard (try? doorkeeper.viewer(shown)) != nil else {
                        try await writer.write(ByteBuffer(string: "event: over\ndata: {}\n\n"))
                        return
                    }
                    try await writer.write(ByteBuffer(string: "event: heartbeat\ndata: {}\n\n"))
                case .end: return
                }
            }
        }
    }

    private static func text(_ event: HubEvent) -> ByteBuffer {
        switch event {
        case .missed(let count): return ByteBuffer(string: "event: missed\ndata: {\"count\":\(count)}\n\n")
        case .record(let line, let cursor):
            var buffer = ByteBuffer(string: "id: \(cursor)\nevent: record\ndata: ")
            buffer.writeBytes(line.last == UInt8(ascii: "\n") ? line.dropLast() : line[...])
            buffer.writeStaticString("\n\n")
            return buffer
        }
    }
}
