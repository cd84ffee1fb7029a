/// An answer about many records at once.
public enum Ternary: Sendable, Hashable {
    /// All of them.
    case yes
    /// None of them.
    case no
    /// It depends on something that is not counted apart.
    case cannotTell
}
