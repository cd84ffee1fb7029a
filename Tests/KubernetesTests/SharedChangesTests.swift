import Addresses
import Testing

@testable import Kubernetes

@Suite("What differs between two maps of pods is found, in whatever order they are") struct SharedChangesTests {
    @Test func randomChanges() {
        let seed = UInt64.random(in: 0 ... .max)
        print("SharedChangesTests seed \(seed)")
        var dice = Dice(state: seed)
        var old: [NamespacedName: Pod] = [:]
        for number in 0..<200 { old[Self.name(number)] = Self.pod(number) }
        for round in 0..<300 {
            var new = old
            for _ in 0..<Int.random(in: 0...6, using: &dice) {
                let number = Int.random(in: 0..<260, using: &dice)
                let name = Self.name(number)
                switch Int.random(in: 0..<4, using: &dice) {
                case 0: new[name] = nil
                case 1: new[name] = Self.pod(number)
                case 2: new[name]?.phase = "Failed"
                default:
                    let phase = new[name]?.phase ?? ""
                    new[name]?.phase = phase
                }
            }
            if round.isMultiple(of: 7) {
                new = Dictionary(uniqueKeysWithValues: new.map { ($0.key, $0.value) }.shuffled(using: &dice))
            }
            guard let changes = SharedChanges(from: old, to: new, most: 20) else {
                Issue.record("seed \(seed), round \(round): too many")
                return
            }
            let gone = old.filter { new[$0.key] != $0.value }
            let come = new.filter { old[$0.key] != $0.value }
            let isRight =
                Dictionary(changes.gone.map { ($0.key, $0) }, uniquingKeysWith: { a, _ in a }) == gone
                && Dictionary(changes.come.map { ($0.key, $0) }, uniquingKeysWith: { a, _ in a }) == come
                && changes.gone.count == gone.count && changes.come.count == come.count
            guard isRight else {
                Issue.record("seed \(seed), round \(round): other pods differ")
                return
            }
            old = new
        }
    }

    @Test func tooMany() {
        var pods: [NamespacedName: Pod] = [:]
        for number in 0..<20 { pods[Self.name(number)] = Self.pod(number) }
        #expect(SharedChanges(from: [:], to: pods, most: 19) == nil)
        #expect(SharedChanges(from: pods, to: [:], most: 19) == nil)
        #expect(SharedChanges(from: pods, to: [:], most: 20)?.gone.count == 20)
    }

    @Test func aCopyIsChangedByItself() {
        let pod = Self.pod(1)
        var other = pod
        #expect(other.isCopy(of: pod))
        other.metadata.labels["app"] = "y"
        #expect(!other.isCopy(of: pod) && other != pod && pod.metadata.labels["app"] == "x")
        other.metadata.labels["app"] = "x"
        #expect(other == pod && other.hashValue == pod.hashValue)
    }

    private static func name(_ number: Int) -> NamespacedName { NamespacedName("default", "pod-\(number)") }

    private static func pod(_ number: Int) -> Pod {
        Pod(
            metadata: ObjectMeta(
                name: "pod-\(number)", namespace: "default", labels: ["app": "x"], annotations: [:], generation: 1,
                creationTimestamp: nil, position: nil),
            controller: nil, serviceAccount: "default", usesHostNetwork: false, phase: "Running",
            addresses: [Address(ipv4: UInt32(number))], images: [], nodeName: nil, hostAddresses: [],
            isTerminating: false, ports: [], commands: [])
    }

    private struct Dice: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }
}
