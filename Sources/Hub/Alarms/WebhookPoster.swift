import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import Synchronization

/// Posts alarms to addresses of users, as JSON, one at a time for each address.
///
/// An address that is slow or gone delays nobody else: what it was not told in time is dropped and counted.
public final class WebhookPoster: Sendable {
    /// Alarms that may wait for one address.
    private static let mostWaiting = 64
    /// Attempts for one alarm.
    private static let attempts = 5

    private let feeds: [(url: String, feed: AsyncStream<[UInt8]>.Continuation, alarms: AsyncStream<[UInt8]>)]
    private let logger: Logger
    private let signature: WebhookSignature?
    private let clock: @Sendable () -> Int64
    private let counts = Mutex((sent: UInt64(0), dropped: UInt64(0)))

    /// - Parameters:
    ///   - urls: `http` or `https`.
    ///   - signature: signs each attempt; nil: none is signed.
    ///   - clock: seconds since 1970.
    public init(
        _ urls: [String], signature: WebhookSignature? = nil, logger: Logger, clock: @escaping @Sendable () -> Int64
    ) {
        self.signature = signature
        self.clock = clock
        feeds = urls.map { url in
            let (alarms, feed) = AsyncStream.makeStream(
                of: [UInt8].self, bufferingPolicy: .bufferingOldest(Self.mostWaiting))
            return (url, feed, alarms)
        }
        self.logger = logger
    }

    /// Alarms that were told, and that were not.
    public var told: (sent: UInt64, dropped: UInt64) { counts.withLock { $0 } }

    /// Hands an alarm to every address; never waits.
    ///
    /// - Parameter line: the record, JSON.
    public func post(_ line: [UInt8]) {
        for entry in feeds {
            if case .dropped = entry.feed.yield(line) { counts.withLock { $0.dropped += 1 } }
        }
    }

    /// Posts until the task is cancelled.
    public func run() async {
        guard !feeds.isEmpty else {
            // Nobody is told anything; that is no end.
            while (try? await Task.sleep(for: .seconds(3_600))) != nil {}
            return
        }
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout = .init(connect: .seconds(5), read: .seconds(10))
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        await withTaskGroup(of: Void.self) { group in
            for entry in feeds {
                group.addTask { for await line in entry.alarms { await self.deliver(line, to: entry.url, client) } }
            }
        }
        try? await client.shutdown()
    }

    private func deliver(_ line: [UInt8], to url: String, _ client: HTTPClient) async {
        var trouble = ""
        for attempt in 0..<Self.attempts {
            if attempt > 0 {
                guard (try? await Task.sleep(for: .seconds(1 << attempt))) != nil else { break }
            }
            var request = HTTPClientRequest(url: url)
            request.method = .POST
            request.headers.add(name: "content-type", value: "application/json")
            if let signature {
                request.headers.add(name: WebhookSignature.header, value: signature.value(for: line, seconds: clock()))
            }
            request.body = .bytes(ByteBuffer(bytes: line))
            do {
                let answer = try await client.execute(request, timeout: .seconds(15))
                if answer.status.code / 100 == 2 { return counts.withLock { $0.sent += 1 } }
                trouble = "it answers \(answer.status.code)"
                // What is wrong with the request stays wrong.
                if answer.status.code / 100 == 4, answer.status != .tooManyRequests { break }
            } catch {
                trouble = "\(error)"
            }
        }
        counts.withLock { $0.dropped += 1 }
        logger.warning("an alarm was not delivered", metadata: ["to": "\(Self.place(url))", "reason": "\(trouble)"])
    }

    /// The address without what may be a secret in it.
    private static func place(_ url: String) -> String {
        guard let parts = URLComponents(string: url), let host = parts.host else { return "an address that is none" }
        return parts.port.map { "\(host):\($0)" } ?? host
    }
}
