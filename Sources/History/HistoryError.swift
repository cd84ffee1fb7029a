/// Why the history cannot be opened, take records or answer. Each says how to go on where there is a way.
public enum HistoryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The system refuses a file or directory.
    case cannotOpen(path: String, reason: String)
    /// Another hub writes into it.
    case inUse(path: String)
    /// A later version wrote it.
    case tooNew(path: String, version: Int)
    /// It could not be read or written just now.
    case failed(path: String, reason: String)
    /// More waits for the disk than may: send the batch again a little later.
    case busy
    /// The history was closed.
    case closed
    /// A batch says that it has other lines than it has.
    case wrongBatch(reason: String)
    /// This text is no cursor of this history.
    case wrongCursor(String)
    /// The question cannot be answered as it is.
    case wrongQuestion(reason: String)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .cannotOpen(let path, let reason): "cannot open the history \(path): \(reason)"
        case .inUse(let path): "the history \(path) is in use by another hub; give each a state directory of its own"
        case .tooNew(let path, let version):
            "the history \(path) was written by a later version (schema \(version)); use that version, or move the "
                + "directory away to begin anew"
        case .failed(let path, let reason): "the history \(path) failed: \(reason)"
        case .busy: "more records wait for the disk than may; send them again a little later"
        case .closed: "the history is closed"
        case .wrongBatch(let reason): "the batch is refused: \(reason)"
        case .wrongCursor(let text): "'\(text)' is no cursor of this history; begin without one"
        case .wrongQuestion(let reason): reason
        }
    }
}
