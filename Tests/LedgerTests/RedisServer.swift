import Access
import Foundation
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import Ledger

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A server of Debian's package on a free port of loopback, for one test.
final class RedisServer {
    static let path = ["/usr/bin/redis-server", "/usr/bin/valkey-server", "/usr/local/bin/redis-server"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    let port: Int
    private let password: String?
    private let isTLS: Bool
    private var process: Process
    private let folder: Folder

    init(password: String? = nil, isTLS: Bool = false, name: String = "IP:127.0.0.1") throws {
        port = try Self.freePort()
        self.password = password
        self.isTLS = isTLS
        folder = try Folder()
        if isTLS { try Self.makeCertificate(folder, name) }
        process = try Self.launch(port, password, folder, isTLS)
    }

    /// Its own authority.
    var certificate: String { "\(folder.path)/server.pem" }

    private static func makeCertificate(_ folder: Folder, _ name: String) throws {
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        openssl.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj",
            "/CN=counters", "-addext", "subjectAltName=\(name)", "-keyout", "\(folder.path)/server.key", "-out",
            "\(folder.path)/server.pem",
        ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        try #require(openssl.terminationStatus == 0)
    }

    deinit { kill() }

    func url(_ password: String? = nil, database: Int = 0) -> CountersURL {
        let user = (password ?? self.password).map { ":\($0)@" } ?? ""
        return CountersURL("redis\(isTLS ? "s" : "")://\(user)127.0.0.1:\(port)/\(database)")!
    }

    func kill() {
        guard process.isRunning else { return }
        Glibc.kill(process.processIdentifier, SIGCONT)
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    func restart() throws {
        kill()
        process = try Self.launch(port, password, folder, isTLS)
    }

    func stop() { Glibc.kill(process.processIdentifier, SIGSTOP) }

    func go() { Glibc.kill(process.processIdentifier, SIGCONT) }

    private static func launch(_ port: Int, _ password: String?, _ folder: Folder, _ isTLS: Bool) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(path))
        process.arguments =
            [
                isTLS ? "--tls-port" : "--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                "--dir", folder.path,
                "--daemonize", "no",
            ] + (password.map { ["--requirepass", $0] } ?? [])
            + (isTLS
                ? [
                    "--port", "0", "--tls-cert-file", "\(folder.path)/server.pem", "--tls-key-file",
                    "\(folder.path)/server.key", "--tls-auth-clients", "no",
                ] : [])
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    static func freePort() throws -> Int {
        let listener = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(
            host: "127.0.0.1", port: 0
        )
        .wait()
        let port = listener.localAddress?.port ?? 0
        try listener.close().wait()
        return port
    }
}

/// One gateway's counters.
final class Replica: Sendable {
    let counters: SharedCounters
    let accounts: SpendAccounts
    let loop = MultiThreadedEventLoopGroup.singleton.next()

    init(
        _ url: CountersURL, life: Int64 = 10_000, fallback: CountersFallback = .closed, timeout: Int64 = 1_000,
        authority: String? = nil
    ) {
        var settings = SharedCounters.Settings(url: url, replica: UUID().uuidString)
        settings.life = life
        settings.authority = authority
        settings.whenUnreachable = fallback
        settings.timeout = timeout
        settings.interval = 5
        counters = SharedCounters(settings, loop: MultiThreadedEventLoopGroup.singleton.next(), logger: quiet)
        accounts = SpendAccounts(counters: counters)
        counters.start()
    }

    deinit { counters.vanish() }

    func ask(_ lines: SpendLine..., now: Int64 = noon) async -> SpendDecision { await ask(lines, now: now) }

    func ask(_ lines: [SpendLine], now: Int64 = noon) async -> SpendDecision {
        await withCheckedContinuation { continuation in
            accounts.reserve(lines, now: now, on: loop) { continuation.resume(returning: $0) }
        }
    }

    func take(_ lines: SpendLine..., now: Int64 = noon) async -> Spend? {
        guard case .granted(let spend) = await ask(lines, now: now) else { return nil }
        return spend
    }

    func refusal(_ lines: SpendLine..., now: Int64 = noon) async -> SpendRefusal? {
        guard case .denied(let refusal) = await ask(lines, now: now) else { return nil }
        return refusal
    }

    /// Waits until the server answers.
    func connected() async -> Bool {
        await eventually { await self.ask(line(999, limit: 1, wanted: 0)).isShared }
    }

    /// Asks until it is granted: what others gave back takes its time to be booked.
    func eventuallyTake(_ line: SpendLine, now: Int64 = noon) async -> Spend? {
        var spend: Spend?
        _ = await eventually {
            spend = await self.take(line, now: now)
            return spend != nil
        }
        return spend
    }
}

extension SpendDecision {
    var isShared: Bool {
        guard case .granted(.shared) = self else { return false }
        return true
    }
}

/// Asks again and again, for as long as a slow machine may need.
func eventually(_ condition: () async -> Bool) async -> Bool {
    for _ in 0..<1_500 {
        if await condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return false
}
