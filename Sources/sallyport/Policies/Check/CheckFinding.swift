import Kubernetes
import Reachability

/// Something that is not as it should be.
struct CheckFinding: Equatable {
    /// How bad it is.
    enum Level: String, CaseIterable, Comparable {
        case error
        case warning
        /// Worth knowing.
        case note

        static func < (a: Self, b: Self) -> Bool {
            (allCases.firstIndex(of: a) ?? 0) < (allCases.firstIndex(of: b) ?? 0)
        }
    }

    /// What kind of finding it is; stable, for programs.
    var rule: String
    var level: Level
    /// Where it stands; nil: nowhere, or that is not known.
    var position: Position?
    var object: ObjectReference?
    /// The field; empty: the object.
    var path: String
    /// One sentence without a full stop.
    var message: String
    /// What to do, one sentence without a full stop; empty: the message says it.
    var advice: String
    /// True: about what staged policies would do.
    var isStaged: Bool

    init(
        rule: String, level: Level, position: Position?, object: ObjectReference?, path: String = "", message: String,
        advice: String = "", isStaged: Bool = false
    ) {
        self.rule = rule
        self.level = level
        self.position = position
        self.object = object
        self.path = path
        self.message = message
        self.advice = advice
        self.isStaged = isStaged
    }

    /// What the analysis says of a policy.
    init(_ finding: Finding) {
        let level: Level =
            switch finding.severity {
            case .error: .error
            case .warning: .warning
            case .note: .note
            }
        self.init(
            rule: finding.rule, level: level, position: finding.position, object: finding.object,
            path: finding.path, message: finding.message, advice: finding.advice,
            isStaged: finding.isStaged)
    }

    init(mistake: Mistake) {
        self.init(
            rule: "mistake", level: .error, position: mistake.position, object: mistake.object, path: mistake.path,
            message: mistake.message)
    }

    /// The rule, marked where it is about what staged policies would do.
    var title: String { isStaged ? "\(rule), staged" : rule }

    /// The same, as mistakes are printed.
    var entry: MistakeText.Entry {
        MistakeText.Entry(Mistake(position: position, object: object, path: path, message: message))
    }
}
