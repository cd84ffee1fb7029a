import Hummingbird
import Logging
import Synchronization
import Testing

@testable import Serving

@Suite("How a server of HTTP ends")
struct OrderlyServerTests {
    @Test("It ends while connections come as fast as they can, again and again, and so does the test")
    func whileConnectionsCome() async throws {
        for _ in 0..<8 {
            let served = try await Served { _, _ in "ok" }
            let crowd = Crowd(of: 4, at: served.port)
            await Task.yield()
            try await served.end()
            await crowd.end()
            #expect(served.lines.all == [])
        }
    }

    @Test("Idle connections are closed at once, an answer under way is finished first")
    func finished() async throws {
        let (begun, leave) = (Gate(), Gate())
        let served = try await Served { _, _ in
            begun.open()
            await leave.wait()
            return "whole"
        }
        let idle = try #require(Caller(served.port))
        let caller = try #require(Caller(served.port))
        caller.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        await begun.wait()
        let ending = Task { try await served.end() }
        #expect(await idle.heard() == "")
        leave.open()
        #expect(await caller.heard().hasSuffix("whole"))
        try await ending.value
        #expect(served.lines.all == [])
    }

    @Test("A stream without an end is cut off")
    func cut() async throws {
        let begun = Gate()
        let served = try await Served { _, _ in
            begun.open()
            try await Task.sleep(for: .seconds(3600))
            return "never"
        }
        let caller = try #require(Caller(served.port))
        caller.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        await begun.wait()
        try await served.end()
        #expect(await !caller.heard().contains("never"))
        #expect(served.lines.all == [])
    }

    @Test("What ends it by itself is said")
    func taken() async throws {
        let served = try await Served { _, _ in "ok" }
        await #expect(throws: (any Error).self) { _ = try await Served(port: served.port) { _, _ in "ok" } }
        try await served.end()
    }

    @Test("The log goes on until the end begins, and not after it")
    func log() {
        let lines = Lines()
        let log = EndingLog()
        let logger = log.logger(lines.logger())
        logger.error("before")
        log.silence()
        logger.error("after")
        #expect(lines.all == ["error: before"])
    }
}
