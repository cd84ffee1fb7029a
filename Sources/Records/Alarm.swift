extension Record {
    /// What the hub is alarmed about.
    public struct Alarm: Sendable, Hashable {
        /// How much it matters.
        public enum Severity: String, Sendable, Hashable, CaseIterable {
            /// Good to know.
            case info
            /// Somebody should look.
            case warning
            /// Somebody should look now.
            case critical
        }

        /// Which alarm it is, such as `key_from_elsewhere`.
        public var name: String
        /// How much it matters.
        public var severity: Severity
        /// What it is about: a workload, a key, a budget, a listener; empty: nothing in particular.
        public var subject: String
        /// The id of the record that shows it; empty: none does.
        public var evidence: String
        /// What happened, in words.
        public var text: String

        /// An alarm.
        public init(name: String, severity: Severity, subject: String, evidence: String, text: String) {
            self.name = name
            self.severity = severity
            self.subject = subject
            self.evidence = evidence
            self.text = text
        }
    }

    /// The record of an alarm.
    public init(time: Int64, id: String, alarm: Alarm) {
        self.init(time: time, id: id, point: .hub, reason: Self.alarmReason)
        self.alarm = alarm
    }

    /// The reason of every record of an alarm.
    public static let alarmReason = "alarm"

    /// The trace that a request is part of, as W3C Trace Context writes it: hexadecimal digits.
    public struct TraceContext: Sendable, Hashable {
        /// The trace.
        public var traceID: String
        /// The request's own span.
        public var spanID: String
        /// The caller's span; empty: he named none.
        public var parentSpanID: String

        /// A place in a trace.
        public init(traceID: String, spanID: String, parentSpanID: String = "") {
            self.traceID = traceID
            self.spanID = spanID
            self.parentSpanID = parentSpanID
        }
    }
}

extension RecordBatch {
    /// `alarm`, of a record whose point is the hub.
    public mutating func alarm(_ alarm: Record.Alarm) {
        writer.raw("\"alarm\":{\"name\":")
        writer.quoted(alarm.name)
        writer.raw(",\"severity\":")
        writer.quoted(alarm.severity.rawValue)
        writer.raw(",")
        writer.optional("\"subject\":", alarm.subject)
        writer.optional("\"evidence\":", alarm.evidence)
        writer.raw("\"text\":")
        writer.quoted(alarm.text)
        writer.raw("},")
    }
}
