import ModelTraffic
import NIOCore

/// Bytes that one event loop may hold of bodies that wait to be judged.
final class JudgedRoom {
    private(set) var left: Int

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
    var content: JudgedContent?
    private var limit = 0
    private var room: JudgedRoom?
    private var taken = 0

    /// Begins to collect.
    ///
    /// - Returns: false when the body is larger than what is judged, or no room is left.
    mutating func start(_ framing: BodyFraming, limit: UInt64, room: JudgedRoom) -> Bool {
        isStarted = true
        self.limit = Int(clamping: limit)
        self.room = room
        guard case .length(let length) = framing else { return true }
        guard length <= limit, take(Int(length)) else { return false }
        bytes.reserveCapacity(Int(length))
        return true
    }

    /// Takes in a piece.
    ///
    /// - Returns: false when the body is larger than what is judged, or no room is left.
    mutating func append(_ piece: ByteBuffer) -> Bool {
        let count = bytes.count + piece.readableBytes
        guard count <= limit, count <= taken || take(count - taken) else { return false }
        piece.withUnsafeReadableBytes { bytes.append(contentsOf: $0) }
        return true
    }

    private mutating func take(_ count: Int) -> Bool {
        guard room?.take(count) == true else { return false }
        taken += count
        return true
    }

    /// The bytes are needed no more.
    mutating func giveBack() {
        room?.giveBack(taken)
        self = JudgedBody()
    }
}
