import Logging
import RecordFiles
import Testing

@testable import Gateway

struct StateDirectoryTests {
    @Test("a gateway does not start where it could not write records")
    func unwritable() throws {
        #expect(throws: RecordWriterError.self) {
            _ = try GatewayServer(GatewayOptions(stateDirectory: "/no/such"), logger: Logger(label: "t"))
        }
    }
}
