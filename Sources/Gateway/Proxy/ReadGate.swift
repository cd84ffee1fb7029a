/// Stops a connection from being read while the other side is slow. NIO asks for a read after each one that it has
/// delivered; a closed gate keeps that question until it opens.
struct ReadGate {
    private var isClosed = false
    private var hasWaiting = false

    /// NIO asks for the next read.
    ///
    /// - Returns: whether to go on with it now.
    mutating func mayRead() -> Bool {
        hasWaiting = isClosed
        return !isClosed
    }

    /// No more for now.
    mutating func close() { isClosed = true }

    /// There is room again.
    ///
    /// - Returns: whether a read waits for it.
    mutating func open() -> Bool {
        isClosed = false
        defer { hasWaiting = false }
        return hasWaiting
    }
}
