/// What becomes of a packet.
public enum Verdict: Hashable, Sendable {
    /// This hook is done; those of other tables still see it.
    case accept
    /// It is gone.
    case drop
    /// On with the next rule.
    case `continue`
    /// Back to the chain that jumped here.
    case `return`
    /// There, and back when nothing decides.
    case jump(String)
    /// There, and not back.
    case goto(String)

    /// The chain that it leads to.
    public var chain: String? {
        switch self {
        case .jump(let chain), .goto(let chain): chain
        default: nil
        }
    }
}
