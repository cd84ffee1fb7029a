import Access
import Logging
import NIOCore

/// Spending that several gateways count together, in one Redis or Valkey server.
///
/// A request waits for one round trip when it begins. While it runs, what it spends is added up here and booked every
/// 50 ms for all requests together, and more is asked for before what was granted is used up. What a gateway holds is
/// held under its own name, which lives for ten seconds without a sign of life: a gateway that dies leaks nothing.
///
/// The event loop of the connection owns everything but the outbox.
public final class SharedCounters: @unchecked Sendable {
    /// Where and how.
    public struct Settings: Sendable {
        /// The server.
        public var url: CountersURL
        /// File with the authorities' certificates that a server with TLS is verified by; nil: those of the system.
        public var authority: String?
        /// Name of this gateway: random, and another one after every start.
        public var replica: String
        /// Milliseconds after which a server that does not answer counts as gone.
        public var timeout: Int64 = 250
        /// Milliseconds between two bookings.
        public var interval: Int64 = 50
        /// Milliseconds that this gateway counts as living after its last sign of life; it gives one three times as
        /// often.
        public var life: Int64 = 10_000
        /// What happens to requests while the server does not answer.
        public var whenUnreachable = CountersFallback.closed

        /// The usual.
        public init(url: CountersURL, replica: String) {
            self.url = url
            self.replica = replica
        }
    }

    enum Answer {
        /// What was granted of each line, and the name under which it is held.
        case granted([Int64], replica: String)
        /// The line that had too little, and the bucket that must leave its window; -1: others hold what is missing.
        case denied(line: Int, leaving: Int64)
        case unavailable
    }

    private struct Request: Hashable {
        let replica: String
        let number: UInt64
    }

    /// Most entries of one batch: a reply of a script must come in time.
    private static let batchSize = 256
    private static let triesAtTheEnd = 40
    private static let mostLost = 1 << 13

    let settings: Settings
    let outbox = Outbox()
    private let link: RedisLink
    private var epoch = 0
    private var isKnown = false
    private var number: UInt64 = 0
    /// Requests whose answers were lost: what they were granted is to come back.
    private var lost: Set<Request> = []
    /// The batch that is under way, kept until it is known to be booked.
    private var batch: (request: Request, arguments: [String])?
    private var isBooking = false
    private var tasks: [RepeatedTask] = []

    /// Counters of that server; `start` connects.
    public init(_ settings: Settings, loop: any EventLoop, logger: Logger) {
        self.settings = settings
        link = RedisLink(
            settings.url, authority: settings.authority, scripts: CounterScripts.all,
            timeout: .milliseconds(settings.timeout), loop: loop,
            logger: logger)
    }

    /// Connects, now and after every loss.
    public func start() {
        link.loop.execute { [self] in
            link.onReady = { [weak self] in self?.ready() }
            let loop = link.loop
            let beat = TimeAmount.milliseconds(max(1, settings.life / 3))
            tasks.append(loop.scheduleRepeatedTask(initialDelay: beat, delay: beat) { [weak self] _ in self?.live() })
            let pause = TimeAmount.milliseconds(settings.interval)
            tasks.append(loop.scheduleRepeatedTask(initialDelay: pause, delay: pause) { [weak self] _ in self?.book() })
            link.start()
        }
    }

    /// Books what waits, as far as the server answers, and disconnects. What is held comes back when the name of this
    /// gateway has died.
    public func stop(_ completion: @escaping @Sendable () -> Void) {
        link.loop.execute { [self] in
            for task in tasks { task.cancel() }
            finish(tries: Self.triesAtTheEnd, completion)
        }
    }

    private func finish(tries: Int, _ completion: @escaping @Sendable () -> Void) {
        guard link.isReady, tries > 0, batch != nil || !outbox.isEmpty else {
            link.send(["DEL", "sallyport:l:\(replica)"]) { [self] _ in
                link.stop()
                completion()
            }
            return
        }
        book()
        link.loop.scheduleTask(in: .milliseconds(settings.interval)) { [self] in
            finish(tries: tries - 1, completion)
        }
    }

    /// Goes away without a word, as a process does that is killed.
    func vanish() {
        link.loop.execute { [self] in
            for task in tasks { task.cancel() }
            link.stop()
        }
    }

    /// Amounts that could not be kept for booking, since the start.
    public var dropped: Int { outbox.dropped }

    // MARK: Requests

    /// Asks for all lines at once. The completion is called on the loop that was given.
    func reserve(
        _ lines: [ScaledLine], now: Int64, on loop: any EventLoop, _ completion: @escaping @Sendable (Answer) -> Void
    ) {
        run(on: link.loop) { [self] in
            send(lines, now: now, mayRetry: true) { answer in
                if loop.inEventLoop { completion(answer) } else { loop.execute { completion(answer) } }
            }
        }
    }

