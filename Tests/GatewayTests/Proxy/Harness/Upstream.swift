import Foundation
import Synchronization

/// A server whose every byte the test decides: each connection runs `script` on a thread of its own.
final class Upstream: Sendable {
    /// - Parameter number: of the connection, from 0.
    typealias Script = @Sendable (_ upstream: Upstream, _ wire: Wire, _ number: Int) throws -> Void

    let port: Int
    private let descriptor: Int32
    private let requests = Mutex<[Message]>([])
    private let wires = Mutex<[Wire]>([])
    private let isStopped = Mutex(false)

    init(port: Int = 0, _ script: @escaping Script = Upstream.answerAll) throws {
        (descriptor, self.port) = try listening(port)
        let descriptor = descriptor
        Thread.detachNewThread { [weak self] in
            var number = 0
            while true {
                let accepted = accept(descriptor, nil, nil)
                guard accepted >= 0 else { break }
                guard let self else {
                    close(accepted)
                    break
                }
                let wire = Wire(accepted)
                self.wires.withLock { $0.append(wire) }
                let index = number
                number += 1
                Thread.detachNewThread { [self] in
                    try? script(self, wire, index)
                    wire.end()
                }
            }
        }
    }

    deinit { stop() }

    /// Takes no more connections and ends those that are there.
    func stop() {
        let isFirst = isStopped.withLock { isStopped in
            defer { isStopped = true }
            return !isStopped
        }
        guard isFirst else { return }
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
        for wire in wires.withLock({ $0 }) { wire.shutDown() }
    }

    /// What has been asked so far.
    var log: [Message] { requests.withLock { $0 } }

    /// How many connections were made.
    var connections: Int { wires.withLock { $0.count } }

    /// The connections, in order.
    var accepted: [Wire] { wires.withLock { $0 } }

    /// Reads the next request and remembers it; nil: the connection has ended.
    func next(_ wire: Wire) throws -> Message? {
        guard let request = try wire.request() else { return nil }
        requests.withLock { $0.append(request) }
        return request
    }

    func note(_ request: Message) { requests.withLock { $0.append(request) } }

    /// Answers every request with 200 and its target.
    static let answerAll: Script = { upstream, wire, _ in
        while let request = try upstream.next(wire) { try wire.send(ok(request.target, to: request)) }
    }

    /// Answers every request with these bytes.
    static func answering(_ text: String) -> Script {
        { upstream, wire, _ in while try upstream.next(wire) != nil { try wire.send(text) } }
    }

    static func ok(_ body: String, to request: Message? = nil, _ fields: String = "") -> String {
        "HTTP/1.1 200 OK\r\n\(fields)content-length: \(body.utf8.count)\r\n\r\n"
            + (request?.method == "HEAD" ? "" : body)
    }

    /// Answers 200 with a name.
    static func named(_ name: String) -> Script { answering(ok(name)) }
}

/// Says once that something has happened, between threads.
final class Signal: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    func send() { semaphore.signal() }
    /// False when it did not come in time.
    @discardableResult
    func wait(_ seconds: Int = Wire.patience) -> Bool {
        semaphore.wait(timeout: .now() + .seconds(seconds)) == .success
    }
}

/// A value that several threads share.
final class Shared<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>
    init(_ value: Value) { mutex = Mutex(value) }
    var value: Value {
        get { mutex.withLock { $0 } }
        set { mutex.withLock { $0 = newValue } }
    }
}
