import Records

/// What Hubble's public API tells of one record: a flow, or that flows were lost.
public enum HubbleEvent: Sendable, Hashable {
    /// A connection or a request that somebody decided about.
    case flow(Flow_Flow)
    /// What a node did not show.
    case lost(Flow_LostEvent, node: String, time: Int64)

    /// What the record says in terms of the API; nil: nothing that the API has a word for, such as an alarm.
    ///
    /// - Parameter emitter: version of the program, for `Flow.emitter`; empty: left out.
    public init?(_ record: Record, emitter: String = "") {
        if let hidden = record.hidden {
            self = .lost(Flow_LostEvent(hidden), node: record.node, time: record.time)
            return
        }
        guard record.alarm == nil, record.verdict != nil else { return nil }
        self = .flow(Flow_Flow(record, emitter: emitter))
    }
}

extension Flow_LostEvent {
    /// All that a node did not show, as one number: the API has no word for what became of each.
    init(_ hidden: Record.Hidden) {
        self.init()
        let parts = [
            hidden.repeats, hidden.unseen, hidden.lost, hidden.overruns, hidden.forgotten, hidden.denied,
            hidden.records,
        ]
        numEventsLost = parts.reduce(0) { sum, part in
            let (result, isOver) = sum.addingReportingOverflow(part)
            return isOver ? .max : result
        }
        // Records that a disk was too slow for are lost in a queue; all else before it, at the kernel.
        source = hidden.records == numEventsLost ? .observerEventsQueue : .perfEventRingBuffer
    }

    /// Events that a client missed because it reads too slowly.
    public static func missed(_ count: UInt64) -> Flow_LostEvent {
        var event = Flow_LostEvent()
        event.source = .hubbleRingBuffer
        event.numEventsLost = count
        return event
    }
}
