import Foundation
import Records

/// Lines as gateways and nodes write them, of so many series. Times and ids are put in when they are sent, in place: making
/// lines must not be what is measured.
struct Lines {
    private var bytes: [UInt8] = []
    private var starts: [Int] = []
    private var ids: [Int] = []
    private var serial = 0

    /// - Parameter series: how many kinds of line there are; one of ten is of a node.
    init(series: Int) {
        for index in 0..<series {
            starts.append(bytes.count)
            var line: [UInt8] = []
            RecordEncoder.append(index % 10 == 9 ? Self.connection(index) : Self.request(index), to: &line)
            let place = line.firstRange(of: Array("000000000000".utf8))?.lowerBound ?? 0
            ids.append(bytes.count + place)
            bytes += line
        }
        starts.append(bytes.count)
    }

    /// Bytes of a line, about.
    var size: Int { bytes.count / ids.count }
    var count: Int { ids.count }

    /// The next lines of all, beginning with one of them.
    mutating func batch(_ first: Int, count: Int, time: Int64) -> [UInt8] {
        let text = Self.text(time)
        let range = first..<(first + count)
        for index in range {
            // `{"time":"` comes before it.
            bytes.replaceSubrange((starts[index] + 9)..<(starts[index] + 36), with: text)
            serial += 1
            var rest = serial
            for place in stride(from: ids[index] + 11, through: ids[index], by: -1) {
                bytes[place] = UInt8(0x30 + rest % 10)
                rest /= 10
            }
        }
        return Array(bytes[starts[first]..<starts[first + count]])
    }

    private static func text(_ time: Int64) -> [UInt8] {
        var line: [UInt8] = []
        RecordEncoder.append(
            Record(time: time, id: "", verdict: .allowed, reason: "", source: .init(address: "", port: 0)), to: &line)
        return Array(line[9..<36])
    }

    private static func request(_ index: Int) -> Record {
        var record = Record(
            time: 0, id: "01JD8Q4W000000000000", verdict: index % 50 == 0 ? .denied : .allowed,
            reason: index % 50 == 0 ? "model_not_listed" : "rule_matched",
            source: .init(address: "10.244.\(index % 7).\(index % 251)", port: 51_234))
        record.status = index % 50 == 0 ? 403 : 200
        record.revision = 421
        record.workload = .init(
            kind: "Deployment", namespace: "team-\(index % 40)", name: "agent-\(index)",
            pod: "agent-\(index)-5d9c7b6f4-x7k2p", labels: ["app=agent-\(index)", "team=team-\(index % 40)"])
        record.principal = .init(
            kind: "access_key", name: "key-\(index % 300)", namespace: "ai", owner: "team-\(index % 40)")
        record.place.gateway = "ai/front"
        record.place.listener = "web"
        record.place.route = "HTTPRoute ai/chat"
        (record.policy, record.rule) = ("ai/team-a", "chat")
        record.http = .init()
        record.http?.method = Array("POST".utf8)
        record.http?.host = Array("models.example.com".utf8)
        record.http?.path = Array("/v1/chat/completions".utf8)
        record.http?.version = "2"
        record.http?.userAgent = Array("OpenAI/Python 1.99.1".utf8)
        record.destination = .init(
            service: "ai/ollama", endpoint: .init(address: "10.244.1.9", port: 11_434), attempts: 1)
        record.ai = .init()
        record.ai?.server = "ollama"
        record.ai?.classes = ["Inference"]
        record.ai?.operation = "chat"
        record.ai?.model = Array("llama3.2:\(index % 12)b".utf8)
        record.ai?.tokens = .init(input: 1_200, output: 350, cached: 0, reasoning: 0, isEstimate: false)
        record.ai?.cost = "0.00039"
        record.bytes = .init(in: 1_234, out: 56_789)
        record.timing?.duration = 1_234_567
        record.timing?.firstByte = 4_321
        record.trace = [.init(policy: "ai/team-a", rule: "chat", isStaged: false, result: "matched")]
        return record
    }

    private static func connection(_ index: Int) -> Record {
        var record = Record(
            time: 0, id: "6a1f000000000000-7", verdict: .allowed, reason: "rule_matched",
            source: .init(address: "10.244.3.\(index % 251)", port: 51_234))
        (record.point, record.node, record.revision) = (.node, "node-\(index % 20)", 421)
        record.workload = .init(
            kind: "Deployment", namespace: "team-\(index % 40)", name: "agent-\(index)",
            pod: "agent-\(index)-5d9c7b6f4-x7k2p")
        record.destination = .init(service: "", endpoint: .init(address: "10.96.0.10", port: 53), attempts: 0)
        record.connection = .init(event: .closed, transport: "udp")
        record.connection?.end = .idle
        record.bytes = .init(in: 74, out: 186)
        record.timing?.duration = 30_000_000
        return record
    }
}
