import Glibc
import Hummingbird
import Logging
import Synchronization

@testable import Serving

/// A server that answers as it is told.
struct Served: Sendable {
    let port: Int
    let lines = Lines()
    private let task: Task<Void, any Error>

    /// - Throws: what ended it before it was open.
    init(port: Int = 0, _ answer: @escaping @Sendable (Request, BasicRequestContext) async throws -> String)
        async throws
    {
        let router = Router()
        router.get("/", use: answer)
        let (opened, logger, bound) = (Gate(), lines.logger(), Port())
        let task = Task {
            defer { opened.open() }
            try await OrderlyServer.run(logger) { logger in
                Application(
                    router: router,
                    configuration: ApplicationConfiguration(
                        address: .hostname("127.0.0.1", port: port), serverName: nil),
                    onServerRunning: {
                        let number = $0.localAddress?.port ?? 0
                        bound.number.store(number, ordering: .relaxed)
                        opened.open()
                    }, logger: logger)
            }
        }
        await opened.wait()
        self.task = task
        self.port = bound.number.load(ordering: .relaxed)
        if self.port == 0 { try await task.value }
    }

    /// Ends it, and waits for that.
    func end() async throws {
        task.cancel()
        try await task.value
    }
}

/// Where it listens, once that is known.
private final class Port: Sendable {
    let number = Atomic(0)
}

/// Opened once; who waits goes on then.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for one in waiting { one.resume() }
    }

    func wait() async {
        await withCheckedContinuation { one in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(one) }
                return state.isOpen
            }
            if isOpen { one.resume() }
        }
    }
}

/// A connection, by the C library.
final class Caller: Sendable {
    private let socket: Int32

    /// nil: nobody listens.
    init?(_ port: Int) {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        // What was opened is closed at the end also where it leads nowhere.
        guard result == 0 else { return nil }
    }

    deinit { close(socket) }

    func say(_ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    /// All that comes until the other end closes; waits on a thread of its own.
    func heard() async -> String {
        await withCheckedContinuation { continuation in
            Thread.start { continuation.resume(returning: self.read()) }
        }
    }

    private func read() -> String {
        var (text, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 4096))
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else { return String(decoding: text, as: UTF8.self) }
            text += buffer[..<count]
        }
    }
}

/// Many who come and go as fast as they can, on threads of their own.
final class Crowd: Sendable {
    private let isOver = Atomic(false)
    private let gone: [Gate]

    init(of count: Int, at port: Int) {
        gone = (0..<count).map { _ in Gate() }
        for gate in gone {
            Thread.start { [self] in
                while !isOver.load(ordering: .relaxed) { Caller(port)?.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n") }
                gate.open()
            }
        }
    }

    func end() async {
        isOver.store(true, ordering: .relaxed)
        for gate in gone { await gate.wait() }
    }
}

/// Threads for what blocks.
enum Thread {
    private final class Work: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    static func start(_ run: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let work = Unmanaged.passRetained(Work(run)).toOpaque()
        pthread_create(
            &thread, nil,
            { pointer in
                if let pointer { Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().run() }
                return nil
            }, work)
        pthread_detach(thread)
    }
}

/// Keeps every line of a log.
final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }

    func logger() -> Logger {
        var logger = Logger(label: "test") { _ in Handler(lines: self) }
        logger.logLevel = .warning
        return logger
    }

    private struct Handler: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.lines.withLock { $0.append("\(event.level): \(event.message)") } }
    }
}
