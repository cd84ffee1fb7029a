import Foundation
import Synchronization

/// The link that opens the console of this machine once, in a file that only its user reads. Whoever reads it is already who
/// may do everything here; the next link takes its place when it has been used.
final class LoginLink: Sendable {
    private let path: String
    private let parts = Mutex((url: "", link: ""))

    /// In a state directory; written as soon as the console is there.
    init(state: String) { path = Self.path(in: state) }

    /// Where the link of a state directory is.
    static func path(in state: String) -> String { "\(state)/console-link" }

    /// Where the console is.
    func write(url: String) { change { $0.url = url } }

    /// The newest link, without the console's address.
    func write(link: String) { change { $0.link = link } }

    /// The newest link; nil: there is none yet.
    var text: String? {
        parts.withLock { $0.url.isEmpty || $0.link.isEmpty ? nil : $0.url + $0.link }
    }

    /// Nothing is there that the link would open.
    func remove() { unlink(path) }

    private func change(_ body: (inout sending (url: String, link: String)) -> Void) {
        parts.withLock { body(&$0) }
        // A file that cannot be written is no reason to end: keys open the console too.
        if let text { try? AtomicFile.replace(path, text + "\n", mode: 0o600) }
    }
}
