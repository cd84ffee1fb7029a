import NIOCore

/// What comes next of a chunked body, of a request or of an answer.
enum ChunkPiece {
    /// More bytes must come first.
    case needMore
    /// Bytes of the body.
    case data(ByteBuffer)
    /// The body is complete; nil: it has no trailers.
    case end(trailers: FieldSection?)
    /// It cannot be read in one way only.
    case rejected(Rejection)
}

extension ChunkedDecoder {
    /// Takes the next piece out of what has arrived.
    ///
    /// - Parameter trailers: filled before the end is told.
    mutating func next(from bytes: inout ByteBuffer, trailers: FieldSection) -> ChunkPiece {
        var position = 0
        let event = bytes.withUnsafeReadableBytes { next($0, at: &position, trailers: trailers) }
        switch event {
        case .needMore:
            bytes.moveReaderIndex(forwardBy: position)
            return .needMore
        case .data(let range):
            bytes.moveReaderIndex(forwardBy: range.lowerBound)
            return bytes.readSlice(length: range.count).map { .data($0) } ?? .needMore
        case .end:
            bytes.moveReaderIndex(forwardBy: position)
            return .end(trailers: trailers.isEmpty ? nil : trailers)
        case .rejected(let rejection):
            return .rejected(rejection)
        }
    }
}
