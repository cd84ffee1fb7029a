import Foundation
import Synchronization

/// Why a test's socket did not do what was asked of it.
enum WireError: Error, CustomStringConvertible {
    case system(String, Int32)
    case timedOut
    case ended(String)
    case notHTTP(String)

    var description: String {
        switch self {
        case .system(let what, let code): "\(what): \(String(cString: strerror(code)))"
        case .timedOut: "nothing came in time"
        case .ended(let what): "the connection ended in the middle of \(what)"
        case .notHTTP(let text): "not HTTP: \(text)"
        }
    }
}

/// One end of a TCP connection that blocks: what is read and written is exactly what is on the wire.
final class Wire: @unchecked Sendable {
    let descriptor: Int32
    private(set) var buffer: [UInt8] = []
    /// The other side has ended the connection with a reset.
    private(set) var wasReset = false
    private let isOpen = Mutex(true)

    /// The longest that any read or write waits: the bound of every test, never what it decides by.
    static let patience = 20

    private static let noSignal = Int32(MSG_NOSIGNAL)
    private static let noWait = Int32(MSG_DONTWAIT)

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        var limit = timeval(tv_sec: Self.patience, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Connects to a port of this machine. A small receive buffer makes a slow reader felt soon.
    convenience init(port: Int, receiveBuffer: Int32? = nil) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw WireError.system("socket", errno) }
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = loopback(port)
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else {
            let problem = errno
            Foundation.close(descriptor)
            throw WireError.system("connect", problem)
        }
        self.init(descriptor)
    }

    deinit { end() }

    /// Closes the connection; later calls do nothing.
    func end() {
        let wasOpen = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        if wasOpen { Foundation.close(descriptor) }
    }

    /// Ends the connection with a reset, as a process that dies does. The descriptor stays: whoever blocks on it in
    /// another thread must not find somebody else's connection under its number.
    func reset() {
        isOpen.withLock { isOpen in
            guard isOpen else { return }
            var nowhere = sockaddr()
            nowhere.sa_family = sa_family_t(AF_UNSPEC)
            _ = connect(descriptor, &nowhere, socklen_t(MemoryLayout<sockaddr>.size))
        }
    }

    /// Wakes whoever reads or writes, from another thread.
    func shutDown() {
        isOpen.withLock { if $0 { shutdown(descriptor, Int32(SHUT_RDWR)) } }
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Self.noSignal)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw errno == EAGAIN ? WireError.timedOut : WireError.system("send", errno)
            }
            sent += count
        }
    }

    /// Sends what goes without waiting; how much that was.
    func sendSome(_ bytes: [UInt8]) -> Int {
        let count = bytes.withUnsafeBytes {
            Foundation.send(descriptor, $0.baseAddress, $0.count, Self.noSignal | Self.noWait)
        }
        return max(0, count)
    }

    /// Reads what is there, at least one byte; false at the end.
    func fill(_ most: Int = 65_536) throws -> Bool {
        var block = [UInt8](repeating: 0, count: most)
        while true {
            let count = recv(descriptor, &block, block.count, 0)
            if count < 0 {
                if errno == EINTR { continue }
                if errno == ECONNRESET {
                    wasReset = true
                    return false
                }
                throw errno == EAGAIN ? WireError.timedOut : WireError.system("recv", errno)
            }
            buffer.append(contentsOf: block[..<count])
            return count > 0
        }
    }

    /// Takes that many bytes.
    func take(_ count: Int, of what: String = "data") throws -> [UInt8] {
        while buffer.count < count { guard try fill() else { throw WireError.ended(what) } }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    /// Takes everything up to the end of the connection.
    func takeAll() throws -> [UInt8] {
        while try fill() {}
        defer { buffer = [] }
        return buffer
    }

    /// Takes a line without its end; nil when the connection has ended before its first byte.
    func takeLine() throws -> String? {
        while true {
            if let feed = buffer.firstIndex(of: 10) {
                defer { buffer.removeFirst(feed + 1) }
                guard feed > 0, buffer[feed - 1] == 13 else { throw WireError.notHTTP("a bare line feed") }
                return String(decoding: buffer[..<(feed - 1)], as: UTF8.self)
            }
            guard try fill() else {
                if buffer.isEmpty { return nil }
                throw WireError.ended("a line")
            }
        }
    }

    /// True when the other side closes without sending anything more.
    func isClosedByPeer() throws -> Bool {
        guard buffer.isEmpty else { return false }
        return try !fill()
    }
}

/// 127.0.0.1 and a port.
func loopback(_ port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
}

/// A socket that listens on a port of this machine; 0: any.
func listening(_ port: Int = 0) throws -> (descriptor: Int32, port: Int) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw WireError.system("socket", errno) }
    var on: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    var address = loopback(port)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutablePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            guard bind(descriptor, pointer, size) == 0, listen(descriptor, 512) == 0 else { return errno }
            return getsockname(descriptor, pointer, &size) == 0 ? 0 : errno
        }
    }
    guard code == 0 else {
        close(descriptor)
        throw WireError.system("listen", code)
    }
    return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
}

/// A socket that asks a port of this machine for a connection and does not wait for it.
func startConnecting(_ port: Int) -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    var address = loopback(port)
    _ = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    return descriptor
}

/// A port on which nobody listens, and that is given to nobody else: not from the range that the system chooses from.
func freePort() throws -> Int {
    while true {
        let port = Int.random(in: 12_000..<32_000)
        guard takenPorts.withLock({ $0.insert(port).inserted }) else { continue }
        guard let (descriptor, _) = try? listening(port) else { continue }
        close(descriptor)
        return port
    }
}

private let takenPorts = Mutex<Set<Int>>([])
