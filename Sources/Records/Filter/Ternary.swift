/// An answer about many records at once.
public enum Ternary: Sendable, Hashable {
    /// All of them.
    case yes
    /// None of them.
    case no
    /// It depends on something that is not counted apart.
    case cannotTell

    /// The answer about one record.
    init(_ answer: Bool) {
        self = answer ? .yes : .no
    }

    /// The opposite.
    var not: Ternary {
        switch self {
        case .yes: .no
        case .no: .yes
        case .cannotTell: .cannotTell
        }
    }
}
