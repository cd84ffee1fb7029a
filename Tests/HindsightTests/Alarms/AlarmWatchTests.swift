import Kubernetes
import PolicyWorlds
import Records
import Testing

@testable import Hindsight

@Suite struct AlarmWatchTests {
    private func probe(_ number: Int, _ seconds: Int64) -> Record {
        connection(
            "p\(number)-\(seconds)", from: "10.0.0.7", Record.Workload("Deployment agents/a\(number)"),
            to: "169.254.169.254", verdict: .denied, at: moment(seconds))
    }

    private func watch(_ settings: AlarmWatch.Settings = AlarmWatch.Settings()) -> AlarmWatch {
        AlarmWatch(AlarmFacts(objects: Objects()), settings: settings)
    }

    @Test("what goes on is said once, again after it was quiet, and again after a day")
    func once() {
        var watch = watch()
        var told: [Int64] = []
        for second in stride(from: Int64(0), to: 3_600, by: 10)
        where !watch.take(probe(1, second), at: moment(second)).isEmpty {
            told.append(second)
        }
        #expect(told == [0])
        // Quiet for a quarter of an hour.
        #expect(watch.take(probe(1, 3_590 + 899), at: moment(3_590 + 899)).isEmpty)
        #expect(watch.take(probe(1, 3_590 + 899 + 900), at: moment(3_590 + 899 + 900)).count == 1)
        var long = self.watch()
        told = []
        var text = ""
        for second in stride(from: Int64(0), to: 200_000, by: 600) {
            for alarm in long.take(probe(1, second), at: moment(second)) {
                told.append(second)
                text = alarm.alarm?.text ?? ""
            }
        }
        #expect(told == [0, 86_400, 172_800])
        #expect(text.contains("it has gone on since, 143 times"))
    }

    @Test("the same records give the same alarms, with ids of their own")
    func stableIDs() {
        func all() -> [Record] {
            var watch = watch()
            return (0..<10).flatMap { watch.take(probe($0, Int64($0)), at: moment(Int64($0))) }
        }
        let first = all()
        #expect(first == all() && first.count == 10)
        #expect(Set(first.map(\.id)).count == 10)
    }

    @Test("a flood raises few alarms, keeps little, and says that there is more")
    func flood() {
        withSeeds(2) { seed, dice in
            var settings = AlarmWatch.Settings()
            settings.mostSubjects = 256
            var watch = watch(settings)
            var alarms: [Record] = []
            // An hour in which a hundred thousand workloads, keys and sources do everything that is alarming.
            for number in 0..<20_000 {
                let second = Int64(number) * 3_600 / 20_000
                // Sources lie about the time.
                let lie = dice.chance(20) ? Int64.random(in: -9_000_000_000...9_000_000_000, using: &dice) : 0
                var record = probe(Int(dice.next() % 100_000), second)
                record.time += lie * 1_000_000
                alarms += watch.take(record, at: moment(second))
                var theft = request(
                    "t\(number)", key: "k\(dice.next() % 100_000)", verdict: .denied, at: moment(second))
                theft.isSuspectedTheft = true
                alarms += watch.take(theft, at: moment(second))
                let source = "node \(dice.next() % 1_000)"
                alarms += watch.take(.sourceClock(source: source, ahead: lie, time: moment(second)))
            }
            // Twenty at once, and twenty in the hour, of each of three kinds.
            #expect(alarms.count <= 120, "seed \(seed)")
            #expect(alarms.count >= 100, "seed \(seed)")
            #expect(watch.suppressed == 60_000 - UInt64(alarms.count), "seed \(seed)")
            #expect(Set(alarms.map(\.id)).count == alarms.count, "seed \(seed)")
            let texts = alarms.compactMap(\.alarm?.text)
            #expect(texts.contains { $0.contains("others of this kind are not told for a while") }, "seed \(seed)")
            #expect(texts.contains { $0.contains("others of this kind were not told before this one") }, "seed \(seed)")
            #expect(watch.subjects <= 256, "seed \(seed)")
        }
    }

    @Test("alarms are not alarming, and a quiet watch says nothing")
    func quiet() {
        var watch = watch()
        let alarm = watch.take(probe(1, 0), at: moment())[0]
        #expect(watch.take(alarm, at: moment(1)).isEmpty)
        for second in 0..<1_000 {
            #expect(
                watch.take(
                    connection(from: "10.0.0.7", to: "10.0.0.8", at: moment(Int64(second))), at: moment(Int64(second))
                ).isEmpty)
        }
    }

    @Test("new objects change what is alarming, and not what was learned or said")
    func update() {
        var watch = watch()
        let agent = Record.Workload("Deployment agents/agent")
        func call(_ second: Int64) -> [Record] {
            watch.take(
                connection("c\(second)", from: "10.0.0.7", agent, to: "160.79.104.10", at: moment(second)),
                at: moment(second))
        }
        #expect(call(0).count == 1)
        watch.update(AlarmFacts(objects: Objects(), gatewayWorkloads: [agent.workloadName]))
        #expect(call(5_000).isEmpty)
        watch.update(AlarmFacts(objects: Objects()))
        #expect(call(10_000).count == 1)
        #expect(watch.take(probe(1, 10_001), at: moment(10_001)).count == 1)
        watch.update(AlarmFacts(objects: Objects()))
        #expect(watch.take(probe(1, 10_002), at: moment(10_002)).isEmpty)
    }
}
