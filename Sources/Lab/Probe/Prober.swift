#if os(Linux)
    import Foundation
    import Synchronization

    /// Tries connections from all places of a lab at once, in one thread.
    public final class Prober: Sendable {
        private let plan: LabPlan
        /// The source port of the next flow: each has its own for as long as there are others, so that a flow of an
        /// earlier run, which is established, is never taken for one of this run.
        private let nextPort: Mutex<UInt16>

        /// A prober of a lab that is up.
        public init(_ plan: LabPlan) {
            self.plan = plan
            nextPort = Mutex(UInt16.random(in: PortCounter.ports))
        }

        /// Tries all of them; outcomes are in their order.
        ///
        /// - Throws: `LabError` when a place is not in the lab, or its namespace is gone.
        public func run(_ probes: [Probe], _ options: ProbeOptions = ProbeOptions()) throws(LabError) -> [ProbeOutcome]
        {
            var spaces: [LabPlace: String] = [:]
            for probe in probes where spaces[probe.source] == nil {
                spaces[probe.source] = try plan.find(probe.source).namespace
            }
            let namespaces = probes.map { spaces[$0.source] ?? "" }
            ListenerServer.raiseLimit()
            let first = nextPort.withLock { $0 }
            let (outcomes, last) = try NetworkNamespace.onOwnThread { () throws(LabError) in
                var run = try ProbeRun(probes, namespaces, options, firstPort: first)
                try run.toTheEnd()
                return (run.outcomes, run.ports.next)
            }
            nextPort.withLock { $0 = last }
            return outcomes
        }
    }

    /// Source ports, one after the other.
    struct PortCounter {
        static let ports: ClosedRange<UInt16> = 20000...60999
        private(set) var next: UInt16

        init(from next: UInt16) { self.next = next }

        mutating func take() -> UInt16 {
            defer { next = next == Self.ports.upperBound ? Self.ports.lowerBound : next + 1 }
            return next
        }
    }

    /// One run of a prober.
    private struct ProbeRun {
        private let probes: [Probe]
        private let namespaces: [String]
        private let options: ProbeOptions
        private let poller: Poller
        private var answers: [ProbeOutcome.Answer]
        private var flights: [Int32: ProbeSocket] = [:]
        private var place = ""
        private(set) var ports: PortCounter

        var outcomes: [ProbeOutcome] { zip(probes, answers).map { ProbeOutcome(probe: $0, answer: $1) } }

        init(
            _ probes: [Probe], _ namespaces: [String], _ options: ProbeOptions, firstPort: UInt16
        ) throws(LabError) {
            self.probes = probes
            self.namespaces = namespaces
            self.options = options
            poller = try Poller()
            answers = Array(repeating: .silent, count: probes.count)
            ports = PortCounter(from: firstPort)
        }

        mutating func toTheEnd() throws(LabError) {
            defer { for flight in flights.values { flight.end() } }
            var waiting = probes.indices.sorted { (namespaces[$0], $0) < (namespaces[$1], $1) }[...]
            while !waiting.isEmpty || !flights.isEmpty {
                while flights.count < options.concurrency, let index = waiting.popFirst() { try begin(index) }
                // Only what was there before this was looked at has been silent for so long: when this thread did not
                // run for a while, answers wait here.
                let before = Self.now
                poller.wait(milliseconds: flights.isEmpty ? 0 : 10) { descriptor, _ in happened(descriptor) }
                expire(before)
            }
        }

        private mutating func begin(_ index: Int) throws(LabError) {
            if namespaces[index] != place { try NetworkNamespace.enter(namespaces[index]) }
            place = namespaces[index]
            for _ in 0..<8 {
                let start = ProbeSocket.begin(
                    index, probes[index], port: ports.take(), now: Self.now, timeout: options.timeout)
                switch start {
                case .begun(let flight):
                    flights[flight.descriptor] = flight
                    return try poller.add(flight.descriptor, flight.events)
                case .ended(.unreachable(SystemText.describe(EADDRINUSE))): continue
                case .ended(let answer):
                    answers[index] = answer
                    return
                }
            }
            answers[index] = .untried("no source port is free")
        }

        private mutating func happened(_ descriptor: Int32) {
            guard var flight = flights[descriptor] else { return }
            let before = flight.events
            if let answer = flight.happened() {
                end(flight, answer)
            } else {
                if flight.events != before { poller.change(descriptor, flight.events) }
                flights[descriptor] = flight
            }
        }

        private mutating func expire(_ now: Int64) {
            for flight in Array(flights.values) {
                if flight.deadline <= now {
                    end(flight, flight.expired)
                } else {
                    flights[flight.descriptor]?.tick(now)
                }
            }
        }

        private mutating func end(_ flight: ProbeSocket, _ answer: ProbeOutcome.Answer) {
            answers[flight.index] = answer
            flights[flight.descriptor] = nil
            flight.end()
        }

        private static var now: Int64 {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
        }
    }
#endif
