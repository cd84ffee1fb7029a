import Access
import Foundation
import Kubernetes
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Ledger

@Suite(
    "Counters that gateways share",
    .enabled(if: RedisServer.path != nil, "redis-server is not installed: scripts/setup.sh test does that"))
struct SharedCountersTests {
    @Test("two gateways together stay within one budget")
    func together() async throws {
        let server = try RedisServer()
        let (a, b) = (Replica(server.url()), Replica(server.url()))
        try #require(await a.connected())
        try #require(await b.connected())
        let first = try #require(await a.take(line(limit: 100, wanted: 60)))
        #expect(first.counted.description == "shared")
        #expect(await b.refusal(line(limit: 100, wanted: 50))?.denial == Denial(.budgetExhausted, retryAfterSeconds: 1))
        let part = try #require(await b.take(line(limit: 100, wanted: 90, least: 10)))
        #expect(await a.refusal(line(limit: 100, wanted: 1)) != nil)
        first.settle(tokens(25), now: noon)
        part.settle(tokens(30), now: noon)
        let rest = await a.eventuallyTake(line(limit: 100, wanted: 45))
        #expect(rest != nil)
        #expect(await b.refusal(line(limit: 100, wanted: 1)) != nil)
        rest?.settle(tokens(45), now: noon)
        let refused = await eventually {
            await b.refusal(line(limit: 100, wanted: 1))?.denial.retryAfterSeconds == 3_600
        }
        #expect(refused)
        #expect(await b.take(line(limit: 100, wanted: 100), now: noon + 3_600_000) != nil)
    }

    @Test("of several budgets every one must have enough, or nothing is taken of any")
    func nested() async throws {
        let server = try RedisServer()
        let a = Replica(server.url())
        try #require(await a.connected())
        let first = await a.take(line(1, limit: 50, wanted: 40), line(2, limit: 1_000, wanted: 40))
        #expect(first != nil)
        #expect(await a.refusal(line(2, limit: 1_000, wanted: 40), line(1, limit: 50, wanted: 40))?.line == 1)
        #expect(await a.take(line(2, limit: 1_000, wanted: 960)) != nil)
        first?.settle(tokens(0), now: noon)
    }

