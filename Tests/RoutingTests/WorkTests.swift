import Testing

@testable import Kubernetes
@testable import Routing

/// What a look-up costs, counted in steps: it must not grow with what is configured.
@Suite("Work per match")
struct WorkTests {
    /// A listener with many routes, of which each has hosts and paths of its own.
    private static func listener(routes: Int) -> CompiledListener? {
        let snapshot = Make.snapshot { objects in
            objects.add(Make.gateway([Make.listener("l")]))
            for number in 0..<routes {
                objects.add(
                    Make.route(
                        "r\(number)", hostnames: ["h\(number).example.com", "*.w\(number).example.com"],
                        [Make.rule([Make.match(.prefix("/a/\(number)")), Make.match(.exact("/e/\(number)"))])]))
                objects.add(Make.route("shared\(number)", [Make.rule([Make.match(.prefix("/shared/\(number)"))])]))
            }
        }
        return compile(snapshot).listeners.first
    }

    private static let few = listener(routes: 10)
    private static let many = listener(routes: 10_000)

    @Test(
        "as many look-ups with ten routes as with ten thousand",
        arguments: [
            TestRequest(host: "h7.example.com", path: "/a/7/x/y"), TestRequest(host: "h7.example.com", path: "/e/7"),
            TestRequest(host: "x.w7.example.com", path: "/a/7"), TestRequest(host: "other.org", path: "/shared/7"),
        ])
    func lookups(request: TestRequest) throws {
        let (few, many) = (try work(Self.few, request), try work(Self.many, request))
        #expect(few.lookups == many.lookups)
        #expect(few.shapes == many.shapes)
        // Slots are a matter of luck, but of a bounded one at half load.
        #expect(many.slots <= many.lookups * 8)
    }

    private func work(_ listener: CompiledListener?, _ request: TestRequest) throws -> Work {
        let result = try request.match(#require(listener))
        #expect(result.match != nil)
        return result.work
    }

    @Test("as many steps when one path is told apart by ten or ten thousand values of a header")
    func values() throws {
        func work(_ count: Int) throws -> Work {
            let snapshot = Make.snapshot { objects in
                objects.add(Make.gateway([Make.listener("l")]))
                for number in 0..<count {
                    objects.add(
                        Make.route("r\(number)", [Make.rule([Make.match(headers: ["model": "m\(number)"])])]))
                }
            }
            let listener = try #require(compile(snapshot).listeners.first)
            let result = TestRequest(headers: ["model": "m5"]).match(listener)
            #expect(result.match?.rule.route.name.name == "r5")
            return result.work
        }
        let (few, many) = (try work(10), try work(10_000))
        #expect(few.lookups == many.lookups)
        #expect(few.shapes == many.shapes)
        #expect(many.slots <= 16)
    }

    @Test("a path of thousands of segments costs no more than the deepest route")
    func longPaths() throws {
        let snapshot = Make.snapshot { objects in
            objects.add(Make.gateway([Make.listener("l")]))
            objects.add(Make.route("r", [Make.rule([Make.match(.prefix("/a/b/c"))]), Make.rule()]))
        }
        let listener = try #require(compile(snapshot).listeners.first)
        let long = String(repeating: "/a/b", count: 5000)
        #expect(TestRequest(path: long).match(listener).work.lookups <= 6)
        let host = String(repeating: "a.", count: 120) + "c"
        #expect(TestRequest(host: host, path: long).match(listener).work.lookups <= 6)
    }

    @Test("a map holds what was put in, whatever the number")
    func map() {
        var map = ByteMap()
        var work = Work()
        for number in 0..<5000 { _ = map.findOrInsert(Array("key-\(number)".utf8), scope: UInt32(number % 7), number) }
        for number in 0..<5000 {
            let key = Array("key-\(number)".utf8)
            let found = key.withUnsafeBytes { map.find($0, scope: UInt32(number % 7), work: &work) }
            #expect(found == number)
            let other = key.withUnsafeBytes { map.find($0, scope: UInt32((number + 1) % 7), work: &work) }
            #expect(other == nil)
        }
        #expect(map.count == 5000)
        #expect(work.slots < work.lookups * 3)
    }
}
