import Access
import CConsole

/// The console's files, which are in the program itself.
enum ConsoleAssets {
    /// A file and the tag by which a browser knows that it has not changed.
    struct Asset: Sendable {
        let bytes: [UInt8]
        let type: String
        let tag: String
    }

    /// By name.
    static let all: [String: Asset] = {
        var all: [String: Asset] = [:]
        for index in 0..<console_asset_count() {
            let asset = console_asset_at(index).pointee
            let bytes = Array(UnsafeBufferPointer(start: asset.bytes, count: asset.count))
            let digest = bytes.withUnsafeBytes { KeyDigest(hashing: $0) }
            let name = String(cString: asset.name)
            all[name] = Asset(bytes: bytes, type: type(of: name), tag: "\"\(digest.hexadecimal.prefix(32))\"")
        }
        return all
    }()

    /// Text of a file that is there.
    static func text(_ name: String) -> String {
        all[name].map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
    }

    private static func type(of name: String) -> String {
        switch name.split(separator: ".").last {
        case "js": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "svg": "image/svg+xml"
        default: "text/html; charset=utf-8"
        }
    }
}
