import Records
import Testing

@Suite("Batches of records")
struct BatchTests {
    /// The gateway writes like this: the members of many records, one after the other, into one batch.
    private func write(_ time: Int64, to batch: inout RecordBatch) {
        batch.begin(
            time: time, id: "01JD-7", point: .gateway, verdict: .denied, reason: "no_policy", explanation: "",
            status: 403, revision: 7)
        batch.source(address: "10.0.0.7", port: 51_234)
        batch.part(.entrance(gateway: "ai/front", listener: ""))
        batch.part(.route("", rule: ""))
        batch.measured(bytesIn: 0, bytesOut: 12, Record.Timing())
        batch.end()
    }

    private func record(_ time: Int64) -> Record {
        var record = Record(
            time: time, id: "01JD-7", verdict: .denied, reason: "no_policy",
            source: .init(address: "10.0.0.7", port: 51_234))
        (record.status, record.revision, record.bytes) = (403, 7, .init(in: 0, out: 12))
        record.place.gateway = "ai/front"
        return record
    }

    @Test("records of the same second and of others, before and after lines are taken, are what each is alone")
    func seconds() {
        let second: Int64 = 1_795_424_400_000_000
        let times = [second, second + 1, second + 999_999, second + 1_000_000, second - 1, 0, -5, 3, second, .max]
        var batch = RecordBatch(capacity: 16)
        for count in 1...times.count {
            for time in times.prefix(count) { write(time, to: &batch) }
            #expect(batch.lineCount == count)
            var expected: [UInt8] = []
            for time in times.prefix(count) { RecordEncoder.append(record(time), to: &expected) }
            #expect(batch.byteCount == expected.count)
            #expect(batch.take() == expected)
            #expect(batch.lineCount == 0 && batch.byteCount == 0)
        }
        #expect(batch.take().isEmpty)
    }

    @Test("what is encoded before is what is written at once")
    func parts() {
        let names = ["", "a", "ns/policy", "a\"b\\c", "é\u{202e}\n", String(repeating: "x", count: 300)]
        var parts = RecordBatch()
        var whole = RecordBatch()
        for name in names {
            for other in names {
                parts.part(.principal(kind: "access_key", name: name, namespace: "n", owner: other))
                whole.principal(kind: "access_key", name: name, namespace: "n", owner: other)
                for isStaged in [false, true] {
                    parts.step(.step(policy: name, rule: other, isStaged: isStaged), result: "matched")
                    whole.step(policy: name, rule: other, isStaged: isStaged, result: "matched")
                }
                for classes in [[], [name], [name, other]] {
                    parts.beginAI(.ai(server: name, classes: classes, operation: other))
                    whole.beginAI(server: name, classes: classes, operation: other)
                }
                parts.part(.policy(name, rule: other))
                whole.policy(name, rule: other)
            }
        }
        #expect(whole.byteCount > 0)
        #expect(parts.take() == whole.take())
    }

    @Test("a token is found behind whatever begins like one")
    func tokens() throws {
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"
        var prefixes = [""]
        for _ in 0..<4 { prefixes += prefixes.flatMap { prefix in ["e", "y", "J", "x"].map { prefix + $0 } } }
        for prefix in Set(prefixes) {
            var record = fullRecord()
            record.http?.path = Array("/\(prefix)~\(token)".utf8)
            let line = String(decoding: encode(record), as: UTF8.self)
            #expect(line.contains("\"path\":\"/\(prefix)~[redacted]\""), "behind \(prefix)~")
            record.http?.path = Array("/\(prefix)\(token)".utf8)
            let other = String(decoding: encode(record), as: UTF8.self)
            #expect(other.contains("[redacted]\"") && !other.contains("c2lnbmF0dXJl"), "behind \(prefix)")
        }
    }
}
