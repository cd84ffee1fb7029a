import Access
import Addresses
import ModelTraffic
import NIOCore
import Routing

// The parts of an exchange that begin anew with each request.

/// What the stages found out.
struct Decision {
    var listener: CompiledListener?
    var match: RouteMatch?
    /// The address that counts as the caller's.
    var source: Address
    var principal: Caller?
    /// What the policies said.
    var basis: Basis?
    /// A rule has let the request through, whatever became of it then.
    var isPermitted = false
    /// What it would do to the server.
    var operation = Operation()
    /// How its body and its answer are read; nil: they are not.
    var dialect: Dialect?
    /// Name of the server's table; empty: the server is not known.
    var server = ""
    /// What the model costs there.
    var terms = ModelTerms.unknown
    /// What the backend is asked for instead of the model that the caller named.
    var rename: String?
    /// The path names the model, and no change of the body changes which one is asked for.
    var isModelInPath = false
    /// Why the request was refused or failed; nil: it was not.
    var outcome: Reason?
    /// What is wrong in particular, without anything that the caller wrote.
    var detail = ""
    /// What the boundary found wrong with the bytes.
    var rejection: Rejection?
    /// Filters of the chosen backend alone.
    var backendFilters: RuleFilters?
    /// Path and host as the caller sent them, before the route's changes; in the request's own storage.
    var path = ByteRange.empty
    var host = ByteRange.empty

    init(source: Address) { self.source = source }
}

/// What was measured. Times are nanoseconds of the monotonic clock, 0 where it did not come to that.
struct Measures {
    var started: UInt64 = 0
    /// Microseconds since 1970.
    var startedWall: Int64 = 0
    var connecting: UInt64 = 0
    var connected: UInt64 = 0
    var firstByte: UInt64 = 0
    var ended: UInt64 = 0
    var bytesIn: UInt64 = 0
    var bytesOut: UInt64 = 0
    var status: UInt16 = 0
}

/// The part of a request's body that waits for a connection, or may have to be sent again.
struct HeldBody {
    /// A body that is sent again after a failure is kept up to this size; a bigger one is sent once.
    static let replayLimit: UInt64 = 64 * 1024

    private(set) var pieces: [ByteBuffer] = []
    /// Bytes that could be sent again.
    private(set) var bytes: UInt64 = 0
    /// What has been sent is kept too.
    var keepsWhatIsSent = false
    /// It is all of the body, in another form than it came in.
    var isWhole = false

    /// A piece that cannot be sent yet.
    mutating func hold(_ piece: ByteBuffer) {
        bytes += UInt64(piece.readableBytes)
        pieces.append(piece)
    }

    /// A piece that is being sent.
    mutating func keep(_ piece: ByteBuffer) {
        guard keepsWhatIsSent else { return }
        hold(piece)
        if bytes > Self.replayLimit { self = HeldBody() }
    }

    /// All pieces have been sent.
    mutating func wereSent() {
        if !keepsWhatIsSent { self = HeldBody() }
    }
}
