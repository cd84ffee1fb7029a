import Access
import Addresses
import Testing

@testable import Hub

@Suite struct SessionTests {
    @Test func aSecretIsReadBackAndNeverPrinted() throws {
        var generator = SystemRandomNumberGenerator()
        let secret = SessionSecret(using: &generator)
        let text = secret.reveal { $0 }
        #expect(text.utf8.count == 64)
        let again = try #require(SessionSecret(text))
        #expect(again.digest == secret.digest)
        for shown in ["\(secret)", String(describing: secret), String(reflecting: secret)] {
            #expect(!shown.contains(text))
        }
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!dumped.contains(text))
        #expect(SessionSecret(text.uppercased()) == nil || text == text.uppercased())
        #expect(SessionSecret(String(text.dropLast())) == nil)
        #expect(SessionSecret(text + "0") == nil)
        #expect(SessionSecret("") == nil)
    }

    @Test func aSealIsOfItsSecretAndPurposeOnly() {
        var generator = SystemRandomNumberGenerator()
        let (one, other) = (SessionSecret(using: &generator), SessionSecret(using: &generator))
        #expect(one.isSealed(one.seal("login"), "login"))
        #expect(!one.isSealed(one.seal("login"), "logout"))
        #expect(!one.isSealed(other.seal("login"), "login"))
        #expect(!one.isSealed("", "login"))
        #expect(one.seal("login") != one.reveal { $0 })
    }

    @Test func aSessionEndsWhenItIsIdleOrOld() {
        var generator = SystemRandomNumberGenerator()
        var limits = SessionTable.Limits()
        limits.idle = 10
        limits.whole = 25
        var table = SessionTable(limits)
        let secret = SessionSecret(using: &generator)
        table.open(secret, .link, nowSeconds: 100)
        let isOpen = [109, 118, 125, 101].map { table.use(secret, nowSeconds: $0) != nil }
        #expect(isOpen == [true, true, false, false], "25 seconds after the login it is over, and does not come back")

        let idle = SessionSecret(using: &generator)
        table.open(idle, .link, nowSeconds: 200)
        let isIdle = table.use(idle, nowSeconds: 210) == nil
        #expect(isIdle)
        #expect(table.count == 0)
    }

    @Test func thereAreOnlySoManySessions() {
        var generator = SystemRandomNumberGenerator()
        var limits = SessionTable.Limits()
        limits.most = 3
        var table = SessionTable(limits)
        let secrets = (0..<4).map { _ in SessionSecret(using: &generator) }
        for (index, secret) in secrets[..<3].enumerated() { table.open(secret, .link, nowSeconds: Int64(index)) }
        // The first was used last: the second goes.
        _ = table.use(secrets[0], nowSeconds: 5)
        table.open(secrets[3], .link, nowSeconds: 6)
        #expect(table.count == 3)
        let isOpen = secrets.map { table.use($0, nowSeconds: 7) != nil }
        #expect(isOpen == [true, false, true, true])
    }

    @Test func aLinkOpensOnce() {
        var generator = SystemRandomNumberGenerator()
        var link = OneTimeLink()
        let none = link.take("")
        let first = link.renew(using: &generator)
        let second = link.renew(using: &generator)
        let results = [first, second, second].map { secret in link.take(secret.reveal { $0 }) }
        #expect(!none)
        #expect(results == [false, true, false], "the newest, once")
    }

    @Test func failuresAreCountedByAddress() throws {
        var limits = LoginThrottle.Limits()
        limits.failures = 3
        limits.window = 60
        var throttle = LoginThrottle(limits)
        let here = try #require(Address("192.0.2.1"))
        for second in 0..<3 {
            let wait = throttle.wait(here, nowSeconds: Int64(second))
            #expect(wait == nil)
            throttle.fail(here, nowSeconds: Int64(second))
        }
        #expect(throttle.wait(here, nowSeconds: 3) == 57)
        let there = try #require(Address("192.0.2.2"))
        #expect(throttle.wait(there, nowSeconds: 3) == nil)
        #expect(throttle.wait(here, nowSeconds: 60) == nil)
    }

    @Test func anIPv6NetworkIsOneAddress() throws {
        var limits = LoginThrottle.Limits()
        limits.failures = 1
        var throttle = LoginThrottle(limits)
        throttle.fail(try #require(Address("2001:db8::1")), nowSeconds: 0)
        let (same, other) = (try #require(Address("2001:db8::2")), try #require(Address("2001:db8:0:1::1")))
        #expect(throttle.wait(same, nowSeconds: 1) != nil)
        #expect(throttle.wait(other, nowSeconds: 1) == nil)
    }

    @Test func countedAddressesAreBounded() throws {
        var limits = LoginThrottle.Limits()
        limits.failures = 1
        limits.addresses = 4
        var throttle = LoginThrottle(limits)
        for host in 0..<10 { throttle.fail(try #require(Address("192.0.2.\(host)")), nowSeconds: Int64(host)) }
        let known = try (0..<10).filter { throttle.wait(try #require(Address("192.0.2.\($0)")), nowSeconds: 11) != nil }
        #expect(known == [6, 7, 8, 9], "the oldest are forgotten")
    }
}