    private func run(on loop: any EventLoop, _ body: @escaping @Sendable () -> Void) {
        if loop.inEventLoop { body() } else { loop.execute(body) }
    }

    private func send(_ lines: [ScaledLine], now: Int64, mayRetry: Bool, _ completion: @escaping (Answer) -> Void) {
        guard link.isReady else { return completion(.unavailable) }
        let request = next()
        var arguments = [request.replica, "\(request.number)"]
        for line in lines { arguments += Self.arguments(line, now: now) }
        link.run(CounterScripts.reserve, arguments) { [self] result in
            switch result {
            case .failure:
                if lost.count < Self.mostLost { lost.insert(request) }
                completion(.unavailable)
            case .success(let value):
                if case .list(let parts) = value, parts.first == .bytes(Array("dead".utf8)), mayRetry {
                    rise()
                    return send(lines, now: now, mayRetry: false, completion)
                }
                completion(Self.answer(value, count: lines.count, replica: request.replica))
            }
        }
    }

    private static func arguments(_ line: ScaledLine, now: Int64) -> [String] {
        let window = line.line.window
        let bucket = window.bucket(at: now)
        return [
            ScaledLine.name(line.line.account), window.text, "\(bucket)", "\(window.depth)",
            "\(ScaledLine.life(window, bucket: bucket, now: now))", "\(line.limit)", "\(line.wanted)", "\(line.least)",
            line.line.isStaged ? "1" : "0",
        ]
    }

    /// What the script said; an answer in no form of its own is none.
    private static func answer(_ value: RESPValue, count: Int, replica: String) -> Answer {
        guard case .list(let parts) = value, case .bytes(let word)? = parts.first else { return .unavailable }
        let numbers = parts.dropFirst().compactMap(\.number)
        if word == Array("ok".utf8), numbers.count == count, numbers.allSatisfy({ $0 >= 0 }) {
            return .granted(numbers, replica: replica)
        }
        if word == Array("no".utf8), numbers.count == 2, (0..<Int64(count)).contains(numbers[0]) {
            return .denied(line: Int(numbers[0]), leaving: numbers[1])
        }
        return .unavailable
    }

    // MARK: Signs of life

    /// The name under which things are held now.
    private var replica: String { "\(settings.replica).\(epoch)" }

    private func next() -> Request {
        number += 1
        return Request(replica: replica, number: number)
    }

    private func ready() {
        live()
        for request in lost {
            lost.remove(request)
            link.run(CounterScripts.cancel, [request.replica, "\(request.number)"]) { [self] result in
                if case .failure = result { lost.insert(request) }
            }
        }
        isBooking = false
        book()
    }

    /// Says that this gateway lives. When its name has died, what it held is given up, and it goes on under another:
    /// what others were granted since must not be taken from under them.
    private func live() {
        guard isKnown else { return rise() }
        link.send(["SET", "sallyport:l:\(replica)", "1", "XX", "PX", "\(settings.life)"]) { [self] result in
            if case .success(.none) = result { rise() }
        }
    }

    private func rise() {
        epoch += 1
        isKnown = true
        lost = []
        link.send(["SET", "sallyport:l:\(replica)", "1", "PX", "\(settings.life)"]) { [self] result in
            if case .failure = result { isKnown = false }
        }
    }

    // MARK: Booking

    /// Sends what has been added up. One batch after the other, and each until it is known to have been booked: the
    /// server knows a batch that comes twice.
    private func book() {
        guard !isBooking else { return }
        if batch == nil {
            let entries = outbox.take(Self.batchSize)
            guard !entries.isEmpty else { return }
            let request = next()
            batch = (request, [request.replica, "\(request.number)"] + entries.flatMap(Self.arguments))
        }
        guard let batch else { return }
        isBooking = true
        link.run(CounterScripts.book, batch.arguments) { [self] result in
            isBooking = false
            guard case .success(.integer) = result else { return }
            self.batch = nil
            book()
        }
    }

    private static func arguments(_ entry: (key: Outbox.Key, amounts: Outbox.Amounts)) -> [String] {
        let (key, amounts) = entry
        let life = key.window.expiry(of: key.bucket) - key.window.start(of: key.bucket) + 60_000
        return [
            key.replica, ScaledLine.name(key.account), key.window.text, "\(key.bucket)", "\(key.window.depth)",
            "\(life)", "\(amounts.spent)", "\(amounts.released)",
        ]
    }
}
