import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPCompression

/// Packs bodies of requests.
enum Gzip {
    /// The bytes in the format of gzip.
    static func pack(_ bytes: [UInt8]) throws -> [UInt8] {
        let channel = EmbeddedChannel(handler: NIOHTTPRequestCompressor(encoding: .gzip))
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: "/")
        try channel.writeOutbound(HTTPClientRequestPart.head(head))
        try channel.writeOutbound(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: bytes))))
        try channel.writeOutbound(HTTPClientRequestPart.end(nil))
        var packed: [UInt8] = []
        while let part = try channel.readOutbound(as: HTTPClientRequestPart.self) {
            guard case .body(.byteBuffer(let buffer)) = part else { continue }
            packed += buffer.readableBytesView
        }
        _ = try channel.finish(acceptAlreadyClosed: true)
        return packed
    }
}
