import Testing

@testable import ModelTraffic

@Suite("The built-in tables hold the list of endpoints", .enabled(if: SourceRow.isThere, "no list of endpoints here"))
struct SourceTests {
    private static let catalogue = ServerCatalogue.builtIn

    @Test("all of it is read")
    func complete() {
        #expect(SourceRow.all.count == 515)
        #expect(Set(SourceRow.all.map(\.server)).count == 17)
        #expect(SourceRow.all.allSatisfy { !$0.classes.isEmpty && !$0.examples.isEmpty })
    }

    @Test("each row means the same here", arguments: SourceRow.all)
    func row(row: SourceRow) throws {
        for path in row.examples {
            for request in row.requests {
                let found = try Self.catalogue.match(row.server, request.method, path, isUpgrade: request.isUpgrade)
                let expected = row.expected(request.method)
                #expect(
                    found?.classes == expected,
                    "\(request.method) \(path): \(found?.classes.names ?? ["unknown"]), not \(expected.names)")
            }
        }
    }
}
