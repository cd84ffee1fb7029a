import Access
import ModelTraffic
import NIOCore

/// Bytes that one event loop may hold of bodies that wait to be judged.
final class JudgedRoom {
    @exclusivity(unchecked) private(set) var left: Int

    init(_ bytes: Int) { left = bytes }

    func take(_ count: Int) -> Bool {
        guard count <= left else { return false }
        left -= count
        return true
    }

    func giveBack(_ count: Int) { left += count }
}

/// A request's body while it is collected, and what it says once it is there.
struct JudgedBody {
    private(set) var isStarted = false
    private(set) var bytes: [UInt8] = []
    /// All of the body, where it came in one small piece: then it need not be copied to be sent on.
    private(set) var onlyPiece: ByteBuffer?
    var content: JudgedContent?
    private var limit = 0
    private var room: JudgedRoom?
    private var taken = 0

    /// Memory that is asked for before anything has come: a caller may announce more than it ever sends.
    private static let firstCapacity = 64 * 1_024
    /// A piece holds on to the buffer that it was read into.
    private static let largestPiece = 16 * 1_024

    /// Begins to collect. Room is taken as bytes come, not as they are announced.
    ///
    /// - Returns: why the body is not taken; nil: it is.
    mutating func start(_ framing: BodyFraming, limit: UInt64, room: JudgedRoom) -> Reason? {
        isStarted = true
        self.limit = Int(clamping: limit)
        self.room = room
        guard case .length(let length) = framing else { return nil }
        guard length <= limit else { return .bodyTooLarge }
        bytes.reserveCapacity(min(Int(clamping: length), Self.firstCapacity))
        return nil
    }

    /// Takes in a piece.
    ///
    /// - Returns: why it is not taken; nil: it is.
    mutating func append(_ piece: ByteBuffer) -> Reason? {
        guard piece.readableBytes <= limit - bytes.count else { return .bodyTooLarge }
        guard room?.take(piece.readableBytes) == true else { return .overloaded }
        onlyPiece = taken == 0 && piece.readableBytes <= Self.largestPiece ? piece : nil
        taken += piece.readableBytes
        piece.withUnsafeReadableBytes { bytes.append(contentsOf: $0) }
        return nil
    }

    /// What was collected goes on in another form; its room stays taken until that has left.
    mutating func wasRewritten() {
        bytes = []
        onlyPiece = nil
        content = nil
    }

    /// Nothing of the body is needed any more.
    mutating func giveBack() {
        room?.giveBack(taken)
        self = JudgedBody()
    }
}
