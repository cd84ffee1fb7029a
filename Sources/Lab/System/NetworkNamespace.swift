#if os(Linux)
    import CNamespaces
    import Foundation
    import Synchronization

    /// Network namespaces that have a name, as `ip netns` keeps them.
    ///
    /// A namespace is a property of a thread: a thread goes into one, makes sockets there, and goes into the next. The
    /// sockets stay where they were made, so that one thread can speak for hundreds of namespaces.
    public enum NetworkNamespace {
        /// Where `ip netns` keeps names.
        static let folder = "/run/netns"

        /// Moves this thread into a namespace. It must be one that ends soon, and was made for this.
        ///
        /// - Throws: `LabError` when there is no such namespace, or this user may not.
        public static func enter(_ name: String) throws(LabError) {
            let path = "\(folder)/\(name)"
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else {
                throw LabError(
                    .system, "cannot open the network namespace \(name): \(SystemText.describe(errno))",
                    advice: "`sallyport lab down` and `lab up` make the lab anew")
            }
            defer { close(descriptor) }
            guard enter_network_namespace(descriptor) == 0 else {
                throw LabError(
                    errno == EPERM ? .notPermitted : .system,
                    "cannot enter the network namespace \(name): \(SystemText.describe(errno))")
            }
        }

        /// Runs something on a thread of its own, which may enter namespaces, and waits for it: the caller stays where it is.
        public static func onOwnThread<R: Sendable>(
            _ body: @escaping @Sendable () throws(LabError) -> R
        ) throws(LabError) -> R {
            let result = ThreadResult<R>()
            Thread.detachNewThread {
                do throws(LabError) {
                    result.end(.success(try body()))
                } catch {
                    result.end(.failure(error))
                }
            }
            return try result.wait().get()
        }

        /// Names that begin with a text, in order.
        static func names(beginning prefix: String) -> [String] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return names.filter { $0.hasPrefix(prefix) }.sorted()
        }

        /// What the kernel calls a namespace; nil: it is not there.
        static func number(atPath path: String) -> UInt64? {
            var information = stat()
            return stat(path, &information) == 0 ? UInt64(information.st_ino) : nil
        }
    }

    /// What a thread leaves behind.
    private final class ThreadResult<R: Sendable>: Sendable {
        private let value = Mutex<Result<R, LabError>>(.failure(LabError(.system, "a thread ended early")))
        private let done = DispatchSemaphore(value: 0)

        func end(_ result: Result<R, LabError>) {
            value.withLock { $0 = result }
            done.signal()
        }

        func wait() -> Result<R, LabError> {
            done.wait()
            return value.withLock { $0 }
        }
    }
#endif
