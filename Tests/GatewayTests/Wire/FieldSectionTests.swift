import Testing

@testable import Gateway

@Suite struct FieldSectionTests {
    @Test func everyKnownNameIsFound() {
        #expect(KnownField.allCases.count <= 128, "FieldNotes keeps one bit for each")
        for known in KnownField.allCases {
            guard let name = known.name else { continue }
            let found = name.withUTF8Buffer { FieldTable.recognise(UnsafeRawBufferPointer($0)) }
            #expect(found == known)
        }
    }

    @Test(arguments: [
        ("x-forwarded-anything", KnownField.xForwardedOther), ("x-forwarded", .xForwardedOther),
        ("x-sallyport-principal", .xSallyport), ("x-envoy-internal", .xEnvoy), ("x-gateway-a", .xGateway),
        ("x-user-id", .xUser), ("x-auth-request-email", .xUser), ("x-rewrite-url", .xOriginal),
        ("x-http-method-override", .xMethodOverride), ("x_forwarded_for", .disguised), ("content_length", .disguised),
        ("x-forwarded_for", .disguised), ("x_api_key", .disguised), ("api_key", .disguised), ("x_user_id", .disguised),
        ("x-custom", .other), ("hos", .other), ("hostt", .other), ("x", .other), ("my_header", .other),
        ("user_agent", .other),
        ("x-stainless-lang", .other), ("x-forwarde", .other), ("_", .other),
    ])
    func families(_ name: String, _ expected: KnownField) {
        var name = name
        #expect(name.withUTF8 { FieldTable.recognise(UnsafeRawBufferPointer($0)) } == expected)
    }

    @Test func routesMayNotChangeFraming() {
        for name in ["Content-Length", "transfer-encoding", "Connection", "TE", "Upgrade", "HOST", "content_length"] {
            #expect(!FieldTable.mayBeChangedByRoute(name), "\(name)")
        }
        for name in ["X-Header", "authorization", "x-forwarded-prefix", "content-type", "Set-Cookie", ""] {
            #expect(FieldTable.mayBeChangedByRoute(name), "\(name)")
        }
    }

    @Test func addingAndTaking() {
        let section = FieldSection()
        #expect(section.append(name: "X-A", value: " 1\t"))
        #expect(section.append(.contentType, "text/plain"))
        #expect(section.append(name: "x-a", value: "2"))
        #expect(section.append(.contentLength, 18_446_744_073_709_551_615))
        #expect(section.count == 4 && section.count(.contentType) == 1 && section.contains(.contentLength))
        #expect(section.joinedValue(named: "x-a") == "1, 2")
        #expect(section.joinedValue(named: "x-b") == nil)
        #expect(section.string(of: .contentLength) == "18446744073709551615")
        #expect(section.valueEquals(at: 1, ignoringCase: "text/plain"))
        section.remove(name: "X-A")
        #expect(section.count == 2 && section.first(named: "x-a") == nil)
        section.set(.contentType, "a/b")
        #expect(section.string(of: .contentType) == "a/b" && section.count(.contentType) == 1)
        section.set(name: "Content-Type", value: "c/d")
        #expect(section.string(of: .contentType) == "c/d" && section.count(.contentType) == 1)
        section.reset()
        #expect(section.isEmpty && section.first(.contentType) == nil)
    }

    @Test func ownValuesAreAddedAsOthers() {
        let (own, other) = (FieldSection(), FieldSection())
        let values: [StaticString] = ["a", "application/json", "keep-alive", "a b", ""]
        for known in [KnownField.contentType, .connection, .xForwardedProto] {
            for value in values {
                own.append(known, own: value)
                other.append(known, UnsafeRawBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
                own.append(.contentLength, UInt64(value.utf8CodeUnitCount))
                var digits = "\(value.utf8CodeUnitCount)"
                _ = digits.withUTF8 { other.append(.contentLength, UnsafeRawBufferPointer($0)) }
            }
        }
        own.set(.connection, own: "close")
        other.set(.connection, "close" as String)
        #expect(own.bytes == other.bytes && own.count == other.count && own.wireSize == other.wireSize)
        #expect(own.fields.map(\.value) == other.fields.map(\.value))
        #expect(own.fields.map(\.known) == other.fields.map(\.known))
        // A family of names has none to be written.
        own.append(.xEnvoy, own: "a")
        #expect(own.count == other.count)
    }

    @Test func nothingAddedEndsALine() {
        let section = FieldSection()
        for name in ["", "a b", "a:", "a\r\nb", "\u{E9}", "a\0"] {
            #expect(!section.append(name: name, value: "x"))
        }
        #expect(!section.append(.xEnvoy, "x"), "a family has no name")
        #expect(section.append(name: "a", value: "x\r\nb: c\0\u{7F}d\te"))
        #expect(WireDriver.describe(section) == ["a: x  b: c  d\te"])
    }

    @Test func cookiesAreJoinedTheirOwnWay() {
        let section = FieldSection()
        section.append(.cookie, "a=1")
        section.append(.cookie, "b=2")
        #expect(section.joinedValue(named: "cookie") == "a=1; b=2")
    }

    @Test func roomIsKeptButNotForever() throws {
        let head = RequestHead()
        var scanned = 0
        let small = Array(get("/", "X: y").utf8)
        _ = small.withUnsafeBytes { HTTP1.parseRequest($0, scanned: &scanned, into: head) }
        let capacity = head.fields.bytes.capacity
        for _ in 0..<10 { _ = small.withUnsafeBytes { HTTP1.parseRequest($0, scanned: &scanned, into: head) } }
        #expect(head.fields.bytes.capacity == capacity)
        let large = Array(get("/", "X: " + String(repeating: "y", count: 30_000)).utf8)
        _ = large.withUnsafeBytes { HTTP1.parseRequest($0, scanned: &scanned, into: head) }
        head.reset()
        #expect(head.fields.bytes.capacity <= 16 << 10)
    }
}
