import History
import Kubernetes
import Logging
import Records
import Testing

@testable import sallyport

@Suite struct AlarmPostTests {
    @Test("alarms need nobody who is told of them, and miss nothing of the beginning", .timeLimit(.minutes(5)))
    func nobodyIsTold() async throws {
        let directory = try TemporaryDirectory()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let history = try History(History.Configuration(directory: directory.path), logger: logger)
        let post = try AlarmPost(history, webhooks: [], signature: nil, node: nil, logger: logger)
        var events = try history.follow(try RecordFilter("point=hub")).makeAsyncIterator()
        // It is on the disk before anybody looks, and before the objects are known.
        history.take(Self.denied(), count: 1)
        history.flush()
        let looking = Task { await post.run() }
        post.take(Snapshot(revision: 1, objects: Objects()))
        let event = await events.next()
        looking.cancel()
        await looking.value
        history.close()
        guard case .record(let stored) = event else {
            Issue.record("no alarm, but \(String(describing: event))")
            return
        }
        let alarm = try Record(line: stored.line).alarm
        #expect(alarm?.name == "metadata_address" && alarm?.evidence == "first")
    }

    /// The line of a denied call of cloud metadata, now.
    private static func denied() -> [UInt8] {
        var record = Record(
            time: HubOffice.now(), id: "first", verdict: .denied, reason: "isolated",
            source: Record.Endpoint(address: "10.0.0.7", port: 40_000))
        record.point = .node
        record.destination = Record.Destination(
            service: "", endpoint: Record.Endpoint(address: "169.254.169.254", port: 80), attempts: 0)
        record.destination?.endpoint.range = "cloud_metadata"
        record.connection = Record.Connection(event: .denied, transport: "tcp")
        var line: [UInt8] = []
        RecordEncoder.append(record, to: &line)
        return line
    }
}
