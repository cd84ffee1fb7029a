/// What an endpoint table may say in its column of methods.
public enum MethodWord: String, CaseIterable, Sendable, Hashable {
    /// `GET` without an upgrade.
    case get = "GET"
    /// `HEAD`: not part of `GET`.
    case head = "HEAD"
    /// `POST`
    case post = "POST"
    /// `PUT`
    case put = "PUT"
    /// `PATCH`
    case patch = "PATCH"
    /// `DELETE`
    case delete = "DELETE"
    /// `OPTIONS`
    case options = "OPTIONS"
    /// Every method, known or not, and upgrades.
    case any = "ANY"
    /// `GET` that asks for an upgrade to WebSocket.
    case webSocket = "WS"
    /// The `POST` of a gRPC call, to `/package.Service/Method`.
    case grpc = "GRPC"

    /// The kinds of request that the word stands for.
    var slots: [MethodSlot] {
        switch self {
        case .get: [.get]
        case .head: [.head]
        case .post, .grpc: [.post]
        case .put: [.put]
        case .patch: [.patch]
        case .delete: [.delete]
        case .options: [.options]
        case .any: MethodSlot.allCases
        case .webSocket: [.upgrade]
        }
    }
}

/// Kinds of request that an endpoint tells apart, as an index.
enum MethodSlot: Int, CaseIterable, Sendable {
    case get, head, post, put, patch, delete, options, other, upgrade

    /// The kind of a request; nil for an upgrade of anything but `GET`, which no server is known to answer.
    @inline(__always)
    init?(_ method: UnsafeRawBufferPointer, isUpgrade: Bool) {
        let word = Self.packed(method)
        if isUpgrade {
            guard word == Self.getWord else { return nil }
            self = .upgrade
            return
        }
        switch word {
        case Self.getWord: self = .get
        case Self.postWord: self = .post
        case Self.headWord: self = .head
        case Self.putWord: self = .put
        case Self.patchWord: self = .patch
        case Self.deleteWord: self = .delete
        case Self.optionsWord: self = .options
        default: self = .other
        }
    }

    // Methods as the number that their bytes make, most significant first. Case matters, as in HTTP.
    private static let getWord: UInt64 = 0x47_4554
    private static let headWord: UInt64 = 0x4845_4144
    private static let postWord: UInt64 = 0x504F_5354
    private static let putWord: UInt64 = 0x50_5554
    private static let patchWord: UInt64 = 0x50_4154_4348
    private static let deleteWord: UInt64 = 0x4445_4C45_5445
    private static let optionsWord: UInt64 = 0x4F_5054_494F_4E53

    /// Zero for what is too long to be one of ours.
    @inline(__always)
    private static func packed(_ method: UnsafeRawBufferPointer) -> UInt64 {
        guard method.count <= 7 else { return 0 }
        var word: UInt64 = 0
        for byte in method { word = word << 8 | UInt64(byte) }
        return word
    }
}
