import Addresses
import Foundation
import Records
import Testing

/// What a node writes member by member.
@Suite("Records of connections")
struct ConnectionTests {
    /// The same as `fullConnection`, as the node writes it.
    private func write(_ record: Record, to batch: inout RecordBatch) throws {
        let (source, sent) = (try #require(record.source), try #require(record.destination))
        let (connection, workload) = (try #require(record.connection), try #require(sent.workload))
        batch.beginConnection(
            time: record.time, id: .init(began: 0x6a1f2_c3d4e_5f6, number: 7), verdict: record.verdict,
            reason: record.reason, revision: record.revision, node: .node(record.node))
        batch.source(try #require(Address(source.address)), port: source.port, place: nil)
        batch.part(.workload(try #require(record.workload)))
        batch.part(.policy(record.policy, rule: record.rule))
        batch.destination(
            service: .serviceName(sent.service), try #require(Address(sent.endpoint.address)), port: sent.endpoint.port,
            place: .place(node: sent.endpoint.node, range: sent.endpoint.range), workload: .workload(workload))
        batch.beginConnection(
            connection.event, transport: connection.transport, number: 6, icmp: connection.icmp, connection.direction)
        let original = try #require(connection.original)
        batch.original(try #require(Address(original.address)), port: original.port)
        batch.interfaces(input: connection.inputInterface, output: connection.outputInterface)
        batch.outcome(connection.end, repeats: connection.repeats, isDisagreement: connection.isDisagreement)
        batch.endObject()
        batch.bytes(try #require(record.bytes))
        batch.packets(try #require(record.packets))
        batch.timing(try #require(record.timing))
        batch.end()
    }

    @Test("written member by member they are what they are as values")
    func members() throws {
        var batch = RecordBatch()
        for event in Record.ConnectionEvent.allCases {
            for end in Record.ConnectionEnd.allCases {
                for direction in Record.ConnectionDirection.allCases {
                    var record = fullConnection()
                    record.connection?.event = event
                    record.connection?.end = end
                    record.connection?.direction = direction
                    record.connection?.repeats = 3
                    record.connection?.isDisagreement = true
                    try write(record, to: &batch)
                    var expected: [UInt8] = []
                    RecordEncoder.append(record, to: &expected)
                    #expect(batch.take() == expected)
                    #expect(String(decoding: expected, as: UTF8.self).contains("\"\(event.rawValue)\""))
                    #expect(String(decoding: expected, as: UTF8.self).contains("\"end\":\"\(end.rawValue)\""))
                    #expect(String(decoding: expected, as: UTF8.self).contains("\"\(direction.rawValue)\""))
                }
            }
        }
    }

    @Test("protocols without a name are a number; without ports there is none")
    func protocols() throws {
        var batch = RecordBatch()
        let address = try #require(Address("169.254.169.254"))
        batch.beginConnection(
            time: 0, id: .init(began: 0, number: .max), verdict: .denied, reason: "isolated", revision: 1,
            node: .node("n1"))
        batch.source(address, port: nil, place: .place(node: "", range: "cloud_metadata"))
        batch.beginConnection(.denied, transport: nil, number: 47, icmp: nil, nil)
        batch.outcome(nil, repeats: 0, isDisagreement: false)
        batch.endObject()
        batch.end()
        let json = try decode(batch.take().dropLast())
        #expect(json["id"] as? String == "0-ffffffff")
        #expect(json["source"] as? [String: String] == ["address": "169.254.169.254", "range": "cloud_metadata"])
        #expect(json["connection"] as? [String: String] == ["event": "denied", "transport": "47"])
    }

    @Test("addresses are written as they are read")
    func addresses() throws {
        let seed = UInt64.random(in: 0...(.max))
        var random = SeededGenerator(seed: seed)
        var texts = [
            "0.0.0.0", "255.255.255.255", "1.20.255.0", "::", "::1", "1::", "fe80::1:0:0:1", "::1:0:0:0:0:0:0",
        ]
        texts += ["1:0:0:2:0:0:0:3", "1:2:3:4:5:6:7:8", "0:1:0:1:0:1:0:1", "2001:db8::", "fd00:ec2::254", "1:0:2::"]
        var addresses = try texts.map { try #require(Address($0)) }
        for _ in 0..<2_000 {
            var bits = UInt128.random(in: 0 ... .max, using: &random)
            for group in 0..<8 where Bool.random(using: &random) { bits &= ~(0xffff << UInt128(group * 16)) }
            addresses.append(Address(bits: bits))
            addresses.append(Address(ipv4: UInt32.random(in: 0 ... .max, using: &random)))
        }
        var batch = RecordBatch()
        for address in addresses {
            batch.begin(
                time: 0, id: "", point: .node, verdict: nil, reason: "", explanation: "", status: 0, revision: 0)
            batch.source(address, port: nil, place: nil)
            batch.end()
            let source = try #require(try decode(batch.take().dropLast())["source"] as? [String: String])
            #expect(source["address"] == "\(address)", "seed \(seed)")
        }
    }

    @Test("what a node did not show is said in numbers, and only those that are not 0")
    func hidden() throws {
        var batch = RecordBatch()
        batch.begin(
            time: 0, id: "", point: .node, verdict: nil, reason: "not_shown", explanation: "", status: 0, revision: 0)
        batch.part(.node("n1"))
        var hidden = Record.Hidden()
        (hidden.repeats, hidden.records) = (199_000, .max)
        batch.hidden(hidden)
        batch.end()
        let line = String(decoding: batch.take(), as: UTF8.self)
        #expect(line.contains("\"node\":\"n1\",\"hidden\":{\"repeats\":199000,\"records\":18446744073709551615}}\n"))
        #expect(!line.contains("verdict"))
    }
}
