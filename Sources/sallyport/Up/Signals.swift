import Foundation
import Synchronization

/// Signals that ask the process to end, as values. There is one of these in a process.
///
/// A handler may do next to nothing, so that it writes the number into a pipe, and a thread reads it there. This works
/// wherever the signal was ignored or blocked before, as in the background jobs of a shell script.
struct Signals {
    /// Each signal as it comes.
    let stream: AsyncStream<Int32>

    /// From now on these signals no longer end the process.
    ///
    /// - Throws: `Failure` when the system has no descriptors left.
    init(_ numbers: [Int32]) throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw Failure.system("open", path: "a pipe", errno: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        signalPipe.store(ends[1], ordering: .relaxed)
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        self.stream = stream
        let readEnd = ends[0]
        Thread.detachNewThread {
            var number: UInt8 = 0
            while case .success(let count) = SystemCall.retrying({ read(readEnd, &number, 1) }), count == 1 {
                continuation.yield(Int32(number))
            }
            continuation.finish()
        }
        for number in numbers { signal(number, passOn) }
    }
}

/// The end of the pipe that the handler writes to.
private let signalPipe = Atomic<Int32>(-1)

private func passOn(_ number: Int32) {
    let saved = errno
    var byte = UInt8(truncatingIfNeeded: number)
    _ = write(signalPipe.load(ordering: .relaxed), &byte, 1)
    errno = saved
}