    @Test("rolling windows pass, bucket by bucket, and the wait is told")
    func rolling() async throws {
        let server = try RedisServer()
        let a = Replica(server.url())
        try #require(await a.connected())
        let minute = SpendWindow.rolling(Milliseconds(60_000))
        func demand(_ wanted: Int64) -> SpendLine { line(limit: 100, window: minute, wanted: wanted) }
        await a.take(demand(30))?.settle(tokens(30), now: noon)
        await a.take(demand(70), now: noon + 9_000)?.settle(tokens(70), now: noon + 9_000)
        #expect(
            await eventually {
                await a.refusal(demand(20), now: noon + 10_000)?.denial.retryAfterSeconds == 51
            })
        #expect(await a.take(demand(30), now: noon + 61_000) != nil)
        #expect(await a.refusal(demand(31), now: noon + 69_000) != nil)
    }

    @Test("dollars are counted in full, to the nanodollar and never below")
    func dollars() async throws {
        let server = try RedisServer()
        let a = Replica(server.url())
        try #require(await a.connected())
        func demand(_ wanted: Int64) -> SpendLine {
            line(limit: 9_000_000_000_000_000_000, wanted: wanted, unit: .picodollars)
        }
        let huge = try #require(await a.take(demand(8_999_999_999_999_999_000)))
        #expect(await a.refusal(demand(2_000)) != nil)
        #expect(await a.take(demand(1)) != nil)
        huge.settle(SpendAmount(tokens: 0, picodollars: 8_999_999_999_999_998_001), now: noon)
        #expect(await a.refusal(demand(1_001)) != nil)
    }

    @Test("what a gateway held that died comes back when its name has died")
    func death() async throws {
        let server = try RedisServer()
        let (a, b) = (Replica(server.url(), life: 900), Replica(server.url()))
        try #require(await a.connected())
        try #require(await b.connected())
        await a.take(line(limit: 100, wanted: 30))?.settle(tokens(10), now: noon)
        let held = try #require(await a.take(line(limit: 100, wanted: 70)))
        // When there is room for 20, the 10 are booked.
        #expect(await b.eventuallyTake(line(limit: 100, wanted: 20)) != nil)
        #expect(await b.refusal(line(limit: 100, wanted: 21)) != nil)
        a.counters.vanish()
        // What was booked stays spent.
        let rest = await b.eventuallyTake(line(limit: 100, wanted: 90))
        #expect(rest != nil)
        #expect(await b.refusal(line(limit: 100, wanted: 1)) != nil)
        for spend in [held, rest] { spend?.settle(tokens(0), now: noon) }
    }

    @Test("a gateway that was taken for dead goes on under another name, and keeps nothing of what others got")
    func resurrection() async throws {
        let server = try RedisServer()
        let (a, b) = (Replica(server.url(), life: 900), Replica(server.url(), life: 60_000))
        try #require(await a.connected())
        try #require(await b.connected())
        let old = try #require(await a.take(line(limit: 100, wanted: 80)))
        try await forgetNames(server)
        let others = try #require(await b.eventuallyTake(line(limit: 100, wanted: 70)))
        let new = await a.eventuallyTake(line(limit: 100, wanted: 30))
        #expect(new != nil)
        old.settle(tokens(0), now: noon)
        try await Task.sleep(for: .milliseconds(100))
        #expect(await b.refusal(line(limit: 100, wanted: 1)) != nil)
        for spend in [others, new] { spend?.settle(tokens(0), now: noon) }
    }

    @Test("a server that is killed denies at once, and when it is back all goes on")
    func killed() async throws {
        let server = try RedisServer()
        let a = Replica(server.url())
        try #require(await a.connected())
        let running = try #require(await a.take(line(limit: 100, wanted: 50)))
        server.kill()
        #expect(
            await eventually {
                await a.refusal(line(limit: 100, wanted: 1))?.denial
                    == Denial(.countersUnavailable, retryAfterSeconds: 1)
            })
        #expect(running.meter(tokens(20), now: noon) == .ok)
        try server.restart()
        #expect(await a.connected())
        // The server has forgotten everything; what is booked from now on counts.
        running.settle(tokens(40), now: noon)
        #expect(await eventually { await a.refusal(line(limit: 100, wanted: 61)) != nil })
        #expect(await a.eventuallyTake(line(limit: 100, wanted: 60)) != nil)
    }

    @Test("with a local share each gateway counts alone while the server is away, says so, and books it afterwards")
    func share() async throws {
        let server = try RedisServer()
        let a = Replica(server.url(), fallback: .local(1, of: 4))
        try #require(await a.connected())
        server.kill()
        var spend: Spend?
        #expect(
            await eventually {
                spend = await a.take(line(limit: 100, wanted: 25))
                return spend?.counted.description == "local_share"
            })
        #expect(await a.refusal(line(limit: 100, wanted: 1))?.denial.reason == .budgetExhausted)
        #expect(spend?.meter(tokens(20), now: noon) == .ok)
        spend?.settle(tokens(20), now: noon)
        spend = nil
        try server.restart()
        #expect(await a.connected())
        #expect(await eventually { await a.refusal(line(limit: 100, wanted: 81)) != nil })
        #expect(await a.take(line(limit: 100, wanted: 80)) != nil)
    }

    @Test("a server that stands still denies, and a grant whose answer came too late is given back")
    func stopped() async throws {
        let server = try RedisServer()
        let a = Replica(server.url(), timeout: 250)
        try #require(await a.connected())
        server.stop()
        #expect(await a.refusal(line(limit: 100, wanted: 100))?.denial.reason == .countersUnavailable)
        server.go()
        #expect(await a.eventuallyTake(line(limit: 100, wanted: 100)) != nil)
    }

    @Test("a wrong password opens nothing, the right one does, in its database")
    func password() async throws {
        let server = try RedisServer(password: "s3cret")
        let wrong = Replica(server.url("guess"))
        let right = Replica(server.url(database: 3))
        #expect(await right.connected())
        #expect(await wrong.refusal(line(limit: 100, wanted: 1))?.denial.reason == .countersUnavailable)
    }

    @Test("with TLS the server must be the one that is meant")
    func tls() async throws {
        let server = try RedisServer(isTLS: true)
        let right = Replica(server.url(), authority: server.certificate)
        let wrong = Replica(server.url())
        let elsewhere = try RedisServer(isTLS: true, name: "DNS:counters.example.com")
        let other = Replica(elsewhere.url(), authority: elsewhere.certificate)
        #expect(await right.connected())
        for replica in [wrong, other, wrong, other] {
            try await Task.sleep(for: .milliseconds(100))
            #expect(await replica.refusal(line(limit: 100, wanted: 1))?.denial.reason == .countersUnavailable)
        }
    }

    @Test("all that was added up is booked before the end")
    func stop() async throws {
        let server = try RedisServer()
        let (a, b) = (Replica(server.url()), Replica(server.url()))
        try #require(await a.connected())
        try #require(await b.connected())
        for account in UInt128(1)...700 {
            await a.take(line(account, limit: 10, wanted: 10))?.settle(tokens(4), now: noon)
        }
        await withCheckedContinuation { done in a.counters.stop { done.resume() } }
        for account in [1, 350, 700] as [UInt128] {
            #expect(await b.take(line(account, limit: 10, wanted: 7)) == nil)
            #expect(await b.take(line(account, limit: 10, wanted: 6)) != nil)
        }
    }

    @Test("a server that forgot its scripts is told them again")
    func scriptsForgotten() async throws {
        let server = try RedisServer()
        let a = Replica(server.url())
        try #require(await a.connected())
        try await command(server, ["SCRIPT", "FLUSH"])
        #expect(await a.take(line(limit: 100, wanted: 100)) != nil)
    }

    @Test("streams of several gateways end with the exact sum, within the budget but for a step, and hold nothing")
    func streams() async throws {
        let server = try RedisServer()
        let replicas = [Replica(server.url()), Replica(server.url()), Replica(server.url())]
        for replica in replicas { try #require(await replica.connected()) }
        let limit: Int64 = 20_000
        let seed = UInt64.random(in: 0 ... .max)
        print("SharedCountersTests.streams seed \(seed)")
        let total = await withTaskGroup(of: Int64.self) { group in
            for number in 0..<60 {
                group.addTask {
                    var random = SplitMix(state: seed &+ UInt64(number))
                    let demand = line(limit: limit, wanted: 2_000, least: 100, step: 100)
                    guard let spend = await replicas[number % 3].take(demand) else { return 0 }
                    var total: Int64 = 0
                    for _ in 0..<200 {
                        total += Int64.random(in: 1...20, using: &random)
                        if spend.meter(tokens(total), now: noon) != .ok { break }
                        if Bool.random(using: &random) { await Task.yield() }
                    }
                    spend.settle(tokens(total), now: noon)
                    return total
                }
            }
            return await group.reduce(0, +)
        }
        #expect(total <= limit + 60 * 120)
        let left = max(0, limit - total)
        #expect(await eventually { await replicas[0].refusal(line(limit: limit, wanted: left + 1)) != nil })
        if left > 0 { #expect(await replicas[1].eventuallyTake(line(limit: limit, wanted: left)) != nil) }
    }

    @Test(
        "answers in no form that was asked for count as none",
        arguments: [
            "+OK\r\n", "-ERR\r\n", ":1\r\n", "*0\r\n", "*1\r\n$2\r\nok\r\n", "*2\r\n$2\r\nok\r\n$2\r\n-5\r\n",
            "*3\r\n$2\r\nno\r\n$1\r\n9\r\n$1\r\n0\r\n", "*1\r\n$4\r\ndead\r\n", "HTTP/1.1 400 Bad Request\r\n", "",
        ])
    func hostile(answer: String) async throws {
        let liar = try await Liar(answer)
        let a = Replica(try #require(CountersURL("redis://127.0.0.1:\(liar.port)")), timeout: 250)
        // Asked often, so that it is asked before, while and after it is connected.
        for _ in 0..<40 {
            #expect(await a.refusal(line(limit: 100, wanted: 1))?.denial.reason == .countersUnavailable)
            try await Task.sleep(for: .milliseconds(5))
        }
        try await liar.close()
    }

    // MARK: Other hands on the server

    /// Lets the name of every gateway die that has a short life.
    private func forgetNames(_ server: RedisServer) async throws {
        let script = """
            for _, key in ipairs(redis.call('KEYS', 'sallyport:l:*')) do
              if redis.call('PTTL', key) < 2000 then redis.call('DEL', key) end
            end
            return 1
            """
        try await command(server, ["EVAL", script, "0"])
    }

    private func command(_ server: RedisServer, _ arguments: [String]) async throws {
        let answered = Mutex(false)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let connection = RedisConnection(timeout: .seconds(5)) {}
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }.connect(host: "127.0.0.1", port: server.port).get()
        try await channel.eventLoop.submit {
            let connection = try channel.pipeline.syncOperations.handler(type: RedisConnection.self)
            connection.send(arguments) { _ in answered.withLock { $0 = true } }
        }.get()
        #expect(await eventually { answered.withLock { $0 } })
        try await channel.close()
    }
}

/// A server that takes every script, and then gives one answer to everything else.
private final class Liar: Sendable {
    private let channel: any Channel
    let port: Int

    init(_ answer: String) async throws {
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(LiarHandler(answer))
                }
            }.bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    func close() async throws { try await channel.close() }
}

private final class LiarHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let answer: String
    private var received = ""

    init(_ answer: String) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += String(buffer: unwrapInboundIn(data))
        var out = context.channel.allocator.buffer(capacity: 256)
        // The scripts are loaded first; after the last of them everything is answered in one way.
        while let range = received.range(of: "SCRIPT\r\n$4\r\nLOAD\r\n") {
            out.writeString("$2\r\nab\r\n")
            received.removeSubrange(received.startIndex..<range.upperBound)
        }
        for _ in 0..<received.components(separatedBy: "EVALSHA\r\n").count - 1 { out.writeString(answer) }
        for _ in 0..<received.components(separatedBy: "SET\r\n").count - 1 { out.writeString("+OK\r\n") }
        received = ""
        context.writeAndFlush(wrapOutboundOut(out), promise: nil)
    }
}
