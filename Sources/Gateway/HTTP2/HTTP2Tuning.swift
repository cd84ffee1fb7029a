import NIOCore
import NIOHTTP2

/// Sizes and rates of HTTP/2, for both directions.
enum HTTP2Tuning {
    /// Bytes of one stream that the peer may send ahead of what was taken.
    static let streamWindow = 256 * 1024
    /// The same for a whole connection: what a caller can make us hold on one connection, whatever its streams do.
    static let connectionWindow = 1024 * 1024
    /// A stream that has this much waiting to be written takes no more, until less than the low mark is left.
    static let highMark = 64 * 1024
    static let lowMark = 32 * 1024
    /// The window in which resets and control frames are counted.
    static let rateWindow = TimeAmount.seconds(30)
    /// PING, SETTINGS and PRIORITY frames in that window. Clients that measure their bandwidth send several pings a
    /// second; a flood is thousands.
    static let controlFrames = 1_000
    /// DATA frames without data, one after the other.
    static let emptyDataFrames = 10
    /// CONTINUATION frames of one header block: more than the largest block allowed needs, if its frames are full.
    static let continuationFrames = 8
    /// Answers to PING and SETTINGS that may wait for the network.
    static let bufferedControlFrames = 1_000
    /// Streams on one connection to a backend, where the backend allows more.
    static let upstreamStreams = 100
    /// Resets and errors of a backend in that window: it is trusted more than a caller.
    static let upstreamResets = 2_000

    /// The handler of frames for callers.
    static func serverHandler(_ limits: Limits, watcher: FrameWatcher) -> NIOHTTP2Handler {
        NIOHTTP2Handler(
            mode: .server, frameDelegate: watcher,
            connectionConfiguration: connection(
                settings: [
                    HTTP2Setting(parameter: .maxConcurrentStreams, value: limits.streams),
                    HTTP2Setting(parameter: .maxHeaderListSize, value: limits.headerBytes),
                    HTTP2Setting(parameter: .initialWindowSize, value: streamWindow),
                ], errors: limits.resets),
            streamConfiguration: stream(resets: limits.resets))
    }

    /// The handler of frames for backends.
    static func clientHandler(headerBytes: Int, watcher: FrameWatcher) -> NIOHTTP2Handler {
        NIOHTTP2Handler(
            mode: .client, frameDelegate: watcher,
            connectionConfiguration: connection(
                settings: [
                    HTTP2Setting(parameter: .enablePush, value: 0),
                    HTTP2Setting(parameter: .maxHeaderListSize, value: headerBytes),
                    HTTP2Setting(parameter: .initialWindowSize, value: streamWindow),
                ], errors: upstreamResets),
            streamConfiguration: stream(resets: upstreamResets))
    }

    private static func connection(
        settings: [HTTP2Setting], errors: Int
    ) -> NIOHTTP2Handler.ConnectionConfiguration {
        var configuration = NIOHTTP2Handler.ConnectionConfiguration()
        configuration.initialSettings = settings
        // Heads and lengths are checked by our own rules, which are stricter, and which lead to an answer and a
        // record instead of a bare reset.
        configuration.headerBlockValidation = .disabled
        configuration.contentLengthValidation = .disabled
        configuration.maximumSequentialEmptyDataFrames = emptyDataFrames
        configuration.maximumSequentialContinuationFrames = continuationFrames
        configuration.maximumBufferedControlFrames = bufferedControlFrames
        configuration.maximumConnectionGlitches = errors
        configuration.controlFrameRateLimit.maximumCount = controlFrames
        configuration.controlFrameRateLimit.windowLength = rateWindow
        return configuration
    }

    private static func stream(resets: Int) -> NIOHTTP2Handler.StreamConfiguration {
        var configuration = NIOHTTP2Handler.StreamConfiguration()
        configuration.streamResetFrameRateLimit.maximumCount = resets
        configuration.streamResetFrameRateLimit.windowLength = rateWindow
        configuration.streamErrorRateLimit.maximumCount = resets
        configuration.streamErrorRateLimit.windowLength = rateWindow
        return configuration
    }
}

/// Sees the frames that go out. The frame handler reports errors of a stream and errors of the connection in the same
/// way; only the latter send a GOAWAY with an error in it, and then the connection has to be closed.
final class FrameWatcher: NIOHTTP2FrameDelegate {
    private(set) var hasSentError = false

    func wroteFrame(_ frame: HTTP2Frame) {
        if case .goAway(_, let code, _) = frame.payload, code != .noError { hasSentError = true }
    }
}

/// Counts what a peer does to make us work for nothing; a value, so that it is tested without a network.
///
/// The frame handler has limits of its own for resets that the peer sends and for errors that it provokes. Here both
/// are counted together with the requests that we refuse for their form, since a peer can alternate between them.
struct HTTP2Patience {
    private let limit: Int
    private let window: UInt64
    private var count = 0
    private var windowStart: UInt64 = 0
    private var windowUpdates = HTTP2Patience.freeWindowUpdates

    /// Window updates that cost nothing, how many each DATA frame of ours adds, and the most that are saved up.
    private static let freeWindowUpdates = 1_000
    private static let windowUpdatesPerFrame = 10
    private static let savedWindowUpdates = 10_000

    /// - Parameters:
    ///   - limit: resets, errors and refused heads within `window`.
    ///   - window: nanoseconds.
    init(limit: Int, window: UInt64 = UInt64(HTTP2Tuning.rateWindow.nanoseconds)) {
        self.limit = limit
        self.window = window
    }

    /// A reset, an error, or a head that was refused.
    ///
    /// - Returns: false when it was one too many.
    mutating func strain(now: UInt64) -> Bool {
        if now &- windowStart > window {
            windowStart = now
            count = 0
        }
        count += 1
        return count <= limit
    }

    /// We have sent a DATA frame, which the peer may answer with window updates.
    mutating func sentData() {
        windowUpdates = min(windowUpdates + Self.windowUpdatesPerFrame, Self.savedWindowUpdates)
    }

    /// The peer has sent a window update.
    ///
    /// - Returns: false when there have been too many for what was sent.
    mutating func receivedWindowUpdate() -> Bool {
        windowUpdates -= 1
        return windowUpdates >= 0
    }
}
