import Kubernetes
import Testing

@testable import Access

/// Looks into a cache with plain values.
private struct CacheDriver: ~Copyable {
    var cache: TokenCache

    init(capacity: Int) { cache = TokenCache(capacity: capacity) }

    mutating func ask(
        _ token: String, _ door: TokenDoor, now: Int64 = TestClaims.now
    ) -> Result<TokenIdentity, TokenRefusal> {
        // A noncopyable value cannot be changed inside a closure that is given bytes.
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: token.utf8.count, alignment: 1)
        defer { bytes.deallocate() }
        bytes.copyBytes(from: token.utf8)
        do throws(TokenRefusal) {
            return .success(try cache.verify(UnsafeRawBufferPointer(bytes), with: door.verifier, nowSeconds: now))
        } catch {
            return .failure(error)
        }
    }
}

@Suite("Tokens: the cache")
struct TokenCacheTests {
    private func claims(_ subject: String) -> String { TestClaims.changed([("sub", "\"\(subject)\"")]) }

    @Test("a token is verified once")
    func once() throws {
        var driver = CacheDriver(capacity: 16)
        let door = TokenDoor(keys: .ec)
        let token = TestKey.ec.token()
        let first = try driver.ask(token, door).get()
        let second = try driver.ask(token, door).get()
        let (hits, misses) = (driver.cache.hits, driver.cache.misses)
        #expect(first === second && hits == 1 && misses == 1)
    }

    @Test("a token is not remembered beyond its end")
    func expiry() throws {
        var driver = CacheDriver(capacity: 16)
        let door = TokenDoor(keys: .ec)
        let token = TestKey.ec.token()
        _ = try driver.ask(token, door).get()
        _ = try driver.ask(token, door, now: TestClaims.now + 629).get()
        guard case .failure(let refusal) = driver.ask(token, door, now: TestClaims.now + 630) else {
            Issue.record("accepted after its end")
            return
        }
        let count = driver.cache.count
        #expect(refusal.reason == .tokenExpired && count == 0)
    }

    @Test("tokens with a common beginning, or a common end, are strangers")
    func wholeToken() throws {
        var driver = CacheDriver(capacity: 16)
        let door = TokenDoor(keys: .ec)
        let token = TestKey.ec.token(claims("alice"))
        _ = try driver.ask(token, door).get()
        let parts = token.split(separator: ".").map(String.init)
        let other = TestKey.ec.token(claims("bob")).split(separator: ".").map(String.init)
        for forged in [
            "\(parts[0]).\(parts[1]).\(other[2])", "\(parts[0]).\(other[1]).\(parts[2])", token + ".", token + "=",
            String(token.dropLast()), "\(parts[0]).\(parts[1]).",
        ] {
            guard case .failure = driver.ask(forged, door) else {
                Issue.record("accepted \(forged)")
                return
            }
        }
        #expect(try driver.ask(token, door).get().subject.description == "alice")
    }

    @Test("what is refused is not kept")
    func refused() {
        var driver = CacheDriver(capacity: 4)
        let door = TokenDoor(keys: .ec)
        for number in 0..<50 { _ = driver.ask(TestKey.otherEC.token(claims("a\(number)")), door) }
        _ = driver.ask(String(repeating: "a", count: 100_000), door)
        let (count, misses) = (driver.cache.count, driver.cache.misses)
        #expect(count == 0 && misses == 50)
    }

    @Test("never more than its capacity, and what is asked for stays")
    func bounded() throws {
        var driver = CacheDriver(capacity: 10)
        let door = TokenDoor(keys: .ec)
        let mine = TestKey.ec.token(claims("mine"))
        let first = try driver.ask(mine, door).get()
        for number in 0..<40 {
            _ = try driver.ask(TestKey.ec.token(claims("a\(number)")), door).get()
            let again = try driver.ask(mine, door).get()
            let count = driver.cache.count
            #expect(again === first && count <= 10)
        }
        let misses = driver.cache.misses
        #expect(misses == 41)
    }

    @Test("a change of keys or issuers forgets everything; the same again does not")
    func changes() throws {
        var driver = CacheDriver(capacity: 16)
        let token = TestKey.ec.token()
        let first = try driver.ask(token, TokenDoor(keys: .ec)).get()
        // Another snapshot with the same issuers and keys.
        #expect(try driver.ask(token, TokenDoor(keys: .ec)).get() === first)
        // The key is gone.
        guard case .failure(let gone) = driver.ask(token, TokenDoor(keys: .otherEC)) else {
            Issue.record("accepted with a key that is gone")
            return
        }
        #expect(gone.reason == .tokenSignature)
        // It is back: what was known before is not.
        #expect(try driver.ask(token, TokenDoor(keys: .ec)).get() !== first)
        // The issuer wants more.
        guard case .failure(let stricter) = driver.ask(token, TokenDoor(keys: .ec, spec: ["requiredClaims: {a: b}"]))
        else {
            Issue.record("accepted what the issuer does not accept any more")
            return
        }
        #expect(stricter.reason == .tokenClaimMissing)
        // Policies ask for another claim: what is kept does not have it.
        let groups = TestKey.ec.token(TestClaims.changed(more: #","groups":"a""#))
        #expect(try driver.ask(groups, TokenDoor(keys: .ec)).get().claims.isEmpty)
        #expect(try driver.ask(groups, TokenDoor(keys: .ec, claims: ["groups"])).get().claims.count == 1)
    }
}
